"""A model and its data as the command line's settings have them."""

import click
import numpy as np

from symgen import datasets
from symgen.cli.model_options import FROM_DATA, arguments_of, options_of
from symgen.errors import SettingsError


def build_model(build, settings, data, known=()):
    """The model, from the options given and what the data say.

    Parameters
    ----------
    build : callable
        Of :data:`symgen.models.MODELS`.
    settings : dict
        Of a run.
    data : symgen.datasets.Dataset
    known : dict, optional
        What the data would say, where it is known already: sizes of a model that was trained.

    Raises
    ------
    SettingsError
        When the model needs what the data lack, such as labels, or takes no labels.
    """
    arguments = arguments_of(build)
    own = {option.name for option in options_of(build)}
    given = {name: value for name, value in settings.items() if name in own and value is not None}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    known = {
        "input_dim": data.dim,
        "image_shape": data.image_shape,
        "levels": data.levels,
        "context_dim": data.classes or None,
        **dict(known),
    }
    for name in set(FROM_DATA) & set(arguments):
        needed = arguments[name].default is arguments[name].empty
        wanted = needed or settings.get("conditional") if name == "context_dim" else True
        if wanted and known[name] is not None:
            given[name] = known[name]
        elif wanted and needed or name == "context_dim" and wanted:
            what = {"image_shape": "images", "context_dim": "labels", "levels": "grey levels"}[name]
            raise SettingsError(
                f"data with {what} for {settings['model']}",
                repr(data),
                "Choose other data, or another model.",
            )
    if settings.get("conditional") and "context_dim" not in arguments:
        raise SettingsError(
            "--conditional with a model that takes a context",
            settings["model"],
            "Leave it out, or choose a conditional model.",
        )
    if settings.get("conditional") is False and given.get("context_dim"):
        raise SettingsError(
            "--unconditional with a model that needs no labels",
            settings["model"],
            "Leave it out, or choose another model.",
        )
    return build(**given, seed=settings["seed"])


def binarized(model, settings, data):
    """The data as ``--binarize`` says; by default 0 and 1 for a model of binary data.

    Raises
    ------
    SettingsError
        When grey levels are to stay and the model has numbers for binary data only.
    """
    how = settings.get("binarize") or "auto"
    if how == "auto":
        how = "threshold" if model.binary and not datasets.is_binary(data) else "none"
        if how != "none":
            click.echo(
                f"{data.name} has grey levels and {settings['model']} is a model of binary data: "
                "values from 0.5 up become 1, others 0 (--binarize).",
                err=True,
            )
    if how == "none" and model.binary and hasattr(model, "example_terms") and not datasets.is_binary(data):
        raise SettingsError(
            f"zeros and ones for {settings['model']}, a model of binary data",
            f"the grey levels of {data.name}",
            "Say how to binarise them: --binarize threshold or --binarize stochastic.",
        )
    return data if how == "none" else datasets.binarize(data, how, settings["seed"])


def one_hot_labels(model, data):
    """The context of each split: nothing for a model without one."""
    if not model.context_dim:
        return {}
    names = np.unique(np.concatenate(list(data.labels.values())))
    return {
        split: (labels[:, None] == names).astype(model.dtype)
        for split, labels in data.labels.items()
    }
