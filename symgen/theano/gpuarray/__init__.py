"""``theano.gpuarray``: Theano's GPU back end, as the same expressions on any device.

Arrays of symgen live on the host until a function is compiled for a GPU; what moved them is the
identity here, what cuDNN computed is an Op of symgen's, and ``pygpu_activated`` is False.
"""

import warnings

from symgen.theano._missing import attribute_lookup
from symgen.theano.gpuarray import basic_ops, dnn, type
from symgen.theano.gpuarray._identity import no_gpu_array
from symgen.theano.gpuarray.basic_ops import (
    as_gpuarray_variable,
    gpu_contiguous,
    host_from_gpu,
)
from symgen.theano.gpuarray.type import (
    ContextNotDefined,
    GpuArrayConstant,
    GpuArraySharedVariable,
    GpuArrayType,
    GpuArrayVariable,
    get_context,
    gpuarray_shared_constructor,
    list_contexts,
    reg_context,
)

__all__ = [
    "ContextNotDefined",
    "GpuArrayConstant",
    "GpuArraySharedVariable",
    "GpuArrayType",
    "GpuArrayVariable",
    "as_gpuarray_variable",
    "basic_ops",
    "dnn",
    "get_context",
    "gpu_contiguous",
    "gpuarray_shared_constructor",
    "host_from_gpu",
    "init_dev",
    "list_contexts",
    "pygpu",
    "pygpu_activated",
    "reg_context",
    "transfer",
    "type",
    "use",
]

__getattr__ = attribute_lookup(__name__)

#: The library of Theano's GPU arrays: not used.
pygpu = None
#: Whether Theano's GPU arrays are used.
pygpu_activated = False
#: Whether a GPU is used in Theano's way.
theano_gpu_is_already_active = False


def use(
    device,
    force=False,
    default_to_move_computation_to_gpu=True,
    move_shared_to_gpu=True,
    enable_cuda=True,
    test_driver=True,
    preallocate=None,
):
    """Warn that functions go on to run on their backend, as Theano went on without a GPU.

    Parameters
    ----------
    device : str
        ``"cpu"``, or a GPU: ``"gpu"``, ``"cuda0"``, ``"opencl0:0"`` …
    force : bool
        Whether to raise rather than to warn.
    default_to_move_computation_to_gpu, move_shared_to_gpu, enable_cuda, test_driver, preallocate
        How Theano would have used the GPU: said in the warning where they are not the defaults.

    Raises
    ------
    NotSupportedError
        With `force`, for a GPU.
    """
    if device == "cpu":
        return
    if force:
        raise no_gpu_array(f"use({device!r}, force=True)")
    given = (default_to_move_computation_to_gpu, move_shared_to_gpu, enable_cuda, test_driver)
    more = "" if given == (True,) * 4 and preallocate is None else " and how to use it"
    warnings.warn(
        f"use({device!r}): the device{more} is not chosen here; functions run on symgen's fastest "
        "backend. symgen.backends.select('jax') or ('torch'), as mode=, runs them on a GPU.",
        stacklevel=2,
    )


def init_dev(dev, name=None, preallocate=None):
    """Refuse to start a GPU for Theano's arrays."""
    raise no_gpu_array(f"init_dev({dev!r})")


def transfer(x, target):
    """Return `x`, or None for another target than ``"cpu"``, as Theano's hook for transfers."""
    return basic_ops.host_from_gpu(x) if target == "cpu" else None
