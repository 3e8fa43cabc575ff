"""Glow of images in PyTorch."""

import math

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import constants


def _network(p, name, below):
    for i in (1, 2, 3):
        below = F.conv2d(below, p[f"W_{name}_{i}"], p[f"b_{name}_{i}"], padding=0 if i == 2 else 1)
        below = F.relu(below) if i < 3 else below
    return below


def _coupled(spec, p, name, a, b):
    t, raw = _network(p, name, a).chunk(2, 1)
    s = spec.LIMIT * torch.tanh(raw / spec.LIMIT)
    return (b - t) * torch.exp(-s), s.sum()


def _squeezed(x):
    n, channels, rows, columns = x.shape
    squares = x.view(n, channels, rows // 2, 2, columns // 2, 2).permute(0, 3, 5, 1, 2, 4)
    return squares.reshape(n, 4 * channels, rows // 2, columns // 2)


def glow_loss(spec, p, batch, noise):
    """Minus the log density, nats per example."""
    n, left, lost = len(batch["x"]), [], 0
    x = batch["x"].view(n, 1, spec.SIDE, spec.SIDE)
    for scale in range(spec.SCALES):
        x = _squeezed(x)
        pixels, channels = x.numel() // x.shape[1], x.shape[1]
        for k in range(spec.STEPS - 1, -1, -1):
            name = f"{scale}_{k}"
            slope = torch.exp(-p[f"log_scale_{name}"])
            x = (x - p[f"shift_{name}"][:, None, None]) * slope[:, None, None]
            signs = constants(spec.signs, scale, k)[0]
            # the parameters are transposed
            lower = p[f"L_{name}"].T.tril(-1) + torch.eye(channels, device=x.device)
            upper = p[f"U_{name}"].T.triu(1) + torch.diag(signs * torch.exp(p[f"log_s_{name}"]))
            W = (lower @ upper).T[:, :, None, None]
            x = F.conv2d(x[:, list(spec.ORDERS[scale][k])], W)
            a, b = x.chunk(2, 1)
            b, of_scales = _coupled(spec, p, name, a, b)
            x = torch.cat([a, b], 1)
            of_pixel = (p[f"log_scale_{name}"] - p[f"log_s_{name}"]).sum()
            lost = lost + of_scales + pixels * of_pixel
        if scale + 1 < spec.SCALES:
            x, b = x.chunk(2, 1)
            b, of_scales = _coupled(spec, p, "split", x, b)
            left, lost = [*left, b], lost + of_scales
    squares = sum(z.square().sum() for z in (*left, x))
    return (0.5 * (squares + n * spec.INPUT_DIM * math.log(2 * math.pi)) + lost) / n


LOSSES = {"glow_images": (glow_loss, "adam")}
