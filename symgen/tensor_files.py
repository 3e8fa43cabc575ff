"""Named arrays and a JSON record in one safetensors file; nothing is ever unpickled."""

import json

import numpy as np
import safetensors
import safetensors.numpy

from symgen.errors import FileFormatError, MissingFileError
from symgen.files import write_bytes

_RECORD = "symgen"


def save_tensors(path, arrays, record):
    """Write `arrays` and `record` to `path`, whole or not at all.

    Parameters
    ----------
    path : str or Path
    arrays : mapping of str to array
    record : dict
        Anything JSON can hold; floats come back bit for bit.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    ordered = {name: np.array(value, order="C") for name, value in arrays.items()}
    write_bytes(path, safetensors.numpy.save(ordered, metadata={_RECORD: json.dumps(record)}))


def load_tensors(path):
    """Return (arrays, record) from a file that :func:`save_tensors` wrote.

    Raises
    ------
    MissingFileError
        When there is no such file.
    FileFormatError
        When it is cut off, damaged, or not written by symgen.
    """
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            record = json.loads((file.metadata() or {})[_RECORD])
            return {name: file.get_tensor(name) for name in file.keys()}, record  # noqa: SIM118
    except FileNotFoundError as error:
        raise MissingFileError(
            "a safetensors file written by symgen", f"no file {path}", "Check the path."
        ) from error
    except (safetensors.SafetensorError, KeyError, ValueError, OSError) as error:
        raise FileFormatError(
            f"{path} to be a whole safetensors file written by symgen",
            f"one that cannot be read ({error})",
            "It is cut off, damaged or of another program: use a copy, or train again.",
        ) from error
