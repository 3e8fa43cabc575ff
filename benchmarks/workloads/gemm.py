"""The matrix products of a training step, as shapes."""

from collections import namedtuple

Gemm = namedtuple("Gemm", "m k n transpose_a transpose_b")
Gemm.__doc__ = """C (m, n) = A (m, k) @ B (k, n), with A or B stored transposed."""


def dense(batch, fan_in, fan_out, input_gradient=True, weight_gradient=True):
    """Products of one dense layer ``y = x W`` in a training step.

    Forward ``x W``; backward, with ``weight_gradient``, ``x.T dy`` for the weights and, with
    ``input_gradient``, ``dy W.T`` for the layer below.

    Parameters
    ----------
    batch, fan_in, fan_out : int
        ``x`` is ``(batch, fan_in)``, ``W`` is ``(fan_in, fan_out)``, both in C order.
    input_gradient : bool
        False for a layer whose input is the data.
    weight_gradient : bool
        False for a layer that this pass does not train.

    Returns
    -------
    list of Gemm
    """
    products = [Gemm(batch, fan_in, fan_out, False, False)]
    if weight_gradient:
        products.append(Gemm(fan_in, batch, fan_out, True, False))
    if input_gradient:
        products.append(Gemm(batch, fan_out, fan_in, False, True))
    return products


def convolution(batch, channels, filters, taps, places, input_gradient=True, weight_gradient=True):
    """Products of one convolution as patches times filters.

    Parameters
    ----------
    batch, channels, filters : int
    taps, places : int
        Of a filter and of the output, all axes multiplied.
    input_gradient, weight_gradient : bool
        As for :func:`dense`. A transposed convolution has these products too, with the image that it
        makes as the one that is convolved.

    Returns
    -------
    list of Gemm
    """
    return dense(batch * places, channels * taps, filters, input_gradient, weight_gradient)


def with_own_matrices(gemms):
    """The products that get matrices of their own: all, or of very many one of each shape.

    A loop of a thousand steps multiplies the same few matrices again and again.
    """
    return gemms if len(gemms) <= 100 else list(dict.fromkeys(gemms))
