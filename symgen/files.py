"""Files that are whole or absent: written aside, flushed to the disk, then renamed.

A reader, or a program that starts again after it was killed or the machine
went down, sees either the old content or the new one, never a part.
"""

import contextlib
import errno
import json
import math
import os
import secrets
import socket
import stat
from pathlib import Path

import numpy as np

from symgen.errors import DtypeError, NonFiniteError, OutputError

# What the remedy says for each kind of failure.
_REMEDIES = {
    errno.ENOSPC: "Free some space, or choose a folder on another disk.",
    errno.EDQUOT: "Free some space within your quota, or choose a folder on another disk.",
    errno.EFBIG: "Choose a folder on a file system that holds files of this size.",
    errno.EIO: "Check the disk, or choose a folder on another one.",
    errno.EACCES: "Choose a folder that you may write to, or change its permissions.",
    errno.EPERM: "Choose a folder that you may write to, or change its permissions.",
    errno.EROFS: "The file system is read-only: choose a folder elsewhere.",
    errno.ENOTDIR: "A part of the path is a file, not a folder: choose another path.",
    errno.EEXIST: "There is a file where the folder should be: choose another path.",
    errno.EISDIR: "There is a folder where the file should be: choose another path.",
    errno.ENAMETOOLONG: "Choose a shorter path.",
}
# Failures of the body of ``atomic_write`` that can only come from writing the file.
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
_SUFFIX = ".tmp"


def _output_error(path, kind, error):
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutputError(
        expected=f"a {kind} that can be written at {str(path)!r}",
        got=reason,
        remedy=_REMEDIES.get(error.errno, "Choose another path."),
    )


def ensure_folder(path):
    """Make a folder and its parents unless they are there.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        When it cannot be made, or a file is in its place.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _output_error(path, "folder", error) from error
    return path


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _remove_orphans(path):
    """Remove what processes of this machine that were killed left beside ``path``."""
    if os.name != "posix":  # elsewhere os.kill(pid, 0) would end the process
        return
    prefix = f".{path.name}.{socket.gethostname()}-"
    for name in os.listdir(path.parent):
        if name.startswith(prefix) and name.endswith(_SUFFIX):
            pid = name[len(prefix) :].partition("-")[0]
            if pid.isdigit() and not _is_alive(int(pid)):
                with contextlib.suppress(FileNotFoundError):  # another process was quicker
                    os.unlink(path.parent / name)


def _sync_folder(folder):
    """Make the renaming itself survive a loss of power, where the system offers that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_write(path):
    """Write a file that appears under its name only when it is complete.

    The bytes go to a temporary file in the same folder, which is flushed to
    the disk and renamed when the body ends. When the body raises, the
    temporary file is removed, an earlier file at ``path`` stays as it was,
    and the exception goes on. A symbolic link at ``path`` is followed. The
    folder and its parents are made where they are missing.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    binary file object
        Open for writing; also seekable and readable.

    Raises
    ------
    OutputError
        When the folder cannot be made or written, the disk is full, or
        ``path`` is a folder or a device.

    Examples
    --------
    >>> with atomic_write("run/weights.bin") as file:      # doctest: +SKIP
    ...     file.write(b"...")
    """
    path = Path(os.path.realpath(path))
    ensure_folder(path.parent)
    temporary = path.parent / (
        f".{path.name}.{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
    )
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "a device, pipe or socket"
            raise OutputError(
                expected=f"a file that can be written at {str(path)!r}",
                got=what,
                remedy="Choose another path.",
            )
        _remove_orphans(path)
        # os.open rather than tempfile, so that the file gets the user's usual permissions
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o666)
    except OutputError:
        raise
    except OSError as error:
        raise _output_error(path, "file", error) from error
    try:
        file = os.fdopen(descriptor, "w+b")
        try:
            try:
                yield file
            except OSError as error:
                if error.errno in _DISK_ERRORS:
                    raise _output_error(path, "file", error) from error
                raise
            try:
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise _output_error(path, "file", error) from error
        finally:
            # after a failed write, closing tries the rest of the buffer again and fails again
            with contextlib.suppress(OSError):
                file.close()
        try:
            os.replace(temporary, path)
            _sync_folder(path.parent)
        except OSError as error:
            raise _output_error(path, "file", error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):  # it was renamed
            os.unlink(temporary)


def write_bytes(path, content):
    """Write ``content`` (bytes) to ``path``, whole or not at all; see :func:`atomic_write`."""
    with atomic_write(path) as file:
        file.write(content)


def _first_non_finite(value, where):
    """Name of the first NaN or infinity inside nested dicts and lists, or None."""
    if isinstance(value, dict):
        items = ((f"{where}[{key!r}]", item) for key, item in value.items())
    elif isinstance(value, (list, tuple, np.ndarray)):
        items = ((f"{where}[{index}]", item) for index, item in enumerate(value))
    elif isinstance(value, (float, np.floating)) and not math.isfinite(value):
        return f"{where} = {value}"
    else:
        return None
    return next(filter(None, (_first_non_finite(item, name) for name, item in items)), None)


def _plain(value):
    """Python's equivalent of a NumPy value or a path."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise DtypeError(
        expected="numbers, strings, booleans, None, lists and dicts to write as JSON",
        got=f"a {type(value).__name__}",
        remedy="Turn it into one of these first.",
    )


def write_json(path, value):
    """Write ``value`` as indented JSON in UTF-8, keys in the order given.

    NumPy numbers and arrays become numbers and lists, ``Path`` becomes a
    string. Nothing is written unless everything can be.

    Parameters
    ----------
    path : str or Path
    value : dict, list, str, number, bool or None, nested

    Raises
    ------
    NonFiniteError
        When a number is NaN or infinite: JSON has neither.
    DtypeError
        When something inside cannot be written as JSON.
    OutputError
        When the file cannot be written.
    """
    where = _first_non_finite(value, "value")
    if where is not None:
        raise NonFiniteError(
            expected=f"finite numbers to write to {str(path)!r}",
            got=where,
            remedy="JSON has no NaN or infinity: write null or a string instead.",
        )
    try:
        text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False, default=_plain)
    except DtypeError:
        raise
    except TypeError as error:
        raise DtypeError(
            expected="dict keys to write as JSON",
            got=str(error),
            remedy="Turn the keys into strings first.",
        ) from error
    write_bytes(path, (text + "\n").encode("utf-8"))
