"""What every model is: parameters, objectives over them, and what is known about its numbers."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from types import MappingProxyType

from symgen.errors import NotSupportedError
from symgen.models.described import Described
from symgen.models.validation import float_dtype
from symgen.random import checked_seed


@dataclass
class Objective:
    """A scalar that some parameters descend, with what a training step reports and updates beside.

    Attributes
    ----------
    name : str
        Column of the history, such as ``"loss"`` or ``"discriminator_loss"``: of what is `reported`
        where there is such.
    loss : scalar variable
        What is differentiated. What must not be differentiated through, such as the end of a
        Gibbs chain, is wrapped in ``pytensor.gradient.disconnected_grad``.
    params : list of shared variables
        Those that descend it.
    terms : dict of str to scalar variable
        Reported beside the loss, by column.
    updates : OrderedDict of shared variable to variable
        New values of buffers: running statistics, a persistent chain.
    reported : scalar variable, optional
        Shown in place of `loss` where the loss itself has no meaning (contrastive divergence).
    every : int
        The parameters move at each so-manieth minibatch only.
    """

    name: str
    loss: object
    params: list
    terms: dict = field(default_factory=dict)
    updates: OrderedDict = field(default_factory=OrderedDict)
    reported: object = None
    every: int = 1


class Model(Described):
    """Base of all models: what follows from a constructor's arguments and the terms of a cost.

    A model gives each argument of its constructor back as an attribute of the same name, and sets

    - ``name``, the row in :data:`symgen.models.MODELS`;
    - ``input_dim``, the numbers in one example: examples are rows of a matrix, images flattened;
    - ``dtype`` of its parameters;
    - ``params``, the shared variables that training changes, each with a unique dotted name;

    and one of :meth:`example_terms`, for a cost that is a mean over examples, or
    :meth:`objectives`, for any other way to train. Where it has them, it defines
    ``sample(n, srng)``, ``encode(x)``, ``decode(z)``, ``reconstruct(x)``, ``log_prob(x)``,
    ``free_energy(v)`` and ``initialize(x)``, which sets parameters from a first NumPy minibatch
    before training. A model with ``context_dim`` above 0 takes ``context=``, a matrix of shape
    (batch, context_dim), in ``example_terms``, ``objectives``, ``sample`` and ``log_prob``. One that
    is trained layer by layer first has ``pretraining()``, a list of models that share its
    parameters.

    Attributes
    ----------
    value_range : (float, float) or None
        Interval that inputs must lie in.
    binary : bool
        Whether the numbers are exact for inputs of 0 and 1 only.
    in_nats : bool
        Whether the terms are in nats.
    buffers : sequence of shared variables
        State beside the parameters that is saved with them: running statistics.
    context_dim : int
    metric, bound : str
        What minus the sum of :attr:`metric_terms` is, and how it stands to log p(x): see
        :class:`symgen.evaluation.Result`.
    metric_terms : sequence of str, optional
        Terms of which that sum is made; by default all.
    draws_are_weights : bool
        Whether ``exp(-sum of metric_terms)`` at one draw of the latent variables has the mean p(x),
        as an importance weight has, so that the mean over draws bounds it more tightly. Not so where
        a draw leaves out a part of the bound, such as all steps of a diffusion but one.
    training : dict
        How it is best trained where nobody says otherwise: ``optimizer``, ``learning_rate``,
        ``weight_decay``, ``batch_size``, ``epochs`` of :class:`symgen.training.Run`;
        ``pretrain_epochs`` of each layer where layers are trained first.
    """

    name = None
    value_range = None
    binary = False
    in_nats = True
    buffers = ()
    context_dim = 0
    metric = "log-likelihood"
    bound = "exact"
    metric_terms = None
    draws_are_weights = True
    training = MappingProxyType({})

    @property
    def dtype(self):
        """Of the parameters: ``"float32"`` or ``"float64"``; None makes it :func:`symgen.config.floatx`."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype):
        self._dtype = float_dtype(dtype)

    @property
    def seed(self):
        """Of the first parameters: a whole number of at least 0."""
        return self._seed

    @seed.setter
    def seed(self, seed):
        self._seed = checked_seed(seed)

    def total(self, terms):
        """The cost from its terms, symbolic or numbers: their sum."""
        return reduce(add, terms.values())

    def cost(self, x, srng=None, **context):
        """Return (cost, terms): :meth:`total` and the means over the batch of ``example_terms``."""
        if not hasattr(self, "example_terms"):
            raise NotSupportedError(
                "a model whose cost is a mean over examples",
                f"{type(self).__name__}, which has none",
                "Use its objectives(x, srng).",
            )
        examples = self.example_terms(x, srng, **context)
        terms = {name: term.mean() for name, term in examples.items()}
        return self.total(terms), terms

    def objectives(self, x, srng, **context):
        """What a training step descends: a list of :class:`Objective`, here the cost alone."""
        loss, terms = self.cost(x, srng, **context)
        return [Objective("loss", loss, self.params, terms)]
