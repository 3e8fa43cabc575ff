"""PyTorch, eager mode.

``F.linear``, the fused cross-entropies from logits, ``nn.LSTM``, and ``torch.optim`` with
``foreach=True`` or ``fused=True``: of the forms that it offers on a CPU these were the fastest. A
minibatch is a view into the data. Where PyTorch sees a GPU, everything is there. The Boltzmann machine, whose gradient is known, is
trained in ``torch.inference_mode`` by ``addmm_``.
"""

import functools

import torch
import torch.nn.functional as F

from benchmarks.peers import TF32, repeat
from benchmarks.peers.of_torch import (
    DEVICE,
    adversarial,
    energy,
    flows,
    glow,
    latent,
    nade,
    pixel_rnn,
    sampling,
    with_draws,
)


def versions(threads):
    """Set the thread count; say version and how it was built, and on what it runs."""
    torch.set_num_threads(threads)
    on_gpu = DEVICE.type == "cuda"
    if on_gpu:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = TF32
        torch.backends.cudnn.benchmark = True  # all shapes stay as they are
    return {
        "device": torch.cuda.get_device_name(DEVICE) if on_gpu else "cpu",
        "tf32": TF32,
        "framework": "torch " + torch.__version__,
        "mkl": torch.backends.mkl.is_available(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }


def fetch(loss):
    """The loss as a float; every earlier step is done by then."""
    return loss.item()


def device_memory():
    """Peak of the GPU's memory in MiB, or None."""
    return torch.cuda.max_memory_allocated() / 2.0**20 if DEVICE.type == "cuda" else None


def tensors(parameters):
    """Parameters as torch keeps them: weights ``(fan_out, fan_in)``."""
    return {
        name: torch.tensor(value.T if value.ndim == 2 else value, device=DEVICE)
        .contiguous()
        .requires_grad_()
        for name, value in parameters.items()
    }


def vae_loss(spec, p, batch, noise):
    """Negative ELBO in nats per example."""
    x = batch["x"]
    h = F.relu(F.linear(x, p["W_h"], p["b_h"]))
    mu = F.linear(h, p["W_mu"], p["b_mu"])
    log_var = F.linear(h, p["W_log_var"], p["b_log_var"])
    eps = torch.randn_like(mu) if noise is None else noise["epsilon"]
    z = torch.addcmul(mu, eps, torch.exp(0.5 * log_var))
    g = F.relu(F.linear(z, p["W_g"], p["b_g"]))
    logits = F.linear(g, p["W_x"], p["b_x"])
    nats = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu * mu - torch.exp(log_var))
    return (nats + kl) / x.shape[0]


def cross_entropy_loss(spec, p, batch, noise):
    """Sigmoid cross-entropy of the tanh autoencoder, nats per example."""
    x = batch["x"]
    h = torch.tanh(F.linear(x, p["W_h"], p["b_h"]))
    logits = F.linear(h, p["W_x"], p["b_x"])
    return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]


def squared_error_loss(spec, p, batch, noise):
    """Mean squared error of the relu autoencoder."""
    h = F.relu(F.linear(batch["x"], p["W_h"], p["b_h"]))
    return F.mse_loss(F.relu(F.linear(h, p["W_x"], p["b_x"])), batch["x"])


def _leaky_stack(spec, p, network, below):
    for i in range(1, len(spec.GENERATOR_DIMS)):
        if i > 1:
            below = F.leaky_relu(below, spec.SLOPE)
        below = F.linear(below, p[f"W_{network}{i}"], p[f"b_{network}{i}"])
    return below


def generate(spec, p, noise, name):
    """Images from noise."""
    z = torch.randn(spec.NOISE[name].shape, device=DEVICE) if noise is None else noise[name]
    return torch.tanh(_leaky_stack(spec, p, "g", z))


def discriminator_loss(spec, p, batch, noise):
    """The discriminator's loss; nothing reaches the generator."""
    with torch.no_grad():
        fake = generate(spec, p, noise, "z1")
    logits = _leaky_stack(spec, p, "d", torch.cat([batch["x"], fake]))
    real = torch.ones_like(logits)
    real[len(fake) :] = 0
    return 2 * F.binary_cross_entropy_with_logits(logits, real)


def generator_loss(spec, p, batch, noise):
    """The generator's loss."""
    logits = _leaky_stack(spec, p, "d", generate(spec, p, noise, "z2"))
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def lenet_loss(spec, p, batch, noise):
    """Negative log-likelihood of the classes."""
    maps = batch["x"].view(-1, 1, spec.SIDE, spec.SIDE)
    for i in "12":
        maps = torch.tanh(F.max_pool2d(F.conv2d(maps, p["W_" + i], p["b_" + i]), 2))
    h = torch.tanh(F.linear(maps.flatten(1), p["W_h"], p["b_h"]))
    return F.cross_entropy(F.linear(h, p["W_y"], p["b_y"]), batch["y"])


def lstm_parameters(spec, parameters):
    """Those of ``nn.LSTM``, which has a second bias, held at 0; and the last layer's."""
    p = tensors(parameters)
    network = torch.nn.LSTM(spec.ROW_DIM, spec.HIDDEN_DIM, batch_first=False, device=DEVICE)
    network.weight_ih_l0.data = p.pop("W_x").data
    network.weight_hh_l0.data = p.pop("W_h").data
    network.bias_ih_l0.data = p.pop("b").data
    network.bias_hh_l0.data.zero_()
    network.bias_hh_l0.requires_grad_(False)
    trained = {name: v for name, v in network.named_parameters() if v.requires_grad}
    return {**trained, **p}, network


def lstm_loss(spec, p, batch, network):
    """Negative log-likelihood of the classes."""
    rows = batch["x"].view(-1, spec.STEPS, spec.ROW_DIM).transpose(0, 1)
    _, (h, _) = network(rows)
    return F.cross_entropy(F.linear(h[0], p["W_y"], p["b_y"]), batch["y"])


def divergence(spec, p, batch, noise):
    """Contrastive divergence: the parameters' update, and the reconstruction's cross-entropy."""
    W, b_h, b_v = p["W"], p["b_h"], p["b_v"]  # W: hidden by visible
    x = v = batch["x"]
    if noise is None:
        u_h, u_v = (torch.rand(spec.NOISE[name].shape, device=DEVICE) for name in "hv")
    else:
        u_h, u_v = noise["h"], noise["v"]
    positive = None
    for k in range(spec.STEPS):
        p_h = torch.sigmoid(F.linear(v, W, b_h))
        positive = p_h if positive is None else positive
        h = torch.lt(u_h[k], p_h).float()
        a = torch.addmm(b_v, h, W)
        v = torch.lt(u_v[k], torch.sigmoid(a)).float()
    negative = torch.sigmoid(F.linear(v, W, b_h))
    rate = spec.LEARNING_RATE / len(x)
    W.addmm_(positive.T, x, alpha=rate)
    W.addmm_(negative.T, v, alpha=-rate)
    b_h.add_((positive - negative).sum(0), alpha=rate)
    b_v.add_((x - v).sum(0), alpha=rate)
    return F.binary_cross_entropy_with_logits(a, x, reduction="sum") / len(x)


def _normalised(spec, maps, gamma, beta):
    return F.batch_norm(maps, None, None, gamma, beta, True, 0.0, spec.NORM_EPSILON)


def draw_images(spec, p, noise, name):
    """The deep generator's images."""
    shape = spec.NOISE[name].shape
    z = torch.randn(shape, device=DEVICE) if noise is None else noise[name]
    maps = F.linear(z, p["W_g1"]).view(-1, spec.CHANNELS[0], 7, 7)
    maps = F.relu(_normalised(spec, maps, p["gamma_g1"], p["beta_g1"]))
    maps = F.conv_transpose2d(maps, p["W_g2"], None, 2, 1)
    maps = F.relu(_normalised(spec, maps, p["gamma_g2"], p["beta_g2"]))
    return torch.tanh(F.conv_transpose2d(maps, p["W_g3"], p["b_g3"], 2, 1))


def judge_images(spec, p, images):
    """The deep discriminator's logits."""
    maps = F.leaky_relu(F.conv2d(images, p["W_d1"], p["b_d1"], 2, 1), spec.SLOPE)
    maps = _normalised(spec, F.conv2d(maps, p["W_d2"], None, 2, 1), p["gamma_d2"], p["beta_d2"])
    return F.linear(F.leaky_relu(maps, spec.SLOPE).flatten(1), p["W_d3"], p["b_d3"])


def deep_discriminator_loss(spec, p, batch, noise):
    """The discriminator's loss; nothing reaches the generator."""
    with torch.no_grad():
        fake = draw_images(spec, p, noise, "z1")
    real = judge_images(spec, p, batch["x"].view(-1, 1, spec.SIDE, spec.SIDE))
    fake = judge_images(spec, p, fake)
    nats = F.binary_cross_entropy_with_logits
    return nats(real, torch.ones_like(real)) + nats(fake, torch.zeros_like(fake))


def deep_generator_loss(spec, p, batch, noise):
    """The generator's loss."""
    logits = judge_images(spec, p, draw_images(spec, p, noise, "z2"))
    return F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))


def pixelcnn_loss(spec, p, batch, noise):
    """Cross-entropy of the pixels, nats per image."""
    image = batch["x"].view(-1, 1, spec.SIDE, spec.SIDE)

    def gate(maps):
        a, b = maps.chunk(2, 1)
        return torch.tanh(a) * torch.sigmoid(b)

    v = h = image
    for k in range(1, spec.LAYERS + 1):
        rows_above, columns_left = on_device(spec.masks, k)
        reach = spec.taps_of(k) // 2
        a_v = F.conv2d(v, p[f"W_v{k}"] * rows_above, p[f"b_v{k}"], padding=reach)
        a_h = F.conv2d(h, p[f"W_h{k}"] * columns_left, p[f"b_h{k}"], padding=(0, reach))
        a_h = a_h + F.conv2d(a_v, p[f"W_vh{k}"])
        out = F.conv2d(gate(a_h), p[f"W_o{k}"], p[f"b_o{k}"])
        v, h = gate(a_v), out if k == 1 else out + h
    h = F.relu(F.conv2d(F.relu(h), p["W_1"], p["b_1"]))
    logits = F.conv2d(h, p["W_2"], p["b_2"])
    return F.binary_cross_entropy_with_logits(logits, image, reduction="sum") / len(image)


@functools.cache
def on_device(masks, layer):
    """The masks of a layer's filters, ``masks(layer)``, as tensors."""
    return [torch.tensor(mask, device=DEVICE) for mask in masks(layer)]


def rmsprop(spec, p):
    """Running mean squares, as document 002 has them."""
    return torch.optim.RMSprop(
        p, lr=spec.LEARNING_RATE, alpha=spec.RHO, eps=spec.EPSILON, foreach=True
    )


def sgd(spec, p):
    """Plain gradient descent."""
    return torch.optim.SGD(p, lr=spec.LEARNING_RATE, fused=True)


def adam(spec, p):
    """Adam."""
    betas = (spec.BETA1, spec.BETA2)
    return torch.optim.Adam(p, lr=spec.LEARNING_RATE, betas=betas, eps=spec.EPSILON, fused=True)


def stepped(spec, data, noise, step):
    """``run`` of ``step(batch, noise) -> loss``, which is given each minibatch as views."""
    size = spec.BATCH_SIZE
    data = {name: torch.tensor(values, device=DEVICE) for name, values in data.items()}
    batches = len(data["x"]) // size
    if noise is not None:
        noise = {name: torch.tensor(values, device=DEVICE) for name, values in noise.items()}

    def numbered(i):
        start = i % batches * size
        batch = {name: values[start : start + size] for name, values in data.items()}
        now = noise and {name: values[i % len(values)] for name, values in noise.items()}
        return step(batch, now)

    return repeat(numbered)


def as_is(function):
    """Left as it is: eager mode compiles nothing."""
    return function


def build_with(loss_fn, optimizer_of, compiled=as_is, run_of=stepped, tensors=tensors):
    """``build`` for a loss and an optimizer.

    Parameters
    ----------
    loss_fn, optimizer_of : callable
    compiled : callable
        Makes functions of functions.
    run_of : callable
        As :func:`stepped`, which it is given the arguments of.
    tensors : callable
        As :func:`tensors`.
    """

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        optimizer = optimizer_of(spec, p.values())
        loss_of = compiled(lambda batch, noise: loss_fn(spec, p, batch, noise))
        update = compiled(optimizer.step)

        def step(batch, noise):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(batch, noise)
            loss.backward()
            update()
            return loss.detach()

        return run_of(spec, data, noise, step)

    return build


def gan_with(discriminator_loss, generator_loss, optimizer_of, compiled=as_is, run_of=stepped):
    """``build`` for two networks, with an optimizer for each."""

    def build(spec, parameters, data, noise):
        p = tensors(parameters)
        trained = {net: [v for name, v in p.items() if f"_{net}" in name] for net in "dg"}
        optimizers = {net: optimizer_of(spec, trained[net]) for net in trained}
        judge = compiled(lambda batch, noise: discriminator_loss(spec, p, batch, noise))
        fool = compiled(lambda batch, noise: generator_loss(spec, p, batch, noise))
        updates = {net: compiled(optimizers[net].step) for net in trained}

        def step(batch, noise):
            total = 0
            for net, loss_of in (("d", judge), ("g", fool)):
                loss = loss_of(batch, noise)
                for variable, gradient in zip(
                    trained[net], torch.autograd.grad(loss, trained[net]), strict=True
                ):
                    variable.grad = gradient
                updates[net]()
                total = total + loss.detach()
            return total

        return run_of(spec, data, noise, step)

    return build


def lstm(spec, parameters, data, noise):
    """``build`` with ``nn.LSTM``."""
    p, network = lstm_parameters(spec, parameters)
    optimizer = adam(spec, p.values())

    def step(batch, noise):
        optimizer.zero_grad(set_to_none=True)
        loss = lstm_loss(spec, p, batch, network)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return stepped(spec, data, noise, step)


def rbm_with(compiled=as_is):
    """``build`` of the Boltzmann machine."""

    def build(spec, parameters, data, noise):
        p = {name: v.detach() for name, v in tensors(parameters).items()}
        one = compiled(lambda batch, noise: divergence(spec, p, batch, noise))

        def step(batch, noise):
            with torch.inference_mode():
                return one(batch, noise)

        return stepped(spec, data, noise, step)

    return build


def of_models(rules, compiled=as_is):
    """``build`` by workload for the models of the families' files, with update rules by name."""
    losses = latent.LOSSES | flows.LOSSES | glow.LOSSES | pixel_rnn.LOSSES
    builders = {
        name: build_with(with_draws(loss_fn), rules[rule], compiled)
        for name, (loss_fn, rule) in losses.items()
    }
    rest = tensors, compiled, stepped
    builders["wgan_gp"] = adversarial.wgan_with(rules["adam"], *rest)
    builders["rbm_pcd"] = energy.moved_with(energy.persistent_step, *rest)
    builders["dbm"] = energy.moved_with(energy.deep_step, *rest)
    builders["gaussian_rbm"] = energy.watched_with(energy.gaussian_loss, rules["adam"], *rest)
    for name, sampler_of in sampling.SAMPLERS.items():
        builders[name] = sampling.sampler_with(sampler_of, *rest)
    return builders


WORKLOADS = {
    "autoencoder_004": build_with(squared_error_loss, sgd),
    "vae_002": build_with(vae_loss, rmsprop),
    "vae_002_batch8192": build_with(vae_loss, rmsprop),
    "autoencoder_784_256": build_with(cross_entropy_loss, sgd),
    "gan_003": gan_with(discriminator_loss, generator_loss, rmsprop),
    "lenet": build_with(lenet_loss, sgd),
    "lstm": lstm,
    "rbm_cd15": rbm_with(),
    "dcgan": gan_with(deep_discriminator_loss, deep_generator_loss, adam),
    "pixelcnn": build_with(pixelcnn_loss, adam),
    **of_models({"adam": adam, "sgd": sgd}),
    "nade": build_with(nade.nade_loss, adam, tensors=nade.rows_are_pixels(tensors)),
}
