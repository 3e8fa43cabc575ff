"""``theano.gradient``: as in PyTensor; ``Lop`` and ``Rop`` without its advice to rename them."""

import functools

from pytensor.gradient import (
    DisconnectedGrad, DisconnectedInputError, DisconnectedType, GradClip, GradScale,
    GradientError, NullTypeGradError, UndefinedGrad, ZeroGrad, disconnected_grad,
    disconnected_grad_, disconnected_type, grad as pytensor_grad, grad_clip, grad_not_implemented, grad_scale,
    grad_time, grad_undefined, hessian as pytensor_hessian, jacobian as pytensor_jacobian,
    mode_not_slow, numeric_grad, subgraph_grad as pytensor_subgraph_grad,
    undefined_grad, undefined_grad_, verify_grad as pytensor_verify_grad, zero_grad, zero_grad_, pullback, pushforward,
)

from pytensor.compile.ops import ViewOp
from pytensor.graph.basic import Variable

from symgen.theano import _test_values
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.mode import get_mode
from symgen.theano.compile.own_rewrites import with_own_rewrites

__getattr__ = attribute_lookup(__name__)


def _lenient(function):
    """`function` of a cost and of the variables to differentiate by.

    The graphs that it builds need no examples (``config.compute_test_value``).
    """

    @functools.wraps(function)
    def call(*args, **kwargs):
        wrt = kwargs.get("wrt", args[1] if len(args) > 1 else None)
        for variable in wrt if isinstance(wrt, list | tuple) else [wrt]:
            if not isinstance(variable, Variable | None):
                raise TypeError(
                    f"expected variables to differentiate by as wrt; got {variable!r}, a "
                    f"{type(variable).__name__}. Pass a variable, or a list of variables."
                )
        with _test_values.lenient():
            return function(*args, **kwargs)

    call.__module__ = __name__
    return call


grad = _lenient(pytensor_grad)
hessian = _lenient(pytensor_hessian)
jacobian = _lenient(pytensor_jacobian)
subgraph_grad = _lenient(pytensor_subgraph_grad)


@functools.wraps(pytensor_verify_grad)
def verify_grad(
    fun,
    pt,
    n_tests=2,
    rng=None,
    eps=None,
    out_type=None,
    abs_tol=None,
    rel_tol=None,
    mode=None,
    cast_to_output_type=False,
    no_debug_ref=True,
):
    """As PyTensor's, compiled in the mode of this namespace that `mode` stands for."""
    mode = with_own_rewrites(get_mode(mode))
    return pytensor_verify_grad(
        fun, pt, n_tests, rng, eps, out_type, abs_tol, rel_tol, mode, cast_to_output_type, no_debug_ref
    )


def format_as(use_list, use_tuple, outputs):
    """Return `outputs` as a list, as a tuple, or as the one variable that it is.

    Parameters
    ----------
    use_list, use_tuple : bool
        At most one is True. When neither is, `outputs` is a variable or holds just one.
    outputs : Variable, or list or tuple of them
    """
    if use_list and use_tuple:
        raise AssertionError("expected use_list or use_tuple; got both")
    if (use_list or use_tuple) and not isinstance(outputs, list | tuple):
        outputs = [outputs]
    if use_list:
        return list(outputs)
    if use_tuple:
        return tuple(outputs)
    if isinstance(outputs, list | tuple):
        if len(outputs) != 1:
            raise AssertionError(f"expected one output; got {len(outputs)}")
        return outputs[0]
    return outputs


class ConsiderConstant(ViewOp):
    """Its input; the gradient with respect to it is 0."""

    def pullback(self, inputs, outputs, output_grads):
        """Zeros."""
        return [gradient.zeros_like() for gradient in output_grads]


consider_constant_ = ConsiderConstant()


def consider_constant(x):
    """Return `x` as what gradients do not flow through: they are 0.

    See Also
    --------
    zero_grad, disconnected_grad
    """
    from symgen.theano.tensor import as_tensor_variable

    return consider_constant_(x if isinstance(x, Variable) else as_tensor_variable(x))


def Lop(f, wrt, eval_points, consider_constant=None, disconnected_inputs="raise"):
    """Return `eval_points` times the Jacobian of `f` with respect to `wrt`.

    Parameters
    ----------
    f, eval_points : Variable or list of Variable
        Of the same shapes.
    wrt : Variable or list of Variable
    consider_constant : list of Variable, optional
        Not differentiated through.
    disconnected_inputs : {"raise", "warn", "ignore"}
        What to do when `f` does not depend on `wrt`.

    Returns
    -------
    Variable or list of Variable
        Shaped as `wrt`.
    """
    with _test_values.lenient():
        return pullback(
            f,
            wrt,
            eval_points,
            consider_constant=consider_constant,
            disconnected_inputs=disconnected_inputs,
        )


def Rop(f, wrt, eval_points, disconnected_outputs="raise", return_disconnected="zero"):
    """Return the Jacobian of `f` with respect to `wrt`, times `eval_points`.

    Parameters
    ----------
    f : Variable or list of Variable
    wrt, eval_points : Variable or list of Variable
        Of the same shapes.
    disconnected_outputs : {"raise", "warn", "ignore"}
        What to do when `f` does not depend on `wrt`.
    return_disconnected : {"zero", "none", "disconnected"}
        What to return then.

    Returns
    -------
    Variable or list of Variable
        Shaped as `f`.
    """
    settings = {
        "disconnected_outputs": disconnected_outputs,
        "return_disconnected": return_disconnected,
    }

    def product(output):
        try:
            return pushforward(output, wrt, eval_points, use_op_pushforward=True, **settings)
        except NotImplementedError:
            # An Op without R_op: two products with the transposed Jacobian give the same.
            return pushforward(output, wrt, eval_points, **settings)

    with _test_values.lenient():
        if not isinstance(f, list | tuple):
            return product(f)
        return type(f)(product(output) for output in f)
