"""From nothing to the first loss: what ``benchmarks.startup`` starts and watches.

``python -m benchmarks.first_step MODULE WORKLOAD THREADS`` imports a peer, builds its training
step on random data, runs it once and prints ``first loss``. Like the worker it runs in the
peer's environment and keeps to the syntax of Python 3.7.
"""

import importlib
import sys

N_EXAMPLES = 6000


def main(module, workload, threads):
    """Print the first loss."""
    import numpy as np

    from benchmarks.workloads import load

    peer = importlib.import_module(module)
    peer.versions(int(threads))
    spec = load(workload)
    rng = np.random.default_rng(0)
    data = {"x": rng.random((N_EXAMPLES, spec.INPUT_DIM)).astype("float32")}
    if spec.LABELS:
        data["y"] = rng.integers(0, spec.CLASSES, N_EXAMPLES)
    run = peer.WORKLOADS[workload](spec, spec.initial_parameters(rng), data, None)
    print(f"first loss {peer.fetch(run(0, 1)):g}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
