"""PyTensor's cache of compiled modules: what a killed process or a full disk broke is thrown away.

A library that was cut off in the middle does not only fail to load: the process that reads beyond
its end dies. So a library is looked at before it is loaded, and a broken one is removed with its
entry, to be compiled again. An entry whose key cannot be read PyTensor ignores by itself.
"""

import os
import shutil
import struct
import warnings
from pathlib import Path

import pytensor
from pytensor.compile.compilelock import lock_ctx
from pytensor.link.c.cmodule import get_lib_extension

from symgen.errors import BackendError

_EXTENSIONS = ("cutils_ext", "lazylinker_ext")


def is_whole(library):
    """Whether a shared library is there to its end.

    An ELF file of 64 bits says in its header where its last table is; of others only an empty one
    is known to be broken.

    Parameters
    ----------
    library : path
    """
    try:
        with open(library, "rb") as file:
            header = file.read(64)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    if header[:5] != b"\x7fELF\x02":
        return not b"\x7fELF\x02".startswith(header[:5])
    if len(header) < 64:
        return False
    order = "<" if header[5] == 1 else ">"
    (start,) = struct.unpack_from(order + "Q", header, 40)
    entry_size, entries = struct.unpack_from(order + "HH", header, 58)
    return size >= start + entry_size * entries


def load(cache, key):
    """The module that PyTensor's `cache` has for `key`, or None; a broken one is removed.

    Raises
    ------
    BackendError
        When a broken one cannot be removed.
    """
    library = cache.entry_from_key.get(key)
    if library is None:
        return None
    if library in cache.module_from_name or is_whole(library):
        try:
            return cache._get_from_key(key)
        except ImportError as error:
            reason = str(error)
    else:
        reason = "it is cut off" if os.path.exists(library) else "it is gone"
    folder = Path(library).parent
    warnings.warn(
        f"The compiled Op in {folder} cannot be used ({reason}) and is compiled again.",
        stacklevel=2,
    )
    _remove(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that its library is gone
        cache.refresh(cleanup=False)
    return None


def mend_extensions():
    """Remove PyTensor's own extensions where they are broken, so that it compiles them again.

    Raises
    ------
    BackendError
        When one cannot be removed.
    """
    for name in _EXTENSIONS:
        folder = Path(pytensor.config.compiledir) / name
        library = folder / f"{name}.{get_lib_extension()}"
        if not library.exists() or is_whole(library):
            continue
        with lock_ctx():  # another process may be writing it
            if library.exists() and not is_whole(library):
                warnings.warn(f"{library} is cut off and is compiled again.", stacklevel=2)
                _remove(folder)


def _remove(folder):
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise BackendError(
            "a compile cache whose broken entries can be removed",
            f"{folder}: {error}",
            "Delete that folder, or take another cache: PYTENSOR_FLAGS=base_compiledir=FOLDER.",
        ) from error
