"""Training: minibatches, the loop, checkpoints, callbacks, progress."""

from symgen.training.callbacks import Callback, EarlyStopping, HistoryFile
from symgen.training.interrupt import TrainingInterrupted
from symgen.training.loop import Run, fit
from symgen.training.portions import Portions
from symgen.training.pretrain import pretrain
from symgen.training.progress import choose as choose_progress

__all__ = [
    "Callback",
    "EarlyStopping",
    "HistoryFile",
    "Portions",
    "Run",
    "TrainingInterrupted",
    "choose_progress",
    "fit",
    "pretrain",
]
