"""Adversarial networks under the names of their papers: :class:`DeepGAN` or :class:`DCGAN` with other settings.

References
----------
Those of :mod:`symgen.models.gans.losses` and :mod:`symgen.models.gans.deep_gan`.
"""

import inspect

from symgen.models.gans.dcgan import DCGAN
from symgen.models.gans.deep_gan import DeepGAN
from symgen.models.validation import positive_int


def preset(name, summary, build, required=(), defaults=None, **fixed):
    """A function of the arguments of `build` that are left, which gives the model the name of its row.

    Parameters
    ----------
    name : str
        Row in :data:`symgen.models.MODELS`, and name of the function.
    summary : str
        First line of its docstring; its arguments are those of `build`, in the same words.
    build : class
        A :class:`symgen.models.Model`.
    required : sequence of str
        Arguments that must be given, whole numbers of at least 1; they follow ``input_dim``.
    defaults : dict, optional
        Of other arguments, where they are not those of `build`.
    **fixed
        Arguments with one value only.
    """
    left = {
        key: parameter.replace(default=(defaults or {}).get(key, parameter.default))
        for key, parameter in inspect.signature(build).parameters.items()
        if key not in fixed
    }
    first = ("input_dim", *required)
    order = [left[key].replace(default=inspect.Parameter.empty) for key in first]
    signature = inspect.Signature([*order, *(p for key, p in left.items() if key not in first)])

    def make(*args, **kwargs):
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        for key in required:
            positive_int(given.arguments[key], key)
        model = build(**given.arguments, **fixed)
        model.name = name
        return model

    make.__name__ = make.__qualname__ = name
    make.__signature__ = signature
    described = inspect.cleandoc(build.__doc__).partition("\nParameters\n")[2]
    make.__doc__ = f"{summary}\n\nParameters\n{described}"
    return make


def gan_001(input_dim, latent_dim=100, hidden_dim=256, seed=0, dtype=None):
    """Document 001's: one rectified layer in each network, a sigmoid at the generator's end.

    Parameters
    ----------
    input_dim : int
        Numbers in one example.
    latent_dim : int
        Dimensions of ``z``.
    hidden_dim : int
        Units of the hidden layer of each network.
    seed, dtype
        See :class:`DeepGAN`.
    """
    dims = (hidden_dim,)
    options = {"activation": "relu", "output": "sigmoid", "seed": seed, "dtype": dtype}
    model = DeepGAN(input_dim, latent_dim, dims, dims, **options)
    model.name = "gan_001"
    return model


gan_003 = preset(
    "gan_003",
    "Document 003's deep networks of leaky rectifiers of slope 0.2, a tanh at the generator's end.",
    DeepGAN,
    defaults={
        "latent_dim": 100, "generator_dims": (256, 512, 1024), "discriminator_dims": (1024, 512, 256),
    },
    activation="leaky_relu",
    output="tanh",
    loss="non_saturating",
    n_critic=1,
    gp_weight=0.0,
    context_dim=0,
)  # fmt: skip

conditional_gan = preset(
    "conditional_gan",
    "Both networks see the label, one-hot, beside their input.",
    DeepGAN,
    required=("context_dim",),
)

conditional_dcgan = preset(
    "conditional_dcgan",
    "Convolutional networks that see the label: beside ``z``, and as an image beside the image.",
    DCGAN,
    required=("context_dim",),
)

wgan_gp = preset(
    "wgan_gp",
    "A critic whose slope is held near 1 by a penalty; minus its loss is a Wasserstein distance.",
    DeepGAN,
    defaults={"n_critic": 5, "gp_weight": 10.0},
    loss="wasserstein",
)

hinge_gan = preset(
    "hinge_gan",
    "A discriminator with a margin: what it judges beyond 1 or -1 it learns from no longer.",
    DeepGAN,
    loss="hinge",
)

least_squares_gan = preset(
    "least_squares_gan",
    "A discriminator that regresses 1 for data and 0 for samples.",
    DeepGAN,
    loss="least_squares",
)
