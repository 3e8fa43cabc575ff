"""What all estimators share: data in, a trained model kept, what it computes out."""

from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt
import safetensors.numpy
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from symgen import backends, training
from symgen.datasets import check_array
from symgen.models.validation import positive_int
from symgen.models.weights import check_state
from symgen.random import RandomStreams

DTYPE = "float32"


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
        n_iter, batch_size = positive_int(self.n_iter, "n_iter"), self._examples_at_once(X)
        self._seed, model = self._drawn_model(X.shape[1])
        X = check_array(X, "X", model.input_dim, model.value_range, model.dtype)
        run = training.fit(
            model,
            X,
            epochs=n_iter,
            batch_size=batch_size,
            show="none",
            **self._of_training(self._seed),
        )
        self.model_, self.history_ = model, run.history
        self._functions, self._portions = _Functions(), None
        self._built = self.get_params(deep=False)
        return self

    def partial_fit(self, X, y=None):
        """Go on training with one pass over `X`, shape (n_samples, n_features); `y` is not used.

        The first call makes a new model; calls that follow one another keep what the optimizer
        remembers. After ``fit``, or out of a pickle, the model goes on as it is and the optimizer
        begins again. A settings change takes effect at the next ``fit``.

        Returns
        -------
        self
        """
        first = not hasattr(self, "model_")
        X = self._checked(X, reset=first)
        batch_size = self._examples_at_once(X)
        if first:
            seed, model = self._drawn_model(X.shape[1])
        else:
            seed, model = self._seed, self.model_
        X = check_array(X, "X", model.input_dim, model.value_range, model.dtype)
        portions = None if first else self._portions
        if portions is None:
            portions = training.Portions(model, X, initialize=first, **self._of_training(seed))
        losses = portions.train(X, batch_size)
        if first:
            self._seed, self.model_, self.history_, self._functions = seed, model, [], _Functions()
            self._built = self.get_params(deep=False)
        self._portions = portions
        self.history_.append({"epoch": len(self.history_) + 1, **losses})
        return self

    def _keep(self, arguments):
        """Make each argument of the constructor an attribute of the same name, as scikit-learn wants."""
        for name in self._get_param_names():
            setattr(self, name, arguments[name])

    def _drawn_model(self, n_features):
        """(seed, new model)."""
        if "n_components" in self._get_param_names():
            positive_int(self.n_components, "n_components")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return seed, self._build(n_features, seed)

    def _examples_at_once(self, X):
        return min(positive_int(self.batch_size, "batch_size"), len(X))

    def _of_training(self, seed):
        return {
            "optimizer": self.optimizer,
            "learning_rate": self.learning_rate,
            "seed": seed,
            "backend": self.backend,
            "device": self.device,
        }

    def score(self, X, y=None):
        """Mean of ``score_samples(X)``; `y` is not used."""
        return float(np.mean(self.score_samples(X)))

    def _checked(self, X, reset=False, **more):
        return validate_data(self, X, reset=reset, dtype=[np.float32, np.float64], **more)

    def _inputs(self, X):
        """`X` as the trained model takes it."""
        check_is_fitted(self, "model_")
        model = self.model_
        return check_array(self._checked(X), "X", model.input_dim, model.value_range, model.dtype)

    def _computed(self, name, X, graph):
        """What ``graph(x)`` is for `X`: compiled at the first call under that name."""
        X = self._inputs(X)
        return self._functions.get(name, lambda: self._compiled(graph, self.model_.input_dim))(X)

    def _compiled(self, graph, dim):
        """A function of a matrix of so many columns."""
        x = pt.matrix("x", dtype=DTYPE, shape=(None, dim))
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
            del state["_functions"], state["_portions"]
        return state

    def __setstate__(self, state):
        state = dict(state)
        weights = state.pop("_weights", None)
        super().__setstate__(state)
        if weights is not None:
            built = type(self)(**self._built)  # settings of now may be of a model to come
            model = built._build(self.n_features_in_, self._seed)
            arrays = safetensors.numpy.load(weights)
            check_state(_state(model), arrays, "the pickle")
            for name, variable in _state(model).items():
                variable.set_value(arrays[name])
            self.model_, self._functions, self._portions = model, _Functions(), None


class Coder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Estimator):
    """Base of estimators with a code."""

    def transform(self, X):
        """Codes of `X`, float32 of shape (n_samples, n_components)."""
        return self._computed("transform", X, self._code)

    def _code(self, x):
        return self.model_.encode(x)

    def _decoded(self, Z):
        """What the model decodes codes `Z` to, float32 of shape (n_samples, n_features)."""
        check_is_fitted(self, "model_")
        model = self.model_
        Z = check_array(Z, "the codes", model.latent_dim, dtype=DTYPE)
        make = partial(self._compiled, model.decode, model.latent_dim)
        return self._functions.get("decode", make)(Z)

    @property
    def _n_features_out(self):
        return self._built["n_components"]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = [DTYPE]
        return tags


class _Functions:
    """Compiled functions by name; none of them is pickled."""

    def __init__(self):
        self._by_name = {}

    def get(self, name, make):
        """The function of that name, made when it is first wanted."""
        if name not in self._by_name:
            self._by_name[name] = make()
        return self._by_name[name]


def _state(model):
    return {variable.name: variable for variable in (*model.params, *model.buffers)}
