"""The named errors of symgen. Each says what was expected, what came, and what to do.

Every class also derives from the built-in exception that a caller would
expect (``ValueError`` for a wrong shape, ``OSError`` for a full disk), so that
code which knows nothing of symgen still catches the right thing.
"""

from difflib import get_close_matches


class SymgenError(Exception):
    """Base of all errors that a caller can cause.

    Parameters
    ----------
    expected : str
        What would have been right.
    got : str
        What came instead.
    remedy : str
        What the caller can do about it.

    Notes
    -----
    Called with one argument it is the whole message: so PyTensor raises the error of a node again
    with the node's place in the graph at the end of its message.
    """

    def __init__(self, expected, got=None, remedy=None):
        self.expected, self.got, self.remedy = expected, got, remedy
        super().__init__(*(part for part in (expected, got, remedy) if part is not None))

    def __str__(self):
        if self.got is None:
            return self.expected
        return f"expected {self.expected}; got {self.got}. {self.remedy}"


class ShapeError(SymgenError, ValueError):
    """An array or symbolic variable of the wrong shape or number of dimensions."""


class DtypeError(SymgenError, TypeError):
    """An array or symbolic variable of the wrong dtype."""


class RangeError(SymgenError, ValueError):
    """A value outside the range that it must have."""


class NonFiniteError(SymgenError, ValueError, ArithmeticError):
    """NaN or infinity, in data or in a computation."""


class EmptyDataError(SymgenError, ValueError):
    """A dataset or split without examples."""


class UnknownNameError(SymgenError, ValueError, LookupError):
    """A name that is not in the table it was looked up in.

    Raised through :func:`look_up`, so that the nearest names are always said.
    """


class SettingsError(SymgenError, ValueError):
    """Settings that contradict each other or an earlier run."""


class UntrainedModelError(SymgenError, ValueError):
    """A model whose numbers are asked for before it has learnt anything."""


class FileFormatError(SymgenError, ValueError):
    """A file that is damaged, cut off, or of another format."""


class MissingFileError(SymgenError, FileNotFoundError):
    """A file or folder that should be there and is not."""


class OutputError(SymgenError, OSError):
    """A folder that cannot be written, or a full disk."""


class DownloadError(SymgenError, ConnectionError):
    """No mirror gave the file, or what came is not the file."""


class BackendError(SymgenError, RuntimeError):
    """A backend that is absent, not supported yet, or lacks what it needs."""


class CompilerError(BackendError):
    """No C++ compiler, or one that cannot build a PyTensor module."""


class NotSupportedError(SymgenError, NotImplementedError):
    """Something that Theano or PyTensor has and symgen cannot honour."""


def look_up(kind, name, table):
    """Return ``table[name]`` or raise :class:`UnknownNameError` with the nearest names.

    Parameters
    ----------
    kind : str
        What the names stand for, in words: ``"dataset"``, ``"update rule"``.
    name : str
    table : mapping of str to anything
    """
    if isinstance(name, str) and name in table:
        return table[name]
    near = get_close_matches(str(name).lower(), [str(key) for key in table], n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Use one of those names."
    raise UnknownNameError(
        expected=f"the name of a known {kind} ({', '.join(table)})", got=repr(name), remedy=hint
    )
