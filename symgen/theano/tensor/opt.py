"""``theano.tensor.opt``: rewrites of graphs of tensors, PyTensor's under Theano's names."""

# fmt: off
from pytensor.scalar.basic import Composite, get_scalar_type
from pytensor.raise_op import Assert, assert_op, assert_op as assert_
from pytensor.tensor.basic import MakeVector, MakeVectorPrinter
from pytensor.tensor.rewriting.basic import (
    constant_folding, is_an_upcast, local_alloc_empty_to_zeros, local_alloc_unary,
    local_cast_cast, local_elemwise_alloc, local_join_1, local_join_empty,
    local_join_make_vector, local_merge_alloc, local_merge_switch_same_cond,
    local_remove_all_assert, local_remove_useless_assert, local_scalar_tensor_scalar,
    local_tensor_scalar_tensor, local_useless_alloc, local_useless_elemwise, local_useless_fill,
    local_useless_split, local_useless_switch, local_view_op, register_canonicalize,
    register_specialize, register_stabilize, register_uncanonicalize, register_useless,
    topo_constant_folding,
)
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.rewriting.elemwise import (
    flatten_nested_add_mul as local_add_mul_fusion, FusionOptimizer, InplaceElemwiseOptimizer, apply_local_dimshuffle_lift, fuse_seqopt,
    is_dimshuffle_useless, local_dimshuffle_lift, local_upcast_elemwise_constant_inputs,
)
from pytensor.tensor.rewriting.math import (
    AlgebraicCanonizer as Canonizer, add_calculate, add_canonizer, attempt_distribution,
    check_for_x_over_absX, distribute_greedy, local_0_dot_x, local_abs_lift, local_abs_merge,
    local_add_canonizer, local_div_switch_sink, local_elemwise_sub_zeros, local_erf_minus_one,
    local_erf_neg_minus_one, local_expm1, local_grad_log_erfc_neg, local_greedy_distributor,
    local_lift_transpose_through_dot, local_log1p, local_log_erfc, local_mul_canonizer,
    local_mul_specialize, local_mul_switch_sink, local_mul_to_sqr, local_mul_zero,
    local_neg_div_neg, local_neg_to_mul, local_one_minus_erf, local_one_minus_erfc,
    local_one_plus_erf, local_pow_canonicalize, local_pow_specialize,
    local_reduce_broadcastable, local_reduce_join, local_sum_prod_all_to_none, local_sumsqr2dot,
    local_useless_elemwise_comparison, local_useless_reduce, local_zero_div, mul_calculate,
    mul_canonizer, scalarconsts_rest,
)
from pytensor.tensor.shape import Shape_i
from pytensor.tensor.rewriting.shape import (
    ShapeFeature, ShapeOptimizer, UnShapeOptimizer, local_reshape_chain, local_reshape_lift,
    local_reshape_to_dimshuffle, local_shape_to_shape_i, local_track_shape_i,
    local_useless_reshape,
)
from pytensor.tensor.rewriting.subtensor import (
    local_IncSubtensor_serialize, local_incsubtensor_of_zeros,
    local_incsubtensor_of_zeros_to_setsubtensor, local_inplace_setsubtensor,
    local_set_to_inc_subtensor, local_setsubtensor_of_constants,
    local_subtensor_remove_broadcastable_index, local_useless_inc_subtensor,
    local_useless_inc_subtensor_alloc, local_useless_slice, local_useless_subtensor,
    merge_two_slices,
)
from pytensor.tensor.rewriting.subtensor_lift import (
    local_subtensor_make_vector, local_subtensor_of_alloc, local_subtensor_of_dot,
)
# fmt: on

from symgen.ops.rebroadcast import Rebroadcast
from symgen.theano._missing import attribute_lookup
from symgen.theano.gof.opt import local_optimizer
from symgen.theano.tensor.basic import alloc, as_tensor_variable, cast, patternbroadcast

__getattr__ = attribute_lookup(__name__)

make_vector = MakeVector("int64")


def encompasses_broadcastable(b1, b2):
    """Whether `b2` is a broadcast pattern that is repeated to fill `b1`, and not the other way.

    Parameters
    ----------
    b1, b2 : sequence of bool
        For each dimension, whether its length is 1.
    """
    if len(b1) < len(b2):
        return False
    pairs = zip(reversed(b1), reversed(b2), strict=False)
    return all(second or not first for first, second in pairs)


def merge_broadcastables(broadcastables):
    """Return the pattern of what several tensors of one number of dimensions are broadcast to."""
    return [all(flags) for flags in zip(*broadcastables, strict=True)]


def broadcast_like(value, template, fgraph, dtype=None):
    """Return `value`, repeated to the shape of `template`.

    Parameters
    ----------
    value : tensor or array_like
    template : TensorVariable
        One of `fgraph`.
    fgraph : FunctionGraph
        Its ``shape_feature``, if any, says the shape.
    dtype : str, optional
        Of the result; that of `template` by default.

    Raises
    ------
    NotImplementedError
        When `template` does not belong to the graph.
    """
    value = as_tensor_variable(value)
    if value.type == template.type:
        return value
    if template not in fgraph.variables:
        raise NotImplementedError(f"expected a template of the graph; got {template}")
    value = cast(value, template.dtype if dtype is None else dtype)
    if value.type == template.type:
        return value
    shapes = getattr(fgraph, "shape_feature", None)
    shape = template.shape if shapes is None else shapes.shape_of[template]
    shape = [shape[axis] for axis in range(template.ndim)]
    return patternbroadcast(alloc(value, *shape), template.broadcastable)


def is_inverse_pair(node_op, prev_op, inv_pair):
    """Whether two operations are of the two classes of `inv_pair`, in either order."""
    first, second = inv_pair
    return (isinstance(node_op, first) and isinstance(prev_op, second)) or (
        isinstance(node_op, second) and isinstance(prev_op, first)
    )


def apply_rebroadcast_opt(rval):
    """Return `rval` without a rebroadcast that changes nothing, and with one in place of several.

    Parameters
    ----------
    rval : TensorVariable
    """
    below = rval
    while below.owner is not None and isinstance(below.owner.op, Rebroadcast):
        (below,) = below.owner.inputs
    return patternbroadcast(below, rval.broadcastable)


def get_clients(node):
    """Return the nodes that read the first output of `node`.

    Parameters
    ----------
    node : Apply
        One that a rewrite in Theano's form was called with: its ``fgraph`` knows who reads what.
    """
    return [
        client
        for client, _ in node.fgraph.clients[node.outputs[0]]
        if client in node.fgraph.apply_nodes
    ]


def get_clients2(node):
    """Return the nodes that read what :func:`get_clients` compute; the parameter is the same."""
    graph = node.fgraph
    return [
        reader
        for client in get_clients(node)
        for output in client.outputs
        for reader, _ in graph.clients[output]
        if reader in graph.apply_nodes
    ]


def local_elemwise_fusion_op(OP, max_input_fct=lambda node: 32, maker=None):
    """Return ``f(node)``, which makes one elementwise node of a node and those that it alone reads.

    Parameters
    ----------
    OP : class
        Of the Ops to fuse, :class:`theano.tensor.Elemwise`.
    max_input_fct : callable
        From a node to the number of inputs that it may have at most.
    maker : callable, optional
        ``maker(node, scalar_op)`` returns the new Op; ``OP(scalar_op)`` by default.

    Returns
    -------
    callable
        For ``local_optimizer([OP])(f)``. It returns the new outputs, or False.
    """
    maker = (lambda node, scalar_op: OP(scalar_op)) if maker is None else maker

    def local_fuse(node):
        if type(node.op) is not OP or len(node.outputs) > 1:
            return False
        clients = node.fgraph.clients
        inputs, fused = [], set()
        for variable in node.inputs:
            above = variable.owner
            if (
                above is not None
                and type(above.op) is OP
                and len(above.outputs) == 1
                and all(client is node for client, _ in clients[variable])
                and above.outputs[0].type.broadcastable == node.outputs[0].type.broadcastable
            ):
                fused.add(variable)
                inputs.extend(above.inputs)
            else:
                inputs.append(variable)
        inputs = list(dict.fromkeys(inputs))
        if not fused or len(inputs) > max_input_fct(node):
            return False
        scalars = {v: get_scalar_type(v.type.dtype)() for v in inputs}
        arguments = [
            v.owner.op.scalar_op(*(scalars[i] for i in v.owner.inputs)) if v in fused else scalars[v]
            for v in node.inputs
        ]
        composite = Composite([scalars[v] for v in inputs], [node.op.scalar_op(*arguments)])
        return [maker(node, composite)(*inputs)]

    return local_fuse


local_elemwise_fusion = local_optimizer([Elemwise])(local_elemwise_fusion_op(Elemwise))
