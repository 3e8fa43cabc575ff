"""What an evaluation is given: examples that the model gives numbers to, and a model that has learnt."""

import hashlib
import numbers

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable

from symgen.datasets.validation import check_array
from symgen.errors import RangeError, SettingsError, ShapeError, UntrainedModelError


def check_examples(model, x):
    """Return data as the model takes them; of a model of binary units, zeros and ones only.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model`.
    x : array_like of shape (n, input_dim)

    Raises
    ------
    RangeError
        Outside the model's ``value_range``; for grey levels given to a model of binary data, with
        their number.
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When it is not such a matrix.
    """
    options = {"value_range": model.value_range, "dtype": model.dtype}
    x = check_array(x, "the data", dim=model.input_dim, **options)
    between = np.count_nonzero((x != 0) & (x != 1)) if model.binary else 0
    if between:
        raise RangeError(
            f"zeros and ones: {type(model).__name__} gives probabilities to binary data only",
            f"{between} of {x.size} values between them, such as {x[(x != 0) & (x != 1)][0]:g}",
            "Binarise the data, and say how: symgen.datasets.binarize(data, 'threshold') or "
            "'stochastic'; on the command line --binarize.",
        )
    return x


def whole_number(value, what, least=1, remedy="Choose such a number."):
    """Return `value` as an int, or raise :class:`RangeError` unless it is whole and at least `least`."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    if not number or not value >= least or value != np.floor(value) or np.isinf(value):
        raise RangeError(f"a whole number of {what} of at least {least}", repr(value), remedy)
    return int(value)


def check_same_model(compiled, model, name):
    """Raise :class:`SettingsError` where something compiled, or None, is of another model."""
    if compiled is not None and compiled.model is not model:
        raise SettingsError(
            f"{name}= to be compiled for the model that is evaluated",
            f"those of another {type(compiled.model).__name__}",
            f"Leave {name}= out, or make it of this model.",
        )


def described(x, where):
    """What a :class:`Result` says of examples `x`: `where` as the caller has it, the rest from `x`.

    Returns
    -------
    dict
        With ``dataset``, ``split``, ``dataset_hash``, the SHA-256 of shape, dtype and bytes of `x` where
        the caller names no other, and ``binarization``.
    """
    digest = hashlib.sha256(f"{x.shape} {x.dtype.str}\n".encode())
    digest.update(np.ascontiguousarray(x))
    only_bits = ((x == 0) | (x == 1)).all()
    return {
        "dataset": "an array",
        "split": "not named",
        "dataset_hash": digest.hexdigest(),
        "binarization": "0 and 1 as given" if only_bits else "none",
        **where,
    }


def bound_on(model, x):
    """The model's ``bound``, with what it is a bound on where `x` holds levels between 0 and 1.

    A Bernoulli likelihood of such levels is a mean over binary images: see
    :class:`symgen.models.BernoulliDecoder`.
    """
    likelihood = getattr(model, "likelihood", None)
    if not getattr(likelihood, "of_bits", False) or ((x == 0) | (x == 1)).all():
        return model.bound
    return f"{model.bound}, mean over binary images drawn with the grey levels as probabilities"


def parameters_hash(model):
    """SHA-256 of names and values of a model's parameters; "" where they are no shared variables."""
    digest = hashlib.sha256()
    for variable in model.params:
        if not isinstance(variable, SharedVariable):
            return ""
        value = variable.get_value(borrow=True)
        digest.update(f"{variable.name} {value.shape} {value.dtype.str}\n".encode())
        digest.update(np.ascontiguousarray(value))
    return digest.hexdigest()


def check_trained(model, untrained=False):
    """Raise :class:`UntrainedModelError` where all parameters are those that the constructor draws.

    However a model was trained, by :func:`symgen.training.fit`, by a script of its own or from a file
    of weights, its parameters have moved. So they are compared with those of a model built anew
    from the same arguments and seed. Parameters that belong to the arguments themselves (a prior that
    was handed in) tell nothing, nor does a model without any of its own.

    Parameters
    ----------
    model
        A :class:`symgen.models.Model`: its arguments are its attributes.
    untrained : bool
        The caller says that a model as it was drawn is what is meant: nothing is checked.
    """
    if untrained:
        return
    anew = {v.name: v for v in model.anew().params if not any(v is mine for mine in model.params)}
    mine = {v.name: v for v in model.params if isinstance(v, SharedVariable)}
    both = anew.keys() & mine.keys()
    if both and all(
        np.array_equal(mine[name].get_value(borrow=True), anew[name].get_value(borrow=True))
        for name in both
    ):
        raise UntrainedModelError(
            f"a {type(model).__name__} that has been trained",
            "one whose parameters are still those that its seed drew",
            "Train it first, or load its weights; untrained=True evaluates it as it is.",
        )


def check_context(model, context, n, what):
    """Return the context of `n` examples of `model` as a matrix in its dtype, or None for none.

    Parameters
    ----------
    model
    context : array_like of shape (n, context_dim), or None
    n : int
    what : str
        What to call it in an error.

    Raises
    ------
    SettingsError
        When the model needs a context and gets none, or the other way round.
    ShapeError, DtypeError, NonFiniteError, EmptyDataError
        When it is not such a matrix.
    """
    if (context is None) != (not model.context_dim):
        needs = f"a context of {model.context_dim} numbers an example" if model.context_dim else "none"
        raise SettingsError(
            f"{what} to be what {type(model).__name__} needs: {needs}",
            "none" if context is None else "one",
            "Give context=, such as labels one-hot, to conditional models and to no others.",
        )
    if context is None:
        return None
    context = check_array(context, what, dim=model.context_dim, dtype=model.dtype)
    if len(context) != n:
        raise ShapeError(
            f"{what} to have a row for each of the {n} examples", f"{len(context)} rows", "Match them."
        )
    return context
