"""The network of autoregressive flows: the parameters for number ``d`` depend on those before it.

It is a MADE (see :mod:`symgen.layers.masked_dense` for its masks) with several outputs for each
number. One pass gives the parameters of all numbers where these are known. Where each number must be
found from those before it, :meth:`MaskedNetwork.sequentially` goes through them with ``scan``, and
works out each unit once: a unit is final when the last number that it may see is known, and only
units that have become final are passed on. All steps together cost about two passes, not one
pass each. The steps of a few numbers are written out, without ``scan``, each on the blocks of the weights
that count, and cost less than one pass.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen.errors import RangeError
from symgen.initializers import zeros
from symgen.layers import MaskedDense, autoregressive_mask, spread_degrees
from symgen.models.flows.bijector import like
from symgen.models.validation import positive_ints

# Steps for so many outputs are written out: more would take longer to compile than they save.
_WRITTEN_OUT = 16


class MaskedNetwork:
    """Outputs of shape (n_outputs, dim, batch), those for ``d`` a function of the inputs before ``d``.

    Parameters
    ----------
    dim : int
        Numbers in the input.
    n_outputs : int
        Numbers in the output for each.
    hidden_dims : sequence of int, at least one
    activation : str
    context_dim : int
        Numbers in the context, which all outputs depend on.
    reverse : bool
        Whether the order of the inputs is from the last to the first.
    rng : numpy.random.Generator
    name : str
    dtype : {"float32", "float64"}

    Raises
    ------
    RangeError
        Without a hidden layer.
    """

    def __init__(
        self, dim, n_outputs, hidden_dims, activation, context_dim, reverse, *, rng, name, dtype
    ):
        hidden_dims = positive_ints(hidden_dims, "hidden_dims")
        if not hidden_dims:
            raise RangeError("at least one hidden layer", "none", "Give its size: hidden_dims=(64,).")
        self.dim, self.n_outputs, self.context_dim = dim, n_outputs, context_dim
        self._in_order = slice(None, None, -1 if reverse else 1)  # its own inverse
        degrees = np.arange(1, dim + 1)[self._in_order]
        # Units of degree 0 see the context alone; without one they would be constants.
        least = 0 if context_dim or dim == 1 else 1
        self._degrees = [spread_degrees(n, least, dim - 1) for n in hidden_dims]
        below = np.concatenate([degrees, np.zeros(context_dim, "int64")])
        self.layers = []
        for k, above in enumerate(self._degrees):
            mask = autoregressive_mask(below, above)
            self.layers.append(
                MaskedDense(*mask.shape, mask, activation, rng=rng, name=f"{name}.{k}", dtype=dtype)
            )
            below = above
        mask = np.tile(autoregressive_mask(below, degrees, strict=True), (1, n_outputs))
        self.output = MaskedDense(
            *mask.shape, mask, W=zeros, rng=rng, name=f"{name}.output", dtype=dtype
        )

    @property
    def params(self):
        """Parameters of all layers."""
        return [param for layer in (*self.layers, self.output) for param in layer.params]

    def __call__(self, x, context=None):
        """Parameters for all numbers of `x`, shape (n_outputs, dim, batch), by one pass."""
        hidden = x if context is None else pt.concatenate([x, context.astype(x.dtype)], axis=1)
        for layer in self.layers:
            hidden = layer(hidden)
        return self.output(hidden).T.reshape((self.n_outputs, self.dim, -1))

    def sequentially(self, step, given, context=None):
        """Numbers each of which a step finds from a given one and the numbers before it.

        Parameters
        ----------
        step : callable
            ``step(given_d, parameters)`` with arguments of shapes (batch,) and
            (n_outputs, batch) returns number ``d`` and the logarithm of a slope, each of
            shape (batch,). The numbers found are what the network sees.
        given : matrix of shape (batch, dim)
        context : matrix of shape (batch, context_dim), optional

        Returns
        -------
        found : matrix of shape (batch, dim)
        log_det : vector of shape (batch,)
            The sum of the logarithms.
        """
        if self.dim * self.n_outputs <= _WRITTEN_OUT:
            return self._written_out(step, given, context)
        in_order, (first, *later) = self._in_order, self.layers
        weights_in = first.weights[: self.dim]
        weights_out = self.output.weights.reshape((-1, self.n_outputs, self.dim))
        biases_out = self.output.b.reshape((self.n_outputs, self.dim))
        # Units as rows, examples as columns: a unit that becomes final is a row.
        batch = given[:, 0]
        totals = [layer.b[:, None] + pt.zeros_like(batch)[None, :] for layer in self.layers]
        if context is not None:
            totals[0] += pt.dot(first.weights[self.dim :].T, context.astype(given.dtype).T)
        for k, layer in enumerate(later, 1):
            known = int((self._degrees[k - 1] == 0).sum())
            if known:
                final = layer.activation(totals[k - 1][:known])
                totals[k] += pt.dot(layer.weights[:known].T, final)
        newly_final = [self._newly_final(degrees) for degrees in self._degrees[:-1]]
        passed_on = [
            layer.weights[rows] * like(valid[:, :, None], given)
            for layer, (rows, valid) in zip(later, newly_final, strict=True)
        ]

        def one_number(given_d, into, out, bias, *rest):
            n = len(later)
            rows, weights, totals = rest[:n], rest[n : 2 * n], list(rest[2 * n :])
            parameters = pt.dot(out, self.layers[-1].activation(totals[-1])) + bias[:, None]
            found, log_slope = step(given_d, parameters)
            totals[0] = totals[0] + into[:, None] * found[None, :]
            for k in range(n):
                final = self.layers[k].activation(totals[k][rows[k]])
                totals[k + 1] = totals[k + 1] + pt.dot(weights[k].T, final)
            return [found, log_slope, *totals]

        found, log_slopes, *_ = pytensor.scan(
            one_number,
            sequences=[
                given.T[in_order],
                weights_in[in_order],
                weights_out.transpose(2, 1, 0)[in_order],
                biases_out.T[in_order],
                *(pt.constant(rows) for rows, _ in newly_final),
                *passed_on,
            ],
            outputs_info=[None, None, *totals],
            return_updates=False,
        )
        return found[in_order].T, log_slopes.sum(axis=0)

    def _written_out(self, step, given, context):
        """:meth:`sequentially` without ``scan``: units of degree ``d`` are made when ``d`` numbers are known.

        They see all that is known then, so that no mask is needed: units are in the order of their
        degrees, and those known are the first. Units are rows, examples columns.
        """
        places = np.arange(self.dim)[self._in_order]
        columns = given.T
        of_context = None
        if context is not None:
            weights = self.layers[0].W[self.dim :]
            of_context = pt.dot(weights.T, context.astype(given.dtype).T)
        found, log_slopes, known = [], [], [[] for _ in self.layers]
        for d, place in enumerate(places):
            below = list(found)
            for k, (layer, degrees) in enumerate(zip(self.layers, self._degrees, strict=True)):
                first, last = np.searchsorted(degrees, (d, d + 1))
                if last > first:
                    total = layer.b[first:last, None]
                    if below:
                        rows = layer.W[places[:d]] if k == 0 else layer.W[: _rows(below)]
                        total = total + pt.dot(rows[:, first:last].T, _joined(below))
                    if k == 0 and of_context is not None:
                        total = total + of_context[first:last]
                    if total.type.shape[1] == 1:
                        total = total + pt.zeros_like(columns[:1])
                    known[k].append((int(last - first), layer.activation(total)))
                below = known[k]
            at = slice(int(place), None, self.dim)
            parameters = self.output.b[at][:, None] + pt.zeros_like(columns[:1])
            if below:
                parameters += pt.dot(self.output.W[: _rows(below), at].T, _joined(below))
            number, log_slope = step(columns[place], parameters)
            found.append((1, number[None]))
            log_slopes.append(log_slope)
        in_order = pt.concatenate([found[d][1] for d in np.argsort(places)], axis=0)
        return in_order.T, sum(log_slopes[1:], log_slopes[0])

    def _newly_final(self, degrees):
        """Rows of the units of degrees 1 to dim, and which of them count: each (dim, most)."""
        units = [np.flatnonzero(degrees == d) for d in range(1, self.dim + 1)]
        most = max(1, *map(len, units))
        rows, valid = np.zeros((self.dim, most), "int64"), np.zeros((self.dim, most))
        for d, unit in enumerate(units):
            rows[d, : len(unit)], valid[d, : len(unit)] = unit, 1
        return rows, valid


def _rows(blocks):
    """Of a list of (rows, matrix), how many rows they have together."""
    return sum(rows for rows, _ in blocks)


def _joined(blocks):
    """One matrix of a list of (rows, matrix), one below the other."""
    return blocks[0][1] if len(blocks) == 1 else pt.concatenate([b for _, b in blocks], axis=0)
