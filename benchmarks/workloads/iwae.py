r"""The importance-weighted autoencoder on binary images: 784-200-200-50 and back, tanh, k = 5.

From the features of ``x`` come ``mu`` and ``log_var``; with ``k`` draws ``z_i = mu + eps_i exp(log_var / 2)``
of each example the loss is

.. math:: -\log\frac1k\sum_i \frac{p(x, z_i)}{q(z_i | x)}

in nats, mean over examples, with a standard normal prior and Bernoulli pixels. Row ``k n + i`` of the noise
is for draw ``i`` of example ``n``. Adam.

References
----------
Yuri Burda, Roger Grosse and Ruslan Salakhutdinov, 2016, "Importance weighted autoencoders", equation 8
and section 5.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "IWAE 784-200-200-50-200-200-784, tanh, k = 5, Adam, batch 20, float32"
BATCH_SIZE = 20
INPUT_DIM = 784
HIDDEN_DIMS = (200, 200)
LATENT_DIM = 50
DRAWS = 5
RANGE = (0, 1)
BINARISED = True
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-3
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8


def noise(batch):
    """What a step of so many examples draws."""
    return {"epsilon": Draw("normal", (DRAWS * batch, LATENT_DIM))}


NOISE = noise(BATCH_SIZE)

LAYERS = (
    ("h1", INPUT_DIM, HIDDEN_DIMS[0]),
    ("h2", HIDDEN_DIMS[0], HIDDEN_DIMS[1]),
    ("mu", HIDDEN_DIMS[1], LATENT_DIM),
    ("log_var", HIDDEN_DIMS[1], LATENT_DIM),
    ("g1", LATENT_DIM, HIDDEN_DIMS[1]),
    ("g2", HIDDEN_DIMS[1], HIDDEN_DIMS[0]),
    ("x", HIDDEN_DIMS[0], INPUT_DIM),
)
GEMMS = [
    product
    for name, fan_in, fan_out in LAYERS
    for product in dense(
        BATCH_SIZE * (DRAWS if name in ("g1", "g2", "x") else 1), fan_in, fan_out, name != "h1"
    )
]


def initial_parameters(rng):
    """Glorot-uniform weights ``(fan_in, fan_out)`` and zero biases, float32."""
    parameters = {}
    for name, fan_in, fan_out in LAYERS:
        parameters["W_" + name] = glorot_uniform(rng, fan_in, fan_out)
        parameters["b_" + name] = zeros(fan_out)
    return parameters
