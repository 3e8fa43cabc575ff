"""Things that are told by the arguments of their constructor: models, and the parts they are made of."""

import inspect


class Described:
    """Base of what gives each argument of its constructor back as an attribute of the same name."""

    @property
    def settings(self):
        """The constructor's arguments by name, as plain values; of a model or layer, its settings."""
        return {name: _plain(getattr(self, name)) for name in _argument_names(self)}

    def anew(self):
        """The same thing built again from its arguments: of a model, with the draws of its seed."""
        return type(self)(**{name: getattr(self, name) for name in _argument_names(self)})

    def __repr__(self):
        names = _argument_names(self)
        arguments = ", ".join(f"{name}={_shown(getattr(self, name))}" for name in names)
        return f"{type(self).__name__}({arguments})"


def _argument_names(described):
    return list(inspect.signature(type(described)).parameters)


def _plain(value):
    """Something that JSON holds."""
    if hasattr(value, "settings"):
        return {"type": type(value).__name__, **value.settings}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value


def _shown(value):
    return repr(list(value) if isinstance(value, tuple) else value)
