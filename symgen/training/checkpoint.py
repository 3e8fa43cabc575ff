"""Everything a run needs to go on, in one file that is whole or absent."""

from dataclasses import dataclass, field
from pathlib import Path

from symgen.errors import FileFormatError
from symgen.tensor_files import load_tensors, save_tensors

FILE_NAME = "checkpoint.safetensors"
_FORMAT = 1


@dataclass
class Snapshot:
    """A run between two minibatches.

    Attributes
    ----------
    epoch : int
        Epochs finished.
    batch : int
        Minibatches finished in the running epoch.
    sums : list of float
        Sums over these minibatches of loss and terms times the size of the minibatch.
    state : dict of str to array
        Parameters, optimizer state, schedules.
    streams : list
        State of the random streams.
    history : list of dict
        One row for each epoch finished.
    callbacks : list of dict
        What each callback remembers; arrays in it are kept apart in the file.
    settings : dict
        What must be the same when the run goes on.
    """

    epoch: int = 0
    batch: int = 0
    sums: list = field(default_factory=list)
    state: dict = field(default_factory=dict)
    streams: list = field(default_factory=list)
    history: list = field(default_factory=list)
    callbacks: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)


def save(folder, snapshot):
    """Write `snapshot` into `folder`, over an earlier one.

    Raises
    ------
    OutputError
        When it cannot be written; the earlier one stays.
    """
    arrays = {f"state/{name}": value for name, value in snapshot.state.items()}
    callbacks = []
    for number, memory in enumerate(snapshot.callbacks):
        plain = {name: value for name, value in memory.items() if name != "arrays"}
        callbacks.append(plain)
        for name, value in memory.get("arrays", {}).items():
            arrays[f"callback/{number}/{name}"] = value
    record = {
        "format": _FORMAT,
        "epoch": snapshot.epoch,
        "batch": snapshot.batch,
        "sums": snapshot.sums,
        "streams": snapshot.streams,
        "history": snapshot.history,
        "callbacks": callbacks,
        "settings": snapshot.settings,
    }
    save_tensors(Path(folder) / FILE_NAME, arrays, record)


def load(folder):
    """Return the :class:`Snapshot` in `folder`.

    Raises
    ------
    MissingFileError
        When there is none.
    FileFormatError
        When it is damaged, or of a version of symgen that wrote another form.
    """
    path = Path(folder) / FILE_NAME
    arrays, record = load_tensors(path)
    if record.get("format") != _FORMAT:
        raise FileFormatError(
            f"{path} to be a checkpoint of form {_FORMAT}",
            f"form {record.get('format')!r}",
            "It was written by another version of symgen: go on with that one, or train anew.",
        )
    state, callbacks = {}, [dict(memory) for memory in record["callbacks"]]
    for name, value in arrays.items():
        part, _, rest = name.partition("/")
        if part == "state":
            state[rest] = value
        else:
            number, _, slot = rest.partition("/")
            callbacks[int(number)].setdefault("arrays", {})[slot] = value
    kept = ("epoch", "batch", "sums", "streams", "history", "settings")
    return Snapshot(state=state, callbacks=callbacks, **{name: record[name] for name in kept})
