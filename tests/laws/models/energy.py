from row import Row, bits, one_hot, reals

from symgen.models import (
    DBM,
    DBN,
    RBM,
    BoltzmannMachine,
    ConditionalRBM,
    DBNClassifier,
    GaussianRBM,
    PersistentRBM,
    TemperedRBM,
)


def row(build, x=None, context=None):
    """Contrastive divergence is the gradient of no loss: tests/models have oracles of their own."""
    return Row(build, bits() if x is None else x, context, finite_differences=False)


ROWS = {
    "rbm": row(lambda **s: RBM(6, 4, **s)),
    "rbm of several steps": row(lambda **s: RBM(6, 4, k=3, **s)),
    "rbm_pcd": row(lambda **s: PersistentRBM(6, 4, k=2, n_chains=5, **s)),
    "rbm_tempered": row(lambda **s: TemperedRBM(6, 4, n_chains=5, n_temperatures=3, **s)),
    "gaussian_rbm": row(lambda **s: GaussianRBM(6, 4, k=2, **s), reals()),
    "conditional_rbm": row(lambda **s: ConditionalRBM(6, 3, 4, **s), context=one_hot()),
    "boltzmann_machine": row(lambda **s: BoltzmannMachine(6, 2, n_chains=5, **s)),
    "boltzmann_machine, fully visible": row(lambda **s: BoltzmannMachine(6, k=2, n_chains=5, **s)),
    "dbn": row(lambda **s: DBN(6, (5, 4, 3), **s)),
    "dbn_classifier": Row(lambda **s: DBNClassifier(6, 3, (5, 4), **s), context=one_hot()),
    "dbm": row(lambda **s: DBM(6, (5, 4), n_chains=5, mean_field_steps=4, **s)),
    "dbm of three hidden layers": row(lambda **s: DBM(6, (5, 4, 3), k=2, n_chains=5, **s)),
}
