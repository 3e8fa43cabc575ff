"""Features of graphs, hints about matrices, and rewrites that only this namespace's functions have."""

import numpy as np
import pytensor
import pytest
from pytensor.graph.features import AlreadyThere
from pytensor.tensor.elemwise import Elemwise

import symgen.theano.tensor as T
from symgen import theano
from symgen.errors import NotSupportedError
from symgen.theano import gof
from symgen.theano.compile import own_rewrites
from symgen.theano.sandbox.linalg import ops
from symgen.theano.tensor import io, opt

RNG = np.random.default_rng(5)
A = RNG.normal(size=(4, 4))
S = A @ A.T + np.eye(4)
B = RNG.normal(size=(4, 2))
PY = theano.Mode("py", "fast_run")


def op_names(function):
    return [str(node.op) for node in function.maker.fgraph.toposort()]


def test_a_node_finder_follows_the_graph():
    x, y = T.dvectors("xy")
    total = (x + y) * (y + x)
    graph = gof.FunctionGraph([x, y], [total], clone=False)
    finder = gof.NodeFinder()
    graph.attach_feature(finder)
    assert len(graph.get_nodes(T.add)) == 2 and len(graph.get_nodes(T.mul)) == 1
    graph.replace(total.owner.inputs[0], x * y)
    assert len(graph.get_nodes(T.add)) == 1 and len(graph.get_nodes(T.mul)) == 2
    assert graph.get_nodes(T.sub) == []
    with pytest.raises(TypeError):
        graph.get_nodes([])
    with pytest.raises(ValueError, match="only serve one"):
        finder.on_attach(gof.FunctionGraph([x], [x * 2], clone=False))
    with pytest.raises(AlreadyThere):
        gof.NodeFinder().on_attach(graph)
    graph.remove_feature(finder)
    assert not hasattr(graph, "get_nodes")


def test_a_print_listener_says_what_changes(capsys):
    x, y = T.dscalars("xy")
    total = x + y
    graph = gof.FunctionGraph([x, y], [total * 2], clone=False)
    graph.attach_feature(gof.PrintListener())
    graph.replace(total, x - y, reason="a test")
    said = capsys.readouterr().out
    for part in ("attaching to", "importing: Sub(x, y), reason: a test", "changing (", "pruning: Add"):
        assert part in said
    graph.attach_feature(gof.PrintListener(active=False))
    assert capsys.readouterr().out == ""


def test_a_bound_of_the_spectral_radius():
    x = T.dmatrix()
    largest = np.linalg.eigvalsh(S).max()
    bounds = theano.function([x], [ops.spectral_radius_bound(x, k) for k in (1, 5)], mode=PY)(S)
    assert bounds[0] == pytest.approx(np.trace(S @ S) ** 0.5)
    assert largest <= bounds[1] <= bounds[0] and bounds[1] < 1.05 * largest
    for arguments, error in [((T.dvector(), 5), TypeError), ((x, 5.0), TypeError), ((x, 0), ValueError)]:
        with pytest.raises(error):
            ops.spectral_radius_bound(*arguments)


def test_a_positive_matrix_is_solved_by_cholesky():
    a, b = T.dmatrix(), T.dmatrix()
    plain = theano.function([a, b], T.slinalg.solve(a, b), mode=PY)
    hinted = theano.function([a, b], T.slinalg.solve(ops.psd(a), b), mode=PY)
    assert any("Cholesky" in name for name in op_names(hinted))
    assert not any("Cholesky" in name for name in op_names(plain))
    assert not any("Hint" in name for name in op_names(hinted))
    np.testing.assert_allclose(hinted(S, B), np.linalg.solve(S, B))
    slope = theano.function([a], T.grad(ops.psd(a).sum(), a), mode="FAST_COMPILE")(S)
    np.testing.assert_array_equal(slope, np.ones((4, 4)))


def test_hints_go_from_the_graph_to_its_feature():
    x = T.dmatrix("x")
    y = ops.psd(x)
    assert ops.is_psd(y) and ops.is_symmetric(y) and not ops.is_psd(x)
    assert ops.is_positive(x**2) and not ops.is_positive(x**3) and not ops.is_positive(x)
    assert ops.is_positive(ops.Hint(positive=True)(x))
    graph = gof.FunctionGraph([x], [y * 2], clone=False)
    graph.attach_feature(ops.HintsFeature())
    (node,) = [n for n in graph.toposort() if ops.is_hint_node(n)]
    (below,) = ops.remove_hint_nodes.transform(graph, node)
    assert ops.hints(below, graph) == {"psd": True, "symmetric": True}
    graph.hints_feature.add_hint(y, "psd", False)
    with pytest.raises(NotImplementedError, match="psd"):
        graph.hints_feature.on_change_input(graph, None, 0, x, y)


def test_a_product_with_an_inverse_solves():
    a, b = T.dmatrix(), T.dmatrix()
    for product, expected in [
        (T.nlinalg.matrix_inverse(a).dot(b), np.linalg.solve(S, B)),
        (b.T.dot(T.nlinalg.matrix_inverse(a)), B.T @ np.linalg.inv(S)),
    ]:
        (solved,) = ops.inv_as_solve.transform(product.owner)
        assert "Solve" in str(solved.owner.inputs[0].owner or "") + str(solved.owner.op)
        np.testing.assert_allclose(theano.function([a, b], solved, mode=PY)(S, B), expected)
    assert ops.inv_as_solve.transform(a.dot(b).owner) is False


def test_elementwise_nodes_are_fused_one_by_one():
    x, y = T.dvectors("xy")
    inner = T.exp(x)
    graph = gof.FunctionGraph([x, y], [T.tanh(inner * y)], clone=False)
    while any(opt.local_elemwise_fusion.transform(graph, n) for n in graph.toposort()):
        node = next(n for n in graph.toposort() if opt.local_elemwise_fusion.transform(graph, n))
        graph.replace_all(zip(node.outputs, opt.local_elemwise_fusion.transform(graph, node), strict=True))
    assert [type(n.op) for n in graph.toposort()] == [Elemwise]
    fused = theano.function(graph.inputs, graph.outputs[0], mode=theano.Mode("py", None))
    np.testing.assert_allclose(fused([0.5, 1.0], [2.0, -1.0]), np.tanh(np.exp([0.5, 1]) * [2, -1]))
    shared_by_two = gof.FunctionGraph([x, y], [inner * y, inner + y], clone=False)
    for node in shared_by_two.toposort():
        assert opt.local_elemwise_fusion.transform(shared_by_two, node) is False
    limited = opt.local_elemwise_fusion_op(Elemwise, lambda node: 1)
    single = gof.FunctionGraph([x, y], [T.exp(x) * y], clone=False)
    for node in single.toposort():
        node.fgraph = single
        assert limited(node) is False


def test_who_reads_a_node():
    x = T.dvector()
    y = T.exp(x)
    z = T.sqrt(y)
    graph = gof.FunctionGraph([x], [T.neg(z), y], clone=False)
    node = y.owner
    node.fgraph = graph
    assert opt.get_clients(node) == [z.owner]
    assert [n.op for n in opt.get_clients2(node)] == [T.neg]


@pytest.mark.parametrize("name", ["send", "mpi_tag_key", "MPIRecv"])
def test_mpi_says_why_not(name):
    for module in (io, T):
        with pytest.raises(NotSupportedError, match="mpi4py"):
            getattr(module, name)


def test_names_in_theanos_places():
    assert theano.compile.is_same_graph is gof.graph.is_same_graph
    assert gof.view_roots is gof.graph.view_roots
    assert theano.compile.io_connection_pattern is gof.graph.io_connection_pattern


def test_own_rewrites_are_in_this_namespaces_functions_only():
    x, y = T.dmatrix(), T.lvector()
    cost = -T.log(T.nnet.softmax(x)[T.arange(y.shape[0]), y]).mean()
    slope = T.grad(cost, x)
    logits, classes = np.array([[1000.0, 0, -1000]]), [2]
    stable = theano.function([x, y], slope, mode="FAST_RUN")(logits, classes)
    np.testing.assert_array_equal(stable, [[1, 0, -1]])
    without = PY.excluding("local_softmax_times_scattered")
    assert np.isnan(theano.function([x, y], slope, mode=without)(logits, classes)).any()
    assert np.isnan(pytensor.function([x, y], slope, mode=PY)(logits, classes)).any()


def test_own_rewrites_keep_the_class_of_a_mode():
    class Counting(theano.Mode):
        def __init__(self, needed):
            super().__init__("py", "fast_run")
            self.needed = needed

    mode = Counting(3)
    extended = own_rewrites.with_own_rewrites(mode)
    assert type(extended) is Counting and extended.needed == 3 and extended is not mode
    assert own_rewrites.with_own_rewrites(mode) is extended
    assert own_rewrites.with_own_rewrites(theano.Mode("py", None))._optimizer.extra_rewrites == []


@pytest.mark.parametrize("mode", [PY, "FAST_COMPILE"])
def test_own_rewrites_reach_the_steps_of_loops(mode):
    x, y = T.dtensor3(), T.lmatrix()

    def step(logits, classes):
        return -T.log(T.nnet.softmax(logits)[T.arange(classes.shape[0]), classes]).mean()

    costs, _ = theano.scan(step, [x, y])
    slope = theano.function([x, y], T.grad(costs.sum(), x), mode=mode)
    logits, classes = np.array([[[1000.0, 0, -1000]]] * 2), [[2]] * 2
    np.testing.assert_array_equal(slope(logits, classes), [[[1, 0, -1]]] * 2)


def test_verify_grad_and_eval_have_own_rewrites_too():
    big = np.exp(10 * RNG.random((2, 3)))
    T.verify_grad(lambda x: T.log(T.nnet.softmax(x)), [big], eps=0.1, rng=RNG, mode=PY)
    x = T.dmatrix()
    slope = T.grad(-T.log(T.nnet.softmax(x)[[0], [2]]).sum(), x)
    value = slope.eval({x: [[1000.0, 0, -1000]]}, mode="FAST_COMPILE")
    np.testing.assert_array_equal(value, [[1, 0, -1]])


@pytest.mark.parametrize("name", ["local_hard_sigmoid", "local_ultra_fast_sigmoid"])
def test_a_sigmoid_is_approximated_where_the_mode_says_so(name):
    x = T.dvector()
    function = {"local_hard_sigmoid": T.nnet.hard_sigmoid,
                "local_ultra_fast_sigmoid": T.nnet.ultra_fast_sigmoid}[name]
    values = np.linspace(-4, 4, 9)
    exact, rough, expected = (
        theano.function([x], y, mode=mode)(values)
        for y, mode in [(T.nnet.sigmoid(x), PY), (T.nnet.sigmoid(x), PY.including(name)), (function(x), PY)]
    )
    np.testing.assert_allclose(exact, 1 / (1 + np.exp(-values)))
    np.testing.assert_array_equal(rough, expected)
    assert np.abs(rough - exact).max() > 1e-3


def test_fast_compile_sees_an_alloc_that_does_not_fit():
    x, n = T.dvector(), T.iscalar()
    for outputs in (T.alloc(x, n), T.alloc(x, n) + 1, T.alloc(x, n).sum()):
        function = theano.function([x, n], outputs, mode="FAST_COMPILE")
        function(np.ones(3), 3)
        with pytest.raises(ValueError, match="broadcast"):
            function(np.ones(2), 3)
    trusted = theano.function([x, n], T.alloc(x, n) + 1, mode="FAST_RUN")
    assert trusted(np.ones(2), 3).shape == (2,)  # as with Theano 1.0.5
