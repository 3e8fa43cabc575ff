"""``theano.sandbox.cuda.opt``: the rewrites that moved graphs to a GPU. A backend does that here."""

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray._identity import no_gpu_array

__all__ = ["register_opt"]

__getattr__ = attribute_lookup(__name__)


def register_opt(*tags, **kwargs):
    """Refuse to register a rewrite for Theano's GPU arrays."""
    raise no_gpu_array("register_opt")
