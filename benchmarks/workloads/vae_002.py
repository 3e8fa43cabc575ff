r"""Document 002's variational autoencoder, 784-128-4-128-784, trained on its ELBO.

With ``h = relu(x W_h + b_h)``, ``mu = h W_mu + b_mu``, ``log_var = h W_log_var + b_log_var``,
``z = mu + eps * exp(log_var / 2)``, ``g = relu(z W_g + b_g)`` and ``a = g W_x + b_x``, the loss is

.. math:: \frac1B\sum_n\Big[\sum_i \big(\log(1+e^{a_{ni}}) - x_{ni} a_{ni}\big)
          - \tfrac12\sum_j\big(1 + \log\sigma_{nj}^2 - \mu_{nj}^2 - \sigma_{nj}^2\big)\Big]

in nats per example. RMSprop: ``v = rho v + (1 - rho) g**2``, ``w -= learning_rate g / (sqrt(v) +
epsilon)``, with ``v`` zero at the start.
"""

from benchmarks.workloads.gemm import dense
from benchmarks.workloads.initial import glorot_uniform, zeros
from benchmarks.workloads.noise import Draw

SUMMARY = "VAE 784-128-4-128-784, relu, Bernoulli decoder, ELBO, RMSprop, batch 100, float32"
BATCH_SIZE = 100
INPUT_DIM = 784
HIDDEN_DIM = 128
LATENT_DIM = 4
NOISE = {"epsilon": Draw("normal", (BATCH_SIZE, LATENT_DIM))}
RANGE = (0, 1)
LABELS = False
TOLERANCE = 1e-4
OWN_TOLERANCE = 0.05
LEARNING_RATE = 1e-3
RHO = 0.9
EPSILON = 1e-8



def gemms(batch):
    """The products of a step of so many examples."""
    return (
        dense(batch, INPUT_DIM, HIDDEN_DIM, input_gradient=False)
        + 2 * dense(batch, HIDDEN_DIM, LATENT_DIM)
        + dense(batch, LATENT_DIM, HIDDEN_DIM)
        + dense(batch, HIDDEN_DIM, INPUT_DIM)
    )


GEMMS = gemms(BATCH_SIZE)


def initial_parameters(rng):
    """Glorot-uniform weights ``(fan_in, fan_out)`` and zero biases, float32."""
    layers = (
        ("h", INPUT_DIM, HIDDEN_DIM),
        ("mu", HIDDEN_DIM, LATENT_DIM),
        ("log_var", HIDDEN_DIM, LATENT_DIM),
        ("g", LATENT_DIM, HIDDEN_DIM),
        ("x", HIDDEN_DIM, INPUT_DIM),
    )
    parameters = {}
    for name, fan_in, fan_out in layers:
        parameters["W_" + name] = glorot_uniform(rng, fan_in, fan_out)
        parameters["b_" + name] = zeros(fan_out)
    return parameters
