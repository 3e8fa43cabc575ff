"""Nodes that are computed together with their only reader."""


def fuse(fgraph):
    """The nodes of a graph in order of execution, some of them merged."""
    return list(fgraph.toposort())
