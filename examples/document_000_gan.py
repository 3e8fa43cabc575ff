"""Document 000's generative adversarial network: its skeleton, the holes filled, on digits.

    generator latent - hidden - D, discriminator D - hidden - 1, both trained by Adam in turn

The document gives the generator the images themselves, ``generator(X)``. Here it gets noise,
``T.random_normal``, of as many rows, which makes it the model of Goodfellow et al. (2014,
algorithm 1, with the generator's loss -log D(G(z)) of section 3). Losses are in nats per image: a
discriminator that cannot tell gives 2 log 2 = 1.386 and a generator loss of log 2 = 0.693.

Neither loss measures the samples, so the run also prints ``mean_distance``, the root mean square
difference between the mean generated image and the mean image of the data. On the embedded digits
it starts near 0.34 and the default run ends near 0.1, while the losses stay near those two numbers.

Run it with ``python examples/document_000_gan.py``, or with ``--data mnist``.
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
    epochs=60,
    batch_size=32,
    latent_dim=16,
    hidden_dim=64,
    learning_rate=0.001,
    seed=1,
):
    """Train; return ``{"discriminator_loss", "generator_loss", "first_distance", "distance"}``."""
    train = datasets.load(data).splits["train"].astype(theano.config.floatX)
    rng = np.random.default_rng(seed)
    input_dim = train.shape[1]

    def layer(n_in, n_out):
        return shared(rng.normal(0, n_in**-0.5, (n_in, n_out))), shared(np.zeros(n_out))

    generator_layers = [layer(latent_dim, hidden_dim), layer(hidden_dim, input_dim)]
    discriminator_layers = [layer(input_dim, hidden_dim), layer(hidden_dim, 1)]

    def generator(input_data):
        (W_hidden, b_hidden), (W_image, b_image) = generator_layers
        hidden = T.nnet.relu(T.dot(input_data, W_hidden) + b_hidden)
        return T.nnet.sigmoid(T.dot(hidden, W_image) + b_image)

    def discriminator(input_data):
        """The logit of the probability that the image is real."""
        (W_hidden, b_hidden), (W_verdict, b_verdict) = discriminator_layers
        hidden = T.nnet.relu(T.dot(input_data, W_hidden) + b_hidden, 0.2)
        return T.dot(hidden, W_verdict) + b_verdict

    X = T.matrix("input_data")
    noise = T.random_normal(size=(X.shape[0], latent_dim), seed=seed)
    generated_sample = generator(noise)
    real_output = discriminator(X)
    generated_output = discriminator(generated_sample)

    cost = T.nnet.sigmoid_binary_crossentropy
    generator_loss = cost(generated_output, 1.0).mean()
    discriminator_loss = cost(real_output, 1.0).mean() + cost(generated_output, 0.0).mean()

    generator_params = [param for pair in generator_layers for param in pair]
    discriminator_params = [param for pair in discriminator_layers for param in pair]
    options = {"learning_rate": learning_rate, "beta1": 0.5}
    generator_updates = Adam(generator_loss, generator_params, **options)
    discriminator_updates = Adam(discriminator_loss, discriminator_params, **options)
    train_generator = theano.function([X], generator_loss, updates=generator_updates)
    train_discriminator = theano.function([X], discriminator_loss, updates=discriminator_updates)
    generate = theano.function([X], generated_sample)

    def mean_distance():
        """How far the mean of as many samples as images is from the images' mean."""
        difference = generate(train).mean(axis=0) - train.mean(axis=0)
        return float(np.sqrt(np.mean(difference**2)))

    first_distance = distance = mean_distance()
    print(f"epoch  0  mean distance {distance:.3f}")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(train))
        losses = []
        for i in range(0, len(train), batch_size):
            batch = train[order[i : i + batch_size]]
            losses.append((train_discriminator(batch), train_generator(batch)))
        of_discriminator, of_generator = np.mean(losses, axis=0)
        distance = mean_distance()
        print(
            f"epoch {epoch:2d}  discriminator loss {of_discriminator:6.3f}"
            f"  generator loss {of_generator:6.3f}  mean distance {distance:.3f}"
        )
    return {
        "discriminator_loss": float(of_discriminator),
        "generator_loss": float(of_generator),
        "first_distance": first_distance,
        "distance": distance,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=60)
    print(main(**vars(parser.parse_args())))
