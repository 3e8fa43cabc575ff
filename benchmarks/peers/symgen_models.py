"""symgen: a training step of a model of ``symgen.models``, as its training loop makes it.

The updates are those of ``symgen.training.step.descend``, which takes a model's objectives one after the
other; parameters and chains begin at the workload's values.
"""

from functools import partial

from symgen import models, updates
from symgen.training.step import descend


def made(spec):
    """One mask, evenly spread degrees."""
    return models.MADE(spec.INPUT_DIM, (spec.HIDDEN_DIM,), dtype="float32")


def iwae(spec):
    """The paper's network of one stochastic layer."""
    sizes = (spec.INPUT_DIM, spec.HIDDEN_DIMS, spec.LATENT_DIM)
    return models.IWAE(*sizes, activation="tanh", k=spec.DRAWS, dtype="float32")


def conv_vae(spec):
    """Two strided convolutions and back."""
    return models.ConvVAE(
        spec.INPUT_DIM, channels=spec.CHANNELS, filter_size=spec.TAPS, latent_dim=spec.LATENT_DIM,
        dtype="float32",
    )  # fmt: skip


def contractive(spec):
    """Tied weights, the Jacobian's norm as a penalty."""
    return models.MODELS["contractive_autoencoder"](
        spec.INPUT_DIM, latent_dim=spec.HIDDEN_DIM, weight=spec.WEIGHT, dtype="float32"
    )


def ddpm(spec):
    """Real numbers, no grey levels."""
    return models.DDPM(spec.INPUT_DIM, spec.STEPS, spec.HIDDEN_DIMS, dtype="float32")


def wgan_gp(spec):
    """The preset."""
    _, *generator, _ = spec.GENERATOR_DIMS
    _, *discriminator, _ = spec.DISCRIMINATOR_DIMS
    return models.MODELS["wgan_gp"](
        spec.INPUT_DIM,
        spec.LATENT_DIM,
        tuple(generator),
        tuple(discriminator),
        n_critic=spec.CRITIC_STEPS,
        gp_weight=spec.PENALTY,
        dtype="float32",
    )


def realnvp(spec):
    """Affine couplings."""
    return models.RealNVP(spec.INPUT_DIM, spec.LAYERS, spec.HIDDEN_DIMS, dtype="float32")


def maf(spec):
    """Affine autoregressive layers."""
    return models.MAF(spec.INPUT_DIM, spec.LAYERS, spec.HIDDEN_DIMS, dtype="float32")


def neural_spline(spec):
    """Spline couplings and linear maps, whose orders and signs follow from the seed 0."""
    return models.NeuralSpline(
        spec.INPUT_DIM, spec.LAYERS, spec.BINS, spec.BOUND, spec.HIDDEN_DIMS, dtype="float32"
    )


def glow_images(spec):
    """Without grey levels; the linear maps' orders and signs follow from the seed 0."""
    return models.GlowImages(
        spec.INPUT_DIM, None, spec.SCALES, spec.STEPS, spec.HIDDEN_CHANNELS, dtype="float32"
    )


def nade(spec):
    """One hidden layer, pixel by pixel."""
    return models.NADE(spec.INPUT_DIM, spec.HIDDEN_DIM, dtype="float32")


def rbm_pcd(spec):
    """Persistent chains."""
    sizes = (spec.INPUT_DIM, spec.HIDDEN_DIM)
    return models.PersistentRBM(*sizes, k=1, n_chains=spec.CHAINS, dtype="float32")


def gaussian_rbm(spec):
    """CD-1."""
    return models.GaussianRBM(spec.INPUT_DIM, spec.HIDDEN_DIM, k=1, n_chains=0, dtype="float32")


def dbm(spec):
    """Mean field and persistent chains."""
    return models.DBM(
        spec.INPUT_DIM, spec.HIDDEN_DIMS, spec.STEPS, spec.CHAINS, spec.MEAN_FIELD_STEPS,
        dtype="float32",
    )  # fmt: skip


def pixel_rnn(spec):
    """Row LSTMs."""
    return models.RowPixelRNN(
        spec.INPUT_DIM, None, spec.CHANNELS, spec.LAYERS, spec.COLUMNS, spec.FIRST[1], dtype="float32"
    )


def adam(spec):
    """Adam as the workload sets it."""
    return partial(
        updates.adam,
        learning_rate=spec.LEARNING_RATE,
        beta1=spec.BETA1,
        beta2=spec.BETA2,
        epsilon=spec.EPSILON,
    )


def sgd(spec):
    """Plain gradient descent."""
    return partial(updates.sgd, learning_rate=spec.LEARNING_RATE)


MODELS = {
    "made": (made, adam),
    "iwae": (iwae, adam),
    "conv_vae": (conv_vae, adam),
    "contractive": (contractive, adam),
    "ddpm": (ddpm, adam),
    "wgan_gp": (wgan_gp, adam),
    "realnvp": (realnvp, adam),
    "maf": (maf, adam),
    "neural_spline": (neural_spline, adam),
    "glow_images": (glow_images, adam),
    "nade": (nade, adam),
    "pixel_rnn": (pixel_rnn, adam),
    "rbm_pcd": (rbm_pcd, sgd),
    "gaussian_rbm": (gaussian_rbm, adam),
    "dbm": (dbm, sgd),
}


def built(model_of, spec, parameters):
    """The model with the workload's values in its parameters and buffers, which come in that order."""
    model = model_of(spec)
    variables = [*model.params, *model.buffers]
    for variable, value in zip(variables, parameters.values(), strict=True):
        if variable.get_value(borrow=True).shape != value.shape:
            raise ValueError(f"expected {variable.name} of shape {value.shape}")
        variable.set_value(value)
    return model


def step_of(model_of, rule_of):
    """A definition of a step for the peer ``symgen``: its first objective, and all updates."""

    def define(spec, parameters, batch, srng):
        model = built(model_of, spec, parameters)
        objectives = model.objectives(batch["x"], srng)
        outputs, new = descend(model, objectives, rule_of(spec), {})
        return outputs[objectives[0].name], new

    return define


def pixelcnn(spec):
    """As wide as the workload's."""
    return models.PixelCNN(spec.INPUT_DIM, None, spec.CHANNELS, spec.BLOCKS, dtype="float32")


def rbm(spec):
    """Binary units."""
    return models.RBM(spec.INPUT_DIM, spec.HIDDEN_DIM, dtype="float32")


def sampler_of(model_of):
    """A definition of a step that draws a minibatch and changes no parameter: its mean square."""

    def define(spec, parameters, batch, srng):
        samples = built(model_of, spec, parameters).sample(spec.BATCH_SIZE, srng)
        return (samples**2).mean(), {}

    return define


STEPS = {
    **{name: step_of(*row) for name, row in MODELS.items()},
    "sample_pixelcnn": sampler_of(pixelcnn),
    "sample_rbm": sampler_of(rbm),
    "sample_realnvp": sampler_of(realnvp),
    "sample_maf": sampler_of(maf),
}
