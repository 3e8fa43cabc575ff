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
===============================  ========================================================

Step ``i`` uses minibatch ``i % (len(data) // spec.BATCH_SIZE)``, cut by its index out of
``data`` (float32, examples by pixels), which ``build`` has put on the device whole. With
``noise`` (float32, steps by batch by noise) step ``i`` uses ``noise[i % len(noise)]``;
with None the peer draws its own, on the device, each step.
"""

from collections import namedtuple

Peer = namedtuple("Peer", "name environment module floor")
Peer.__doc__ = """A framework, or a way of using one.

``environment`` is a row of :data:`benchmarks.environments.ENVIRONMENTS`, or None for the
interpreter that runs the harness; ``floor`` marks a peer that only multiplies the
step's matrices."""

_ROWS = (
    Peer("symgen", "symgen", "benchmarks.peers.symgen", False),
    Peer("symgen_training", "symgen", "benchmarks.peers.symgen_training", False),
    Peer("torch_eager", "torch", "benchmarks.peers.torch_eager", False),
    Peer("torch_compile", "torch", "benchmarks.peers.torch_compile", False),
    Peer("jax_jit", "jax", "benchmarks.peers.jax_jit", False),
    Peer("numpy_by_hand", "symgen", "benchmarks.peers.numpy_by_hand", False),
    Peer("gemm_openblas", "symgen", "benchmarks.peers.gemm_openblas", True),
    Peer("gemm_torch", "torch", "benchmarks.peers.gemm_torch", True),
)
PEERS = {peer.name: peer for peer in _ROWS}
FLOORS = tuple(peer.name for peer in _ROWS if peer.floor)


def repeat(step):
    """Make ``run(first, count)`` of a Python-called ``step(i) -> loss``."""

    def run(first, count):
        for i in range(first, first + count):
            loss = step(i)
        return loss

    return run
