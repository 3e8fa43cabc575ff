from row import Row

from symgen.models import Autoencoder

ROWS = {
    "autoencoder": Row(lambda **s: Autoencoder(6, (5,), 3, activation="tanh", **s)),
    "autoencoder, squared error": Row(
        lambda **s: Autoencoder(6, (), 2, activation="sigmoid", loss="squared_error", **s)
    ),
}
