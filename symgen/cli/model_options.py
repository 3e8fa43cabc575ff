"""A model's own options of the command line, read from its constructor and its docstring."""

import inspect
import re

import click

#: Arguments that the data or other options give.
FROM_DATA = ("input_dim", "image_shape", "context_dim", "levels")
_SHARED = ("seed", "dtype")


class Dims(click.ParamType):
    """Layer sizes written ``512,256``; an empty string is no hidden layer."""

    name = "N,N,…"

    def convert(self, value, param, ctx):
        """Turn the text into a tuple of ints."""
        if isinstance(value, tuple | list):
            return tuple(value)
        try:
            return tuple(int(part) for part in value.split(",") if part.strip())
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 512,256.", param, ctx)


_TYPES = {bool: click.BOOL, int: click.INT, float: click.FLOAT, tuple: Dims(), str: click.STRING}
_WORDS = (("bool", bool), ("sequence of int", tuple), ("int", int), ("float", float), ("str", str))


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
        if kind is bool:
            flag += f"/--no-{name.replace('_', '-')}"
        default = parameter.default
        shown = "" if default in (None, inspect.Parameter.empty) else f"  [default: {_shown(default)}]"
        choices = re.findall(r'"([^"]+)"', words) if words.startswith("{") else None
        options.append(
            click.Option(
                [flag, name],
                type=click.Choice(choices) if choices else _TYPES[kind],
                default=None,
                required=default is inspect.Parameter.empty,
                help=text + shown,
            )
        )
    return options


def arguments_of(build):
    """The parameters of a class's constructor or of a function, by name."""
    parameters = inspect.signature(build).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {parameter.name: parameter for parameter in parameters if parameter.kind in kinds}


def _kind(default, words):
    if type(default) in _TYPES:
        return type(default)
    if default is None or default is inspect.Parameter.empty:
        return next((kind for word, kind in _WORDS if words.startswith(word)), None)
    return None


def _shown(default):
    if isinstance(default, tuple):
        return ",".join(map(str, default)) or "none"
    return str(default)


def _described(build):
    """``{argument: (type in words, first sentence)}`` of a numpydoc docstring."""
    text = inspect.getdoc(build) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.S | re.M)
    described = {}
    if section:
        for entry in re.split(r"\n(?=\S)", section.group(1)):
            head, *body = entry.splitlines()
            names, _, words = head.partition(" : ")
            sentence = " ".join(line.strip() for line in body).split(". ")[0].rstrip(".")
            for name in names.split(","):
                described[name.strip()] = words, _plain(sentence)
    return described


def _plain(text):
    """Without the marks of reStructuredText."""
    text = re.sub(r":\w+:`~?\.?([^`]*)`", r"\1", text).replace("``", "")
    text = text.replace("`", "")
    return f"{text}." if text else ""
