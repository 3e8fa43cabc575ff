"""``theano.misc.pkl_utils``: pickles whose arrays NumPy can read by themselves."""

import io
import pickle
import zipfile
from collections import Counter

import numpy as np

# fmt: off
from pytensor.misc.pkl_utils import StripPickler, min_recursion
# fmt: on
from pytensor.compile.sharedvalue import SharedVariable

from symgen.theano._missing import attribute_lookup

__all__ = [
    "DEFAULT_PROTOCOL",
    "CompatUnpickler",
    "PersistentNdarrayID",
    "PersistentNdarrayLoad",
    "PersistentSharedVariableID",
    "StripPickler",
    "dump",
    "load",
    "min_recursion",
    "zipadd",
]

__getattr__ = attribute_lookup(__name__)

DEFAULT_PROTOCOL = pickle.DEFAULT_PROTOCOL


class CompatUnpickler(pickle.Unpickler):
    """Reads pickles that Python 2 wrote: its strings become ``str``, bytes as Latin-1."""

    def __init__(self, file, **kwargs):
        super().__init__(file, **{"encoding": "latin1", **kwargs})


class PersistentNdarrayID:
    """Writes each array that a pickle meets into a zip file of its own name.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    """

    def __init__(self, zip_file):
        self.zip_file, self.count = zip_file, 0
        self.names, self.kept = {}, []

    def _name(self, array):
        name = self.names.get(id(array))
        if name is None:
            name, self.count = f"array_{self.count}", self.count + 1
        return name

    def __call__(self, obj):
        """Return the name under which the array `obj` is written, None for all else."""
        if type(obj) is not np.ndarray or obj.dtype.hasobject:
            return None
        if not any(obj is array for array in self.kept):
            name = self._name(obj)
            self.names[id(obj)] = name
            self.kept.append(obj)  # its id stays its own
            zipadd(lambda file: np.lib.format.write_array(file, obj), self.zip_file, name)
        return self.names[id(obj)]


class PersistentSharedVariableID(PersistentNdarrayID):
    """The same, with the arrays of shared variables named after these.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
    allow_unnamed : bool
        Whether a shared variable may have no name; its array gets a number.
    allow_duplicates : bool
        Whether two may have one name; ``_2`` and so on is added.
    """

    def __init__(self, zip_file, allow_unnamed=True, allow_duplicates=True):
        super().__init__(zip_file)
        self.allow_unnamed, self.allow_duplicates = allow_unnamed, allow_duplicates
        self.used, self.met = Counter(), []

    def __call__(self, obj):
        """Return the name under which the array `obj` is written, None for all else.

        Raises
        ------
        ValueError
            For a name that is missing, given twice, or ``"pkl"``.
        """
        if isinstance(obj, SharedVariable) and not any(obj is other for other in self.met):
            self.met.append(obj)
            self._note(obj)
        return super().__call__(obj)

    def _note(self, variable):
        if not variable.name:
            if not self.allow_unnamed:
                raise ValueError(f"expected shared variables with names; got {variable!r}")
            return
        if variable.name == "pkl":
            raise ValueError("expected another name than 'pkl', which the pickle itself has")
        self.used[variable.name] += 1
        count = self.used[variable.name]
        if count > 1 and not self.allow_duplicates:
            raise ValueError(f"expected different names; got two shared variables {variable.name}")
        name = variable.name if count == 1 else f"{variable.name}_{count}"
        self.names[id(variable.container.storage[0])] = name


class PersistentNdarrayLoad:
    """Reads the arrays back.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
    """

    def __init__(self, zip_file):
        self.zip_file, self.cache = zip_file, {}

    def __call__(self, persid):
        """Return the array of this name."""
        if persid not in self.cache:
            data = io.BytesIO(self.zip_file.read(persid))
            self.cache[persid] = np.lib.format.read_array(data, allow_pickle=False)
        return self.cache[persid]


def dump(
    obj, file_handler, protocol=DEFAULT_PROTOCOL, persistent_id=PersistentSharedVariableID
):
    """Write `obj` into a zip file: its arrays as ``.npy`` data, the rest as the pickle ``pkl``.

    ``numpy.load`` of the file gives the arrays, by the names of the shared variables.

    Parameters
    ----------
    obj : object
    file_handler : file
        Open for writing bytes.
    protocol : int
    persistent_id : callable
        From the zip file to the function that writes an array and returns its name.
    """
    with zipfile.ZipFile(file_handler, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as zip_file:

        def write(file):
            pickler = pickle.Pickler(file, protocol=protocol)
            pickler.persistent_id = persistent_id(zip_file)
            pickler.dump(obj)

        zipadd(write, zip_file, "pkl")


def load(f, persistent_load=PersistentNdarrayLoad):
    """Read what :func:`dump` wrote. As every pickle, it can run code: trust its source.

    Parameters
    ----------
    f : file
        Open for reading bytes.
    persistent_load : callable
        From the zip file to the function that gives an array by its name.
    """
    with zipfile.ZipFile(f, "r") as zip_file:
        unpickler = CompatUnpickler(io.BytesIO(zip_file.read("pkl")))
        unpickler.persistent_load = persistent_load(zip_file)
        return unpickler.load()


def zipadd(func, zip_file, name):
    """Add to a zip file, as `name`, what ``func(file)`` writes."""
    buffer = io.BytesIO()
    func(buffer)
    zip_file.writestr(name, buffer.getvalue())
