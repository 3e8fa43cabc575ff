"""Reading NumPy's .npy and .npz files without unpickling anything."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from symgen.errors import FileFormatError, MissingFileError

_NPY_MAGIC = b"\x93NUMPY"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
# What NumPy and zipfile raise on a file that is damaged or holds pickled objects.
_DAMAGE = (
    ValueError,  # pickled, cut off, a bad header
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    SyntaxError,
    OverflowError,
    MemoryError,  # a header that claims more than there is
    NotImplementedError,  # a packing that zipfile does not know
    RuntimeError,  # an encrypted zip
    zipfile.BadZipFile,
    zlib.error,
    OSError,
)


def _damaged(path, error):
    if "allow_pickle" in str(error):
        return FileFormatError(
            expected=f"arrays of numbers in {str(path)!r}",
            got="pickled Python objects (dtype object)",
            remedy="They are never unpickled here: save the array with a numeric dtype.",
        )
    return FileFormatError(
        expected=f"a whole NumPy file in {str(path)!r}",
        got=f"{type(error).__name__}: {error}",
        remedy="The file is damaged or cut off: save or fetch it again.",
    )


def _open(path):
    try:
        return open(path, "rb")
    except OSError as error:
        raise MissingFileError(
            expected=f"a file that can be read at {str(path)!r}",
            got=error.strerror or str(error),
            remedy="Check the path and its permissions.",
        ) from error


def _check_magic(path, file, magics, kind):
    start = file.read(8)
    file.seek(0)
    if not start.startswith(magics):
        raise FileFormatError(
            expected=f"{str(path)!r} to be {kind}",
            got=f"a file that begins with {start!r}" if start else "an empty file",
            remedy="Save it with numpy.save (.npy) or numpy.savez (.npz).",
        )


def read_npy(path):
    """Read the array of a ``.npy`` file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    ndarray

    Raises
    ------
    MissingFileError
        When there is no such file, or it cannot be read.
    FileFormatError
        When it is damaged, cut off, holds pickled objects or more than one array.
    """
    path = Path(path)
    with _open(path) as file:
        _check_magic(path, file, _NPY_MAGIC, "a .npy file")
        try:
            array = np.lib.format.read_array(file, allow_pickle=False)
        except _DAMAGE as error:
            raise _damaged(path, error) from error
        if file.read(1):
            raise FileFormatError(
                expected=f"one array in {str(path)!r}",
                got="more bytes after its end",
                remedy="Save several arrays with numpy.savez into a .npz file.",
            )
    return array


def read_npz(path):
    """Read all arrays of a ``.npz`` file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict of str to ndarray
        In the order of the file.

    Raises
    ------
    MissingFileError
        When there is no such file, or it cannot be read.
    FileFormatError
        When it is damaged, cut off, holds pickled objects or something that
        is no array.
    """
    path = Path(path)
    with _open(path) as file:
        _check_magic(path, file, _ZIP_MAGICS, "a .npz file")
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
        except _DAMAGE as error:
            raise _damaged(path, error) from error
    strange = [key for key, value in arrays.items() if not isinstance(value, np.ndarray)]
    if strange:
        raise FileFormatError(
            expected=f"nothing but arrays in {str(path)!r}",
            got=f"something else: {', '.join(strange)}",
            remedy="Save it with numpy.savez.",
        )
    return arrays
