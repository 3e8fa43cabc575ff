"""Autoencoders with latent variables or penalties, MADE, and the diffusion model, in PyTorch."""

import math

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import constants, masks


def made_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    x = batch["x"]
    of_hidden, of_output = masks(spec.masks)
    h = F.relu(F.linear(x, p["W_h"] * of_hidden, p["b_h"]))
    logits = F.linear(h, p["W_x"] * of_output, p["b_x"])
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)


def iwae_loss(spec, p, batch, noise):
    """Minus the bound of k draws; a draw is an axis after the example's."""
    x, k = batch["x"], spec.DRAWS
    h = torch.tanh(F.linear(x, p["W_h1"], p["b_h1"]))
    h = torch.tanh(F.linear(h, p["W_h2"], p["b_h2"]))
    mu = F.linear(h, p["W_mu"], p["b_mu"])[:, None]
    log_var = F.linear(h, p["W_log_var"], p["b_log_var"])[:, None]
    epsilon = noise["epsilon"].view(len(x), k, spec.LATENT_DIM)
    z = torch.addcmul(mu, epsilon, torch.exp(0.5 * log_var))
    g = torch.tanh(F.linear(z, p["W_g1"], p["b_g1"]))
    g = torch.tanh(F.linear(g, p["W_g2"], p["b_g2"]))
    logits = F.linear(g, p["W_x"], p["b_x"])
    images = x[:, None].expand_as(logits)
    nats = F.binary_cross_entropy_with_logits(logits, images, reduction="none").sum(-1)
    # log p(z) - log q(z | x): the constants of both densities cancel
    log_ratio = 0.5 * (epsilon.square() + log_var - z.square()).sum(-1)
    return math.log(k) - torch.logsumexp(log_ratio - nats, 1).mean()


def conv_vae_loss(spec, p, batch, noise):
    """Negative ELBO in nats per example."""
    x = batch["x"].view(-1, 1, spec.SIDE, spec.SIDE)
    maps = F.relu(F.conv2d(x, p["W_1"], p["b_1"], 2, 2))
    h = F.relu(F.conv2d(maps, p["W_2"], p["b_2"], 2, 2)).flatten(1)
    mu = F.linear(h, p["W_mu"], p["b_mu"])
    log_var = F.linear(h, p["W_log_var"], p["b_log_var"])
    z = torch.addcmul(mu, noise["epsilon"], torch.exp(0.5 * log_var))
    maps = F.relu(F.linear(z, p["W_g"], p["b_g"])).view(-1, spec.CHANNELS[1], 7, 7)
    maps = F.relu(F.conv_transpose2d(maps, p["W_3"], p["b_3"], 2, 2, 1))
    logits = F.conv_transpose2d(maps, p["W_4"], p["b_4"], 2, 2, 1)
    nats = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu * mu - torch.exp(log_var))
    return (nats + kl) / len(x)


def contractive_loss(spec, p, batch, noise):
    """Cross-entropy and the weighted norm of the Jacobian."""
    x, W = batch["x"], p["W"]
    h = torch.sigmoid(F.linear(x, W, p["b_h"]))
    nats = F.binary_cross_entropy_with_logits(
        torch.addmm(p["b_v"], h, W), x, reduction="sum"
    )
    norm = torch.mv((h * (1 - h)).square(), W.square().sum(1)).sum()
    return (nats + spec.WEIGHT * norm) / len(x)


def ddpm_loss(spec, p, batch, noise):
    """Squared error of the noise told, mean over examples."""
    x, epsilon = batch["x"], noise["epsilon"]
    signal, deviation, time = constants(spec.tables)
    places = noise["u"] + torch.arange(len(x), device=x.device) / len(x)
    t = (places.frac() * spec.STEPS).long().clamp_max(spec.STEPS - 1)
    x_t = signal[t] * x + deviation[t] * epsilon
    h = torch.cat([x_t, time[t]], 1)
    h = F.relu(F.linear(h, p["W_1"], p["b_1"]))
    h = F.relu(F.linear(h, p["W_2"], p["b_2"]))
    told = signal[t] * F.linear(h, p["W_3"], p["b_3"]) + deviation[t] * x_t
    return (epsilon - told).square().sum() / len(x)


LOSSES = {
    "made": (made_loss, "adam"),
    "iwae": (iwae_loss, "adam"),
    "conv_vae": (conv_vae_loss, "adam"),
    "contractive": (contractive_loss, "adam"),
    "ddpm": (ddpm_loss, "adam"),
}
