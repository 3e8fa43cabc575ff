"""Document 002's variational autoencoder, and what its printed loss is.

    D - 128 - 4 (mean and log-variance) - 128 - D, ReLU, sigmoid, RMSprop, batches of 100

``printed_loss`` is the listing's: the mean over all pixels of the binary cross-entropy, plus
``1e-4`` times the mean over the code of ``-(1 + log_var - mu^2 - exp(log_var))``. With the
reconstruction term ``R`` and the divergence ``KL``, both summed and in nats per image, D pixels and
L latent dimensions,

    printed_loss = R / D + 2e-4 KL / L,    so    D printed_loss = R + beta KL,  beta = 2e-4 D / L.

That is the loss of a beta-VAE (Higgins et al. 2017, equation 4) with beta = 0.0392 for MNIST
(D = 784, L = 4) and 0.0032 for the embedded digits (D = 64): close to an autoencoder, whose code is
far from the standard normal that the document then draws from. ``elbo`` is the true bound ``-(R +
KL)``, with beta = 1. The document trains on the first; ``objective="elbo"`` trains on the second.

On the embedded digits, after the default 50 epochs, the test images give a ``printed_loss`` near
0.311 and an ``elbo`` near -55 nats (R 20, KL 35) when trained as printed, which is worse than the
-45 of the untrained model; with ``--objective elbo`` they give 0.348 and -25.0 (R 22.2, KL 2.7). On
MNIST, 10 epochs as printed give 0.1604 and -154 (R 125, KL 29).

Run it with ``python examples/document_002_vae.py``, or with ``--data mnist`` as the document does.
"""

import argparse

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, datasets, losses
from symgen.layers import Dense
from symgen.random import RandomStreams
from symgen.updates import RMSprop


def printed_vae_loss(x, z_decoded, latent_mean, latent_std):
    """The listing's ``vae_loss``; its ``latent_std`` holds the log-variance.

    Parameters
    ----------
    x, z_decoded : matrix, shape (batch, D), in [0, 1]
    latent_mean, latent_std : matrix, shape (batch, L)

    Returns
    -------
    scalar
    """
    one, weight = pt.constant(1, dtype=x.dtype), pt.constant(1e-4, dtype=x.dtype)
    recon_loss = losses.binary_cross_entropy(pt.flatten(z_decoded), pt.flatten(x)).mean()
    kl_loss = -weight * pt.mean(
        one + latent_std - pt.sqr(latent_mean) - pt.exp(latent_std), axis=-1
    )
    return pt.mean(recon_loss + kl_loss)


def main(
    data="digits",
    epochs=50,
    batch_size=100,
    hidden_dim=128,
    latent_dim=4,
    learning_rate=0.001,
    objective="printed_loss",
    seed=1,
):
    """Train and return the numbers of the test images.

    Parameters
    ----------
    objective : {"printed_loss", "elbo"}
        What is trained on: the printed loss, or the negative of the true bound.

    Returns
    -------
    dict of str to float
        ``printed_loss`` (no unit that means anything), ``elbo``, ``reconstruction`` (R) and ``kl``
        in nats per image, ``beta``, and ``first_loss`` and ``loss``, the objective on the training
        images before and after.
    """
    splits = datasets.load(data).splits
    rng, srng = np.random.default_rng(seed), RandomStreams(seed)
    input_dim = splits["train"].shape[1]
    encoding = Dense(input_dim, hidden_dim, "relu", rng=rng, name="encoding")
    mean = Dense(hidden_dim, latent_dim, rng=rng, name="mean")
    var = Dense(hidden_dim, latent_dim, rng=rng, name="var")
    decoding = Dense(latent_dim, hidden_dim, "relu", rng=rng, name="decoding")
    decoded_output = Dense(hidden_dim, input_dim, "sigmoid", rng=rng, name="decoded_output")
    layers = (encoding, mean, var, decoding, decoded_output)

    x = pt.matrix("x", dtype=splits["train"].dtype)
    hidden = encoding(x)
    mu, log_var = mean(hidden), var(hidden)
    half = pt.constant(0.5, dtype=x.dtype)
    z = mu + pt.exp(half * log_var) * srng.normal(size=mu.shape, dtype=x.dtype)
    decoded = decoded_output(decoding(z))

    printed_loss = printed_vae_loss(x, decoded, mu, log_var)
    reconstruction = losses.binary_cross_entropy(decoded, x).mean()
    kl = losses.gaussian_kl(mu, log_var).mean()
    elbo = -(reconstruction + kl)
    loss = {"printed_loss": printed_loss, "elbo": -elbo}[objective]

    images = pytensor.shared(splits["train"], name="images", borrow=True)
    rows = pt.lvector("rows")
    params = [param for layer in layers for param in layer.params]
    updates = {**RMSprop(loss, params, learning_rate=learning_rate), **srng.updates}
    mode = backends.select()
    train = pytensor.function([rows], loss, updates=updates, givens={x: images[rows]}, mode=mode)
    evaluate = pytensor.function(
        [x], [loss, printed_loss, elbo, reconstruction, kl], updates=srng.updates, mode=mode
    )

    first_loss = float(evaluate(splits["train"])[0])
    print(f"epoch  0  {objective} trained on: {first_loss:.4f}")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(splits["train"]))
        for i in range(0, len(order), batch_size):
            train(order[i : i + batch_size])
        current, *terms = map(float, evaluate(splits["train"]))
        print(
            f"epoch {epoch:2d}  loss {current:8.4f}  printed_loss {terms[0]:.4f}"
            f"  elbo {terms[1]:8.3f} nats (R {terms[2]:.3f}, KL {terms[3]:.3f})"
        )
    names = ("printed_loss", "elbo", "reconstruction", "kl")
    numbers = dict(zip(names, map(float, evaluate(splits["test"])[1:])))
    beta = 2e-4 * input_dim / latent_dim
    return {**numbers, "beta": beta, "first_loss": first_loss, "loss": current}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--objective", default="printed_loss", choices=["printed_loss", "elbo"])
    print(main(**vars(parser.parse_args())))
