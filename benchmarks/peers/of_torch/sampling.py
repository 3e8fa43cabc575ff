"""Samplers in PyTorch, in ``torch.inference_mode``; what they report is the mean square of the numbers."""

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import constants, drawn, masks
from benchmarks.peers.of_torch.flows import _network


def _taps(spec, p, name):
    """A filter as a matrix from a window of features to what it makes of them, transposed."""
    W = p[f"W_{name}"] * constants(spec.seen, f"W_{name}")[0]
    return W.flatten(1).T.contiguous()


def pixelcnn_sampler(spec, p, compiled):
    """Each layer's features lie in a padded image; a pixel reads windows of them and adds its own."""
    rows, columns = spec.FIRST[0] - 1, spec.FIRST[1] // 2
    names = [f"{kind}{k}" for k in range(1, spec.BLOCKS + 1) for kind in ("narrow", "masked", "wide")]
    names = ["first", *names, "last1", "last2", "logits"]
    W = {name: _taps(spec, p, name) for name in names}
    b = {name: p[f"b_{name}"] for name in names}
    height, width = spec.MASKED

    def pixel(image, features, u, i, j):
        window = image[:, i : i + rows + 1, j : j + 2 * columns + 1]
        h = torch.addmm(b["first"], window.flatten(1), W["first"])
        for k in range(1, spec.BLOCKS + 1):
            kept = features[k - 1]
            narrow = torch.addmm(b[f"narrow{k}"], F.relu(h), W[f"narrow{k}"])
            kept[:, :, i + height - 1, j + width // 2] = F.relu(narrow)
            window = kept[:, :, i : i + height, j : j + width]
            masked = torch.addmm(b[f"masked{k}"], window.flatten(1), W[f"masked{k}"])
            h = h + torch.addmm(b[f"wide{k}"], F.relu(masked), W[f"wide{k}"])
        h = F.relu(torch.addmm(b["last1"], F.relu(h), W["last1"]))
        h = F.relu(torch.addmm(b["last2"], h, W["last2"]))
        logit = torch.addmm(b["logits"], h, W["logits"])[:, 0]
        image[:, i + rows, j + columns] = (u < torch.sigmoid(logit)).float()

    one = compiled(pixel)

    def sample(noise):
        u, side = noise["u"].T.contiguous(), spec.SIDE
        n = u.shape[1]
        image = u.new_zeros(n, side + rows, side + 2 * columns)
        shape = (spec.BLOCKS, n, spec.CHANNELS // 2, side + height - 1, side + width - 1)
        features = u.new_zeros(shape)
        for i in range(side):
            for j in range(side):
                one(image, features, u[i * side + j], i, j)
        return image[:, rows:, columns : columns + side]

    return sample


def rbm_sampler(spec, p, compiled):
    """A compiled step, or an eager one, called again and again."""
    W, b_h, b_v = p["W"], p["b_h"], p["b_v"]

    def gibbs(v):
        a = F.linear(v, W, b_h)
        h = torch.lt(torch.rand_like(a), torch.sigmoid(a)).float()
        a = torch.addmm(b_v, h, W)
        return torch.lt(torch.rand_like(a), torch.sigmoid(a)).float()

    one = compiled(gibbs)

    def sample(noise):
        start = torch.sigmoid(b_v).expand(spec.BATCH_SIZE, -1)
        v = torch.lt(torch.rand_like(start), start).float()
        for _ in range(spec.STEPS):
            v = one(v)
        return v

    return sample


def _scaled(spec, value, outputs):
    t, raw = outputs.chunk(2, 1)
    return torch.addcmul(t, value, torch.exp(spec.LIMIT * torch.tanh(raw / spec.LIMIT)))


def _unnormalised(p, k, z):
    return torch.addcmul(p[f"shift_{k}"], z, torch.exp(p[f"log_scale_{k}"]))


def realnvp_sampler(spec, p, compiled):
    """One pass through the couplings."""

    def sample(noise):
        z = noise["z"]
        for k in range(1, spec.LAYERS + 1):
            a, b = z.chunk(2, 1)
            a, b = (a, b) if k % 2 else (b, a)
            b = _scaled(spec, b, _network(p, k, a))
            z = _unnormalised(p, k, torch.cat([a, b] if k % 2 else [b, a], 1))
        return z[:, list(spec.PLACES)]

    return compiled(sample)


def maf_sampler(spec, p, compiled):
    """A pass through each network for each number."""

    def sample(noise):
        x = noise["z"]
        for k in range(1, spec.LAYERS + 1):
            z, x = x, torch.zeros_like(x)
            of_layers = masks(spec.masks, k)
            for _ in range(spec.INPUT_DIM):  # a number more is right each time
                x = _scaled(spec, z, _network(p, k, x, of_layers))
            x = _unnormalised(p, k, x)
        return x

    return compiled(sample)


SAMPLERS = {
    "sample_pixelcnn": pixelcnn_sampler,
    "sample_rbm": rbm_sampler,
    "sample_realnvp": realnvp_sampler,
    "sample_maf": maf_sampler,
}


def sampler_with(sampler_of, tensors, compiled, run_of):
    """``build`` of a sampler."""

    def build(spec, parameters, data, noise):
        p = {name: v.detach() for name, v in tensors(parameters).items()}
        with torch.inference_mode():
            sample = sampler_of(spec, p, compiled)

        def step(batch, noise):
            with torch.inference_mode():
                return sample(drawn(spec, noise)).square().mean()

        return run_of(spec, data, noise, step)

    return build
