"""scikit-learn's face of the models: estimators for its pipelines and searches.

>>> from symgen.estimators import DenoisingAutoencoder
>>> from sklearn.linear_model import LogisticRegression
>>> from sklearn.pipeline import make_pipeline
>>> classifier = make_pipeline(DenoisingAutoencoder(n_components=32), LogisticRegression())

Each fits by :func:`symgen.training.fit`, goes on with more data by ``partial_fit``, transforms to a code, scores examples so that a greater
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

from symgen.estimators.autoencoders import Autoencoder, DenoisingAutoencoder
from symgen.estimators.flow_density import FlowDensity
from symgen.estimators.rbms import BernoulliRBM, GaussianRBM
from symgen.estimators.vae import VAE

__all__ = ["VAE", "Autoencoder", "BernoulliRBM", "DenoisingAutoencoder", "FlowDensity", "GaussianRBM"]
