"""PyTensor's rewrites without those whose results are not what the graph says; every mode of ours asks for these."""

from symgen.rewrites.broadcasting_assignments import with_broadcasting_assignments
from symgen.rewrites.squeezed_slices import with_squeezed_slices


def corrected(query):
    """Return a query for rewrites, with ours in place of PyTensor's where these are wrong.

    Parameters
    ----------
    query : RewriteDatabaseQuery
    """
    return with_squeezed_slices(with_broadcasting_assignments(query))
