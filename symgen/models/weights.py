"""A model's parameters and buffers to and from a safetensors file."""

from symgen.errors import FileFormatError, SettingsError
from symgen.tensor_files import load_tensors, save_tensors


def save_weights(model, path):
    """Write parameters, buffers and settings of `model` to `path` (safetensors)."""
    arrays = {name: variable.get_value(borrow=True) for name, variable in _state(model).items()}
    save_tensors(path, arrays, {"model": model.name, "settings": model.settings})


def load_weights(model, path):
    """Set parameters and buffers of `model` to what :func:`save_weights` wrote; all of them or none.

    Raises
    ------
    MissingFileError, FileFormatError
        When the file is absent or damaged.
    SettingsError
        When names, shapes or dtypes in the file are not those of `model`.
    """
    arrays, record = load_tensors(path)
    if "model" not in record:
        raise FileFormatError(
            f"{path} to hold the weights of a model", "a file of another purpose", "Check the path."
        )
    state = _state(model)
    check_state(state, arrays, path)
    for name, variable in state.items():
        variable.set_value(arrays[name], borrow=True)


def check_state(variables, arrays, path):
    """Raise :class:`SettingsError` unless `arrays` fit the shared `variables` name by name."""
    expected = {name: _kind(v.get_value(borrow=True)) for name, v in variables.items()}
    got = {name: _kind(array) for name, array in arrays.items()}
    if expected == got:
        return
    for name in [*expected, *got]:
        if expected.get(name) != got.get(name):
            raise SettingsError(
                f"{path} to hold {name!r} as {expected.get(name, 'nothing')}",
                got.get(name, "nothing"),
                "The file belongs to a model or optimizer of other sizes: build that one, or train anew.",
            )


def _state(model):
    return {variable.name: variable for variable in (*model.params, *model.buffers)}


def _kind(array):
    return f"{array.dtype} of shape {tuple(array.shape)}"
