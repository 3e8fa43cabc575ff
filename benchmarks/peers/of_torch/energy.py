"""Boltzmann machines in PyTorch: gradients that are known are written out, in ``torch.inference_mode``."""

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import drawn


def _below(u, mean):
    return torch.lt(u, mean).float()


def persistent_step(spec, p, batch, noise):
    """PCD: the parameters and chains moved in place, and the loss."""
    W, b_h, b_v, v = p["W"], p["b_h"], p["b_v"], p["chains"]  # W: hidden by visible
    x = batch["x"]
    here = F.linear(x, W, b_h)
    i = (noise["u"] * spec.INPUT_DIM).long()
    turn = 1 - 2 * x.gather(1, i[:, None])
    there = here + turn * W.T[i]
    rise = (F.softplus(here) - F.softplus(there)).sum(1) - turn[:, 0] * b_v[i]
    for u_h, u_v in zip(noise["h"], noise["v"], strict=True):
        h = _below(u_h, torch.sigmoid(F.linear(v, W, b_h)))
        v = _below(u_v, torch.sigmoid(torch.addmm(b_v, h, W)))
    positive, negative = torch.sigmoid(here), torch.sigmoid(F.linear(v, W, b_h))
    rate = spec.LEARNING_RATE
    W.addmm_(positive.T, x, alpha=rate / len(x))
    W.addmm_(negative.T, v, alpha=-rate / len(v))
    b_h.add_(positive.mean(0) - negative.mean(0), alpha=rate)
    b_v.add_(x.mean(0) - v.mean(0), alpha=rate)
    p["chains"].copy_(v)
    return spec.INPUT_DIM * F.softplus(-rise).mean()


def deep_step(spec, p, batch, noise):
    """The deep machine: the parameters and chains moved in place, and the loss."""
    W_1, W_2, b_0, b_1, b_2 = (p[name] for name in ("W_1", "W_2", "b_0", "b_1", "b_2"))
    x, rate = batch["x"], spec.LEARNING_RATE
    upwards = F.linear(x, W_1, b_1)
    m_1 = torch.sigmoid(upwards + F.linear(x, W_1))
    m_2 = torch.sigmoid(F.linear(m_1, W_2, b_2))
    for _ in range(spec.MEAN_FIELD_STEPS):
        m_1 = torch.sigmoid(torch.addmm(upwards, m_2, W_2))
        m_2 = torch.sigmoid(F.linear(m_1, W_2, b_2))
    s_1 = p["chains_1"]
    for u_0, u_1, u_2 in zip(noise["s0"], noise["s1"], noise["s2"], strict=True):
        s_0 = _below(u_0, torch.sigmoid(torch.addmm(b_0, s_1, W_1)))
        s_2 = _below(u_2, torch.sigmoid(F.linear(s_1, W_2, b_2)))
        s_1 = _below(u_1, torch.sigmoid(torch.addmm(F.linear(s_0, W_1, b_1), s_2, W_2)))
    logits = torch.addmm(b_0, m_1, W_1)
    loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    for W, data, chains in (
        (W_1, (m_1, x), (s_1, s_0)),
        (W_2, (m_2, m_1), (s_2, s_1)),
    ):
        W.addmm_(data[0].T, data[1], alpha=rate / len(x))
        W.addmm_(chains[0].T, chains[1], alpha=-rate / len(s_0))
    for b, of_data, of_chains in ((b_0, x, s_0), (b_1, m_1, s_1), (b_2, m_2, s_2)):
        b.add_(of_data.mean(0) - of_chains.mean(0), alpha=rate)
    for i, s in enumerate((s_0, s_1, s_2)):
        p[f"chains_{i}"].copy_(s)
    return loss


def gaussian_loss(spec, p, batch, noise):
    """Difference of free energies, and the squared error that is watched."""
    W, b_h, b_v, log_var = p["W"], p["b_h"], p["b_v"], p["log_var"]
    x = v = batch["x"]
    with torch.no_grad():
        for u_h, n_v in zip(noise["h"], noise["v"], strict=True):
            h = _below(u_h, torch.sigmoid(F.linear(v * torch.exp(-log_var), W, b_h)))
            mean = torch.addmm(b_v, h, W)
            v = torch.addcmul(mean, torch.exp(0.5 * log_var), n_v)
        watched = (mean - x).square().sum() / len(x)
    precision = torch.exp(-log_var)

    def free_energy(v):
        units = F.softplus(F.linear(v * precision, W, b_h))
        return 0.5 * ((v - b_v).square() * precision).sum() - units.sum()

    return (free_energy(x) - free_energy(v)) / len(x), watched


def moved_with(step_fn, tensors, compiled, run_of):
    """``build`` of a step that moves parameters and chains in place."""

    def build(spec, parameters, data, noise):
        p = {name: v.detach() for name, v in tensors(parameters).items()}
        for name in p:
            if name.startswith("chains"):  # rows stay examples
                p[name] = p[name].T.contiguous()
        one = compiled(lambda batch, noise: step_fn(spec, p, batch, drawn(spec, noise)))

        def step(batch, noise):
            with torch.inference_mode():
                return one(batch, noise)

        return run_of(spec, data, noise, step)

    return build


def watched_with(loss_fn, optimizer_of, tensors, compiled, run_of):
    """``build`` of a loss that is descended beside one that is reported."""

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        optimizer = optimizer_of(spec, p.values())
        loss_of = compiled(lambda batch, noise: loss_fn(spec, p, batch, drawn(spec, noise)))
        update = compiled(optimizer.step)

        def step(batch, noise):
            optimizer.zero_grad(set_to_none=True)
            loss, watched = loss_of(batch, noise)
            loss.backward()
            update()
            return watched

        return run_of(spec, data, noise, step)

    return build
