"""TopK for JAX; importing this file teaches it to PyTensor's JAX backend.

k has to be known when the function is traced.
"""

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.graph.basic import Constant
from pytensor.link.jax.dispatch.basic import jax_funcify

from symgen.errors import BackendError
from symgen.ops.topk.op import TopK, count


@jax_funcify.register(TopK)
def jax_funcify_topk(op, node, **kwargs):
    """A function of the array and k."""
    variable = node.inputs[1]

    def topk(x, k):
        if isinstance(variable, Constant):
            k = variable.data
        elif isinstance(k, jax.core.Tracer):
            raise BackendError(
                f"a k of {op} that is known when JAX traces the function",
                f"{variable}, a value that JAX computes",
                "Give it as an integer, or compute it from shapes; or take another backend.",
            )
        k, x = int(np.asarray(k)), jnp.moveaxis(jnp.asarray(x), op.axis, -1)
        size = count(k, x.shape[-1])
        order = jnp.argsort(x, axis=-1, stable=True)
        places = order[..., x.shape[-1] - size :] if k > 0 else order[..., :size]
        if op.sorted:
            places = places[..., ::-1]
        results = []
        if op.return_values:
            results.append(jnp.take_along_axis(x, places, axis=-1))
        if op.return_indices:
            results.append(places.astype(op.idx_dtype))
        results = tuple(jnp.moveaxis(result, -1, op.axis) for result in results)
        return results if len(results) > 1 else results[0]

    return topk
