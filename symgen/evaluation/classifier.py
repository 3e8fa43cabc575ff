"""A classifier of small grey images, trained here, whose features judge samples.

There is no agreed network for the Fréchet distance of grey images of 28 x 28 or 8 x 8 pixels, and the
distance is a number of the network as much as of the samples. So a result names the network by a
hash of its weights.
"""

import hashlib

import numpy as np
import pytensor
import pytensor.tensor as pt

from symgen import backends, updates
from symgen.activations import log_softmax
from symgen.datasets.validation import check_array
from symgen.errors import SettingsError, ShapeError
from symgen.layers import Conv2D, Dense, Flatten, Reshape, Sequential
from symgen.tensor_files import load_tensors, save_tensors


class Classifier:
    """Two convolutions of stride 2, a dense layer of features and one of class scores.

    Parameters
    ----------
    image_shape : (int, int)
        Rows and columns.
    n_classes : int
    n_features : int
        Units of the layer whose outputs are the features, rectified.
    seed : int
        Of the first weights.
    backend : str, optional
        See :func:`symgen.backends.select`.

    Raises
    ------
    RangeError, DtypeError
        For a size that cannot be.
    """

    def __init__(self, image_shape, n_classes=10, n_features=64, seed=0, backend=None):
        self.image_shape, self.n_classes = tuple(image_shape), n_classes
        self.n_features, self.seed, self.backend = n_features, seed, backend
        rows, columns = self.image_shape
        self.input_dim = rows * columns
        options = {"rng": np.random.default_rng(seed), "dtype": "float32"}
        halving = {"border_mode": "half", "subsample": 2, **options}
        small = (-(-rows // 4)) * (-(-columns // 4))
        self.body = Sequential(
            [
                Reshape((1, rows, columns)),
                Conv2D(1, 16, 5, "relu", "he_normal", name="classifier.0", **halving),
                Conv2D(16, 32, 5, "relu", "he_normal", name="classifier.1", **halving),
                Flatten(),
                Dense(32 * small, n_features, "relu", "he_normal", name="classifier.2", **options),
            ]
        )
        self.scores = Dense(n_features, n_classes, name="classifier.3", **options)
        self._functions = {}

    @property
    def params(self):
        """Shared variables that training changes."""
        return [*self.body.params, *self.scores.params]

    @property
    def hash(self):
        """SHA-256 of names, shapes and weights, in hexadecimal."""
        digest = hashlib.sha256()
        for param in self.params:
            value = param.get_value(borrow=True)
            digest.update(f"{param.name}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value, dtype="<f4").tobytes())
        return digest.hexdigest()

    def fit(self, x, labels, epochs=10, batch_size=50, learning_rate=1e-3):
        """Minimise the cross-entropy of `labels` by Adam; return self.

        Parameters
        ----------
        x : array of shape (n, input_dim), in [0, 1]
        labels : int array of shape (n,), from 0 to ``n_classes - 1``

        Raises
        ------
        ShapeError, DtypeError, RangeError, NonFiniteError, EmptyDataError
            When `x` is no such array.
        SettingsError
            When `labels` are not.
        """
        x, labels = self._checked(x, labels)
        rows, images = pt.lvector("rows"), pt.fmatrix("images")
        classes = pt.lvector("classes")
        log_p = log_softmax(self.scores(self.body(images)))
        loss = -log_p[pt.arange(classes.shape[0]), classes].mean()
        stored = [pytensor.shared(array, borrow=True) for array in (x, labels)]
        step = backends.compile_epoch(
            rows,
            loss,
            updates=updates.adam(loss, self.params, learning_rate=learning_rate),
            givens={images: stored[0][rows], classes: stored[1][rows]},
            backend=self.backend,
            name="classifier",
        )
        rng, size = np.random.default_rng(self.seed), min(batch_size, len(x))
        for _ in range(epochs):
            order = rng.permutation(len(x))[: len(x) // size * size]
            step(order.reshape(-1, size))
        return self

    def features(self, x, batch_size=1000):
        """Outputs of the layer of features, shape (n, n_features), float64.

        Parameters
        ----------
        x : array of shape (n, input_dim), in [0, 1]
        """
        x = self._checked(x)[0]
        return self._compute("features", lambda images: self.body(images), x, batch_size)

    def predict(self, x, batch_size=1000):
        """The likeliest class of each example, shape (n,)."""
        x = self._checked(x)[0]
        scores = self._compute("scores", lambda images: self.scores(self.body(images)), x, batch_size)
        return scores.argmax(axis=1)

    def accuracy(self, x, labels):
        """Part of the examples whose class is predicted."""
        x, labels = self._checked(x, labels)
        return float((self.predict(x) == labels).mean())

    def save(self, path):
        """Write weights and sizes to `path` (safetensors); :meth:`load` reads them."""
        sizes = {name: getattr(self, name) for name in ("image_shape", "n_classes", "n_features")}
        arrays = {param.name: param.get_value(borrow=True) for param in self.params}
        save_tensors(path, arrays, {"classifier": sizes})

    @classmethod
    def load(cls, path, backend=None):
        """The classifier that :meth:`save` wrote.

        Raises
        ------
        MissingFileError, FileFormatError
            When there is no such file, or it is damaged.
        SettingsError
            When it holds something else.
        """
        arrays, record = load_tensors(path)
        if "classifier" not in record:
            raise SettingsError(f"{path} to hold a classifier", "something else", "Check the path.")
        classifier = cls(**record["classifier"], backend=backend)
        for param in classifier.params:
            param.set_value(arrays[param.name])
        return classifier

    def _compute(self, name, output, x, batch_size):
        if name not in self._functions:
            images = pt.fmatrix("images")
            mode = backends.select(self.backend)
            self._functions[name] = pytensor.function([images], output(images), mode=mode)
        compute, parts = self._functions[name], range(0, len(x), batch_size)
        return np.concatenate([compute(x[i : i + batch_size]) for i in parts]).astype("float64")

    def _checked(self, x, labels=None):
        options = {"dim": self.input_dim, "value_range": (0.0, 1.0), "dtype": "float32"}
        x = check_array(x, "the images", **options)
        if labels is None:
            return x, None
        labels = np.asarray(labels)
        if labels.shape != (len(x),) or labels.dtype.kind not in "iu":
            raise ShapeError(
                f"a whole number as label for each of the {len(x)} images",
                f"{labels.dtype} of shape {labels.shape}",
                "Pass data.labels['train'].",
            )
        if labels.min() < 0 or labels.max() >= self.n_classes:
            raise SettingsError(
                f"labels from 0 to {self.n_classes - 1}",
                f"{labels.min()} to {labels.max()}",
                "Give n_classes=, or number the classes from 0.",
            )
        return x, labels.astype("int64")
