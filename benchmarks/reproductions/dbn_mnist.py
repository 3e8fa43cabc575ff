"""DBN 500-2000 on static binarized MNIST: greedy training, the bound by annealing its top RBM.

The paper's network is trained greedily, as here, but for longer, its lower layer by CD-25; its binary
images are of another draw. Here both layers have persistent chains, and a rate that falls along a line. The upper
layer begins as the lower one upside down, so that the bound begins at that machine's log p. With ``n_chains=0``
both are trained by CD-k, which leaves the likelihood as its weights grow: 10 epochs a layer ended at -127 nats.
``finetune`` epochs of the up-down algorithm follow, by default none.
"""

from dataclasses import replace

import numpy as np
import pytensor.tensor as pt

import symgen
from benchmarks.reproductions import Line, Published
from benchmarks.reproductions._boltzmann import both_ways, train, where
from symgen import datasets, evaluation, models
from symgen.evaluation.inputs import parameters_hash
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
    epochs=50,
    finetune=0,
    k=1,
    n_chains=100,
    batch_size=100,
    learning_rate=0.05,
    top_learning_rate=0.01,
    chains=100,
    temperatures="5000",
    n_samples=5,
    seed=0,
):
    """Train layer by layer, anneal the top RBM, evaluate the bound."""
    data = datasets.load("binarized_mnist")
    x, test = data.splits["train"], data.splits["test"]
    dbn = models.DBN(data.dim, (500, 2000), k=k, n_chains=n_chains, seed=seed)
    for phase, rate in zip(dbn.pretraining(), (learning_rate, top_learning_rate), strict=True):
        train(phase, x, epochs, batch_size, rate, seed=seed)
    if finetune:
        train(dbn, x, finetune, batch_size, top_learning_rate, seed=seed)
    top, states = turned(dbn, x[:5000], seed)
    label = f"DBN 784-500-2000, {'P' if n_chains else ''}CD-{k}, {epochs} epochs a layer"
    label += f", {finetune} of up-down" if finetune else ""
    lines = []
    for turned_z, name in both_ways(top, states, chains, temperatures, seed):
        # The same Z, under the name of the RBM as it stands in the network.
        details = {**turned_z.details, "parameters": parameters_hash(dbn.top)}
        log_z = replace(turned_z, details=details)
        result = evaluation.lower_bound(
            dbn, test, log_z, n_samples=n_samples, seed=seed, **where(data, "test")
        )
        lines.append(Line(f"{label}, {name}", result, PUBLISHED, more={"log_z": log_z.as_dict()}))
    return lines


def turned(dbn, x, seed):
    """The top RBM upside down, and draws of its 2000 units given data.

    Its Z is the same. The path of annealing begins at the shares of the units on one side and at fair bits
    on the other. The 2000 units begin as pixels, most of them off: from fair bits the way to them is
    long, and the interval some six times as wide.
    """
    rbm = models.RBM(dbn.top.n_hidden, dbn.top.n_visible)
    rbm.W.set_value(np.ascontiguousarray(dbn.top.W.get_value().T))
    rbm.hbias.set_value(dbn.top.vbias.get_value())
    rbm.vbias.set_value(dbn.top.hbias.get_value())
    x_, srng = pt.matrix("x", dtype=dbn.dtype), RandomStreams(seed)
    below = dbn.below(x_, srng, len(dbn.recognition))
    return rbm, symgen.function([x_], dbn.top.sample_h_given_v(below, srng)[-1])(x)
