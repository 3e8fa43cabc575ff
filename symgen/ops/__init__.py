"""Operations that Theano had or that generative models need, and PyTensor lacks; a folder each.

A folder holds ``op.py`` (the Op, in NumPy, and its gradient), ``c.py``, and one file for each other
backend that it has a form on: ``numba.py``, ``jax.py``, ``torch.py``. These register themselves with
PyTensor when they are imported, which :func:`load_forms` does.
"""

import functools
import importlib
import pkgutil


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
