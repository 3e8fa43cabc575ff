"""A compiled function is pickled with its mode, and a mode's rewrites by their place in the backend's mode.

Rewrites themselves hold functions that pickle refuses; where the function is read back, the backend
makes them anew. Functions on a device are not pickled: the device may be another there, or none.
"""

from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.link.basic import PerformLinker

from symgen.errors import NotSupportedError


class DeviceLinker(PerformLinker):
    """Base of linkers for a device, whose functions and modes are not pickled.

    Raises
    ------
    NotSupportedError
        When one is pickled, or copied deeply.
    """

    def __copy__(self):  # PyTensor copies linkers; copy would take the way of pickle
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __reduce_ex__(self, protocol):
        raise NotSupportedError(
            "a function or a mode of a backend that computes on the host: C, Numba or Python",
            f"one of {self}, bound to its device",
            "Save the weights (symgen.models.weights.save_weights, or values of the shared variables) "
            "and compile the function again where they are loaded.",
        )

# What makes a backend's mode -> the mode's rewrites, in the order in which they were given.
_RULES = {}


class RewriteOfBackend(GraphRewriter):
    """A rewrite of a backend's mode, which is pickled as such.

    Parameters
    ----------
    make : function
        Of a module, without arguments: it makes the mode, with :func:`picklable`.
    place : int
        Among the mode's rewrites.
    """

    def __init__(self, make, place):
        self.make, self.place = make, place
        self.rewriter = _RULES[make][place]

    def __reduce__(self):
        return _of_backend, (self.make, self.place)

    def add_requirements(self, fgraph):
        """What the rewrite needs."""
        self.rewriter.add_requirements(fgraph)

    def apply(self, fgraph):
        """Apply it."""
        return self.rewriter.apply(fgraph)


def picklable(make, rewrites):
    """Return the pairs of a rewrite and its position, each rewrite pickled by its place.

    Parameters
    ----------
    make : function
        The one that calls this.
    rewrites : list of (GraphRewriter, float)
    """
    _RULES[make] = [rewrite for rewrite, _ in rewrites]
    return [
        (RewriteOfBackend(make, place), position) for place, (_, position) in enumerate(rewrites)
    ]


def _of_backend(make, place):
    if make not in _RULES:
        make()
    return RewriteOfBackend(make, place)
