"""The documents' own Theano programs run: only their holes are filled, not a line is changed.

Document 000 leaves ``...`` where the reader must write something; document 004 leaves ``SGD``,
``N`` and ``autoencoder.params`` undefined. Each program runs in an interpreter of its own that knows
``theano`` through the finder, as after an installation.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEEDS = Path(os.environ.get("SYMGEN_SEEDS") or ROOT.parent / "shared" / "seeds")


def code_blocks(number):
    """The Python code blocks of the document whose file name begins with `number`."""
    found = sorted(SEEDS.glob(f"{number}_*.txt"))
    if not found:
        pytest.skip(f"no document {number} in {SEEDS}; set SYMGEN_SEEDS to its folder")
    blocks = re.findall(r"^```python\n(.*?)^```", found[0].read_text(), re.M | re.S)
    assert blocks, f"{found[0]} holds no code"
    return blocks


def fill(block, fillings):
    """`block` with the n-th line that has a hole (``...``) filled by the n-th of `fillings`."""
    fillings = iter(fillings)
    filled = []
    for line in block.splitlines():
        before, hole, after = line.partition("...")
        filled.append(before + next(fillings) + after if hole else line)
    assert next(fillings, None) is None, "more fillings than holes"
    return "\n".join(filled) + "\n"


def assert_verbatim(block, program):
    """Every line of `block` is in `program`, in order; a line with a hole around what fills it."""
    lines = iter(program.splitlines())
    for wanted in block.splitlines():
        before, hole, after = wanted.partition("...")
        for line in lines:
            if line == wanted and not hole:
                break
            if hole and line.startswith(before) and line.endswith(after) and line != wanted:
                break
        else:
            pytest.fail(f"changed or missing: {wanted!r}")


def run(program, tmp_path, flags):
    """Run `program` as a user would; return what it printed last, as JSON, and its stderr."""
    script = tmp_path / "program.py"
    script.write_text(program)
    environment = {**os.environ, "THEANO_FLAGS": flags}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "symgen/theano/toplevel")])
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


# What document 004 leaves undefined, before and after its listing.
BEFORE_004 = "from symgen.updates import SGD\n"
AFTER_004 = """
import json
from symgen import datasets

np.random.seed(1)
X = datasets.load("digits").splits["train"]
N = len(X)
autoencoder = Autoencoder(64, 32)
autoencoder.params = [
    autoencoder.encoder.W, autoencoder.encoder.b, autoencoder.decoder.W, autoencoder.decoder.b
]
before = float(np.mean((X - test_autoencoder(X, autoencoder)) ** 2))
train_autoencoder(X, autoencoder, mse_loss)
after = float(np.mean((X - test_autoencoder(X, autoencoder)) ** 2))
print(json.dumps({"before": before, "after": after}))
"""


def test_document_004_trains_as_printed(tmp_path):
    block = "\n".join(code_blocks("004"))
    program = BEFORE_004 + block + AFTER_004
    assert_verbatim(block, program)
    loss, said = run(program, tmp_path, flags="")
    # 10 epochs at the printed learning rate, from the printed N(0, 1) weights.
    assert loss["after"] < 0.2 * loss["before"]
    assert "outputs_info" in said and "theano.scan" in said
    assert "float64" in said and "floatX=float32" in said
    assert "BLAS" not in said.replace("OpenBLAS", "")


def test_document_004_at_float32_needs_no_cast(tmp_path):
    block = "\n".join(code_blocks("004"))
    loss, said = run(
        BEFORE_004 + block + AFTER_004, tmp_path, flags="floatX=float32,mode=FAST_COMPILE"
    )
    assert loss["after"] < 0.2 * loss["before"]
    assert "is cast to float32" not in said


# What document 000 leaves undefined around each of its three skeletons.
BEFORE_000 = """
import json
import numpy as np
import theano
from symgen import datasets
from symgen.updates import Adam, SGD

images = datasets.load("digits").splits["train"][:1280].astype("float64")
data = images.reshape(-1, 32, 64)
num_epochs = {epochs}
rng = np.random.RandomState(1)


def layer(*shape):
    return (theano.shared(rng.normal(0, 0.2, shape)), theano.shared(np.zeros(shape[-1])))

"""
AFTER_000 = """
evaluate = theano.function([X], [{losses}])
after = [float(value) for value in evaluate(images)]
for (W, b), (W_start, b_start) in zip(layers, start):
    W.set_value(W_start), b.set_value(b_start)
before = [float(value) for value in evaluate(images)]
print(json.dumps({{"before": before, "after": after}}))
"""
KEEP_START = "start = [[value.get_value() for value in pair] for pair in layers]\n"


def program_000(index, epochs, layers, fillings, losses):
    block = code_blocks("000")[index]
    before = BEFORE_000.format(epochs=epochs) + layers + KEEP_START
    program = before + fill(block, fillings) + AFTER_000.format(losses=losses)
    assert_verbatim(block, program)
    return program


def test_document_000_autoencoder_trains(tmp_path):
    program = program_000(
        index=0,
        epochs=5,
        layers="layers = hidden, visible = layer(64, 16), layer(16, 64)\n",
        fillings=[
            "return T.tanh(T.dot(input_data, hidden[0]) + hidden[1])",
            "return T.nnet.sigmoid(T.dot(latent_data, visible[0]) + visible[1])",
            "T.nnet.binary_crossentropy(decoder_output, X).sum(axis=1).mean()",
            "[*hidden, *visible]",
            "SGD(loss, params, learning_rate=0.05)",
        ],
        losses="loss",
    )
    loss, _ = run(program, tmp_path, flags="")
    assert loss["after"][0] < 0.7 * loss["before"][0]


def test_document_000_vae_trains(tmp_path):
    program = program_000(
        index=1,
        epochs=5,
        layers="layers = hidden, mu, log_var, visible = "
        "layer(64, 32), layer(32, 4), layer(32, 4), layer(4, 64)\n",
        fillings=[
            "return T.tanh(T.dot(input_data, hidden[0]) + hidden[1])",
            "return T.nnet.sigmoid(T.dot(latent_data, visible[0]) + visible[1])",
            "T.dot(encoder_output, mu[0]) + mu[1]",
            "T.dot(encoder_output, log_var[0]) + log_var[1]",
            "T.nnet.binary_crossentropy(decoder_output, X).sum(axis=1).mean()",
            "0.5 * (mean**2 + T.exp(logvar) - 1 - logvar).sum(axis=1).mean()",
            "[*hidden, *mu, *log_var, *visible]",
            "SGD(loss, params, learning_rate=0.01)",
        ],
        losses="loss, regularization_loss",
    )
    loss, said = run(program, tmp_path, flags="mode=FAST_COMPILE")
    assert loss["after"][0] < 0.8 * loss["before"][0]
    assert loss["after"][1] > 0.01  # the code holds something about the image
    assert "Deprecat" not in said


def test_document_000_gan_trains(tmp_path):
    program = program_000(
        index=2,
        epochs=2,
        # The listing gives the generator X itself, where noise was meant: it runs all the same.
        layers="layers = latent, image, verdict_hidden, verdict = "
        "layer(64, 8), layer(8, 64), layer(64, 16), layer(16, 1)\n",
        fillings=[
            "return T.nnet.sigmoid(T.dot(T.tanh(T.dot(input_data, latent[0]) + latent[1]),"
            " image[0]) + image[1])",
            "return T.nnet.sigmoid(T.dot(T.nnet.relu(T.dot(input_data, verdict_hidden[0])"
            " + verdict_hidden[1], 0.2), verdict[0]) + verdict[1])",
            "T.nnet.binary_crossentropy(generated_output, 1.0).mean()",
            "T.nnet.binary_crossentropy(real_output, 1.0).mean()"
            " + T.nnet.binary_crossentropy(generated_output, 0.0).mean()",
            "[*latent, *image]",
            "[*verdict_hidden, *verdict]",
            "Adam(generator_loss, generator_params, learning_rate=0.0002)",
            "Adam(discriminator_loss, discriminator_params, learning_rate=0.002)",
        ],
        losses="discriminator_loss, generator_loss",
    )
    loss, _ = run(program, tmp_path, flags="mode=FAST_COMPILE")
    assert loss["after"][0] < loss["before"][0]  # the discriminator learns to tell them apart
    assert 0 < loss["after"][1] < 20 and loss["after"][1] != loss["before"][1]
