"""``theano.gof``: Ops, rewrites and graphs in Theano's forms."""

import numpy as np
import pytest
from pytensor.gradient import verify_grad
from pytensor.graph.op import Op as PytensorOp

import symgen.theano as theano
import symgen.theano.tensor as T
from symgen.theano import gof
from symgen.theano.compile import optdb

PY = theano.Mode("py", "fast_run")


class Twice(theano.Op):
    """An Op as Theano's documentation wrote them."""

    __props__ = ()

    def make_node(self, x):
        x = T.as_tensor_variable(x)
        return theano.Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = inputs[0] * 2

    def infer_shape(self, node, i0_shapes):
        return i0_shapes

    def grad(self, inputs, output_grads):
        return [output_grads[0] * 2]

    def R_op(self, inputs, eval_points):
        return self.grad(inputs, eval_points) if eval_points[0] is not None else eval_points


class PlusOneInC(theano.Op):
    """An Op of C code alone, with methods that take no keywords."""

    __props__ = ()

    def make_node(self, x):
        return theano.Apply(self, [x], [x.type()])

    def c_headers(self):
        return ["<math.h>"]

    def c_code_cache_version(self):
        return (1,)

    def c_code(self, node, name, inputs, outputs, sub):
        return f"{outputs[0]} = {inputs[0]} + 1;"


class Thunk(theano.Op):
    """An Op that has ``make_thunk`` only, of the form before ``impl``."""

    __props__ = ()

    def make_node(self, x):
        return theano.Apply(self, [x], [x.type()])

    def make_thunk(self, node, storage_map, compute_map, no_recycling):
        (source,), (target,) = node.inputs, node.outputs

        def thunk():
            storage_map[target][0] = storage_map[source][0] + 100
            compute_map[target][0] = True

        thunk.inputs = [storage_map[source]]
        thunk.outputs = [storage_map[target]]
        thunk.lazy = False
        return thunk


def test_an_op_as_theano_wrote_them():
    x = T.dvector("x")
    y = Twice()(x)
    assert isinstance(T.exp, theano.Op) and issubclass(PytensorOp, theano.Op)
    assert not isinstance(T.exp, Twice)
    found = theano.function(
        [x], [y, theano.grad(y.sum(), x), theano.Rop(y, x, x), y.shape], mode=PY
    )(np.array([1.0, 3.0]))
    for value, expected in zip(found, [[2, 6], [2, 2], [2, 6], [2]], strict=True):
        np.testing.assert_array_equal(value, expected)
    shape = theano.function([x], y.shape, mode=PY)
    assert not any(isinstance(node.op, Twice) for node in shape.maker.fgraph.toposort())
    verify_grad(Twice(), [np.array([0.5, 2.0])], rng=np.random.default_rng(1), mode=PY)


def test_an_op_without_perform_or_grad():
    x = T.dscalar("x")
    op = PlusOneInC()
    with pytest.raises(gof.MethodNotDefined):
        op.perform(None, [1.0], [[None]])
    with pytest.raises(NotImplementedError):
        theano.grad(op(x), x)
    with pytest.raises(gof.MethodNotDefined):
        Twice().c_code(None, "", [], [], {})
    assert theano.function([x], Thunk()(x), mode=theano.Mode("vm", None))(1.0) == 101.0


@pytest.mark.skipif(not theano.config.cxx, reason="needs a C++ compiler")
def test_an_op_in_c():
    i = theano.scalar.int32("i")
    f = theano.function([i], PlusOneInC()(i), mode=theano.Mode("c|py", None))
    assert f(3) == 4


def test_rewrites_take_a_node():
    x = T.dvector("x")
    seen = []

    @gof.local_optimizer([Twice])
    def doubled(node):
        seen.append(node.fgraph)
        return [node.inputs[0] * 2]

    class Tripled(gof.LocalOptimizer):
        def tracks(self):
            return [Twice]

        def transform(self, node):
            return [node.inputs[0] * 3] if isinstance(node.op, Twice) else False

    assert isinstance(doubled, gof.LocalOptimizer)
    graph = gof.FunctionGraph([x], [Twice()(x)], clone=False)
    gof.TopoOptimizer(doubled).optimize(graph)
    assert seen == [graph]
    assert theano.function([x], graph.outputs[0], mode=PY)([1.0]) == [2.0]
    y = Twice()(T.dvector())
    assert Tripled().transform(y.owner)[0].owner.op == T.mul
    assert doubled.transform(y.owner)[0].owner.op == T.mul
    with pytest.raises(ValueError):
        gof.local_optimizer([])(lambda node: False)


def test_position_in_a_sequence():
    class Nothing(gof.Optimizer):
        def apply(self, fgraph):
            pass

    sequence = gof.SequenceDB()
    sequence.register("late", Nothing(), 2.5, "fast_run")
    sequence.register("early", Nothing(), 1, "fast_run")
    sequence.register("end", Nothing(), "last", "fast_run")
    found = [rewrite.name for rewrite in sequence.query(gof.Query(["fast_run"]))]
    assert found == ["early", "late", "end"]
    assert isinstance(optdb, gof.SequenceDB)


def test_walks_return_lists():
    x, y, z = T.dscalars("x", "y", "z")
    out = (x + y) * z
    assert gof.graph.inputs([out]) == [x, y, z]
    assert gof.graph.ancestors([out], blockers=[out.owner.inputs[0]]) == [
        out, out.owner.inputs[0], z,
    ]  # fmt: skip
    assert gof.graph.variables([x, y], [out])[0] is out
    assert gof.graph.orphans([x, y], [out]) == [z]
    assert gof.graph.ops([x, y], [out]) == {out.owner, out.owner.inputs[0].owner}
    assert gof.graph.list_of_nodes([x, y, z], [out])[0] is out.owner
    with gof.graph.nodes_constructed() as new:
        made = x * 3
    assert made in new
    assert gof.graph.is_same_graph(x + y, x + y) and not gof.graph.is_same_graph(x + y, y * x)


def test_small_helpers():
    assert gof.utils.remove(lambda n: n > 1, [1, 2, 3]) == [1]
    assert gof.utils.unique([1, 2]) and not gof.utils.unique([1, 1])
    assert gof.utils.hist("aab") == {"a": 2, "b": 1}
    calls = []
    twice = gof.utils.memoize(lambda n: calls.append(n) or 2 * n)
    assert [twice(2), twice(2)] == [4, 4] and calls == [2]
    assert gof.opt.check_chain(T.exp(T.log(T.dscalar())), T.exp, T.log)


def test_as_op_and_its_shape():
    @theano.compile.as_op(T.dvector, T.dvector, infer_shape=lambda node, shapes: shapes)
    def flip(x):
        return x[::-1].copy()

    x = T.dvector("x")
    f = theano.function([x], [flip(x), flip(x).shape[0]], mode=PY)
    values, length = f([1.0, 2.0])
    assert values.tolist() == [2.0, 1.0] and length == 2


def test_monitor_mode_takes_three_arguments():
    x, seen = T.dscalar("x"), []

    def watch(i, node, fn):
        seen.append((i, float(fn.outputs[0][0])))

    mode = theano.compile.MonitorMode(post_func=watch).excluding("fusion")
    theano.function([x], T.exp(x) * 0 + 2, mode=mode)(0.0)
    assert seen
