"""What models of labels share: ``p(label | x)`` by a softmax, its cost, and the share of errors."""

import pytensor.tensor as pt

from symgen.activations import log_softmax, softmax
from symgen.models.model import Model
from symgen.models.validation import check_context_matrix


class Classifier(Model):
    """A model of ``p(label | x)``; the context is the label, one-hot.

    A kind defines ``encode(x)``, the last hidden layer, and ``output``, a layer from there to the
    logits of the ``context_dim`` classes.
    """

    metric = "log p(label | x)"
    metric_terms = ("classification",)
    bound = "exact log p(label | x)"

    def predict_proba(self, x):
        """``p(label | x)``, shape (batch, context_dim)."""
        return softmax(self.output(self.encode(x)))

    def example_terms(self, x, srng=None, context=None):
        """``classification`` and ``error``, each of shape (batch,).

        The first is the cost, ``-log p(label | x)`` in nats; the second is 1 where another class is
        more probable than the label and 0 elsewhere, so that its mean is the share of errors.

        Parameters
        ----------
        x : matrix of shape (batch, input_dim)
        srng
            Not used: nothing here is random.
        context : matrix of shape (batch, context_dim)
            The labels, one-hot.
        """
        check_context_matrix(context, self.context_dim, x.type.shape[0], type(self).__name__)
        log_p = log_softmax(self.output(self.encode(x)))
        wrong = pt.neq(log_p.argmax(axis=1), context.argmax(axis=1))
        return {
            "classification": -(context.astype(self.dtype) * log_p).sum(axis=1),
            "error": wrong.astype(self.dtype),
        }

    def total(self, terms):
        """The cost: the first term alone."""
        return terms["classification"]
