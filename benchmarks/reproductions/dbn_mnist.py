"""DBN 500-2000 on static binarized MNIST: greedy training, the bound by annealing its top RBM.

The paper's network is trained greedily, as here; its binary images are of another draw. The rate
falls along a line in each layer. ``finetune`` epochs of the up-down algorithm follow, by default none.
"""

import pytensor.tensor as pt

import symgen
from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._boltzmann import train, where
from symgen import datasets, evaluation, models
from symgen.random import RandomStreams

PUBLISHED = Published(
    value=-86.22,
    unit="nats per example",
    what="test log p, binarized MNIST",
    bound="lower bound",
    source="Salakhutdinov and Murray (2008), from memory, not checked",
    setting="784-500-2000, greedy, AIS of the top RBM",
)


def main(
    epochs=100,
    finetune=0,
    k=1,
    batch_size=100,
    learning_rate=0.05,
    chains=100,
    temperatures="paper",
    n_samples=5,
    seed=0,
):
    """Train layer by layer, anneal the top RBM, evaluate the bound."""
    data = datasets.load("binarized_mnist")
    x, test = data.splits["train"], data.splits["test"]
    dbn = models.DBN(data.dim, (500, 2000), k=k, seed=seed)
    for phase in dbn.pretraining():
        train(phase, x, epochs, batch_size, learning_rate, seed=seed)
    if finetune:
        train(dbn, x, finetune, batch_size, learning_rate / 10, seed=seed)
    betas = evaluation.ais_betas() if temperatures == "paper" else int(temperatures)
    base = training_codes(dbn, x[:5000], seed)
    log_z = evaluation.ais_log_z(dbn.top, data=base, betas=betas, n_chains=chains, seed=seed)
    result = evaluation.lower_bound(
        dbn, test, log_z, n_samples=n_samples, seed=seed, **where(data, "test")
    )
    label = f"DBN 784-500-2000, CD-{k}, {epochs} epochs a layer"
    label += f", {finetune} of up-down" if finetune else ""
    return [Line(label, result, PUBLISHED, more={"log_z": log_z.as_dict()})]


def training_codes(dbn, x, seed):
    """Draws of the units that the top RBM sees, given data: where its annealing begins."""
    x_ = pt.matrix("x", dtype=dbn.dtype)
    below = dbn.below(x_, RandomStreams(seed), len(dbn.recognition))
    return symgen.function([x_], below)(x)
