"""A model's own options of the command line, read from its constructor and its docstring."""

import inspect
import re

import click

#: Arguments that the data or other options give.
FROM_DATA = ("input_dim", "image_shape", "context_dim", "levels")
_SHARED = ("seed", "dtype")


class Several(click.ParamType):
    """Numbers written ``512,256``; an empty string is none of them.

    Parameters
    ----------
    kind : {int, float}
    example : str
    """

    name = "N,N,…"

    def __init__(self, kind, example):
        self.kind, self.example = kind, example

    def convert(self, value, param, ctx):
        """Turn the text into a tuple."""
        if isinstance(value, tuple | list):
            return tuple(value)
        try:
            return tuple(self.kind(part) for part in value.split(",") if part.strip())
        except ValueError:
            numbers = "whole numbers" if self.kind is int else "numbers"
            self.fail(f"{value!r} is not a list of {numbers} such as {self.example}.", param, ctx)


_INTS, _FLOATS = Several(int, "512,256"), Several(float, "0.1,0.2")
_TYPES = {bool: click.BOOL, int: click.INT, float: click.FLOAT, str: click.STRING}
# By the first words of a docstring's type.
_WORDS = (
    ("bool", click.BOOL),
    ("sequence of int", _INTS),
    ("sequence of float", _FLOATS),
    ("int", click.INT),
    ("float", click.FLOAT),
    ("str", click.STRING),
)


def options_of(build):
    """Click options of a model: one for each argument of `build` that a command line can give.

    Parameters
    ----------
    build : callable
        A class or function of :data:`symgen.models.MODELS`. The type is that of the default; of
        an argument whose default is None, the first word of its docstring's type.

    Returns
    -------
    list of click.Option
        Named ``--hidden-dims`` for ``hidden_dims``; a flag ``--x/--no-x`` for a truth value. None of
        them has a default: what is not given is left to the constructor.
    """
    described = _described(build)
    options = []
    for name, parameter in arguments_of(build).items():
        if name in (*FROM_DATA, *_SHARED):
            continue
        words, text = described.get(name, ("", ""))
        kind = _kind(parameter.default, words)
        if kind is None:
            continue
        flag = f"--{name.replace('_', '-')}"
        if kind is click.BOOL:
            flag += f"/--no-{name.replace('_', '-')}"
        default = parameter.default
        shown = "" if default in (None, inspect.Parameter.empty) else f"  [default: {_shown(default)}]"
        required = default is inspect.Parameter.empty
        choices = re.findall(r'"([^"]+)"', words) if words.startswith("{") else None
        options.append(
            click.Option(
                [flag, name],
                type=click.Choice(choices) if choices else kind,
                help=text + shown,
                **({"required": True} if required else {"default": None}),
            )
        )
    return options


def arguments_of(build):
    """The parameters of a class's constructor or of a function, by name."""
    parameters = inspect.signature(build).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {parameter.name: parameter for parameter in parameters if parameter.kind in kinds}


def _kind(default, words):
    """The click type of an argument, or None for what no text can say."""
    if isinstance(default, tuple):
        return _FLOATS if any(isinstance(part, float) for part in default) else _INTS
    if type(default) in _TYPES:
        return _TYPES[type(default)]
    return next((kind for word, kind in _WORDS if words.startswith(word)), None)


def summary_of(build):
    """The first line of a class's or function's docstring, without marks."""
    return plain((build.__doc__ or "").strip().partition("\n")[0])


def _shown(default):
    if isinstance(default, tuple):
        return ",".join(map(str, default)) or "none"
    return str(default)


def _described(build):
    """``{argument: (type in words, first sentence)}``; of a class, with what its bases describe."""
    described = {}
    for one in reversed(inspect.getmro(build)) if inspect.isclass(build) else [build]:
        described.update(_described_in(inspect.cleandoc(one.__doc__ or "")))
    return described


def _described_in(text):
    """``{argument: (type in words, first sentence)}`` of a numpydoc docstring."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.S | re.M)
    described = {}
    if section:
        for entry in re.split(r"\n(?=\S)", section.group(1)):
            head, *body = entry.splitlines()
            names, _, words = head.partition(" : ")
            sentence = " ".join(line.strip() for line in body).split(". ")[0].rstrip(".")
            for name in names.split(","):
                described[name.strip()] = words, plain(f"{sentence}." if sentence else "")
    return described


def plain(text):
    """The text without the marks of reStructuredText."""
    return re.sub(r":\w+:`~?\.?([^`]*)`", r"\1", text).replace("`", "")
