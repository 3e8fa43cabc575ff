"""Theano's MRG streams: random variables whose states are shared matrices of integers."""

import warnings
from math import exp, pi, prod
from numbers import Integral

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.gradient import undefined_grad
from pytensor.graph.basic import Constant, Variable

from symgen.errors import (
    DtypeError,
    NotSupportedError,
    RangeError,
    SettingsError,
    ShapeError,
)
from symgen.ops.mrg.op import MRGUniform
from symgen.ops.mrg.pick import ChoiceFromUniform, MultinomialFromUniform
from symgen.ops.mrg.recurrence import ff_2p134, state_of_seed, substreams

MAX_STREAMS = 15360
# Standard deviation of N(0, 1) cut off at -2 and 2.
_TRUNCATED_STD = 0.87962566103423978


def guess_n_streams(size, warn=False):
    """How many streams to draw `size` numbers from.

    Parameters
    ----------
    size : tuple or list of int, or anything else
        With p their product: p up to 6, ``p // 6`` above, at most 15360. For a size that is not
        known before the function runs, 15360.
    warn : bool
        Whether to warn of an unknown size.

    Returns
    -------
    int
    """
    if isinstance(size, tuple | list) and all(isinstance(n, int) for n in size):
        p = prod(size)
        return min(p // 6 if p > 6 else p, MAX_STREAMS)
    if warn:
        warnings.warn(
            f"MRG streams: the size {size} is not known, so {MAX_STREAMS} streams are taken; "
            "pass nstreams=.",
            stacklevel=3,
        )
    return MAX_STREAMS


class MRG_RandomStreams:
    """Theano's ``MRG_RandomStreams``: the same numbers for the same seed.

    Each random variable has streams of its own, states of MRG31k3p in the rows of a shared int32
    matrix with a ``default_update``: a function of the variable draws afresh at every call.

    Parameters
    ----------
    seed : int or six ints
        From 1 on; see :func:`symgen.ops.mrg.recurrence.state_of_seed`.

    Attributes
    ----------
    rstate : int32 array of shape (6,)
        Where the streams of the next random variable start.
    state_updates : list of tuple
        ``(state, new state, size, nstreams)`` of each random variable so far.
    default_instance_seed : int or six ints
        What :meth:`seed` takes by default.

    Notes
    -----
    Common parameters: ``size`` is an int, a tuple or list of ints and integer scalars, or a
    symbolic vector, whose length has to be known or given by ``ndim``; ``dtype`` is by default
    the widest of floatX and the dtypes of the other arguments, a Python number counting as
    floatX; ``nstreams`` is the number of streams, by default :func:`guess_n_streams`; ``target``
    may only be ``"cpu"``. Uniform, binomial, multinomial and choice are equal to Theano's bit for
    bit; normal to the rounding of logarithm and cosine. No gradient is defined for parameters of
    a distribution: write ``mean + std * srng.normal(mean.shape)`` where it shall flow.

    References
    ----------
    P. L'Ecuyer, R. Touzin (2000). Fast combined multiple recursive generators with multipliers of
    the form a = +-2^q +-2^r.

    Examples
    --------
    >>> import pytensor
    >>> srng = MRG_RandomStreams(seed=42)
    >>> draw = pytensor.function([], srng.uniform((2, 3)), mode="FAST_COMPILE")
    >>> draw().shape
    (2, 3)
    """

    def __init__(self, seed=12345):
        self.state_updates = []
        self.default_instance_seed = seed
        self.set_rstate(seed)

    def __repr__(self):
        return f"MRG_RandomStreams(rstate={self.rstate.tolist()}, draws={len(self.state_updates)})"

    def updates(self):
        """Return a copy of ``state_updates``."""
        return list(self.state_updates)

    def set_rstate(self, seed):
        """Set where the next random variable starts; the variables so far keep their streams.

        Parameters
        ----------
        seed : int or six ints

        Raises
        ------
        DtypeError, RangeError
            For another seed.
        """
        self.rstate = state_of_seed(seed)

    def seed(self, seed=None):
        """Start all random variables anew, as if they had been made with this seed.

        Parameters
        ----------
        seed : int or six ints, optional
            By default that of the construction.

        Raises
        ------
        DtypeError, RangeError
            For another seed; nothing is changed then.
        """
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for state, _, size, nstreams in self.state_updates:
            n = self.n_streams(size) if nstreams is None else nstreams
            state.set_value(self.get_substream_rstates(n, None), borrow=True)

    def inc_rstate(self):
        """Move ``rstate`` by 2^134 steps, to the streams of the next random variable."""
        self.rstate = ff_2p134(self.rstate)

    def get_substream_rstates(self, n_streams, dtype, inc_rstate=True):
        """States of `n_streams` streams from ``rstate`` on, 2^72 steps apart.

        Parameters
        ----------
        n_streams : int > 0
        dtype : str or None
            Dtype of the draws; the states do not depend on it.
        inc_rstate : bool
            Whether to call :meth:`inc_rstate`.

        Returns
        -------
        int32 array of shape (n_streams, 6)

        Raises
        ------
        RangeError
            When `n_streams` is not positive.
        """
        if not isinstance(n_streams, Integral) or n_streams <= 0:
            raise RangeError("a number of streams > 0", f"{n_streams!r}", "Leave nstreams= out.")
        states = substreams(self.rstate, int(n_streams))
        if inc_rstate:
            self.inc_rstate()
        return states

    def n_streams(self, size):
        """Return :func:`guess_n_streams` of `size`."""
        return guess_n_streams(size)

    def pretty_return(self, node_rstate, new_rstate, sample, size, nstreams):
        """Note the update of a draw, on the draw and here.

        Parameters
        ----------
        node_rstate, new_rstate : shared int32 matrix, variable
        sample : variable
            Gets the attributes ``rstate`` and ``update``.
        size, nstreams
            As the draw was asked for.

        Returns
        -------
        variable
            `sample`.
        """
        sample.rstate = node_rstate
        sample.update = (node_rstate, new_rstate)
        self.state_updates.append((node_rstate, new_rstate, size, nstreams))
        with warnings.catch_warnings():
            # Theano's mechanism, which PyTensor keeps but advises against.
            warnings.filterwarnings(
                "ignore", "Setting default_update is deprecated", DeprecationWarning
            )
            node_rstate.default_update = new_rstate
        return sample

    def uniform(
        self, size, low=0.0, high=1.0, ndim=None, dtype=None, nstreams=None, target=None
    ):
        """Draws from the uniform distribution over (low, high): ``low + (high - low) u``.

        Parameters
        ----------
        size, ndim, dtype, nstreams, target
            See the class.
        low, high : float or variable

        Returns
        -------
        variable of shape `size`

        Raises
        ------
        RangeError
            For a dimension that is not positive.
        ShapeError, DtypeError
            For a size or dtype that cannot be.
        NotSupportedError
            For `low` and `high` that would broadcast the draws, and another `target`.
        """
        dims = _checked_size(size, ndim)
        dtype = _dtype_of(dtype, low, high)
        if not any(isinstance(v, Variable) or np.ndim(v) for v in (low, high)):
            low, high = (np.asarray(v, dtype)[()] for v in (low, high))
            draw = self._draw(dims, size, dtype, nstreams, target, scale=high - low)
            return draw + pt.constant(low) if low != 0 else draw
        low, high = (undefined_grad(_in_dtype(v, dtype)) for v in (low, high))
        draw = self._draw(dims, size, dtype, nstreams, target)
        result = draw * (high - low) + low
        if result.type.broadcastable != draw.type.broadcastable:
            raise NotSupportedError(
                "a size that low and high broadcast to",
                f"size {size}, low {low.type}, high {high.type}",
                "Increase the size.",
            )
        return result

    def binomial(
        self, size=None, n=1, p=0.5, ndim=None, dtype="int64", nstreams=None, **kwargs
    ):
        """Draws of 1 with probability `p`, else 0: ``u < p``.

        Parameters
        ----------
        size, ndim, nstreams
            See the class.
        n : int
            Only 1, as in Theano.
        p : float or variable
        dtype : str
            Of the result.
        **kwargs
            As of :meth:`uniform`: ``low``, ``high``, ``target``.

        Returns
        -------
        variable of shape `size`

        Raises
        ------
        NotSupportedError
            For another `n`.
        """
        if isinstance(n, Variable) or n != 1:
            raise NotSupportedError("n=1", f"n={n}", "Add up draws with n=1.")
        u = self.uniform(size, ndim=ndim, nstreams=nstreams, **kwargs)
        if not isinstance(p, Variable):
            p = _in_dtype(p, u.type.dtype)
        return pt.cast(u < undefined_grad(p), dtype)

    def multinomial(
        self, size=None, n=1, pvals=None, ndim=None, dtype="int64", nstreams=None, **kwargs
    ):
        """How often each outcome came in `n` draws with replacement, for each row of `pvals`.

        Parameters
        ----------
        size, ndim
            Only None: the rows of `pvals` are the size.
        n : int or integer scalar
        pvals : matrix
            Probabilities (rows, outcomes); each row sums to 1.
        dtype : str
            Of the result; ``"auto"`` is that of `pvals`.
        nstreams, **kwargs
            As of :meth:`uniform`.

        Returns
        -------
        variable of the shape of `pvals`

        Raises
        ------
        DtypeError
            Without `pvals`.
        RangeError
            With `size` or `ndim`.
        NotSupportedError
            For `pvals` that are not a matrix.
        """
        pvals, unis = self._for_rows("pvals", pvals, n, size, ndim, nstreams, kwargs)
        return MultinomialFromUniform(dtype)(pvals, unis, n)

    def choice(
        self,
        size=1,
        a=None,
        replace=True,
        p=None,
        ndim=None,
        dtype="int64",
        nstreams=None,
        **kwargs,
    ):
        """Draw `size` outcomes without replacement, for each row of `p`.

        Parameters
        ----------
        size : int or integer scalar
            Number of draws from each row.
        a : None
        replace : bool
            Only False, as in Theano.
        p : matrix
            Probabilities (rows, outcomes).
        ndim : None
        dtype : str
            Of the result.
        nstreams, **kwargs
            As of :meth:`uniform`.

        Returns
        -------
        variable of shape (rows, size)
            Numbers of the outcomes.

        Raises
        ------
        NotSupportedError
            With ``replace=True``, or `p` that is not a matrix.
        DtypeError
            With `a`, or without `p`.
        RangeError
            With `ndim`.
        """
        if replace:
            raise NotSupportedError(
                "replace=False", f"replace={replace}", "Use multinomial() to draw with replacement."
            )
        if a is not None:
            raise DtypeError("a=None", f"a={a!r}", "Index a by the outcomes that are returned.")
        p, unis = self._for_rows("p", p, size, None, ndim, nstreams, kwargs)
        return ChoiceFromUniform(dtype)(p, unis, size)

    def multinomial_wo_replacement(
        self, size=None, n=1, pvals=None, ndim=None, dtype="int64", nstreams=None, **kwargs
    ):
        """:meth:`choice` with ``size=n, p=pvals, replace=False``, which Theano deprecated."""
        warnings.warn(
            "MRG_RandomStreams.multinomial_wo_replacement() is deprecated: use choice(size=n, "
            "p=pvals, replace=False).",
            DeprecationWarning,
            stacklevel=2,
        )
        if size is not None:
            raise RangeError("size=None", f"size={size!r}", "Pass the number of draws as n=.")
        return self.choice(
            n, replace=False, p=pvals, ndim=ndim, dtype=dtype, nstreams=nstreams, **kwargs
        )

    def normal(
        self,
        size,
        avg=0.0,
        std=1.0,
        ndim=None,
        dtype=None,
        nstreams=None,
        truncate=False,
        target=None,
    ):
        """Draws from ``N(avg, std^2)`` by the Box-Muller transform.

        The first half of an even number of uniform numbers are the radii, the second the angles;
        the cosines come before the sines.

        Parameters
        ----------
        size, ndim, dtype, nstreams, target
            See the class; by default there are always 15360 streams.
        avg, std : float or variable
        truncate : bool
            Whether numbers beyond two standard deviations are drawn again, with the same angle;
            those of a half then come after its others.

        Returns
        -------
        variable of shape `size`

        Raises
        ------
        RangeError, ShapeError, DtypeError, NotSupportedError
            As :meth:`uniform`.

        References
        ----------
        G. E. P. Box, M. E. Muller (1958). A note on the generation of random normal deviates.
        """
        dims = _checked_size(size, ndim)
        dtype = _dtype_of(dtype, avg, std)
        avg, std = (undefined_grad(_in_dtype(v, dtype)) for v in (avg, std))
        count = _product(dims)
        even = count + count % 2
        # Theano sees a variable here, and takes 15360 streams whether the size is known or not.
        recorded = (pt.as_tensor_variable(even),)
        u = self._draw([2, even // 2], recorded, dtype, nstreams, target)
        radius = pt.sqrt(_in_dtype(-2, dtype) * pt.log(u[0]))
        angle = _in_dtype(2 * pi, dtype) * u[1]
        halves = [(radius * trig(angle), trig(angle)) for trig in (pt.cos, pt.sin)]
        if truncate:
            halves = self._truncated(halves, even, dtype, nstreams, target)
        else:
            halves = [z for z, _ in halves]
        z = pt.concatenate(halves)
        if not isinstance(count, int):
            z = z[:count]
        elif count % 2:
            z = z[:-1]
        return z.reshape(dims) * std + avg

    def _truncated(self, halves, even, dtype, nstreams, target):
        """Both halves, each with the numbers within (-2, 2) first and those drawn again after."""
        two = _in_dtype(2, dtype)
        beyond = [(z < -two) | (z > two) for z, _ in halves]
        again = [pt.cast(b, "int64") for b in beyond]
        n_again = [b.sum() for b in again]
        count = (n_again[0] + n_again[1]).reshape((1,))
        u = self._draw([even], (count[0],), dtype, nstreams, target, count=count)
        low, high = _in_dtype(exp(-2), dtype), _in_dtype(1, dtype)
        radius = pt.sqrt(_in_dtype(-2, dtype) * pt.log(u * (high - low) + low))
        starts = [0, n_again[0]]
        found = []
        for (z, trig), b, a, n, start in zip(halves, beyond, again, n_again, starts, strict=True):
            place = pt.cumsum(a) - 1  # among those drawn again
            which = pt.maximum(place + start, 0)
            z = pt.where(b, radius[which] * trig, z)
            inside = a.shape[0] - n
            order = pt.where(b, inside + place, pt.cumsum(1 - a) - 1)
            found.append(pt.set_subtensor(pt.zeros_like(z)[order], z))
        return found

    def truncated_normal(
        self, size, avg=0.0, std=1.0, ndim=None, dtype=None, nstreams=None, target=None
    ):
        """Draws like :meth:`normal` with ``truncate=True``, scaled to have `std` after the cut.

        Parameters, result and errors are those of :meth:`normal`; the numbers lie within
        ``2 std / 0.8796`` of `avg`.
        """
        dtype = _dtype_of(dtype, avg, std)
        std = _in_dtype(std, dtype) / _in_dtype(_TRUNCATED_STD, dtype)
        return self.normal(size, avg, std, ndim, dtype, nstreams, truncate=True, target=target)

    def _draw(self, dims, size, dtype, nstreams, target, count=None, scale=1.0):
        """Uniform numbers over (0, 1) from streams of their own; `size` is what is noted."""
        if target not in (None, "cpu"):
            raise NotSupportedError(
                "target='cpu'", f"target={target!r}", "Choose a device for the whole function."
            )
        n = self.n_streams(size) if nstreams is None else nstreams
        state = pytensor.shared(self.get_substream_rstates(n, dtype), name="mrg", borrow=True)
        state.tag.is_rng = True
        op = MRGUniform(dtype, count is not None, scale)
        new_state, draw = op(state, *([] if count is None else [count]), *dims)
        return self.pretty_return(state, new_state, draw, size, nstreams)

    def _for_rows(self, name, pvals, n, size, ndim, nstreams, kwargs):
        """The probabilities as a variable, and the uniform numbers for n draws from each row."""
        if pvals is None:
            raise DtypeError(f"a matrix {name}=", "None", "Pass the probabilities.")
        for argument, value in (("size", size), ("ndim", ndim)):
            if value is not None:
                raise RangeError(
                    f"{argument}=None", f"{argument}={value!r}", f"The rows of {name} are the size."
                )
        if not isinstance(n, Variable) and n <= 0:
            raise RangeError("a positive number of draws", f"{n}", "Pass 1 or more.")
        pvals = undefined_grad(pt.as_tensor_variable(pvals))
        if pvals.type.ndim != 2:
            raise NotSupportedError(f"a matrix {name}", f"{pvals.type}", "Reshape it.")
        unis = self.uniform((pvals.shape[0] * n,), nstreams=nstreams, **kwargs)
        return pvals, unis


def _in_dtype(value, dtype):
    if isinstance(value, Variable):
        return pt.cast(value, dtype)
    return pt.constant(np.asarray(value, dtype))


def _dtype_of(dtype, *arguments):
    """`dtype`, or the widest of floatX and those of the arguments; Python numbers are floatX."""
    if dtype is None:
        typed = [a.dtype for a in arguments if isinstance(a, Variable | np.ndarray | np.generic)]
        dtype = np.result_type(pytensor.config.floatX, *typed)
    return np.dtype(dtype).name


def _product(dims):
    if all(isinstance(n, int) for n in dims):
        return prod(dims)
    return pt.prod(pt.stack([pt.cast(n, "int64") for n in dims]), dtype="int64")


def _checked_size(size, ndim):
    """The dimensions as a list of ints and integer scalars."""
    remedy = "Pass a tuple of ints and integer scalars, or a shape such as x.shape."
    if isinstance(size, Constant):
        size = tuple(int(n) for n in np.atleast_1d(size.data))
    if isinstance(size, Integral) or isinstance(size, Variable) and size.ndim == 0:
        size = (size,)
    if isinstance(size, Variable):
        if size.ndim != 1 or size.type.dtype not in pt.type.integer_dtypes:
            raise DtypeError("a size: a vector of integers", f"{size.type}", remedy)
        size = _entries(size, ndim)
    elif not isinstance(size, tuple | list):
        raise DtypeError("a size", f"{size!r}", remedy)
    if ndim is not None and ndim != len(size):
        raise ShapeError(f"a size of ndim={ndim} dimensions", f"{len(size)}", "Leave ndim= out.")
    for n in size:
        if isinstance(n, Variable):
            if n.ndim != 0 or n.type.dtype not in pt.type.integer_dtypes:
                raise DtypeError("integer dimensions", f"{n.type}", remedy)
        elif not isinstance(n, Integral):
            raise DtypeError("integer dimensions", f"{n!r}", remedy)
        elif n <= 0:
            raise RangeError("dimensions > 0", f"{tuple(size)}", remedy)
    return [n if isinstance(n, Variable) else int(n) for n in size]


def _entries(size, ndim):
    try:
        length = pt.get_vector_length(size)
    except ValueError as error:
        if ndim is None:
            raise SettingsError(
                "a size whose length is known", f"{size.type}", "Pass ndim=, its length."
            ) from error
        length = ndim
    return [size[k] for k in range(length)]
