"""Normalizing flows in PyTorch."""

import math

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import constants, masks


def _network(p, k, below, of_layers=(1, 1, 1)):
    """Three layers of relu of coupling or layer ``k``, with masks where it has them."""
    for i, mask in enumerate(of_layers, 1):
        W = p[f"W_{k}_{i}"]
        below = F.linear(below, W if isinstance(mask, int) else W * mask, p[f"b_{k}_{i}"])
        below = F.relu(below) if i < 3 else below
    return below


def _normalised(p, k, x):
    """Actnorm, and its part of the loss."""
    return (x - p[f"shift_{k}"]) * torch.exp(-p[f"log_scale_{k}"]), p[f"log_scale_{k}"].sum()


def _affine(spec, value, outputs):
    t, raw = outputs.chunk(2, 1)
    s = spec.LIMIT * torch.tanh(raw / spec.LIMIT)
    return (value - t) * torch.exp(-s), s.sum()


def _nats(z, lost):
    """Of the latent numbers and the logarithm of the volume that was lost on the way to them."""
    normal = 0.5 * (z.square().sum() + z.numel() * math.log(2 * math.pi))
    return (normal + lost) / len(z)


def realnvp_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x = batch["x"]
    x, lost = x[:, list(spec.ORDER)], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        a, b = x.chunk(2, 1)
        a, b = (a, b) if k % 2 else (b, a)
        b, s = _affine(spec, b, _network(p, k, a))
        lost = lost + s + len(x) * log_scale
        x = torch.cat([a, b] if k % 2 else [b, a], 1)
    return _nats(x, lost)


def maf_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x, lost = batch["x"], 0
    for k in range(spec.LAYERS, 0, -1):
        x, log_scale = _normalised(p, k, x)
        x, s = _affine(spec, x, _network(p, k, x, masks(spec.masks, k)))
        lost = lost + s + len(x) * log_scale
    return _nats(x, lost)


def _unsplined(spec, y, raw):
    """The inverse way through splines, and the sum of the logarithms of the slopes forwards.

    ``y`` is (batch, numbers), ``raw`` what the network says, (batch, 3 bins - 1, numbers).
    """
    bins, bound = spec.BINS, spec.BOUND

    def sizes(raw):
        share = spec.LEAST_BIN + (1 - spec.LEAST_BIN * bins) * torch.softmax(raw, 1)
        return 2 * bound * share

    widths, heights = sizes(raw[:, :bins]), sizes(raw[:, bins : 2 * bins])
    slopes = spec.LEAST_SLOPE + F.softplus(raw[:, 2 * bins :] + spec.SHIFT)
    slopes = F.pad(slopes, (0, 0, 1, 1), value=1.0)
    lefts, bottoms = (F.pad(size.cumsum(1), (0, 0, 1, 0)) - bound for size in (widths, heights))
    inner = y.clamp(-bound, bound)
    at = (inner[:, None] >= bottoms[:, 1:-1]).sum(1, keepdim=True)
    left, width, bottom, height = (
        knots.gather(1, at)[:, 0] for knots in (lefts, widths, bottoms, heights)
    )
    first, last = slopes.gather(1, at)[:, 0], slopes.gather(1, at + 1)[:, 0]
    s, above = height / width, inner - bottom
    bend = first + last - 2 * s
    a = height * (s - first) + above * bend
    b = height * first - above * bend
    c = -s * above
    xi = 2 * c / (-b - torch.sqrt((b * b - 4 * a * c).clamp_min(1e-38)))
    rest = 1 - xi
    below = s + bend * xi * rest
    over = last * xi * xi + 2 * s * xi * rest + first * rest * rest
    log_slope = torch.log(s * s * over) - 2 * torch.log(below)
    outside = y.abs() > bound
    x = torch.where(outside, y, left + xi * width)
    return x, torch.where(outside, torch.zeros_like(y), log_slope).sum()


def neural_spline_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    x, log_scale = _normalised(p, 1, batch["x"])
    lost = len(x) * log_scale
    for k in range(spec.LAYERS, 0, -1):
        a, b = x.chunk(2, 1)
        b, log_slope = _unsplined(spec, b, _network(p, k, a).view(len(x), -1, spec.HALF))
        x, lost = torch.cat([a, b], 1), lost + log_slope
        if k > 1:  # the parameters are transposed
            signs = constants(spec.signs, k)[0]
            lower = p[f"L_{k}"].T.tril(-1) + torch.eye(spec.INPUT_DIM, device=x.device)
            upper = p[f"U_{k}"].T.triu(1) + torch.diag(signs * torch.exp(p[f"log_s_{k}"]))
            x = x[:, list(spec.ORDERS[k])] @ lower @ upper
            lost = lost - len(x) * p[f"log_s_{k}"].sum()
    return _nats(x, lost)


LOSSES = {
    "realnvp": (realnvp_loss, "adam"),
    "maf": (maf_loss, "adam"),
    "neural_spline": (neural_spline_loss, "adam"),
}
