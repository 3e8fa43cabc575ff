"""The peers: one file each, which trains every workload as an expert of that framework would.

``PEERS`` is the table. The file named by a row is imported only by a worker in the
peer's own environment, and holds

===============================  ========================================================
name                             meaning
===============================  ========================================================
``versions(threads)``            called first, with the thread count to set; returns a
                                 dict of what is measured: package versions, BLAS, flags
``WORKLOADS``                    dict: workload name -> ``build``
``build(spec, parameters,        returns ``run(first, count)``, which performs the training
data, noise)``                   steps ``first, ..., first + count - 1`` and returns the
                                 last one's loss as a value of the framework
``fetch(loss)``                  the loss as a Python float; waits for all earlier steps
``EPOCHS`` (optional)            as ``WORKLOADS``, for a ``run`` that performs all its steps in
                                 one call of the framework; epochs are timed with it. A peer
                                 without it, or without the workload in it, loops over steps
``device_memory()`` (optional)   peak of the GPU's memory in MiB, or None
``CANNOT`` (optional)            dict: workload name -> why the framework has no such step
===============================  ========================================================

``data`` holds ``"x"`` (float32, examples by pixels) and, where ``spec.LABELS``, ``"y"`` (int64,
one class an example). Step ``i`` uses minibatch ``i % (len(x) // spec.BATCH_SIZE)``, cut by its
index out of the data, which ``build`` has put on the device whole. ``noise`` is None, and the
peer draws its own, on the device, each step; or it holds a float32 array ``(steps, *shape)`` for
each name of ``spec.NOISE``, and step ``i`` uses row ``i % steps``.
"""

import os
from collections import namedtuple

# Whether a GPU may round factors of float32 products: the same for all peers.
TF32 = os.environ.get("SYMGEN_TF32", "0").strip() == "1"

Peer = namedtuple("Peer", "name environment module floor variables")
Peer.__new__.__defaults__ = (False, {})
Peer.__doc__ = """A framework, or a way of using one.

``environment`` is a row of :data:`benchmarks.environments.ENVIRONMENTS`, or None for the
interpreter that runs the harness; ``floor`` marks a peer that only multiplies the
step's matrices; ``variables`` are environment variables of its process."""


def _symgen(backend, environment):
    return Peer(
        "symgen_" + backend,
        environment,
        "benchmarks.peers.symgen",
        variables={"SYMGEN_BACKEND": backend},
    )


_ROWS = (
    Peer("symgen", "symgen", "benchmarks.peers.symgen"),
    Peer("symgen_theano", "symgen", "benchmarks.peers.symgen_theano"),
    Peer("symgen_training", "symgen", "benchmarks.peers.symgen_training"),
    _symgen("jax", "symgen_jax"),
    _symgen("torch", "symgen_torch"),
    _symgen("numba", "symgen"),
    Peer("torch_eager", "torch", "benchmarks.peers.torch_eager"),
    Peer("torch_compile", "torch", "benchmarks.peers.torch_compile"),
    Peer("torch_cuda_graph", "torch", "benchmarks.peers.torch_cuda_graph"),
    Peer("jax_jit", "jax", "benchmarks.peers.jax_jit"),
    Peer("pytensor_ml", "pytensor_ml", "benchmarks.peers.pytensor_ml"),
    Peer("theano_105", "theano", "benchmarks.peers.theano_105"),
    Peer("numpy_by_hand", "symgen", "benchmarks.peers.numpy_by_hand"),
    Peer("gemm_openblas", "symgen", "benchmarks.peers.gemm_openblas", floor=True),
    Peer("gemm_torch", "torch", "benchmarks.peers.gemm_torch", floor=True),
)
PEERS = {peer.name: peer for peer in _ROWS}
# What the ratio to the fastest rival leaves out: ourselves, and the check on all.
_NO_RIVALS = ("benchmarks.peers.symgen", "benchmarks.peers.numpy_by_hand")
FLOORS = tuple(peer.name for peer in _ROWS if peer.floor)


def is_rival(peer):
    """Whether the peer is another framework that trains."""
    return not peer.floor and not peer.module.startswith(_NO_RIVALS)


def repeat(step):
    """Make ``run(first, count)`` of a Python-called ``step(i) -> loss``."""

    def run(first, count):
        for i in range(first, first + count):
            loss = step(i)
        return loss

    return run
