"""Document 000's autoencoder: its skeleton, the holes filled, on handwritten digits.

    D - hidden - D, tanh then sigmoid, binary cross-entropy, gradient descent

Written against ``theano`` alone, as such programs were; only the data and the update rule come from
symgen. The loss is in nats per image. On the embedded digits (64 pixels) it starts at about 45,
which is 64 log 2, and the default run ends near 16, on the test images too; always answering with
the mean image costs 27.1, and answering with the image itself 13.7.

Run it with ``python examples/document_000_autoencoder.py``, or with ``--data mnist``.
"""

import argparse

import numpy as np
import theano
import theano.tensor as T

from symgen import datasets
from symgen.updates import SGD


def shared(values):
    return theano.shared(np.asarray(values, dtype=theano.config.floatX))


def main(data="digits", epochs=30, batch_size=32, hidden_dim=32, learning_rate=0.1, seed=1):
    """Train and return ``{"first_loss", "loss", "test_loss"}``, in nats per image."""
    splits = datasets.load(data).splits
    rng = np.random.default_rng(seed)
    input_dim = splits["train"].shape[1]
    W_encoder = shared(rng.normal(0, input_dim**-0.5, (input_dim, hidden_dim)))
    b_encoder = shared(np.zeros(hidden_dim))
    W_decoder = shared(rng.normal(0, hidden_dim**-0.5, (hidden_dim, input_dim)))
    b_decoder = shared(np.zeros(input_dim))

    def encoder(input_data):
        return T.tanh(T.dot(input_data, W_encoder) + b_encoder)

    def decoder(latent_data):
        return T.nnet.sigmoid(T.dot(latent_data, W_decoder) + b_decoder)

    X = T.matrix("input_data")
    encoder_output = encoder(X)
    decoder_output = decoder(encoder_output)

    loss = T.nnet.binary_crossentropy(decoder_output, X).sum(axis=1).mean()
    params = [W_encoder, b_encoder, W_decoder, b_decoder]
    updates = SGD(loss, params, learning_rate=learning_rate)
    train_autoencoder = theano.function([X], loss, updates=updates)
    evaluate = theano.function([X], loss)

    train = splits["train"].astype(theano.config.floatX)
    test = splits["test"].astype(theano.config.floatX)
    first_loss = float(evaluate(train))
    print(f"epoch  0  loss {first_loss:8.3f} nats per image")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(train))
        for i in range(0, len(train), batch_size):
            train_autoencoder(train[order[i : i + batch_size]])
        current = float(evaluate(train))
        print(f"epoch {epoch:2d}  loss {current:8.3f}")
    return {"first_loss": first_loss, "loss": current, "test_loss": float(evaluate(test))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=30)
    print(main(**vars(parser.parse_args())))
