"""The fixes: their names, which are on, and what each has said."""

import sys

from symgen.errors import look_up

#: Fix -> what it does, in one line.
FIXES = {
    "python2": "Python 2 source is converted while it is read; the files stay as they are",
    "division": "in Python 2 source, / between integers rounds down",
    "stdlib": "names and modules that Python's library has lost (inspect.getargspec, "
    "collections.Mapping, time.clock, cPickle, itertools.izip, …)",
    "six": "six.moves and six's small functions, when six is not installed",
    "numpy": "names that NumPy has lost (np.float, np.cast, np.product, np.fromstring of bytes, …)",
    "floats": "whole floats as sizes and indices: np.zeros(5.0), x[3.0]; lists of slices as indices",
    "scipy": "scipy.misc's images (through Pillow), logsumexp, comb, factorial",
    "sklearn": "sklearn.externals.joblib, sklearn.cross_validation, sklearn.grid_search",
    "mldata": "fetch_mldata('MNIST original') from symgen's MNIST",
    "pillow": "import Image, and Image.ANTIALIAS",
    "pickle": "pickles made by Python 2 load; only arrays, containers, Theano's variables and "
    "the program's own classes do",
    "mnist-file": "mnist.pkl.gz is built from symgen's MNIST where the program looks for it",
}
#: Fixes that are off unless they are asked for, since they write a file.
ASKED_FOR = frozenset({"mnist-file"})


class Fixes:
    """Which fixes are on, and the voice in which they speak.

    Parameters
    ----------
    without : iterable of str
        Fixes to switch off.
    also : iterable of str
        Fixes to switch on that are off by default.
    stream : file object, optional
        Where to speak; ``sys.stderr`` of the moment by default.

    Raises
    ------
    UnknownNameError
        For a name that is not in :data:`FIXES`.
    """

    def __init__(self, without=(), also=(), stream=None):
        for name in (*without, *also):
            look_up("fix", name, FIXES)
        self.active = (set(FIXES) - ASKED_FOR | set(also)) - set(without)
        self.stream = stream
        self._said = set()

    def __contains__(self, name):
        return name in self.active

    def say(self, name, what):
        """Write one line about fix `name` to stderr, unless the same was said before."""
        if (name, what) not in self._said:
            self._said.add((name, what))
            stream = sys.stderr if self.stream is None else self.stream
            print(f"symgen run [{name}]: {what}", file=stream)


def listing():
    """Return one line a fix: its name and what it does."""
    return [
        f"{name:11}{what}" + (" (off; --fix switches it on)" if name in ASKED_FOR else "")
        for name, what in FIXES.items()
    ]
