"""Greedy training, a layer at a time, of models that are built so."""

from pathlib import Path

from symgen.errors import NotSupportedError
from symgen.training.checkpoint import FILE_NAME
from symgen.training.loop import Run
from symgen.training.progress import choose


def pretrain(model, data, *, checkpoint=None, show="auto", **options):
    """Train the phases of `model` one after the other; return their runs.

    Each phase is a model that sees the data through the layers below it and shares its parameters
    with `model` (Hinton, Osindero and Teh 2006, section 5; Bengio et al. 2007, section 2.4).

    Parameters
    ----------
    model
        A :class:`symgen.models.Model` with ``pretraining()``.
    data : array of shape (n, input_dim)
    checkpoint : str or Path, optional
        Folder in which each phase has a folder ``phase-<number>`` for its checkpoint; phases and
        epochs that are done there are not done again.
    show : {"auto", "bar", "lines", "none"}
        See :func:`symgen.training.fit`.
    **options
        Of :class:`symgen.training.Run`, the same for every phase.

    Returns
    -------
    list of Run

    Raises
    ------
    NotSupportedError
        When the model has no phases.
    Others
        See :func:`symgen.training.fit`.
    """
    if not hasattr(model, "pretraining"):
        raise NotSupportedError(
            "a model that is trained layer by layer first",
            f"{type(model).__name__}, which is not",
            "Train it as a whole, with fit.",
        )
    runs, phases = [], model.pretraining()
    for number, phase in enumerate(phases):
        folder = None if checkpoint is None else Path(checkpoint) / f"phase-{number}"
        if not phase.context_dim:
            own = {k: v for k, v in options.items() if k not in ("context", "valid_context")}
        else:
            own = options
        run = Run(phase, data, checkpoint=folder, **own)
        if folder is not None and (folder / FILE_NAME).exists():
            run.resume()
        run.train(choose(show, phase=f"layer {number + 1} of {len(phases)}"))
        runs.append(run)
    return runs
