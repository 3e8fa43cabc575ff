"""Operations that Theano had or that generative models need, and PyTensor lacks; a folder each.

A folder holds ``op.py`` (the Op, in NumPy, and its gradient), ``c.py``, and one file for each other
backend that it has a form on: ``numba.py``, ``jax.py``, ``torch.py``. These register themselves with
PyTensor when they are imported, which :func:`load_forms` does.
"""

import functools
import importlib
import pkgutil

from pytensor.compile.mode import optdb
from pytensor.graph.rewriting.basic import GraphRewriter


@functools.cache
def load_forms(backend):
    """Make the forms of all Ops here on a backend known to PyTensor.

    Parameters
    ----------
    backend : {"numba", "jax", "torch"}
        Name of the file in each Op's folder.
    """
    for family in pkgutil.iter_modules(__path__):
        folder = importlib.import_module(f"symgen.ops.{family.name}")
        if not family.ispkg:
            continue
        if any(file.name == backend for file in pkgutil.iter_modules(folder.__path__)):
            importlib.import_module(f"symgen.ops.{family.name}.{backend}")


class LoadNumbaForms(GraphRewriter):
    """Changes no graph: lets PyTensor's own Numba mode, its default, know the Ops here before it compiles one."""

    def apply(self, fgraph):
        """Load the forms for Numba."""
        load_forms("numba")


optdb.register("load_numba_forms_of_symgen", LoadNumbaForms(), "numba", position=0.01)
