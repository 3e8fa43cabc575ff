r"""Document 003's generative adversarial network, one step of each network.

Generator ``G``: 100-256-512-1024-784, leaky relu of slope 0.2, then tanh. Discriminator ``D``:
784-1024-512-256-1, leaky relu of slope 0.2, then the logit ``d`` of being real. A step trains the
discriminator and then, against the discriminator as it is by then, the generator. Each has noise of
its own, ``z1`` and ``z2``:

.. math::
    L_D &= \frac1B\sum_n\big[\log(1+e^{-d(x_n)}) + \log(1+e^{d(G(z1_n))})\big] \\
    L_G &= \frac1B\sum_n\log(1+e^{-d(G(z2_n))})

in nats per image; the step's loss is ``L_D + L_G``. Pixels are in [-1, 1], as the generator's tanh.
The document names neither loss nor update rule: the losses are those of Goodfellow et al. (2014,
algorithm 1, with the generator's loss of section 3), the rule is RMSprop for both networks.

Real and generated images go through the discriminator as one minibatch of twice the size.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = (
    "GAN 100-256-512-1024-784 against 784-1024-512-256-1, leaky relu, a step of each network, "
    "RMSprop, batch 100, float32"
)
BATCH_SIZE = 100
INPUT_DIM = 784
LATENT_DIM = 100
GENERATOR_DIMS = (LATENT_DIM, 256, 512, 1024, INPUT_DIM)
DISCRIMINATOR_DIMS = (INPUT_DIM, 1024, 512, 256, 1)
SLOPE = 0.2
NOISE = {
    "z1": Draw("normal", (BATCH_SIZE, LATENT_DIM)),
    "z2": Draw("normal", (BATCH_SIZE, LATENT_DIM)),
}
RANGE = (-1, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-4
RHO = 0.9
EPSILON = 1e-6


def layers(dims):
    """``(fan_in, fan_out)`` of each layer."""
    return [(dims[i], dims[i + 1]) for i in range(len(dims) - 1)]


def _gemms():
    generate, judge = layers(GENERATOR_DIMS), layers(DISCRIMINATOR_DIMS)
    products = []
    for i, (fan_in, fan_out) in enumerate(generate):
        products += dense(BATCH_SIZE, fan_in, fan_out, False, False)  # G(z1)
        products += dense(BATCH_SIZE, fan_in, fan_out, input_gradient=i > 0)
    for i, (fan_in, fan_out) in enumerate(judge):
        products += dense(2 * BATCH_SIZE, fan_in, fan_out, input_gradient=i > 0)
        products += dense(BATCH_SIZE, fan_in, fan_out, weight_gradient=False)  # d(G(z2))
    return products


GEMMS = _gemms()


def initial_parameters(rng):
    """Glorot-uniform weights and zero biases: ``W_g1, b_g1, ...`` of G, ``W_d1, ...`` of D."""
    parameters = {}
    for network, dims in (("g", GENERATOR_DIMS), ("d", DISCRIMINATOR_DIMS)):
        for i, (fan_in, fan_out) in enumerate(layers(dims), 1):
            parameters[f"W_{network}{i}"] = glorot_uniform(rng, fan_in, fan_out)
            parameters[f"b_{network}{i}"] = zeros(fan_out)
    return parameters
