"""NADE in PyTorch: algorithm 1 written out, in place, since a graph of 784 steps would keep all of them."""

import torch
import torch.nn.functional as F


class Logits(torch.autograd.Function):
    """Logits of all pixels; backward the running sum is unwound."""

    @staticmethod
    def forward(ctx, x, W, V, b, c):
        """Of rows ``x``, with ``W`` and ``V`` (pixels, units)."""
        columns = x.T.contiguous()
        a = c.repeat(len(x), 1)
        logits = torch.empty_like(columns)
        for i in range(len(W)):
            torch.mv(torch.sigmoid(a), V[i], out=logits[i])
            torch.addr(a, columns[i], W[i], out=a)
        ctx.save_for_backward(columns, W, V, a)
        return (logits + b[:, None]).T

    @staticmethod
    def backward(ctx, gradient):
        """From the last pixel to the first."""
        columns, W, V, a = ctx.saved_tensors
        gradient = gradient.T.contiguous()
        a, d = a.clone(), torch.zeros_like(a)
        dW, dV = torch.empty_like(W), torch.empty_like(V)
        for i in range(len(W) - 1, -1, -1):
            torch.mv(d.T, columns[i], out=dW[i])
            torch.addr(a, columns[i], W[i], alpha=-1, out=a)
            h = torch.sigmoid(a)
            torch.mv(h.T, gradient[i], out=dV[i])
            slope = torch.addcmul(h, h, h, value=-1).mul_(V[i])
            d.addcmul_(slope, gradient[i][:, None])
        return None, dW, dV, gradient.sum(1), d.sum(0)


def nade_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    x = batch["x"]
    logits = Logits.apply(x, p["W"], p["V"], p["b"], p["c"])
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def rows_are_pixels(tensors):
    """The parameters with ``W`` and ``V`` as the workload has them: their rows are read one by one."""

    def kept(parameters):
        p = tensors(parameters)
        for name in "WV":
            p[name] = p[name].detach().T.contiguous().requires_grad_()
        return p

    return kept
