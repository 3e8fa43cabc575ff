"""Random numbers in a symbolic graph, from streams with one seed.

>>> import pytensor
>>> srng = RandomStreams(seed=1)
>>> noise = srng.normal(size=(2, 3))
>>> draw = pytensor.function([], noise, updates=srng.updates, mode="FAST_COMPILE")
>>> draw().shape
(2, 3)
"""

from collections import OrderedDict
from numbers import Integral

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile import sharedvalue
from pytensor.gradient import disconnected_grad
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from symgen import config
from symgen.errors import DtypeError, FileFormatError, RangeError, ShapeError
from symgen.ops.philox import PhiloxDraw, initial_state


class RandomStreams:
    """Symbolic random draws with one seed; the caller passes on their updates.

    Every draw owns a Philox stream, whose state is a shared array of four words, named ``rng<i>``
    in the order of creation; its key is child ``i`` of ``numpy.random.SeedSequence(seed)``. So the
    same program draws the same numbers, on every backend (normal numbers but for the rounding of
    logarithm and cosine). Without its updates in ``pytensor.function(updates=...)`` a draw gives
    the same numbers at every call.

    A draw in the step function of a ``scan`` is another one at each step, and its update is among
    those that the ``scan`` returns, as in Theano: pass them on. :class:`ScanStream` does the same
    with ``return_updates=False``, which a draw of this class makes an error there.

    Parameters
    ----------
    seed : int >= 0

    Attributes
    ----------
    rngs : list of shared uint32 vectors
        In the order of creation.
    updates : OrderedDict
        ``{shared state: the state after the draw}`` of all draws so far but those inside a
        ``scan``. A function that
        holds only some of the draws takes :meth:`updates_of` its outputs.

    Raises
    ------
    DtypeError
        When the seed is not an integer.
    RangeError
        When it is negative.

    Notes
    -----
    Common parameters of the draws: ``size`` is an int, a tuple of ints and symbolic integer
    scalars, or a symbolic shape such as ``mean.shape``; ``dtype`` is by default
    ``symgen.config.floatx()``. The numbers of one seed in float32 and in float64 are not the same.

    References
    ----------
    J. K. Salmon et al. (2011). Parallel random numbers: as easy as 1, 2, 3. See
    :class:`symgen.ops.philox.PhiloxDraw`.
    """

    def __init__(self, seed):
        self.rngs = []
        self.updates = OrderedDict()
        self._seed = checked_seed(seed)

    def __repr__(self):
        return f"RandomStreams(seed={self._seed}, draws={len(self.rngs)})"

    def normal(self, size, avg=0.0, std=1.0, dtype=None):
        """Draws from ``N(avg, std^2)``: ``avg + std z`` with standard normal ``z``.

        The gradient flows to ``avg`` and ``std`` (the reparametrisation of Kingma and Welling,
        2014, section 2.4).

        Parameters
        ----------
        size, dtype
            See the class.
        avg, std : float, or variable that broadcasts to ``size``
            ``std >= 0``.

        Returns
        -------
        variable of ``size`` and ``dtype``

        Raises
        ------
        ShapeError, DtypeError, RangeError
            For a size, dtype or number that cannot be.
        """
        dtype = _checked_dtype(dtype)
        if not isinstance(std, Variable) and np.any(np.asarray(std) < 0):
            raise RangeError(
                expected="std >= 0", got=f"{std}", remedy="Pass the standard deviation."
            )
        draw = self._draw("normal", size, dtype)
        return _affine(draw, avg, std)

    def uniform(self, size, low=0.0, high=1.0, dtype=None):
        """Draws from the uniform distribution: ``low + (high - low) u`` with ``u`` in [0, 1).

        ``u`` is never 1. The gradient flows to ``low`` and ``high``.

        Parameters
        ----------
        size, dtype
            See the class.
        low, high : float, or variable that broadcasts to ``size``

        Returns
        -------
        variable of ``size`` and ``dtype``

        Raises
        ------
        ShapeError, DtypeError
            For a size or dtype that cannot be.
        """
        dtype = _checked_dtype(dtype)
        u = self._draw("uniform", size, dtype)
        low = _in_dtype(low, dtype)
        return _affine(u, low, _in_dtype(high, dtype) - low)

    def bernoulli(self, p, size=None, dtype=None):
        """Draws of 1 with probability ``p``, else 0: ``u < p`` with ``u`` uniform in the dtype of p.

        No gradient flows to ``p``.

        Parameters
        ----------
        p : float in [0, 1], or variable that broadcasts to ``size``
        size : optional
            See the class; by default the shape of ``p``.
        dtype : str, optional
            By default ``symgen.config.floatx()``; an integer or boolean dtype is allowed.

        Returns
        -------
        variable of ``size`` and ``dtype``

        Raises
        ------
        ShapeError, DtypeError, RangeError
            For a size, dtype or probability that cannot be.
        """
        dtype = np.dtype(dtype or config.floatx()).name
        if not isinstance(p, Variable):
            p = np.asarray(p, dtype="float64")
            if not np.all((p >= 0) & (p <= 1)):
                raise RangeError(
                    expected="probabilities in [0, 1]", got=f"{p}", remedy="Pass sigmoid(logits)."
                )
        p = pt.as_tensor_variable(p)
        precision = "float32" if p.dtype == "float32" else "float64"
        u = self._draw("uniform", p.shape if size is None else size, precision)
        return (u < disconnected_grad(p).astype(precision)).astype(dtype)

    def updates_of(self, *outputs):
        """The updates of those draws only that the given variables depend on.

        Parameters
        ----------
        *outputs : variables

        Returns
        -------
        OrderedDict
        """
        reached = set(ancestors(outputs))
        return OrderedDict((rng, new) for rng, new in self.updates.items() if rng in reached)

    def seed(self, seed):
        """Start all streams anew, as if they had been made with this seed.

        Parameters
        ----------
        seed : int >= 0

        Raises
        ------
        DtypeError, RangeError
            As for the class.
        """
        self._seed = checked_seed(seed)
        for i, rng in enumerate(self.rngs):
            rng.set_value(initial_state(self._seed, i), borrow=True)

    def get_state(self):
        """Exact state of every stream, in the order of creation.

        Returns
        -------
        list of list of int
            Four words of 32 bits each, for JSON: key (low, high), counter (low, high).
        """
        return [rng.get_value(borrow=True).tolist() for rng in self.rngs]

    def set_state(self, states):
        """Put all streams where :meth:`get_state` found them.

        Parameters
        ----------
        states : list of list of int

        Raises
        ------
        FileFormatError
            When there are more or fewer states than streams, or one is not four words of 32 bits;
            no stream is changed then.
        """
        if not isinstance(states, list) or len(states) != len(self.rngs):
            count = f"{len(states)} states" if isinstance(states, list) else f"{type(states)}"
            raise FileFormatError(
                expected=f"a list of {len(self.rngs)} states, one for each random stream",
                got=count,
                remedy="Build the same model, with the same draws, before the state is set.",
            )
        for i, state in enumerate(states):
            if not (isinstance(state, list) and len(state) == 4 and all(map(_is_word, state))):
                raise FileFormatError(
                    expected=f"state {i} to be four whole numbers of 32 bits",
                    got=f"{state!r}",
                    remedy="Take it from get_state() of a RandomStreams.",
                )
        for rng, state in zip(self.rngs, states, strict=True):
            rng.set_value(np.array(state, np.uint32), borrow=True)

    def _draw(self, distribution, size, dtype):
        """A draw of the standard distribution, from a stream of its own."""
        size = _dimensions(size)
        i = len(self.rngs)
        rng = pytensor.shared(initial_state(self._seed, i), name=f"rng{i}", borrow=True)
        next_rng, draw = PhiloxDraw(distribution, dtype)(rng, *size)
        self.rngs.append(rng)
        if sharedvalue.__SHARED_CONTEXT__ is None:
            self.updates[rng] = next_rng
        else:  # in the step function of a scan, which carries the state and returns its update
            rng.default_update = next_rng
        return draw


class ScanStream:
    """Draws inside the step function of a ``scan``, from a state that the scan carries.

    Numbers for a long chain need not be drawn before it and held: each step draws its own. The
    scan gets :meth:`begin` among ``outputs_info``; the step function makes a stream of the state it
    is given, draws, and returns :attr:`state`.

    >>> import pytensor
    >>> srng = RandomStreams(seed=1)
    >>> def step(x, state):
    ...     stream = ScanStream(state)
    ...     return x + stream.normal(x.shape), stream.state
    >>> walk, _ = pytensor.scan(
    ...     step, outputs_info=[pt.zeros(3), ScanStream.begin(srng)], n_steps=5, return_updates=False
    ... )
    >>> pytensor.function([], walk, updates=srng.updates, mode="FAST_COMPILE")().shape
    (5, 3)

    Parameters
    ----------
    state : uint32 vector of 4 words

    Attributes
    ----------
    state : variable
        After the draws so far.
    """

    def __init__(self, state):
        self.state = state

    @staticmethod
    def begin(srng):
        """State of a new stream, whose key is a draw of `srng`: each call of a function has its own."""
        words = pt.floor(srng.uniform((2,), dtype="float64") * np.float64(2**32)).astype("uint32")
        return pt.concatenate([words, pt.zeros((2,), dtype="uint32")])

    def uniform(self, size, dtype=None):
        """Draws from the uniform distribution on [0, 1); see :meth:`RandomStreams.uniform`."""
        return self._draw("uniform", size, dtype)

    def normal(self, size, dtype=None):
        """Draws from N(0, 1); see :meth:`RandomStreams.normal`."""
        return self._draw("normal", size, dtype)

    def _draw(self, distribution, size, dtype):
        size = _dimensions(size)
        self.state, draw = PhiloxDraw(distribution, _checked_dtype(dtype))(self.state, *size)
        return draw


def _is_word(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


def _affine(draw, shift, scale):
    """``shift + scale draw`` in the dtype and shape of ``draw``."""
    if isinstance(scale, Variable) or np.any(np.asarray(scale) != 1):
        draw = _broadcasts(_in_dtype(scale, draw.dtype), draw) * draw
    if isinstance(shift, Variable) or np.any(np.asarray(shift) != 0):
        draw = _broadcasts(_in_dtype(shift, draw.dtype), draw) + draw
    return draw


def _broadcasts(argument, draw):
    if argument.ndim > draw.ndim:
        raise ShapeError(
            expected=f"an argument of at most the {draw.ndim} dimensions of size",
            got=f"{argument.type}",
            remedy="Pass the size of the draws, for example mean.shape.",
        )
    return argument


def _in_dtype(value, dtype):
    """A number, array or variable as a variable of ``dtype``."""
    return value.astype(dtype) if isinstance(value, Variable) else _constant(value, dtype)


def _constant(value, dtype=None):
    return pt.constant(np.asarray(value, dtype=dtype))


def _checked_dtype(dtype):
    dtype = np.dtype(dtype or config.floatx())
    if not np.issubdtype(dtype, np.floating):
        raise DtypeError(
            expected="a floating dtype", got=dtype.name, remedy="Use float32 or float64."
        )
    return dtype.name


def checked_seed(seed):
    """Return `seed` as an int >= 0, or raise :class:`DtypeError` or :class:`RangeError`."""
    if not isinstance(seed, Integral):
        raise DtypeError(
            expected="an integer seed", got=f"{seed!r}", remedy="Pass a number such as 1."
        )
    if seed < 0:
        raise RangeError(expected="a seed >= 0", got=f"{seed}", remedy="Pass a number such as 1.")
    return int(seed)


def _dimensions(size):
    """A size as a sequence of ints and symbolic scalars."""
    size = _checked_size(size)
    if isinstance(size, Variable):
        return [size[k] for k in range(pt.get_vector_length(size))]
    return size


def _checked_size(size):
    remedy = "Pass an int, a tuple of ints and symbolic scalars, or a shape such as x.shape."
    if isinstance(size, Integral) or isinstance(size, Variable) and size.ndim == 0:
        size = (size,)
    if isinstance(size, Variable):
        if size.ndim != 1 or not np.issubdtype(size.dtype, np.integer):
            raise ShapeError(expected="a size", got=f"{size.type}", remedy=remedy)
        try:
            pt.get_vector_length(size)
        except ValueError as error:
            raise ShapeError(
                expected="a size whose number of dimensions is known",
                got=f"{size.type}",
                remedy=remedy,
            ) from error
        return size
    if not isinstance(size, tuple | list):
        raise ShapeError(expected="a size", got=f"{size!r}", remedy=remedy)
    for n in size:
        if isinstance(n, Variable):
            if n.ndim != 0 or not np.issubdtype(n.dtype, np.integer):
                raise ShapeError(expected="a size of integers", got=f"{n.type}", remedy=remedy)
        elif not isinstance(n, Integral) or n < 0:
            raise ShapeError(expected="a size of integers >= 0", got=f"{n!r}", remedy=remedy)
    return tuple(size)
