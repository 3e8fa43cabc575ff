"""The idx format of MNIST: unsigned bytes with their shape in front, perhaps gzipped.

Big-endian: two zero bytes, 0x08 for unsigned bytes, the number of dimensions,
then each dimension in 4 bytes, then the values, the last axis fastest.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

from symgen.errors import FileFormatError, MissingFileError

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


def _format_error(name, expected, got):
    return FileFormatError(
        expected=f"{expected} in {name}",
        got=got,
        remedy="The file is damaged or of another format: fetch it again.",
    )


def unpack(content, name, limit=None):
    """Decompress ``content`` when it is gzip data; return it as it is otherwise.

    Parameters
    ----------
    content : bytes
    name : str
        File name for an error.
    limit : int, optional
        The most bytes that may come out.

    Raises
    ------
    FileFormatError
        When the gzip data is cut off, damaged, or longer than ``limit``.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    parts, total, rest = [], 0, content
    try:
        while rest:
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof:
                part = stream.decompress(rest, _CHUNK)
                rest = stream.unconsumed_tail
                total += len(part)
                parts.append(part)
                if limit is not None and total > limit:
                    raise _format_error(name, f"at most {limit} bytes, unpacked,", "more")
                if not part and not rest and not stream.eof:
                    raise _format_error(
                        name, "a complete gzip stream", f"one cut off after {len(content)} bytes"
                    )
            rest = stream.unused_data
    except zlib.error as error:
        raise _format_error(name, "intact gzip data", str(error)) from error
    return b"".join(parts)


def parse_idx(content, name, ndim):
    """Turn the bytes of an idx file into an array.

    Parameters
    ----------
    content : bytes
        Unpacked content of the file.
    name : str
        File name for an error.
    ndim : int
        Required number of dimensions: 1 for labels, 3 for images.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    FileFormatError
        When the magic number, the number of dimensions or the length is wrong.
    """
    magic = bytes([0, 0, _UNSIGNED_BYTE, ndim])
    if content[:4] != magic:
        got = f"0x{content[:4].hex()}" if content else "an empty file"
        raise _format_error(name, f"the magic number 0x{magic.hex()} of idx{ndim}-ubyte", got)
    header = 4 + 4 * ndim
    if len(content) < header:
        raise _format_error(name, f"a header of {header} bytes", f"{len(content)} bytes")
    shape = struct.unpack(f">{ndim}I", content[4:header])
    size = 1
    for length in shape:  # Python's integers: a damaged shape cannot overflow
        size *= length
    if len(content) != header + size:
        kind = "cut off" if len(content) < header + size else "with bytes after its end"
        raise _format_error(
            name,
            f"{header + size} bytes (a header of {header} and values of shape {shape})",
            f"{len(content)} bytes, a file {kind}",
        )
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)


def read_idx(path, ndim):
    """Read an idx file of unsigned bytes, plain or gzipped.

    Parameters
    ----------
    path : str or Path
    ndim : int
        Required number of dimensions: 1 for labels, 3 for images.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    MissingFileError
        When there is no such file, or it cannot be read.
    FileFormatError
        When it is damaged, cut off, or of another format.
    """
    return parse_idx(unpack(read_bytes(path), str(path)), str(path), ndim)


def read_bytes(path):
    """Content of a file.

    Raises
    ------
    MissingFileError
        When there is no such file, or it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise MissingFileError(
            expected=f"a file that can be read at {str(path)!r}",
            got=error.strerror or str(error),
            remedy="Check the path and its permissions.",
        ) from error


def check_pair(images, labels, images_name, labels_name):
    """Raise :class:`FileFormatError` unless there is one label for each image."""
    if len(images) != len(labels):
        raise FileFormatError(
            expected=f"as many labels in {labels_name} as images in {images_name}, {len(images)}",
            got=f"{len(labels)} labels",
            remedy="Take both files from the same source.",
        )
