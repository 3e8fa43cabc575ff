from row import Row, bits

from symgen.models import RBM, PersistentRBM

# Contrastive divergence is the gradient of no loss: tests/models/test_rbm.py has its own oracle.
ROWS = {
    "rbm": Row(lambda **s: RBM(6, 4, **s), x=bits(), finite_differences=False),
    "rbm of several steps": Row(lambda **s: RBM(6, 4, k=3, **s), finite_differences=False),
    "rbm_pcd": Row(lambda **s: PersistentRBM(6, 4, k=2, n_chains=5, **s), bits(), finite_differences=False),
}
