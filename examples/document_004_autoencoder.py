"""Document 004's autoencoder, its errata mended: ReLU both ways, mean squared error, SGD, batch 32.

What differs from the listing: the weights start at the scale of He et al. (2015), not N(0, 1),
everything is of dtype ``theano.config.floatX``, the model has ``params``, the update pairs are
a dict instead of a compiled function, and minibatches cover all images in a new order each epoch.
The loss is the mean over pixels of the squared error. On the embedded digits (64 pixels) it starts
near 0.31 and the default run ends near 0.0165, on the test images 0.017; always answering with the
mean image gives 0.073.

Run it with ``python examples/document_004_autoencoder.py``, or with ``--data mnist``.
"""

import argparse

import numpy as np
import theano
import theano.tensor as T

from symgen import datasets
from symgen.updates import SGD


class Layer:
    """``relu(x W + b)``."""

    def __init__(self, input_dim, output_dim, rng):
        W = rng.normal(0, np.sqrt(2 / input_dim), (input_dim, output_dim))
        self.W = theano.shared(W.astype(theano.config.floatX))
        self.b = theano.shared(np.zeros(output_dim, dtype=theano.config.floatX))
        self.params = [self.W, self.b]

    def __call__(self, x):
        return T.nnet.relu(T.dot(x, self.W) + self.b)


class Autoencoder:
    """An encoder and a decoder of one layer each."""

    def __init__(self, input_dim, hidden_dim, rng):
        self.x = T.matrix("x")
        self.encoder = Layer(input_dim, hidden_dim, rng)
        self.decoder = Layer(hidden_dim, input_dim, rng)
        self.params = self.encoder.params + self.decoder.params

    def reconstruct(self):
        return self.decoder(self.encoder(self.x))


def mse_loss(y_true, y_pred):
    return T.mean(T.pow(y_true - y_pred, 2))


def main(data="digits", epochs=40, batch_size=32, hidden_dim=32, learning_rate=1.0, seed=1):
    """Train and return ``{"first_loss", "loss", "test_loss"}``, mean squared errors."""
    splits = datasets.load(data).splits
    rng = np.random.default_rng(seed)
    autoencoder = Autoencoder(splits["train"].shape[1], hidden_dim, rng)
    loss = mse_loss(autoencoder.x, autoencoder.reconstruct())

    order = T.lvector("order")
    images = theano.shared(splits["train"].astype(theano.config.floatX))
    train_fn = theano.function(
        [order],
        loss,
        updates=SGD(loss, autoencoder.params, learning_rate=learning_rate),
        givens=[(autoencoder.x, images[order])],
    )
    evaluate = theano.function([autoencoder.x], loss)

    train, test = (splits[name].astype(theano.config.floatX) for name in ("train", "test"))
    first_loss = float(evaluate(train))
    print(f"epoch  0  mean squared error {first_loss:.5f}")
    for epoch in range(1, epochs + 1):
        shuffled = rng.permutation(len(train))
        for i in range(0, len(train), batch_size):
            train_fn(shuffled[i : i + batch_size])
        current = float(evaluate(train))
        print(f"epoch {epoch:2d}  mean squared error {current:.5f}")
    return {"first_loss": first_loss, "loss": current, "test_loss": float(evaluate(test))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=40)
    print(main(**vars(parser.parse_args())))
