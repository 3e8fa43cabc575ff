"""scikit-learn's face of the models: estimators for its pipelines and searches.

>>> from symgen.estimators import DenoisingAutoencoder
>>> from sklearn.linear_model import LogisticRegression
>>> from sklearn.pipeline import make_pipeline
>>> classifier = make_pipeline(DenoisingAutoencoder(n_components=32), LogisticRegression())

Each fits by :func:`symgen.training.fit`, transforms to a code, scores examples so that a greater
value is a better fit, and keeps its trained :class:`symgen.models.Model` in ``model_``. The models
compute in float32. A pickle holds the parameters as the bytes of a safetensors file, and no graph.

Common parameters
-----------------
n_components : int
    Numbers in the code, or hidden units.
learning_rate, batch_size : float, int
    Of training; a batch is never larger than the data.
n_iter : int
    Passes over the data.
optimizer : str
    Name in :data:`symgen.updates.RULES`.
backend, device : str, optional
    See :func:`symgen.backends.select`.
random_state : int, numpy.random.RandomState, or None
    Of the initial weights, the order of the examples and the random draws; None takes another seed
    at each fit.

Common attributes
-----------------
model_ : symgen.models.Model
n_features_in_ : int
history_ : list of dict
    Losses by epoch: see :class:`symgen.training.Run`.

Common errors
-------------
NotFittedError
    scikit-learn's, when an estimator is used before ``fit``.
RangeError
    A ``ValueError``, for data outside the range that the model is for.
ShapeError, NonFiniteError, ValueError
    For data that are no finite matrix of the width that was fitted.
"""

import numpy as np
import pytensor
import pytensor.tensor as pt
import safetensors.numpy
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from symgen import backends, models, training
from symgen.datasets import check_array
from symgen.errors import RangeError, look_up
from symgen.models.autoencoders.autoencoder import Autoencoder as _Autoencoder
from symgen.models.weights import check_state
from symgen.random import RandomStreams

_DTYPE = "float32"


class Estimator(BaseEstimator):
    """Base: data in, a trained model kept; subclasses say which model and what it computes.

    A subclass defines ``_build(n_features, seed)``, the model to train.
    """

    def fit(self, X, y=None):
        """Train a new model on `X`, shape (n_samples, n_features); `y` is not used.

        Returns
        -------
        self
        """
        X = self._checked(X, reset=True)
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        model = self._build(X.shape[1], self._seed)
        X = check_array(X, "X", model.input_dim, model.value_range, model.dtype)
        run = training.fit(
            model,
            X,
            epochs=self.n_iter,
            batch_size=min(self.batch_size, len(X)),
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            seed=self._seed,
            backend=self.backend,
            device=self.device,
            show="none",
        )
        self.model_, self.history_ = model, run.history
        self._functions = _Functions()
        return self

    def score(self, X, y=None):
        """Mean of ``score_samples(X)``; `y` is not used."""
        return float(np.mean(self.score_samples(X)))

    def _checked(self, X, reset=False, **more):
        return validate_data(self, X, reset=reset, dtype=[np.float32, np.float64], **more)

    def _computed(self, name, X, graph):
        """What ``graph(x)`` is for `X`: compiled at the first call under that name."""
        check_is_fitted(self, "model_")
        model = self.model_
        X = check_array(self._checked(X), "X", model.input_dim, model.value_range, model.dtype)
        compute = self._functions.get(name, lambda: self._compiled(graph))
        return compute(X)

    def _compiled(self, graph):
        x = pt.matrix("x", dtype=_DTYPE, shape=(None, self.model_.input_dim))
        mode = backends.select(self.backend, self.device)
        return pytensor.function([x], graph(x), mode=mode)

    def _drawn(self, n_samples, random_state):
        """`n_samples` draws of the model, shape (n_samples, n_features)."""
        check_is_fitted(self, "model_")
        srng = RandomStreams(int(check_random_state(random_state).randint(2**31 - 1)))
        draws = self.model_.sample(n_samples, srng)
        mode = backends.select(self.backend, self.device)
        return pytensor.function([], draws, updates=srng.updates_of(draws), mode=mode)()

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "model_" in state:
            variables = _state(state.pop("model_"))
            arrays = {name: variable.get_value() for name, variable in variables.items()}
            state["_weights"] = safetensors.numpy.save(arrays)
            del state["_functions"]
        return state

    def __setstate__(self, state):
        state = dict(state)
        weights = state.pop("_weights", None)
        super().__setstate__(state)
        if weights is not None:
            model, arrays = self._build(self.n_features_in_, self._seed), safetensors.numpy.load(weights)
            check_state(_state(model), arrays, "the pickle")
            for name, variable in _state(model).items():
                variable.set_value(arrays[name])
            self.model_, self._functions = model, _Functions()


class Coder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """Base of estimators with a code."""

    def transform(self, X):
        """Codes of `X`, float32 of shape (n_samples, n_components)."""
        return self._computed("transform", X, self._code)

    def _code(self, x):
        return self.model_.encode(x)

    @property
    def _n_features_out(self):
        return self.n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = [_DTYPE]
        return tags


class VAE(Coder):
    """Variational autoencoder; its code is the mean of ``q(z | x)``.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
    beta : float
        Weight of the KL term.
    likelihood : {"gaussian", "bernoulli"}
        Gaussian with one learned variance for real numbers, Bernoulli for numbers in [0, 1].
    n_draws : int
        Draws of ``q(z | x)`` for the score of an example.
    """

    def __init__(
        self,
        n_components=2,
        *,
        hidden_dims=(128,),
        beta=1.0,
        likelihood="gaussian",
        n_draws=50,
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self.n_components = n_components
        self.hidden_dims = hidden_dims
        self.beta = beta
        self.likelihood = likelihood
        self.n_draws = n_draws
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.backend = backend
        self.device = device
        self.random_state = random_state

    def _build(self, n_features, seed):
        likelihoods = {
            "gaussian": models.SphericalGaussianDecoder(learned=True),
            "bernoulli": models.BernoulliDecoder(),
        }
        likelihood = look_up("likelihood", self.likelihood, likelihoods)
        model = models.VAE(
            n_features, tuple(self.hidden_dims), self.n_components, beta=self.beta,
            likelihood=likelihood, seed=seed, dtype=_DTYPE,
        )  # fmt: skip
        # q begins with variance 1, whatever the scale of the data: else its exponential may overflow.
        model.posterior.log_var.W.set_value(0 * model.posterior.log_var.W.get_value())
        return model

    def _code(self, x):
        return self.model_.encode(x)[0]

    def inverse_transform(self, Z):
        """Means of ``p(x | z)`` for codes `Z`, float32 of shape (n_samples, n_features)."""
        return _decoded(self, Z)

    def score_samples(self, X):
        """Importance-weighted lower bounds on log p(x) of `n_draws`, in nats, shape (n_samples,).

        All examples are scored at the same draws, one by one: a score does not depend on the others.
        """
        check_is_fitted(self, "model_")
        model = self.model_
        X = check_array(self._checked(X), "X", model.input_dim, model.value_range, model.dtype)
        srng, compute = self._functions.get("score_samples", self._compiled_bound)
        scores = np.empty(len(X))
        for row in range(len(X)):
            srng.seed(self._seed)
            log_w = compute(X[row : row + 1])[0].astype("float64")
            scores[row] = np.logaddexp.reduce(log_w) - np.log(self.n_draws)
        return scores

    def _compiled_bound(self):
        srng = RandomStreams(self._seed)
        x = pt.matrix("x", dtype=_DTYPE, shape=(1, self.model_.input_dim))
        log_w = self.model_.log_weights(x, srng, self.n_draws)
        mode = backends.select(self.backend, self.device)
        return srng, pytensor.function([x], log_w, updates=srng.updates, mode=mode)

    def sample(self, n_samples=1, random_state=None):
        """Means of ``p(x | z)`` at draws of the prior, float32 of shape (n_samples, n_features)."""
        return self._drawn(n_samples, random_state)


class Autoencoder(Coder):
    """Deterministic autoencoder.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    hidden_dims : sequence of int
        Sizes of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
    activation : str
        Of the hidden layers, a name in :data:`symgen.activations.ACTIVATIONS`.
    code_activation : str
        Of the code.
    loss : {"squared_error", "binary_cross_entropy"}
        The second is for numbers in [0, 1].
    tied : bool
        Whether the decoder's weights are the encoder's, transposed.
    """

    def __init__(
        self,
        n_components=32,
        *,
        hidden_dims=(128,),
        activation="relu",
        code_activation="linear",
        loss="squared_error",
        tied=False,
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self.n_components = n_components
        self.hidden_dims = hidden_dims
        self.activation = activation
        self.code_activation = code_activation
        self.loss = loss
        self.tied = tied
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.backend = backend
        self.device = device
        self.random_state = random_state

    def _build(self, n_features, seed):
        return models.Autoencoder(n_features, *self._sizes(), seed=seed, **self._options())

    def _sizes(self):
        return tuple(self.hidden_dims), self.n_components, self.activation, self.loss

    def _options(self):
        return {"code_activation": self.code_activation, "tied": self.tied, "dtype": _DTYPE}

    def inverse_transform(self, Z):
        """Rebuilt inputs of codes `Z`, float32 of shape (n_samples, n_features)."""
        return _decoded(self, Z)

    def score_samples(self, X):
        """Minus the reconstruction error of each example, not spoilt: shape (n_samples,)."""
        return -self._computed("score_samples", X, self._error).astype("float64")

    def _error(self, x):
        return _Autoencoder.example_terms(self.model_, x)["reconstruction"]


class DenoisingAutoencoder(Autoencoder):
    """Autoencoder that is trained to rebuild whole inputs from spoilt ones.

    Parameters
    ----------
    n_components, hidden_dims, activation, code_activation, loss, tied
        See :class:`Autoencoder`.
    learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    corruption : {"masking", "gaussian", "salt_and_pepper"}
    level : float
        Probability that a value is spoilt, or the standard deviation of Gaussian noise.
    """

    def __init__(
        self,
        n_components=32,
        *,
        hidden_dims=(128,),
        activation="relu",
        code_activation="linear",
        loss="squared_error",
        tied=False,
        corruption="masking",
        level=0.3,
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        super().__init__(
            n_components, hidden_dims=hidden_dims, activation=activation,
            code_activation=code_activation, loss=loss, tied=tied, learning_rate=learning_rate,
            batch_size=batch_size, n_iter=n_iter, optimizer=optimizer, backend=backend,
            device=device, random_state=random_state,
        )  # fmt: skip
        self.corruption = corruption
        self.level = level

    def _options(self):
        return {**super()._options(), "corruption": self.corruption, "level": self.level}

    def _build(self, n_features, seed):
        return models.DenoisingAutoencoder(n_features, *self._sizes(), seed=seed, **self._options())


class GaussianRBM(Coder):
    """Restricted Boltzmann machine with real visible units, trained by contrastive divergence.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    k : int
        Gibbs steps of an update.
    """

    def __init__(
        self,
        n_components=100,
        *,
        k=1,
        learning_rate=0.01,
        batch_size=10,
        n_iter=10,
        optimizer="sgd",
        backend=None,
        device=None,
        random_state=None,
    ):
        self.n_components = n_components
        self.k = k
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.backend = backend
        self.device = device
        self.random_state = random_state

    def _build(self, n_features, seed):
        return models.GaussianRBM(n_features, self.n_components, self.k, seed=seed, dtype=_DTYPE)

    def _code(self, x):
        return self.model_.propup(x)[1]

    def score_samples(self, X):
        """Minus the free energy: log p(x) up to a constant that is the same for all, in nats."""
        return -self._computed("score_samples", X, lambda x: self.model_.free_energy(x)).astype("float64")


class BernoulliRBM(GaussianRBM):
    """Restricted Boltzmann machine with binary visible units, trained by contrastive divergence.

    Parameters
    ----------
    n_components, learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    k : int
        Gibbs steps of an update.
    persistent : bool
        Whether the chains go on from update to update (PCD), or begin at the data (CD).
    binarize : float, optional
        Numbers above it become 1, others 0. By default the data are 0 and 1, or probabilities.
    """

    def __init__(
        self,
        n_components=100,
        *,
        k=1,
        persistent=False,
        binarize=None,
        learning_rate=0.1,
        batch_size=10,
        n_iter=10,
        optimizer="sgd",
        backend=None,
        device=None,
        random_state=None,
    ):
        super().__init__(
            n_components, k=k, learning_rate=learning_rate, batch_size=batch_size, n_iter=n_iter,
            optimizer=optimizer, backend=backend, device=device, random_state=random_state,
        )  # fmt: skip
        self.persistent = persistent
        self.binarize = binarize

    def _build(self, n_features, seed):
        kind = models.PersistentRBM if self.persistent else models.RBM
        return kind(n_features, self.n_components, self.k, seed=seed, dtype=_DTYPE)

    def _checked(self, X, reset=False):
        X = super()._checked(X, reset)
        if self.binarize is not None:
            return (self.binarize < X).astype(_DTYPE)
        if X.min() < 0 or X.max() > 1:
            raise RangeError(
                "X to hold 0 and 1, or probabilities",
                f"a minimum of {X.min():g} and a maximum of {X.max():g}",
                "Give binarize= a threshold, scale the data, or use GaussianRBM.",
            )
        return X

    def score_samples(self, X):
        """Log pseudo-likelihoods, ``sum_i log p(x_i | the others)`` in nats: shape (n_samples,).

        No likelihood: for one see :func:`symgen.evaluation.ais_log_z`.
        """
        scores = self._computed("score_samples", X, lambda x: self.model_.log_pseudo_likelihood(x))
        return scores.astype("float64")


class FlowDensity(Estimator):
    """Density of real vectors by a normalizing flow.

    Parameters
    ----------
    flow : {"realnvp", "neural_spline", "maf"}
        The first two need two numbers at least.
    n_layers : int
    hidden_dims : sequence of int
        Hidden layers of each network.
    learning_rate, batch_size, n_iter, optimizer, backend, device, random_state
        See the module.
    """

    def __init__(
        self,
        flow="realnvp",
        *,
        n_layers=4,
        hidden_dims=(64, 64),
        learning_rate=0.001,
        batch_size=100,
        n_iter=50,
        optimizer="adam",
        backend=None,
        device=None,
        random_state=None,
    ):
        self.flow = flow
        self.n_layers = n_layers
        self.hidden_dims = hidden_dims
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.backend = backend
        self.device = device
        self.random_state = random_state

    def _build(self, n_features, seed):
        kinds = {name: models.MODELS[name] for name in ("neural_spline", "realnvp", "maf")}
        return look_up("flow", self.flow, kinds)(
            n_features, self.n_layers, hidden_dims=tuple(self.hidden_dims), seed=seed, dtype=_DTYPE
        )

    def _checked(self, X, reset=False):
        splits = reset and self.flow != "maf"  # a vector in two
        return super()._checked(X, reset, ensure_min_features=2 if splits else 1)

    def score_samples(self, X):
        """``log p(x)`` of each example, in nats: shape (n_samples,)."""
        return self._computed("score_samples", X, lambda x: self.model_.log_prob(x)).astype("float64")

    def sample(self, n_samples=1, random_state=None):
        """Draws of the density, float32 of shape (n_samples, n_features)."""
        return self._drawn(n_samples, random_state)


class _Functions:
    """Compiled functions by name; none of them is pickled."""

    def __init__(self):
        self._by_name = {}

    def get(self, name, make):
        """The function of that name, made when it is first wanted."""
        if name not in self._by_name:
            self._by_name[name] = make()
        return self._by_name[name]


def _decoded(estimator, Z):
    check_is_fitted(estimator, "model_")
    model = estimator.model_
    Z = check_array(Z, "the codes", model.latent_dim, dtype=_DTYPE)

    def make():
        z = pt.matrix("z", dtype=_DTYPE, shape=(None, model.latent_dim))
        mode = backends.select(estimator.backend, estimator.device)
        return pytensor.function([z], model.decode(z), mode=mode)

    return estimator._functions.get("inverse_transform", make)(Z)


def _state(model):
    return {variable.name: variable for variable in (*model.params, *model.buffers)}
