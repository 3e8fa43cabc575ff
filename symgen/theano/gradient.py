"""``theano.gradient``: as in PyTensor; ``Lop`` and ``Rop`` without its advice to rename them."""

from pytensor.gradient import (
    DisconnectedGrad, DisconnectedInputError, DisconnectedType, GradClip, GradScale,
    GradientError, NullTypeGradError, UndefinedGrad, ZeroGrad, disconnected_grad,
    disconnected_grad_, disconnected_type, grad, grad_clip, grad_not_implemented, grad_scale,
    grad_time, grad_undefined, hessian, jacobian, mode_not_slow, numeric_grad, subgraph_grad,
    undefined_grad, undefined_grad_, verify_grad, zero_grad, zero_grad_, pullback, pushforward,
)

from symgen.theano._missing import attribute_lookup

__getattr__ = attribute_lookup(__name__)


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
    return pushforward(
        f,
        wrt,
        eval_points,
        disconnected_outputs=disconnected_outputs,
        return_disconnected=return_disconnected,
    )
