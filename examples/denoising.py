"""Denoising: an autoencoder mends images that it has never seen, and that someone has spoilt.

    D - 256 - 64 - 256 - D, ReLU, a sigmoid at the end; trained to rebuild digits from spoilt ones

``spoilt_error`` and ``error`` are the mean squared errors of a pixel of the test images, before
and after. The default run, salt and pepper on a fifth of the pixels, goes from 0.086 to 0.024.

Run it with ``python examples/denoising.py --out FOLDER`` for the pictures.
"""

import argparse
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, datasets, models, training
from symgen.random import RandomStreams


def main(
    data="digits",
    epochs=60,
    hidden_dim=256,
    latent_dim=64,
    corruption="salt_and_pepper",
    level=0.2,
    out=None,
    backend=None,
    seed=0,
):
    """Train; return ``{"spoilt_error", "error"}`` of the test images, and save the picture in `out`."""
    data = datasets.load(data)
    model = models.DenoisingAutoencoder(
        data.dim, (hidden_dim,), latent_dim, corruption=corruption, level=level, seed=seed
    )
    options = {"optimizer": "adam", "seed": seed, "backend": backend}
    training.fit(model, data.splits["train"], epochs=epochs, **options)

    x, srng = pt.matrix("x", dtype=model.dtype), RandomStreams(seed)
    spoilt = model.corrupt(x, srng)
    mend = pytensor.function(
        [x], [spoilt, model.reconstruct(spoilt)], updates=srng.updates, mode=backends.select(backend)
    )
    images = data.splits["test"]
    spoilt, mended = mend(images)
    numbers = {
        "spoilt_error": float(np.square(spoilt - images).mean()),
        "error": float(np.square(mended - images).mean()),
    }
    if out is not None:
        from symgen import reporting

        path = Path(out) / "denoising.png"
        reporting.save_reconstructions(path, images, mended, data.image_shape, 2, 10, spoilt=spoilt)
    return numbers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits", help="digits, mnist, or an .npy or .npz file")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--corruption", default="salt_and_pepper")
    parser.add_argument("--level", type=float, default=0.2)
    parser.add_argument("--out", help="folder for the picture")
    print(main(**vars(parser.parse_args())))
