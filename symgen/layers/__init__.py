"""Layers: callables that own their parameters.

``layer(x)`` gives the symbolic output, ``layer.params`` the list of shared variables, each with
a name such as ``encoder.W``.

Some layers work otherwise while they are trained. They have a second method, and nothing else
changes how they work: there is no mode that is switched, and no shared variable changes but by an
update that the caller passes on.

- ``layer(x)`` is the output after training: by running statistics, with no unit left out.
- ``layer.training_form(x, srng)`` is a pair: the output while training, and an ``OrderedDict`` of
  updates, the new value of each of ``layer.buffers``.
- ``layer.buffers`` is the list of shared variables that no gradient changes: running statistics.

:class:`Sequential` has all three, made of those of its layers::

    output, updates = network.training_form(x, srng)
    loss = cost(output)
    step = pytensor.function([x], loss, updates={**adam(loss, network.params), **updates})
    predict = pytensor.function([x], network(x))

A model passes them on as :attr:`symgen.models.Objective.updates` and ``Model.buffers``.
"""

from symgen.layers.batch_norm import BatchNorm
from symgen.layers.conv2d import Conv2D
from symgen.layers.conv_transpose2d import ConvTranspose2D
from symgen.layers.dense import Dense
from symgen.layers.diagonal_bilstm import DiagonalBiLSTM
from symgen.layers.dropout import Dropout
from symgen.layers.masked_conv2d import MaskedConv2D
from symgen.layers.masked_dense import MaskedDense, autoregressive_mask, spread_degrees
from symgen.layers.max_pool2d import MaxPool2D
from symgen.layers.maxout import Maxout
from symgen.layers.reshape import Flatten, Reshape
from symgen.layers.row_lstm import RowLSTM
from symgen.layers.sequential import Sequential
from symgen.layers.tied_dense import TiedDense
from symgen.layers.upsample2d import Upsample2D

__all__ = [
    "BatchNorm",
    "Conv2D",
    "ConvTranspose2D",
    "Dense",
    "DiagonalBiLSTM",
    "Dropout",
    "Flatten",
    "MaskedConv2D",
    "MaskedDense",
    "MaxPool2D",
    "Maxout",
    "Reshape",
    "RowLSTM",
    "Sequential",
    "TiedDense",
    "Upsample2D",
    "autoregressive_mask",
    "spread_degrees",
]
