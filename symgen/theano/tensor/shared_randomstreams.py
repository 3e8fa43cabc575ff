"""``theano.tensor.shared_randomstreams``: random variables that draw afresh at every call.

The numbers of a seed are Theano's, bit for bit: those of ``numpy.random.RandomState``.
"""

import copy
import warnings

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable

from symgen.ops.random_state import random_state_type
from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.sharedvalue import shared_constructor
from symgen.theano.tensor import raw_random

__getattr__ = attribute_lookup(__name__)


class RandomStateSharedVariable(SharedVariable):
    """A shared variable whose value is a ``numpy.random.RandomState``."""


@shared_constructor
def randomstate_constructor(value, name=None, strict=False, allow_downcast=None, borrow=False):
    """Return a shared variable of a ``RandomState``; ``theano.shared`` comes here.

    Parameters
    ----------
    value : numpy.random.RandomState
        Copied, unless `borrow`.
    name, strict, allow_downcast
        As in ``theano.shared``.

    Raises
    ------
    TypeError
        For any other value.
    """
    if not isinstance(value, np.random.RandomState):
        raise TypeError(f"expected a numpy.random.RandomState; got {type(value).__name__}.")
    return RandomStateSharedVariable(
        type=random_state_type,
        value=value if borrow else copy.deepcopy(value),
        name=name,
        strict=strict,
        allow_downcast=allow_downcast,
    )


class RandomStreams(raw_random.RandomStreamsBase):
    """Theano's ``RandomStreams``: a ``RandomState`` of its own for each random variable.

    With g a ``RandomState(seed)``, each new variable draws from ``RandomState(g.randint(2**30))``,
    in a shared variable with a ``default_update``: a function of the variable draws afresh at
    every call.

    Parameters
    ----------
    seed : int, optional
        In ``[0, 2**32)``; the default is fresh entropy.

    Attributes
    ----------
    state_updates : list of (shared state, state afterwards)
        In the order of creation.
    gen_seedgen : numpy.random.RandomState
        Gives the seeds.

    Notes
    -----
    States of NumPy exist on the backends C and Python only; ``MRG_RandomStreams`` has the same
    methods on all of them, and is faster.

    Examples
    --------
    >>> import symgen.theano as theano
    >>> from symgen.theano.tensor.shared_randomstreams import RandomStreams
    >>> u = RandomStreams(seed=123).uniform((2,))
    >>> theano.function([], u, mode="FAST_COMPILE")().round(4)
    array([0.728 , 0.5904])
    """

    def __init__(self, seed=None):
        self.state_updates = []
        self.default_instance_seed = seed
        self.gen_seedgen = np.random.RandomState(seed)

    def updates(self):
        """Return the pairs (state, state afterwards), for ``theano.function(updates=)``."""
        return list(self.state_updates)

    def seed(self, seed=None):
        """Start every variable's stream anew, in the order of creation.

        Parameters
        ----------
        seed : int, optional
            The default is the one that this object was made with.
        """
        seeds = np.random.RandomState(self.default_instance_seed if seed is None else seed)
        for state, _ in self.state_updates:
            state.set_value(np.random.RandomState(seeds.randint(2**30)), borrow=True)

    def __getitem__(self, item):
        """The ``RandomState`` in a shared state (a variable's ``rng``), not copied."""
        return item.get_value(borrow=True)

    def __setitem__(self, item, val):
        """Put a ``RandomState`` into a shared state, not copied."""
        item.set_value(val, borrow=True)

    def gen(self, op, *args, **kwargs):
        """Make a random variable with a state of its own.

        Parameters
        ----------
        op : callable
            A function of :mod:`symgen.theano.tensor.raw_random`, called with the state and the
            other arguments.

        Returns
        -------
        TensorVariable
            With the attributes ``rng``, the shared state, and ``update``, its pair.
        """
        start = np.random.RandomState(self.gen_seedgen.randint(2**30))
        state = randomstate_constructor(start, borrow=True)
        state.tag.is_rng = True
        after, numbers = op(state, *args, **kwargs)
        numbers.rng, numbers.update = state, (state, after)
        self.state_updates.append(numbers.update)
        with warnings.catch_warnings():
            warnings.filterwarnings(  # Theano's mechanism, which PyTensor keeps but advises against
                "ignore", "Setting default_update is deprecated", DeprecationWarning
            )
            state.default_update = after
        return numbers
