"""``symgen warmup``: compile ahead what ``symgen train`` needs."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

import click

from symgen.errors import RangeError, SettingsError, ShapeError, look_up


@click.command("warmup")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--data", default="digits", show_default=True, metavar="NAME|FILE",
              help="As for symgen train: the number of columns is part of what is compiled.")
@click.option("--backend",
              help="auto, c, numba, jax, torch or py.  [default: SYMGEN_BACKEND, else auto]")
@click.option("--device", help="auto, cpu or gpu.  [default: SYMGEN_DEVICE, else auto]")
@click.pass_context
def command(ctx, models, data, backend, device):
    """Compile training, evaluation and sampling of MODELs (all of them by default) ahead.

    Each is trained for one epoch at the default settings of symgen train, in a folder that is
    thrown away; what is compiled stays in PyTensor's compile cache, so that the next symgen train
    with these settings compiles nothing. All of them take some minutes; of these, models that
    need other data are passed over, each with a line that says why.
    """
    # PyTensor takes a second to import: not before the arguments are known to be sound.
    from symgen import backends
    from symgen.cli import train
    from symgen.models import MODELS

    for name in models:
        look_up("model", name, MODELS)
    look_up("backend", backend or "auto", backends.BACKENDS)
    for name in models or MODELS:
        before, start = _compiled(), time.perf_counter()
        silent = io.StringIO()
        try:
            with (
                tempfile.TemporaryDirectory(prefix="symgen-warmup-") as folder,
                contextlib.redirect_stdout(silent),
                contextlib.redirect_stderr(silent),
            ):
                ctx.invoke(
                    train.command,
                    model=name,
                    data=data,
                    epochs=1,
                    pretrain_epochs=1 if hasattr(MODELS[name], "pretraining") else None,
                    out=str(Path(folder) / "run"),
                    progress="none",
                    backend=backend,
                    device=device,
                )
        except (SettingsError, RangeError, ShapeError) as error:
            if models:
                raise
            click.echo(f"{name} on {data}: passed over. {error}")
            continue
        seconds = time.perf_counter() - start
        click.echo(f"{name} on {data}: {len(_compiled() - before)} compiled, {seconds:.1f} s")
    where = backends.resolve(backend, device)
    click.echo(f"backend {where}; compile cache {_cache()}")


def _cache():
    import pytensor

    return Path(pytensor.config.base_compiledir)


def _compiled():
    """The entries of the compile cache: modules of the C backend, functions of Numba's."""
    return {path for pattern in ("key.pkl", "*.nbi") for path in _cache().rglob(pattern)}
