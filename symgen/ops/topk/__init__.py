"""The largest or smallest elements along an axis, and where they are, as Theano has them."""

from symgen.ops.topk import rewrites as rewrites
from symgen.ops.topk.functions import argtopk, topk, topk_and_argtopk
from symgen.ops.topk.op import TopK

__all__ = ["TopK", "argtopk", "topk", "topk_and_argtopk"]
