"""Datasets: named splits of NumPy arrays with a content hash. Nothing here needs PyTensor."""

from symgen.datasets.binarize import binarize, is_binary
from symgen.datasets.binarized_mnist import load_binarized_mnist
from symgen.datasets.catalogue import DATASETS, load
from symgen.datasets.dataset import Dataset
from symgen.datasets.digits import load_digits
from symgen.datasets.files import load_file
from symgen.datasets.mnist import load_mnist
from symgen.datasets.toy import TOYS, ToyDensity, load_toy
from symgen.datasets.validation import check_array

__all__ = [
    "DATASETS",
    "TOYS",
    "Dataset",
    "ToyDensity",
    "binarize",
    "check_array",
    "is_binary",
    "load",
    "load_binarized_mnist",
    "load_digits",
    "load_file",
    "load_mnist",
    "load_toy",
]
