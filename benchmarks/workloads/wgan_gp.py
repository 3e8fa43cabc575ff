r"""A Wasserstein GAN with gradient penalty: 32-128-256-784 against 784-256-128-1.

Leaky relu of slope 0.2, tanh at the generator's end, no bias in the critic's last layer, pixels in [-1, 1]
for both networks. At each minibatch the critic ``d`` descends

.. math:: L_D = \frac1B\sum_n\big[d(G(z_n)) - d(x_n) + 10\,(|\nabla d(\hat x_n)| - 1)^2\big],
          \qquad \hat x_n = G(z_n) + u_n (x_n - G(z_n)),

whose gradient is one of a gradient, and at each fifth one the generator descends ``-mean d(G(z))`` with noise of
its own and the critic as it is by then. The step's loss is ``L_D``. Adam for both, with a count of steps each.

References
----------
Ishaan Gulrajani, Faruk Ahmed, Martin Arjovsky, Vincent Dumoulin and Aaron Courville, 2017, "Improved
training of Wasserstein GANs", algorithm 1.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = (
    "WGAN with gradient penalty, 32-128-256-784 against 784-256-128-1, leaky relu, five steps of the critic "
    "for one of the generator, Adam, batch 64, float32"
)
BATCH_SIZE = 64
INPUT_DIM = 784
LATENT_DIM = 32
GENERATOR_DIMS = (LATENT_DIM, 128, 256, INPUT_DIM)
DISCRIMINATOR_DIMS = (INPUT_DIM, 256, 128, 1)
CRITIC_STEPS = 5
PENALTY = 10.0
SLOPE = 0.2
TINY = 1e-12  # under the root, whose derivative is infinite at 0
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-3  # where rounding tips a rectifier over, the slope and its penalty jump
OWN_TOLERANCE = 0.6  # ten losses, each with other noise, the first near 0: there by half of it by chance
LEARNING_RATE = 1e-4
BETA1 = 0.5
BETA2 = 0.9
EPSILON = 1e-8


def noise(batch):
    """What a step of so many examples draws."""
    return {
        "z1": Draw("normal", (batch, LATENT_DIM)),
        "u": Draw("uniform", (batch,)),
        "z2": Draw("normal", (batch, LATENT_DIM)),
    }


NOISE = noise(BATCH_SIZE)


def layers(dims):
    """``(fan_in, fan_out)`` of each layer."""
    return list(zip(dims[:-1], dims[1:]))


def _gemms():
    generate, judge = layers(GENERATOR_DIMS), layers(DISCRIMINATOR_DIMS)
    products = [p for layer in generate for p in dense(BATCH_SIZE, *layer, False, False)]
    for i, layer in enumerate(judge):
        products += dense(2 * BATCH_SIZE, *layer, input_gradient=i > 0)
        # The penalty: forward, and backward to the slope; of that product the gradients by both factors.
        products += dense(BATCH_SIZE, *layer, True, False)
        products += dense(BATCH_SIZE, *layer, input_gradient=False)
    return products


GEMMS = _gemms()  # without the generator's step, which is one in five


def initial_parameters(rng):
    """Glorot-uniform weights and zero biases: ``W_g1, b_g1, ...`` of G, ``W_d1, ...`` of the critic."""
    parameters = {}
    for network, dims in (("g", GENERATOR_DIMS), ("d", DISCRIMINATOR_DIMS)):
        for i, (fan_in, fan_out) in enumerate(layers(dims), 1):
            parameters["W_%s%d" % (network, i)] = glorot_uniform(rng, fan_in, fan_out)
            if fan_out > 1:
                parameters["b_%s%d" % (network, i)] = zeros(fan_out)
    return parameters
