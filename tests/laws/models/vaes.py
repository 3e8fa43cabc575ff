from row import Row

from symgen.models import VAE

ROWS = {
    "vae": Row(lambda **s: VAE(6, (5, 4), 2, activation="tanh", **s)),
    "vae without hidden layers": Row(lambda **s: VAE(6, (), 1, **s)),
}
