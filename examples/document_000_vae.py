"""Document 000's variational autoencoder: its skeleton, the holes filled, on handwritten digits.

    D - hidden - latent (mean and logvar) - hidden - D, tanh then sigmoid, Adam

The noise is ``T.random_normal(size=mean.shape)``, as the document writes it. The loss is the
negative ELBO of Kingma and Welling (2014, equation 10), in nats per image. On the embedded digits
(64 pixels) it starts near 48 and the default run ends near 24.5, on the test images too, of which
the divergence (``kl``) is about 3.

Run it with ``python examples/document_000_vae.py``, or with ``--data mnist``.
"""

import argparse

import numpy as np
import theano
import theano.tensor as T

from symgen import datasets
from symgen.updates import Adam


def shared(values):
    return theano.shared(np.asarray(values, dtype=theano.config.floatX))


def main(
    data="digits",
    epochs=40,
    batch_size=32,
    hidden_dim=64,
    latent_dim=4,
    learning_rate=0.003,
    seed=1,
):
    """Train and return ``{"first_loss", "loss", "kl", "test_loss"}``, in nats per image."""
    splits = datasets.load(data).splits
    rng = np.random.default_rng(seed)
    input_dim = splits["train"].shape[1]

    def layer(n_in, n_out):
        return shared(rng.normal(0, n_in**-0.5, (n_in, n_out))), shared(np.zeros(n_out))

    W_encoder, b_encoder = layer(input_dim, hidden_dim)
    W_mean, b_mean = layer(hidden_dim, latent_dim)
    W_logvar, b_logvar = layer(hidden_dim, latent_dim)
    W_decoder, b_decoder = layer(latent_dim, hidden_dim)
    W_output, b_output = layer(hidden_dim, input_dim)

    def encoder(input_data):
        return T.tanh(T.dot(input_data, W_encoder) + b_encoder)

    def decoder(latent_data):
        hidden = T.tanh(T.dot(latent_data, W_decoder) + b_decoder)
        return T.nnet.sigmoid(T.dot(hidden, W_output) + b_output)

    X = T.matrix("input_data")
    encoder_output = encoder(X)
    mean = T.dot(encoder_output, W_mean) + b_mean
    logvar = T.dot(encoder_output, W_logvar) + b_logvar

    epsilon = T.random_normal(size=mean.shape, seed=seed)
    latent_sample = mean + T.exp(logvar / 2) * epsilon
    decoder_output = decoder(latent_sample)

    reconstruction_loss = T.nnet.binary_crossentropy(decoder_output, X).sum(axis=1).mean()
    regularization_loss = 0.5 * (mean**2 + T.exp(logvar) - 1 - logvar).sum(axis=1).mean()
    loss = reconstruction_loss + regularization_loss

    params = [W_encoder, b_encoder, W_mean, b_mean, W_logvar, b_logvar]
    params += [W_decoder, b_decoder, W_output, b_output]
    updates = Adam(loss, params, learning_rate=learning_rate)
    train_vae = theano.function([X], loss, updates=updates)
    evaluate = theano.function([X], [loss, regularization_loss])

    train = splits["train"].astype(theano.config.floatX)
    test = splits["test"].astype(theano.config.floatX)
    first_loss = float(evaluate(train)[0])
    print(f"epoch  0  loss {first_loss:8.3f} nats per image")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(train))
        for i in range(0, len(train), batch_size):
            train_vae(train[order[i : i + batch_size]])
        current, kl = map(float, evaluate(train))
        print(f"epoch {epoch:2d}  loss {current:8.3f}  kl {kl:6.3f}")
    test_loss = float(evaluate(test)[0])
    return {"first_loss": first_loss, "loss": current, "kl": kl, "test_loss": test_loss}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=40)
    print(main(**vars(parser.parse_args())))
