"""The process that computes convolutions with one peer, in that peer's environment.

It obeys commands, one JSON object a line on standard input, and answers each with one line; between
them it is blocked in ``read``. It imports the standard library, NumPy and the peer's own package.
"""

import json
import os
import sys
import time

import numpy as np

# name: batch, channels, size, filters, taps, stride
CASES = {
    "a": (64, 1, 28, 64, 5, 2),
    "b": (64, 64, 14, 128, 5, 2),
    "c": (64, 128, 7, 128, 3, 1),
    "d": (64, 32, 32, 32, 3, 1),
}


def padding(case, border_mode):
    """Zeros on each side."""
    return CASES[case][4] // 2 if border_mode == "half" else 0


def output_size(case, border_mode):
    """Rows, and columns, of the output."""
    _, _, size, _, taps, stride = CASES[case]
    return (size + 2 * padding(case, border_mode) - taps) // stride + 1


def gflop(case, border_mode):
    """Floating point operations of the three, products with padding among them, in 10^9."""
    batch, channels, _, filters, taps, _ = CASES[case]
    places = batch * output_size(case, border_mode) ** 2
    return 3 * 2e-9 * places * filters * channels * taps**2


def arrays(case, border_mode):
    """Image, filters and a gradient by the output, the same for every peer."""
    batch, channels, size, filters, taps, _ = CASES[case]
    out = output_size(case, border_mode)
    rng = np.random.default_rng(0)
    shapes = ((batch, channels, size, size), (filters, channels, taps, taps))
    return [rng.standard_normal(s, "float32") for s in (*shapes, (batch, filters, out, out))]


def symgen(case, border_mode):
    """One compiled function: the output and the gradients by image and filters."""
    import pytensor
    import pytensor.tensor as pt

    from symgen.backends import select
    from symgen.ops.conv import conv2d

    stride = CASES[case][5]
    x, w, g = (pt.tensor4(dtype="float32") for _ in range(3))
    y = conv2d(x, w, border_mode=border_mode, subsample=(stride, stride), filter_flip=False)
    gradients = pytensor.grad(None, [x, w], known_grads={y: g})
    outputs = [pytensor.Out(value, borrow=True) for value in (y, *gradients)]
    f = pytensor.function([x, w, g], outputs, mode=select("c"))
    f.trust_input = True
    values = arrays(case, border_mode)
    return lambda: f(*values)


def torch(case, border_mode, channels_last=False):
    """The same by PyTorch's autograd, in its default layout or the other."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    layout = torch.channels_last if channels_last else torch.contiguous_format
    x, w, g = (torch.tensor(a).to(memory_format=layout) for a in arrays(case, border_mode))
    x.requires_grad_()
    w.requires_grad_()
    stride, zeros = CASES[case][5], padding(case, border_mode)

    def step():
        y = torch.nn.functional.conv2d(x, w, None, stride, zeros)
        return (y.detach(), *torch.autograd.grad(y, [x, w], g))

    return step


def torch_channels_last(case, border_mode):
    """PyTorch with the channels as the last axis in memory."""
    return torch(case, border_mode, channels_last=True)


def gemm(case, border_mode):
    """Three matrix products of the sizes that patches would give, by NumPy's BLAS."""
    batch, channels, _, filters, taps, _ = CASES[case]
    places, depth = batch * output_size(case, border_mode) ** 2, channels * taps**2
    rng = np.random.default_rng(0)
    shapes = ((filters, depth), (depth, places), (filters, places))
    w, patches, y = (rng.standard_normal(shape, "float32") for shape in shapes)

    def step():
        return w @ patches, w.T @ y, y @ patches.T

    return step


PEERS = {f.__name__: f for f in (symgen, torch, torch_channels_last, gemm)}


class Session:
    """One peer and what it computes at present."""

    def __init__(self, peer):
        self._make = PEERS[peer]

    def prepare(self, case, border_mode):
        """Build, run once; answers the mean magnitudes of the results."""
        self._step = self._make(case, border_mode)
        return {"magnitudes": [float(abs(np.asarray(a)).mean()) for a in self._step()]}

    def turn(self, seconds, clock):
        """Run for at least so long; answers the quickest call in ms of wall or processor time."""
        now = time.perf_counter if clock == "wall" else time.process_time
        self._step()
        best, end = float("inf"), time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = now()
            self._step()
            best = min(best, now() - start)
        return {"ms": 1e3 * best}


def main():
    """Answer commands until the input ends; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    session = Session(sys.argv[1])
    for line in iter(sys.stdin.readline, ""):
        message = json.loads(line)
        answer = getattr(session, message.pop("do"))(**message)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
