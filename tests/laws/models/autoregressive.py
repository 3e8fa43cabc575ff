from row import Row, bits, one_hot

from symgen.models import (
    MADE,
    NADE,
    DiagonalPixelRNN,
    GatedPixelCNN,
    IndependentBernoulli,
    PixelCNN,
    RowPixelRNN,
)

ROWS = {
    "bernoulli": Row(lambda **s: IndependentBernoulli(6, **s), bits()),
    "nade": Row(lambda **s: NADE(6, 4, **s), bits()),
    "made": Row(lambda **s: MADE(6, (8, 7), "tanh", **s), bits()),
    "made with many masks": Row(lambda **s: MADE(6, (12,), "tanh", 3, True, **s), bits()),
    "pixelcnn": Row(lambda **s: PixelCNN(9, (3, 3), 2, 1, 3, 3, **s), bits(9)),
    "gated_pixelcnn": Row(lambda **s: GatedPixelCNN(9, (3, 3), 2, 2, 3, 3, **s), bits(9)),
    "conditional gated_pixelcnn": Row(
        lambda **s: GatedPixelCNN(6, (2, 3), 2, 2, 3, 3, 3, **s), bits(), one_hot()
    ),
    "pixel_rnn_row": Row(lambda **s: RowPixelRNN(9, (3, 3), 2, 2, 3, 3, **s), bits(9)),
    "pixel_rnn_diagonal": Row(lambda **s: DiagonalPixelRNN(9, (3, 3), 2, 2, 3, **s), bits(9)),
}
