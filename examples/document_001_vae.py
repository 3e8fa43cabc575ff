"""Document 001's variational autoencoder in PyTensor: two networks of one hidden layer of 256.

    encoder D - 256 - latent (mu and logvar), decoder latent - 256 - D, ReLU then sigmoid

The document stops at the networks, which it writes for PyTorch; here they are trained by Adam to
maximise the ELBO of Kingma and Welling (2014, equation 10), in nats per image. On the embedded
digits (64 pixels) the negative ELBO starts near 45 and the default run ends near 24.7; the test
images give about 24.8, of which 3.0 are the divergence.

Run it with ``python examples/document_001_vae.py``, or with ``--data mnist``.
"""

import argparse

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, datasets, losses
from symgen.layers import Dense
from symgen.random import RandomStreams
from symgen.updates import Adam


class Encoder:
    """``x -> mu, logvar`` of the code's Gaussian."""

    def __init__(self, input_dim, latent_dim, rng):
        self.fc1 = Dense(input_dim, 256, "relu", rng=rng, name="encoder.fc1")
        self.fc2_mu = Dense(256, latent_dim, rng=rng, name="encoder.fc2_mu")
        self.fc2_logvar = Dense(256, latent_dim, rng=rng, name="encoder.fc2_logvar")
        self.params = self.fc1.params + self.fc2_mu.params + self.fc2_logvar.params

    def __call__(self, x):
        x = self.fc1(x)
        return self.fc2_mu(x), self.fc2_logvar(x)


class Decoder:
    """``z ->`` the logits of the pixels; their sigmoid is the document's output."""

    def __init__(self, latent_dim, output_dim, rng):
        self.fc1 = Dense(latent_dim, 256, "relu", rng=rng, name="decoder.fc1")
        self.fc2 = Dense(256, output_dim, rng=rng, name="decoder.fc2")
        self.params = self.fc1.params + self.fc2.params

    def __call__(self, z):
        return self.fc2(self.fc1(z))


def main(data="digits", epochs=40, batch_size=64, latent_dim=8, learning_rate=0.001, seed=1):
    """Train and return ``{"first_loss", "loss", "test_loss", "test_kl"}``, in nats per image."""
    splits = datasets.load(data).splits
    rng, srng = np.random.default_rng(seed), RandomStreams(seed)
    input_dim = splits["train"].shape[1]
    encoder = Encoder(input_dim, latent_dim, rng)
    decoder = Decoder(latent_dim, input_dim, rng)

    x = pt.matrix("x", dtype=splits["train"].dtype)
    mu, logvar = encoder(x)
    half = pt.constant(0.5, dtype=x.dtype)
    z = mu + pt.exp(half * logvar) * srng.normal(size=mu.shape, dtype=x.dtype)
    kl = losses.gaussian_kl(mu, logvar).mean()
    loss = losses.binary_cross_entropy_with_logits(decoder(z), x).mean() + kl

    images = pytensor.shared(splits["train"], name="images", borrow=True)
    rows = pt.lvector("rows")
    updates = Adam(loss, encoder.params + decoder.params, learning_rate=learning_rate)
    mode = backends.select()
    train = pytensor.function(
        [rows], loss, updates={**updates, **srng.updates}, givens={x: images[rows]}, mode=mode
    )
    evaluate = pytensor.function([x], [loss, kl], updates=srng.updates, mode=mode)

    first_loss = float(evaluate(splits["train"])[0])
    print(f"epoch  0  negative ELBO {first_loss:8.3f} nats per image")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(splits["train"]))
        for i in range(0, len(order), batch_size):
            train(order[i : i + batch_size])
        current = float(evaluate(splits["train"])[0])
        print(f"epoch {epoch:2d}  negative ELBO {current:8.3f}")
    test_loss, test_kl = map(float, evaluate(splits["test"]))
    return {"first_loss": first_loss, "loss": current, "test_loss": test_loss, "test_kl": test_kl}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=40)
    print(main(**vars(parser.parse_args())))
