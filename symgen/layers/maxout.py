"""The maxout layer."""

from symgen.initializers import glorot_uniform, zeros
from symgen.layers.dense import Dense
from symgen.layers.parameters import dimension


class Maxout:
    """The largest of several affine maps, for each unit: ``max_j (x W_j + b_j)``.

    Parameters
    ----------
    input_dim, output_dim, n_pieces : int >= 1
        `n_pieces` maps for each of `output_dim` units.
    W, b, rng, name, dtype
        As for :class:`symgen.layers.Dense`.

    Attributes
    ----------
    W : shared variable, shape (input_dim, output_dim * n_pieces)
        The pieces of a unit side by side.
    b : shared variable, shape (output_dim * n_pieces,)

    Raises
    ------
    RangeError, DtypeError, ShapeError, UnknownNameError
        As for :class:`symgen.layers.Dense`.

    References
    ----------
    I. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio (2013). Maxout networks. ICML.
    Section 3.
    """

    def __init__(
        self,
        input_dim,
        output_dim,
        n_pieces,
        W=glorot_uniform,
        b=zeros,
        *,
        rng,
        name="maxout",
        dtype=None,
    ):
        self.output_dim = dimension(output_dim, "output_dim")
        self.n_pieces = dimension(n_pieces, "n_pieces")
        self.pieces = Dense(
            input_dim, self.output_dim * self.n_pieces, W=W, b=b, rng=rng, name=name, dtype=dtype
        )
        self.input_dim, self.name = self.pieces.input_dim, name
        self.W, self.b = self.pieces.W, self.pieces.b

    @property
    def params(self):
        """``[W, b]``."""
        return self.pieces.params

    def __call__(self, x):
        """Output for a minibatch; errors are those of :class:`symgen.layers.Dense`.

        Parameters
        ----------
        x : variable, shape (batch, input_dim)

        Returns
        -------
        variable, shape (batch, output_dim), in the dtype of the parameters
        """
        pieces = self.pieces(x)
        return pieces.reshape((pieces.shape[0], self.output_dim, self.n_pieces)).max(axis=2)

    def __repr__(self):
        return (
            f"Maxout({self.input_dim} -> {self.output_dim}, {self.n_pieces} pieces, "
            f"name={self.name!r})"
        )
