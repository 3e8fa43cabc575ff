from row import Row, bits

from symgen.models import MADE, NADE, IndependentBernoulli

ROWS = {
    "bernoulli": Row(lambda **s: IndependentBernoulli(6, **s), bits()),
    "nade": Row(lambda **s: NADE(6, 4, **s), bits()),
    "made": Row(lambda **s: MADE(6, (8, 7), "tanh", **s), bits()),
    "made with many masks": Row(lambda **s: MADE(6, (12,), "tanh", 3, True, **s), bits()),
}
