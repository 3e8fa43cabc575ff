r"""A deep convolutional generative adversarial network on 28 x 28, one step of each network.

Generator ``G``, from ``z`` of 100 normal numbers: a dense layer to 128 x 7 x 7, then two transposed
convolutions of 4 x 4 taps, stride 2 and padding 1, to 64 x 14 x 14 and 1 x 28 x 28; batch normalisation
and relu before each, tanh at the end. Discriminator ``D``: two convolutions of 4 x 4 taps, stride 2 and
padding 1, to 64 x 14 x 14 and 128 x 7 x 7, batch normalisation before the second's activation, leaky
relu of slope 0.2, then a dense layer to the logit ``d`` of being real. Layers before a normalisation
have no bias. The normalisations are by the minibatch; running statistics are not kept.

As in :mod:`.gan_003` the discriminator is trained and then, against it as it is by then, the generator,
each with noise of its own; real and generated images are two minibatches, normalised apart:

.. math::
    L_D &= \frac1B\sum_n\big[\log(1+e^{-d(x_n)}) + \log(1+e^{d(G(z1_n))})\big] \\
    L_G &= \frac1B\sum_n\log(1+e^{-d(G(z2_n))})

in nats per image; the step's loss is ``L_D + L_G``. Adam for both.

References
----------
Alec Radford, Luke Metz and Soumith Chintala, 2016, "Unsupervised representation learning with deep
convolutional generative adversarial networks", section 3.
"""

from benchmarks.workloads.gemm import convolution, dense
from benchmarks.workloads.initial import zeros
from benchmarks.workloads.noise import Draw

SUMMARY = (
    "DCGAN 100-128x7x7-64x14x14-1x28x28 against its mirror image, batch normalisation, a step of "
    "each network, Adam, batch 128, float32"
)
BATCH_SIZE = 128
INPUT_DIM = 784
SIDE = 28
LATENT_DIM = 100
CHANNELS = (128, 64)  # of 7 x 7 and of 14 x 14
FLAT_DIM = CHANNELS[0] * 7 * 7
TAPS = 4
SLOPE = 0.2
NORM_EPSILON = 1e-5
NOISE = {
    "z1": Draw("normal", (BATCH_SIZE, LATENT_DIM)),
    "z2": Draw("normal", (BATCH_SIZE, LATENT_DIM)),
}
RANGE = (-1, 1)
LABELS = False
TOLERANCE = 1e-3
OWN_TOLERANCE = 0.3  # two runs with other noise soon play another game
LEARNING_RATE = 2e-4
BETA1 = 0.5
BETA2 = 0.999
EPSILON = 1e-6


def _gemms():
    deep, wide = CHANNELS
    products = []
    # The convolutions of D, and those that the layers of G transpose: the same shapes.
    small, large = (wide, deep, TAPS**2, 7 * 7), (1, wide, TAPS**2, 14 * 14)
    for weight_gradient in (False, True):  # G(z1), G(z2)
        if weight_gradient:
            products += dense(BATCH_SIZE, LATENT_DIM, FLAT_DIM, input_gradient=False)
            products += convolution(BATCH_SIZE, *small) + convolution(BATCH_SIZE, *large)
        else:
            products += dense(BATCH_SIZE, LATENT_DIM, FLAT_DIM, False, False)
            products += convolution(BATCH_SIZE, *small, False, False)
            products += convolution(BATCH_SIZE, *large, False, False)
    for trained in (True, True, False):  # d(x), d(G(z1)), d(G(z2))
        products += convolution(BATCH_SIZE, *large, not trained, trained)
        products += convolution(BATCH_SIZE, *small, True, trained)
        products += dense(BATCH_SIZE, FLAT_DIM, 1, True, trained)
    return products


GEMMS = _gemms()


def initial_parameters(rng):
    """Normal weights of deviation 0.02, gammas 1, biases and betas 0; filters ``(above, below, taps)``.

    A transposed convolution's filters are those of the convolution that it transposes.
    """

    def normal(*shape):
        return (0.02 * rng.standard_normal(shape)).astype("float32")

    deep, wide = CHANNELS
    return {
        "W_g1": normal(LATENT_DIM, FLAT_DIM),
        "gamma_g1": zeros(deep) + 1,
        "beta_g1": zeros(deep),
        "W_g2": normal(deep, wide, TAPS, TAPS),
        "gamma_g2": zeros(wide) + 1,
        "beta_g2": zeros(wide),
        "W_g3": normal(wide, 1, TAPS, TAPS),
        "b_g3": zeros(1),
        "W_d1": normal(wide, 1, TAPS, TAPS),
        "b_d1": zeros(wide),
        "W_d2": normal(deep, wide, TAPS, TAPS),
        "gamma_d2": zeros(deep) + 1,
        "beta_d2": zeros(deep),
        "W_d3": normal(FLAT_DIM, 1),
        "b_d3": zeros(1),
    }
