"""Ops that have no file here: by PyTensor's own registry of PyTorch functions."""

import numpy as np
from pytensor.link.pytorch.dispatch.basic import pytorch_funcify
from pytensor.tensor.type import DenseTensorType

from symgen.backends.torch.dtypes import torch_dtype
from symgen.backends.torch.scope import Code, emit_constant
from symgen.errors import BackendError


def stock(scope, node, arguments):
    """An Op by PyTensor's own registry of PyTorch functions, where symgen's Ops are too."""
    try:
        function = pytorch_funcify(node.op, node=node)
    except NotImplementedError as error:
        raise no_form(node.op, str(node)) from error
    dtypes = [
        torch_dtype(v.type.dtype, str(node)) if isinstance(v.type, DenseTensorType) else None
        for v in node.outputs
    ]

    def call(*values):
        results = function(*values)
        if len(dtypes) == 1:
            result = results[0] if isinstance(results, tuple | list) else results
            return result.to(dtypes[0]) if dtypes[0] else result
        return tuple(r.to(d) if d else r for r, d in zip(results, dtypes, strict=True))

    expressions = []
    for value in arguments:
        kind = np.dtype(value.dtype).kind if value.dtype else ""
        host_integer = value.on_host and (kind in "biu" or not kind)
        if host_integer and (value.constant is None or np.ndim(value.constant) == 0):
            expressions.append(value.name or emit_constant(scope, value))
        else:
            expressions.append(scope.tensor(value))
    return Code(f"{scope.bind(call, 'op')}({', '.join(expressions)})", tuple(arguments), False)


def no_form(op, where):
    """The error for an Op that the torch backend cannot run."""
    return BackendError(
        "an Op that backend 'torch' has a form for",
        f"{type(op).__name__} in {where}",
        "Write it with other Ops, or use backend 'c', 'numba' or 'py'.",
    )
