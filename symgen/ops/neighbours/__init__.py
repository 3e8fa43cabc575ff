"""Neighbourhoods of images as rows of a matrix, and back, as Theano has them."""

from symgen.ops.neighbours.functions import images2neibs, neibs2images
from symgen.ops.neighbours.op import Images2Neibs, Images2NeibsGrad

__all__ = ["Images2Neibs", "Images2NeibsGrad", "images2neibs", "neibs2images"]
