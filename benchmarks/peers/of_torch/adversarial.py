"""The Wasserstein GAN with gradient penalty in PyTorch."""

import torch
import torch.nn.functional as F

from benchmarks.peers.of_torch import drawn


def _stack(spec, p, network, below, layers):
    for i in range(1, layers + 1):
        below = F.linear(below, p[f"W_{network}{i}"], p.get(f"b_{network}{i}"))
        below = F.leaky_relu(below, spec.SLOPE) if i < layers else below
    return below


def _generate(spec, p, z):
    return torch.tanh(_stack(spec, p, "g", z, len(spec.GENERATOR_DIMS) - 1))


def _judge(spec, p, x):
    return _stack(spec, p, "d", x, len(spec.DISCRIMINATOR_DIMS) - 1)


def _slope(critic, x):
    """Gradient of the sum of the critic's outputs; the compiler follows ``torch.func`` only."""
    if torch.compiler.is_compiling():
        return torch.func.grad(lambda x: critic(x).sum())(x)
    x = x.requires_grad_()
    return torch.autograd.grad(critic(x).sum(), x, create_graph=True)[0]


def critic_loss(spec, p, batch, noise):
    """The critic's loss; nothing reaches the generator."""
    noise, real = drawn(spec, noise), 2 * batch["x"] - 1
    with torch.no_grad():
        fake = _generate(spec, p, noise["z1"])
        between = torch.lerp(fake, real, noise["u"][:, None])
    judged_real, judged_fake = _judge(spec, p, torch.cat([real, fake])).chunk(2)
    slope = _slope(lambda x: _judge(spec, p, x), between)
    norm = torch.sqrt(slope.square().sum(1) + spec.TINY)
    return (judged_fake - judged_real).mean() + spec.PENALTY * (norm - 1).square().mean()


def generator_loss(spec, p, batch, noise):
    """The generator's loss."""
    return -_judge(spec, p, _generate(spec, p, drawn(spec, noise)["z2"])).mean()


def wgan_with(optimizer_of, tensors, compiled, run_of):
    """``build`` of both networks, the generator's at each fifth minibatch."""

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        trained = {net: [v for name, v in p.items() if f"_{net}" in name] for net in "dg"}
        losses = {"d": critic_loss, "g": generator_loss}
        players = {}
        for net, loss_fn in losses.items():
            loss_of = compiled(lambda batch, noise, fn=loss_fn: fn(spec, p, batch, noise))
            players[net] = loss_of, compiled(optimizer_of(spec, trained[net]).step)
        count = 0

        def descend(net, batch, noise):
            loss_of, update = players[net]
            loss = loss_of(batch, noise)
            gradients = torch.autograd.grad(loss, trained[net])
            for variable, gradient in zip(trained[net], gradients, strict=True):
                variable.grad = gradient
            update()
            return loss.detach()

        def step(batch, noise):
            nonlocal count
            count += 1
            loss = descend("d", batch, noise)
            if count % spec.CRITIC_STEPS == 0:
                descend("g", batch, noise)
            return loss

        return run_of(spec, data, noise, step)

    return build
