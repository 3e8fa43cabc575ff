"""``theano.tensor.nnet.ctc``: connectionist temporal classification.

Theano called the library warp-ctc; here the recursion over time is a ``scan``, on every backend.
"""

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad, undefined_grad
from pytensor.tensor.special import log_softmax

from symgen.errors import DtypeError, RangeError, ShapeError
from symgen.theano._missing import attribute_lookup
from symgen.theano.tensor.nnet._stand_in import StandInOp

__all__ = ["ConnectionistTemporalClassification", "ctc", "ctc_available", "ctc_present"]

__getattr__ = attribute_lookup(__name__)

#: Logarithm of the probability of what cannot be; finite, so that no gradient is NaN.
IMPOSSIBLE = -1e30


def ctc_present():
    """Whether CTC can be computed: True, no library is needed."""
    return True


def ctc_available():
    """Whether CTC can be computed: True, no library is needed."""
    return True


for _check in (ctc_present, ctc_available):
    _check.msg = _check.path = None
ctc_present.avail = True


class ConnectionistTemporalClassification(StandInOp):
    """``ConnectionistTemporalClassification(compute_grad=True)(activations, labels, lengths)``.

    Parameters
    ----------
    compute_grad : bool
        False where no gradient will be asked for; asking then raises.
    openmp : bool, optional
        None, False or True; threads are the backend's affair.
    """

    __props__ = ("compute_grad",)

    def __init__(self, compute_grad=True, openmp=None):
        if openmp not in (None, False, True):
            raise RangeError("openmp of None, False or True", repr(openmp), "Leave it out.")
        self.compute_grad = bool(compute_grad)

    def make_graph(self, activations, labels, input_lengths):
        """Return :func:`ctc` of the inputs."""
        if not self.compute_grad:
            activations = undefined_grad(pt.as_tensor_variable(activations))
        return ctc(activations, labels, input_lengths)


def ctc(activations, labels, input_lengths):
    r"""Return the negative log-likelihood of each sequence of labels, in nats.

    .. math::
        -\log \sum_{\pi \to l} \prod_{t < T} \mathrm{softmax}(a_t)_{\pi_t}

    over all paths that become the labels when repetitions are merged and blanks left out. Label 0 is
    the blank.

    Parameters
    ----------
    activations : tensor, shape (time, batch, classes), float32 or float64
        Before the softmax.
    labels : int matrix, shape (batch, longest)
        From 1 on; negative where a sequence has ended.
    input_lengths : int vector, shape (batch,)
        How many steps of each sequence count, from 1 on.

    Returns
    -------
    TensorVariable, shape (batch,), dtype of `activations`
        Infinite, with gradient 0, where the input is too short for its labels.

    Raises
    ------
    ShapeError, DtypeError
        For arguments of other dimensions or dtypes.

    References
    ----------
    A. Graves, S. Fernandez, F. Gomez and J. Schmidhuber (2006), "Connectionist Temporal
    Classification: Labelling Unsegmented Sequence Data with Recurrent Neural Networks".
    """
    from symgen.theano.scan_module import scan

    activations = pt.as_tensor_variable(activations)
    labels, lengths = pt.as_tensor_variable(labels), pt.as_tensor_variable(input_lengths)
    dims = activations.type.ndim, labels.type.ndim, lengths.type.ndim
    if dims != (3, 2, 1):
        raise ShapeError(
            "activations (time, batch, classes), labels (batch, longest), lengths (batch,)",
            f"{dims[0]}, {dims[1]} and {dims[2]} dimensions",
            "Add axes of length 1.",
        )
    if activations.dtype not in ("float32", "float64"):
        raise DtypeError("float32 or float64 activations", activations.dtype, "Cast them.")
    for name, variable in (("labels", labels), ("input_lengths", lengths)):
        if variable.dtype not in pt.type.integer_dtypes:
            raise DtypeError(f"integers as {name}", variable.dtype, "Cast them to int32.")

    dtype = activations.dtype
    impossible = np.asarray(IMPOSSIBLE, dtype)
    labels = pt.cast(labels, "int64")
    n_labels = pt.sum(pt.ge(labels, 0), axis=1)
    batch, longest = labels.shape[0], labels.shape[1]
    # A blank before, between and after the labels.
    places = pt.zeros((batch, 2 * longest + 1), dtype="int64")
    places = pt.set_subtensor(places[:, 1::2], pt.maximum(labels, 0))
    log_p = log_softmax(activations, axis=-1)
    emitted = log_p[:, pt.arange(batch)[:, None], places]
    first = pt.arange(places.shape[1])[None, :]
    start = pt.switch(pt.lt(first, 2), emitted[0], impossible)
    # A blank between two labels may be skipped where these differ.
    differ = pt.neq(places[:, 2:], places[:, :-2]) & pt.neq(places[:, 2:], 0)
    skips = pt.concatenate([pt.zeros((batch, 2), dtype="bool"), differ], axis=1)

    def moved(alpha, by):
        none = pt.zeros((alpha.shape[0], by), dtype=dtype) + impossible
        return pt.concatenate([none, alpha], axis=1)[:, : alpha.shape[1]]

    def step(log_emitted, t, alpha, skips, lengths):
        skipped = pt.switch(skips, moved(alpha, 2), impossible)
        reached = _log_sum([alpha, moved(alpha, 1), skipped]) + log_emitted
        return pt.switch(pt.lt(t, lengths)[:, None], pt.maximum(reached, impossible), alpha)

    alphas, _ = scan(
        step,
        sequences=[emitted[1:], pt.arange(1, emitted.shape[0])],
        outputs_info=[start],
        non_sequences=[skips, lengths],
    )
    last = pt.concatenate([start[None], alphas])[-1]
    rows = pt.arange(batch)
    blank_last = last[rows, 2 * n_labels]
    label_last = last[rows, pt.maximum(2 * n_labels - 1, 0)]
    label_last = pt.switch(pt.gt(n_labels, 0), label_last, impossible)
    log_likelihood = _log_sum([blank_last, label_last])
    infinite = np.asarray(np.inf, dtype)
    return pt.switch(log_likelihood < impossible / 2, infinite, -log_likelihood)


def _log_sum(terms):
    """``log sum exp`` of some tensors of one shape."""
    terms = pt.stack(terms)
    largest = disconnected_grad(pt.max(terms, axis=0))
    return largest + pt.log(pt.sum(pt.exp(terms - largest), axis=0))
