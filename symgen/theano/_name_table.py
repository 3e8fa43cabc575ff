"""The table of Theano's documented names, made from the live namespace.

``python -m symgen.theano._name_table`` prints ``docs/theano_names.md``.
"""

import importlib

from symgen.errors import NotSupportedError
from symgen.theano._theano_names import DOCUMENTED

WORKS, REFUSED, MISSING = "works", "refused", "missing"

HEAD = """# The documented names of Theano 1.0.5 in symgen's `theano` namespace

Made from the live namespace by `python -m symgen.theano._name_table`; a test keeps it true. A name *works* when it
is there, which says nothing of arguments: those that cannot be honoured raise and name themselves. Where
behaviour differs from Theano's, the difference is stated. What sent arrays between computers by MPI raises. GPU names (`theano.gpuarray`, `theano.sandbox.cuda`) are
mapped to the same mathematics on the device that symgen uses, and are not listed.
"""

#: Dotted name -> what differs from Theano 1.0.5, for names that work otherwise.
DIFFERENCES = {
    "theano.tensor.grad": "a comparison's gradient is zeros of floatX, as in PyTensor",
    "theano.tensor.nnet.neighbours.images2neibs": "has gradients in every mode; Theano raised in some",
    "theano.tensor.signal.pool.pool_2d": "average_exc_pad with padding has a gradient; Theano raised",
    "theano.tensor.mean": "op=True, Theano's slow Op, is refused: the values are the same",
    "theano.printing.debugprint": "Ops have PyTensor's names",
    "theano.printing.pp": "constants and Ops have PyTensor's forms",
}


def status(module, name):
    """Status of a documented name.

    It is ``"works"``, ``"works; <difference>"``, ``"refused"`` for one that raises an error with
    the reason, or ``"missing"``.
    """
    try:
        getattr(importlib.import_module(f"symgen.{module}"), name)
    except NotSupportedError:
        return REFUSED
    except (AttributeError, ModuleNotFoundError):
        return MISSING
    difference = DIFFERENCES.get(f"{module}.{name}")
    return f"{WORKS}; {difference}" if difference else WORKS


def rows():
    """``(module, name, status)`` of every documented name, in order."""
    for module in sorted(DOCUMENTED):
        for name in sorted(DOCUMENTED[module].split()):
            yield module, name, status(module, name)


def table():
    """The page, in Markdown: for each module what works, what differs and what is missing."""
    by_module = {}
    for module, name, found in rows():
        by_module.setdefault(module, []).append((name, found))
    counts = {WORKS: 0, REFUSED: 0, MISSING: 0}
    parts = []
    for module, names in by_module.items():
        plain = [f"`{name}`" for name, found in names if found == WORKS]
        refused = [f"`{name}`" for name, found in names if found == REFUSED]
        missing = [f"`{name}`" for name, found in names if found == MISSING]
        differing = [f"- `{name}` {found}" for name, found in names if found not in counts]
        counts[WORKS] += len(plain) + len(differing)
        counts[REFUSED] += len(refused)
        counts[MISSING] += len(missing)
        parts.append(f"## {module}\n")
        if plain:
            parts.append(f"Work: {', '.join(plain)}\n")
        if differing:
            parts.append("\n".join(differing) + "\n")
        if refused:
            parts.append(f"Raise a named error that says why: {', '.join(refused)}\n")
        if missing:
            parts.append(f"Missing, a named error: {', '.join(missing)}\n")
    total = sum(counts.values())
    summary = (
        f"{counts[WORKS]} of {total} documented names work, {counts[REFUSED]} raise an error that says "
        f"why they cannot, {counts[MISSING]} are missing.\n"
    )
    return "\n".join([HEAD, summary, *parts])


if __name__ == "__main__":
    print(table(), end="")
