"""Autoregressive models of images, and how to draw from them row by row.

A pixel of a convolutional model depends on a window of pixels and features before it. Drawing
one pixel with a pass of the whole network works all windows out again; :func:`by_rows` keeps the
features instead: of the rows above as many as the filters are high, of the row itself as many as
they are wide. What the rows above add to a row is worked out once, for all its pixels.
"""

from dataclasses import dataclass

import pytensor
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.models.autoregressive.autoregressive import Autoregressive, drawn
from symgen.models.validation import check_context_matrix, check_matrix, positive_int


class AutoregressiveImages(Autoregressive):
    """An autoregressive model of images of one channel; pixels come row by row, from the left.

    Such a model has an ``image_shape`` and defines ``image_logits(x)``, from
    (batch, 1, rows, columns) to the same shape, and for :func:`by_rows` the ``features``,
    ``row_states(n)``, ``begin_row`` and ``at_pixel``.
    """

    def logits(self, x, context=None):
        """Logits of ``p(x_i = 1 | x_<i)``, shape (batch, input_dim), pixels row by row.

        Parameters
        ----------
        x : matrix of shape (batch, input_dim)
        context : matrix of shape (batch, context_dim), where the model has a context
        """
        given = self._checked(x, context)
        images = x.astype(self.dtype).reshape((-1, 1, *self.image_shape))
        return self.image_logits(images, **given).reshape((-1, self.input_dim))

    def from_uniform(self, u, context=None):
        """The images that uniform numbers stand for, drawn by :func:`by_rows`.

        Each image costs about the products of one pass of the network, in ``rows * columns`` steps of
        small ones, and memory for a few rows of features.

        Parameters
        ----------
        u : matrix of shape (n, input_dim), values in [0, 1)
        context : matrix of shape (n, context_dim), where the model has a context
        """
        return by_rows(self, u, **self._checked(u, context))

    def _checked(self, x, context):
        """The context as a keyword, none where there is none, after a look at it and at `x`."""
        who = type(self).__name__
        check_matrix(x, self.input_dim, who)
        check_context_matrix(context, self.context_dim, x.type.shape[0], who)
        return {} if context is None else {"context": context.astype(self.dtype)}


def odd(size, name):
    """Return the size of a filter, or raise :class:`RangeError` unless it is odd and at least 3."""
    if positive_int(size, name) % 2 == 0 or size < 3:
        raise RangeError(
            f"{name} to be odd, at least 3: a pixel in the middle and some around it",
            repr(size),
            "Take one more or one less.",
        )
    return int(size)


def even(channels, name):
    """Return a number of channels, or raise :class:`RangeError` unless it can be halved."""
    if positive_int(channels, name) % 2:
        raise RangeError(f"{name} to be even: they are halved", repr(channels), "Take one more.")
    return int(channels)


@dataclass(frozen=True)
class Feature:
    """A map that is needed again after its pixel is drawn.

    Attributes
    ----------
    channels : int
    above : int
        Rows above the running one to keep.
    left : int
        Pixels to the left in the running row to keep.
    """

    channels: int
    above: int = 0
    left: int = 0


def by_rows(model, u, **context):
    """Draw images pixel by pixel from uniform numbers, with the features of the past kept.

    A scan over rows holds a scan over the pixels of a row. What is asked of the model:

    - ``features``: a list of :class:`Feature`; the first is the image itself.
    - ``row_states(n)``: further state from row to row, a list of variables.
    - ``begin_row(above, states, **context) -> (known, new states)``: from the rows above of each
      feature, (n, channels, rows, columns), what is known of a row before its first pixel: a
      list of variables of shape (columns, n, ...).
    - ``at_pixel(known, left) -> (logit, new)``: at one pixel, from what is known of it and the
      features to the left, (n, channels, pixels) or None, the logit of shape (n,) and the
      pixel's own features but for the image, each (n, channels).

    Parameters
    ----------
    model
    u : matrix of shape (n, rows * columns), values in [0, 1)

    Returns
    -------
    matrix of the shape of `u`, 0 and 1
    """
    rows, columns = model.image_shape
    n, features = u.shape[0], model.features
    high = [feature for feature in features if feature.above]
    wide = [feature for feature in features if feature.left]

    def spread(kept, of):
        kept = iter(kept)
        return [next(kept) if feature in of else None for feature in features]

    def pixel(u, *rest):
        known, left = rest[: len(rest) - len(wide)], spread(rest[len(rest) - len(wide) :], wide)
        logit, new = model.at_pixel(known, left)
        x = drawn(u, logit)
        new = [x[:, None], *new]
        moved = [
            pt.concatenate([kept[:, :, 1:], value[:, :, None]], axis=2)
            for kept, value in zip(left, new, strict=True)
            if kept is not None
        ]
        return [*moved, x, *(value for value, feature in zip(new, features, strict=True) if feature.above)]

    def row(u, *state):
        above, states = spread(state[: len(high)], high), state[len(high) :]
        known, states = model.begin_row(above, states, **context)
        start = [pt.zeros((n, f.channels, f.left), dtype=u.dtype) for f in wide]
        outputs = _scan(pixel, [u.T, *known], [*start, *[None] * (1 + len(high))])
        x, new = outputs[len(wide)], outputs[len(wide) + 1 :]
        kept = [value for value in above if value is not None]
        below = [
            pt.concatenate([old[:, :, 1:], value.dimshuffle(1, 2, "x", 0)], axis=2)
            for old, value in zip(kept, new, strict=True)
        ]
        return [*below, *states, x]

    start = [pt.zeros((n, f.channels, f.above, columns), dtype=u.dtype) for f in high]
    images = u.reshape((n, rows, columns)).dimshuffle(1, 0, 2)
    outputs = _scan(row, [images], [*start, *model.row_states(n), None])
    return outputs[-1].dimshuffle(2, 0, 1).reshape((n, rows * columns))


def _scan(step, sequences, outputs_info):
    """The outputs of a scan, always as a list."""
    return pytensor.scan(
        step, sequences=sequences, outputs_info=outputs_info, return_updates=False, return_list=True
    )
