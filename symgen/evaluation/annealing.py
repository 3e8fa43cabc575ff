r"""log Z by annealed importance sampling, from below and from above.

A path of machines leads from one whose Z is known, at the inverse temperature :math:`\beta = 0`, to
the model at :math:`\beta = 1`. A state walks along it, and the weight of the walk is

.. math::
    w = \prod_k \frac{p^*_k(v_{k-1})}{p^*_{k-1}(v_{k-1})}

Walked forwards from draws at 0, the mean of w is :math:`Z_1 / Z_0`; walked backwards from draws of
the model, the mean of 1 / w is :math:`Z_0 / Z_1`. By Jensen's inequality the logarithm of the first
mean is too low in expectation, and that of the second, with its sign turned, too high.

References
----------
R. Neal (2001). Annealed importance sampling. Statistics and Computing 11.
R. Salakhutdinov, I. Murray (2008). On the quantitative analysis of deep belief networks. ICML.
Section 4; equation 16: the path; the interval of three standard errors of section 6.
Y. Burda, R. Grosse, R. Salakhutdinov (2015). Accurate and conservative estimates of MRF
log-likelihood using reverse annealing. AISTATS. Algorithm 3 (RAISE).
R. Grosse, Z. Ghahramani, R. Adams (2015). Sandwiching the marginal likelihood using bidirectional
Monte Carlo. arXiv:1511.02543.
"""

from functools import cached_property

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends
from symgen.datasets.validation import as_numbers, check_array
from symgen.errors import NonFiniteError, NotSupportedError, RangeError
from symgen.evaluation.inputs import (
    check_examples,
    check_same_model,
    check_trained,
    described,
    parameters_hash,
    whole_number,
)
from symgen.evaluation.likelihood import check_no_context
from symgen.evaluation.result import Result, mean_and_standard_error
from symgen.random import RandomStreams, ScanStream


class Annealing:
    """The walks along a model's path, run with any temperatures and seeds.

    Those up and those down are each compiled once, when they are first run. The values of the
    model's parameters are read at each run.

    Parameters
    ----------
    model
        Has ``annealed_start(n, base, srng)``, ``annealed_free_energy(v, beta, base)``,
        ``annealed_step(v, beta, base, srng)``, which is reversible, ``log_z_at_zero(base)``,
        and ``base_of(x)``, the parameters of the machine at 0.
    backend, device : str, optional
        See :func:`symgen.backends.select`.

    Raises
    ------
    NotSupportedError
        For a model without such a path.
    """

    def __init__(self, model, backend=None, device=None):
        _check_has_path(model)
        self.model, self._srng = model, RandomStreams(0)
        base = pt.vector("base", dtype=model.dtype, shape=np.shape(model.base_of(None)))
        n = pt.lscalar("n")
        start = model.annealed_start(n, base, self._srng)
        self._mode = backends.select(backend, device)
        self._start = self._compiled([n, base], [start])
        self.state_dim = start.type.shape[1]
        if self.state_dim is None:  # the graph does not tell: a state does
            self.state_dim = self._start(1, np.asarray(model.base_of(None), model.dtype))[0].shape[1]
        state = pt.matrix("state", dtype=model.dtype, shape=(None, self.state_dim))
        betas = pt.vector("betas", dtype=model.dtype)
        # Both are drawn up at once, so that their random numbers do not hang on which is run first.
        self._inputs = [state, betas, base]
        self._up, self._down = (self._walk(*self._inputs, back=back) for back in (False, True))

    def _compiled(self, inputs, outputs):
        updates = self._srng.updates_of(*outputs)
        options = {"updates": updates, "mode": self._mode, "on_unused_input": "ignore"}
        return pytensor.function(inputs, outputs, **options)

    @cached_property
    def _forward(self):
        return self._compiled(self._inputs, self._up)

    @cached_property
    def _backward(self):
        return self._compiled(self._inputs, self._down)

    def _walk(self, state, betas, base, back=False):
        """Last states and log weights of walks up the temperatures, or down them."""
        model = self.model

        def log_ratio(v, colder, warmer):
            free_energy = model.annealed_free_energy
            return (free_energy(v, warmer, base) - free_energy(v, colder, base)).astype("float64")

        def forward(warmer, colder, v, log_weight, words, *_):
            stream = ScanStream(words)
            log_weight = log_weight + log_ratio(v, colder, warmer)
            return model.annealed_step(v, colder, base, stream), log_weight, stream.state

        def backward(warmer, colder, v, log_weight, words, *_):
            stream = ScanStream(words)
            v = model.annealed_step(v, colder, base, stream)
            return v, log_weight + log_ratio(v, colder, warmer), stream.state

        pairs = [betas[:-1], betas[1:]]
        v, log_weight, _ = pytensor.scan(
            backward if back else forward,
            sequences=[pair[::-1] for pair in pairs] if back else pairs,
            outputs_info=[
                state, pt.zeros((state.shape[0],), "float64"), ScanStream.begin(self._srng)
            ],
            non_sequences=[base, *model.params],
            return_updates=False,
        )  # fmt: skip
        return [v[-1], log_weight[-1]]

    def forward(self, n_chains, betas, base, seed):
        """States at 1 and log weights of `n_chains` walks from 0."""
        self._srng.seed(seed)
        base = np.asarray(base, self.model.dtype)
        (start,) = self._start(n_chains, base)
        return self._finite(*self._forward(start, np.asarray(betas, self.model.dtype), base))

    def backward(self, states, betas, base, seed):
        """States at 0 and log weights of walks back from `states` at 1, one each."""
        self._srng.seed(seed)
        arrays = (np.asarray(array, self.model.dtype) for array in (states, betas, base))
        return self._finite(*self._backward(*arrays))

    def _finite(self, states, log_weights):
        if not np.isfinite(log_weights).all():
            raise NonFiniteError(
                "every log weight to be finite",
                f"{np.count_nonzero(~np.isfinite(log_weights))} of {log_weights.size} that are not",
                "The model may have diverged: train again with a lower learning rate.",
            )
        return states, log_weights


def ais_log_z(
    model, *, data=None, betas=1000, n_chains=100, seed=0, backend=None, device=None, walks=None
):
    """Estimate of log Z by annealed importance sampling; in expectation not above log Z.

    ``log Z = log Z_0 + log mean w``. Its standard error is that of the mean weight over the mean
    weight; the interval reaches three of them either way. With too few temperatures the weights
    differ so much that the mean hangs on one of them, and the interval is too short: take more until
    the value rises no longer, and compare :func:`reverse_ais_log_z`.

    Parameters
    ----------
    model
        See :class:`Annealing`.
    data : array of shape (n, input_dim), optional
        Training data, whose pixel shares the machine at 0 takes; by default all shares are a half.
    betas : int or array
        Number of inverse temperatures, evenly spaced, or themselves, rising from 0 to 1;
        see :func:`ais_betas`.
    n_chains : int
        At least 2.
    seed : int
    backend, device : str, optional
        See :func:`symgen.backends.select`.
    walks : Annealing, optional
        The model's path where it is compiled already.

    Returns
    -------
    Result
        In nats, with `interval`; `n` is the number of chains. Terms: ``log_z_at_zero``, and
        ``log_weight``, the mean of the logarithms. ``details`` has ``effective_chains``,
        ``(sum w)^2 / sum w^2``: where it is a few, the interval is too short.

    Raises
    ------
    RangeError
        For fewer than 2 chains, or temperatures that do not rise from 0 to 1.
    SettingsError
        When `walks` are of another model.
    NotSupportedError, NonFiniteError
        See :class:`Annealing`.
    """
    betas, base = _checked_path(model, data, betas)
    n_chains = whole_number(n_chains, "chains", 2, "Their spread makes the error bar.")
    check_same_model(walks, model, "walks")
    walks = walks or Annealing(model, backend, device)
    log_weights = walks.forward(n_chains, betas, base, seed)[1]
    return _log_z(model, base, log_weights, 1, "lower bound on log Z in expectation")


def reverse_ais_log_z(
    model, start, *, data=None, betas=1000, seed=0, backend=None, device=None, walks=None
):
    """Estimate of log Z from walks back from draws of the model; in expectation not below log Z.

    ``log Z = log Z_0 - log mean 1 / w``.

    Parameters
    ----------
    start : array of shape (n_chains, units)
        Draws of the model, such as ``model.sample``: it is an upper bound only as far as they are.
        The ends of forward walks are not quite; from them a machine whose chains mix badly may get
        a value below its log Z, as far as they miss some of its modes.
        Test data in their place give the walks of :func:`raise_log_likelihood`.
    model, data, betas, seed, backend, device, walks
        See :func:`ais_log_z`.

    Returns
    -------
    Result

    Raises
    ------
    See :func:`ais_log_z`.
    """
    betas, base = _checked_path(model, data, betas)
    check_same_model(walks, model, "walks")
    walks = walks or Annealing(model, backend, device)
    start = check_array(start, "the draws of the model", dim=walks.state_dim, dtype=model.dtype)
    if model.binary and ((start != 0) & (start != 1)).any():
        raise RangeError(
            "draws of the model's binary units: zeros and ones",
            f"values between {start.min():g} and {start.max():g}",
            "Pass what model.sample draws, or the ends of forward walks.",
        )
    whole_number(len(start), "chains", 2, "Their spread makes the error bar.")
    log_weights = walks.backward(start, betas, base, seed)[1]
    bound = "upper bound on log Z in expectation, if the walks back start at draws of the model"
    return _log_z(model, base, log_weights, -1, bound)


def raise_log_likelihood(
    model,
    x,
    *,
    data=None,
    betas=1000,
    n_chains=10,
    seed=0,
    backend=None,
    device=None,
    untrained=False,
    **where,
):
    """Conservative test log-likelihood by reverse annealing (RAISE).

    Of each example, ``log mean p*(x) / (Z_0 w)`` over walks back from it: an unbiased estimate
    of the probability that annealing itself draws x, whose logarithm is too low in expectation.
    With more temperatures annealing comes to draw from the model.

    Parameters
    ----------
    x : array of shape (n, input_dim), zeros and ones
    n_chains : int
        Walks from each example, at least 1.
    model, data, betas, seed, backend, device
        See :func:`ais_log_z`.
    untrained : bool
        See :func:`symgen.evaluation.evaluate`.
    **where
        ``dataset``, ``split``, ``dataset_hash``, ``binarization`` for the :class:`Result`.

    Returns
    -------
    Result
        Nats per example; `n_samples` is the number of walks from each.

    Raises
    ------
    RangeError
        For data other than 0 and 1.
    See also :func:`ais_log_z`.
    """
    check_no_context(model)
    check_trained(model, untrained)
    x = check_examples(model, x)
    betas, base = _checked_path(model, data, betas)
    n_chains = whole_number(n_chains, "walks, n_chains,", remedy="Take 10, say.")
    walks = Annealing(model, backend, device)
    if walks.state_dim != model.input_dim:
        raise NotSupportedError(
            "a machine whose visible units alone are annealed: an RBM",
            f"{type(model).__name__}, whose states have {walks.state_dim} units",
            "Use log_likelihood or lower_bound with the log Z of reverse_ais_log_z.",
        )
    v = pt.matrix("v", dtype=model.dtype, shape=(None, model.input_dim))
    free_energy = pytensor.function([v], model.free_energy(v), mode=backends.select(backend, device))
    log_weights = walks.backward(np.repeat(x, n_chains, axis=0), betas, base, seed)[1]
    by_example = np.logaddexp.reduce(-log_weights.reshape(len(x), n_chains), axis=1) - np.log(n_chains)
    by_example = by_example - free_energy(x) - model.log_z_at_zero(base)
    value, standard_error = mean_and_standard_error(by_example, "the log probability")
    return Result(
        metric="log-likelihood (RAISE)",
        value=value,
        unit="nats per example",
        bound="lower bound on log p(x) in expectation, p being what annealing draws",
        standard_error=standard_error,
        n=len(x),
        n_samples=n_chains,
        **described(x, where),
    )


def ais_betas():
    """The 14 500 inverse temperatures of Salakhutdinov and Murray (2008, section 6).

    500 from 0 to 0.5, 4000 to 0.9 and 10 000 to 1, evenly spaced in each part.

    Returns
    -------
    float64 array of shape (14500,)
    """
    parts = ((0, 0.5, 500), (0.5, 0.9, 4000), (0.9, 1, 10000))
    spaced = [np.linspace(low, high, n, endpoint=high == 1) for low, high, n in parts]
    return np.concatenate(spaced)


def _log_z(model, base, log_weights, sign, bound):
    """Result of ``log Z_0 + sign log mean exp(sign log w)``."""
    n, log_z_0 = len(log_weights), float(model.log_z_at_zero(base))
    highest = (sign * log_weights).max()
    weights = np.exp(sign * log_weights - highest)
    value = log_z_0 + sign * float(highest + np.log(weights.mean()))
    error = float(weights.std(ddof=1) / weights.mean() / np.sqrt(n))
    return Result(
        metric="log Z by AIS" if sign == 1 else "log Z by reverse AIS",
        value=value,
        unit="nats",
        bound=bound,
        standard_error=error,
        n=n,
        n_samples=1,
        interval=(value - 3 * error, value + 3 * error),
        terms={"log_z_at_zero": log_z_0, "log_weight": float(log_weights.mean())},
        details={
            "effective_chains": float(weights.sum() ** 2 / (weights**2).sum()),
            "parameters": parameters_hash(model),
        },
    )


def _check_has_path(model):
    if not hasattr(model, "annealed_step"):
        raise NotSupportedError(
            "a model with a path of temperatures",
            f"{type(model).__name__}",
            "Boltzmann machines have one; other likelihoods need no log Z.",
        )
    check_no_context(model)


def _checked_path(model, data, betas):
    """Inverse temperatures as an array, and the parameters of the machine at 0."""
    _check_has_path(model)
    if np.ndim(betas) == 0:
        betas = np.linspace(0, 1, whole_number(betas, "temperatures", 2, "Choose 1000 or more."))
    betas = as_numbers(betas, "betas").astype("float64")
    if betas.ndim != 1 or betas.size < 2 or betas[0] != 0 or betas[-1] != 1 or not (np.diff(betas) > 0).all():
        raise RangeError(
            "inverse temperatures that rise from 0 to 1",
            f"{betas.size} of them" + (f", from {betas.flat[0]:g} to {betas.flat[-1]:g}" if betas.size else ""),
            "Use numpy.linspace(0, 1, n) or ais_betas().",
        )
    if data is not None:
        options = {"value_range": model.value_range, "dtype": model.dtype}
        data = check_array(data, "the data of the base", dim=model.input_dim, **options)
    return betas, model.base_of(data)
