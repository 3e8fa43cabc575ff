"""Document 003's first listing, which is an autoencoder: D - 32 - D, ReLU then sigmoid.

The document introduces it as "a very simple example of a VAE" and then says that a VAE has a
probabilistic code, which this has not. It gives no loss and no optimiser: here binary cross-entropy
and Adam. In nats per image, the loss on the embedded digits (64 pixels) starts near 46 and the
default run ends near 15.6, on the test images too; always answering with the mean image costs 27.1,
and answering with the image itself 13.7.

Run it with ``python examples/document_003_autoencoder.py``, or with ``--data mnist``.
"""

import argparse

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, datasets, losses
from symgen.layers import Dense
from symgen.updates import Adam


def main(data="digits", epochs=40, batch_size=64, encoding_dim=32, learning_rate=0.003, seed=1):
    """Train and return ``{"first_loss", "loss", "test_loss"}``, in nats per image."""
    splits = datasets.load(data).splits
    rng = np.random.default_rng(seed)
    input_dim = splits["train"].shape[1]
    encoder = Dense(input_dim, encoding_dim, "relu", rng=rng, name="encoder")
    decoder = Dense(encoding_dim, input_dim, "sigmoid", rng=rng, name="decoder")

    input_img = pt.matrix("input_img", dtype=splits["train"].dtype)
    encoded = encoder(input_img)
    decoded = decoder(encoded)
    loss = losses.binary_cross_entropy(decoded, input_img).mean()

    images = pytensor.shared(splits["train"], name="images", borrow=True)
    rows = pt.lvector("rows")
    updates = Adam(loss, encoder.params + decoder.params, learning_rate=learning_rate)
    mode = backends.select()
    train = pytensor.function(
        [rows], loss, updates=updates, givens={input_img: images[rows]}, mode=mode
    )
    evaluate = pytensor.function([input_img], loss, mode=mode)

    first_loss = float(evaluate(splits["train"]))
    print(f"epoch  0  loss {first_loss:8.3f} nats per image")
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(splits["train"]))
        for i in range(0, len(order), batch_size):
            train(order[i : i + batch_size])
        current = float(evaluate(splits["train"]))
        print(f"epoch {epoch:2d}  loss {current:8.3f}")
    return {
        "first_loss": first_loss,
        "loss": current,
        "test_loss": float(evaluate(splits["test"])),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=40)
    print(main(**vars(parser.parse_args())))
