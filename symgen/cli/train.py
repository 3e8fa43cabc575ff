"""``symgen train MODEL``: data in, a trained model and its run folder out."""

import click
from click.core import ParameterSource

from symgen.cli import run_folder
from symgen.errors import SettingsError, look_up

# Epochs that give a recognisable result in about a minute, by dataset.
_EPOCHS = {"digits": 400, "mnist": 20, "binarized_mnist": 20}
_EPOCHS_OTHERWISE = 50


class Dims(click.ParamType):
    """Layer sizes written ``512,256``; an empty string is no hidden layer."""

    name = "N,N,…"

    def convert(self, value, param, ctx):
        """Turn the text into a tuple of ints."""
        if isinstance(value, tuple | list):
            return tuple(value)
        try:
            return tuple(int(part) for part in value.split(",") if part.strip())
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 512,256.", param, ctx)


@click.command("train")
@click.argument("model", required=False)
@click.option("--data", default="digits", show_default=True, metavar="NAME|FILE",
              help="digits, mnist, binarized_mnist, FILE.npy or FILE.npz, values in [0, 1].")
@click.option("--epochs", type=int, help="Passes over the data.  [default: by dataset]")
@click.option("--batch-size", type=int, default=100, show_default=True)
@click.option("--learning-rate", type=float, help="[default: the optimizer's own]")
@click.option("--optimizer", default="rmsprop", show_default=True,
              help="sgd, momentum, rmsprop, adam, … (symgen.updates.RULES).")
@click.option("--hidden-dims", type=Dims(), default="128", show_default=True,
              help="Hidden layers of the encoder; the decoder mirrors them.")
@click.option("--latent-dim", type=int, help="Numbers in the code.  [default: the model's own]")
@click.option("--beta", type=float, help="Weight of the VAE's KL term.  [default: 1]")
@click.option("--patience", type=int,
              help="Stop after so many epochs without a better held-out loss.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--backend",
              help="auto, c, numba, jax, torch or py.  [default: SYMGEN_BACKEND, else auto]")
@click.option("--device", help="auto, cpu or gpu.  [default: SYMGEN_DEVICE, else auto]")
@click.option("--out", metavar="FOLDER", help="Run folder.  [default: runs/MODEL-DATA-NUMBER]")
@click.option("--resume", is_flag=False, flag_value="", default=None, metavar="[FOLDER]",
              help="Go on with the run in FOLDER (or in --out).")
@click.option("--progress", type=click.Choice(("auto", "bar", "lines", "none")), default="auto",
              help="A bar on a terminal, lines elsewhere.")
@click.pass_context
def command(ctx, model, resume, out, progress, **options):
    """Train MODEL (vae or autoencoder) and write pictures and numbers to a run folder.

    Ctrl-C stops within half a second, or after the running minibatch, and saves; --resume goes on
    from there, to the same bits as a run never stopped.
    """
    given = {
        name for name in options if ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }
    if resume is not None:
        folder = _resumed_folder(resume, out)
        settings = _resumed_settings(folder, model, {name: options[name] for name in given})
    elif model is None:
        raise click.UsageError("Name a model: symgen train vae, or symgen train autoencoder.")
    else:
        settings = {"model": model, **options}
        folder = None
    _train(settings, folder, out, progress, resumed=resume is not None)


def _resumed_folder(resume, out):
    if resume and out and resume != out:
        raise SettingsError(
            "one run folder", f"--resume {resume} and --out {out}", "Give --resume FOLDER alone."
        )
    if not (resume or out):
        raise SettingsError("the run folder to go on with", "none", "Give --resume FOLDER.")
    return run_folder.RunFolder(resume or out)


def _resumed_settings(folder, model, given):
    """The run's own settings; what was given on the command line must agree, but for epochs."""
    before = folder.read_config()["settings"]
    if model is not None:
        given = {"model": model, **given}
    for name, value in given.items():
        value = list(value) if isinstance(value, tuple) else value
        if name != "epochs" and before.get(name) != value:
            raise SettingsError(
                f"--{name.replace('_', '-')} {before.get(name)}, as when the run began",
                str(value),
                "Leave it out, or begin a new run in another folder.",
            )
    return {**before, **{name: value for name, value in given.items() if name == "epochs"}}


def _train(settings, folder, out, progress, resumed):
    # These imports take a second or two: not before the arguments are known to be sound.
    from symgen import backends, datasets, models, training
    from symgen.backends.report import describe as describe_backend
    from symgen.updates import RULES

    model_class = look_up("model", settings["model"], models.MODELS)
    look_up("optimizer", settings["optimizer"], RULES)
    look_up("backend", settings["backend"] or "auto", backends.BACKENDS)
    data = datasets.load(settings["data"])
    sizes = {"hidden_dims": tuple(settings["hidden_dims"]), "seed": settings["seed"]}
    for name in ("latent_dim", "beta"):
        if settings.get(name) is not None:
            sizes[name] = settings[name]
    if "beta" in sizes and model_class is not models.VAE:
        raise SettingsError("--beta with the VAE only", f"--beta {sizes['beta']}", "Leave it out.")
    model = model_class(data.dim, **sizes)
    epochs = settings["epochs"]
    if epochs is None:
        epochs = _EPOCHS.get(settings["data"], _EPOCHS_OTHERWISE)
    settings = {**settings, "epochs": epochs, "hidden_dims": list(sizes["hidden_dims"])}

    where = {"backend": settings["backend"], "device": settings.get("device")}
    backend = backends.resolve(*where.values())
    callbacks = []
    if settings.get("patience") is not None:
        callbacks.append(training.EarlyStopping(settings["patience"]))
    if folder is None:
        folder = run_folder.RunFolder.create(out, model.name, data.name)
    callbacks.append(training.HistoryFile(folder / "history.csv"))
    options = {
        "valid": data.splits.get("valid"),
        "epochs": epochs,
        "batch_size": settings["batch_size"],
        "optimizer": settings["optimizer"],
        "learning_rate": settings["learning_rate"],
        "seed": settings["seed"],
        **where,
        "callbacks": callbacks,
        "checkpoint": folder / "checkpoint",
        "settings": {"data": data.name, "data_hash": data.hash, "backend": backend},
    }
    try:
        run = training.Run(model, data.splits["train"], **options)
        if resumed and (folder / "checkpoint").exists():
            run.resume()
        elif resumed:
            click.echo("There is no checkpoint yet: beginning again.", err=True)
    except BaseException:
        folder.remove_if_empty()
        raise
    folder.write_config(settings, model, data, describe_backend(backend))
    click.echo(f"{model!r}\non {data!r}\nfolder {folder}", err=True)
    try:
        run.train(training.choose_progress(progress))
    except training.TrainingInterrupted as stop:
        click.echo(
            f"\nStopped at epoch {run.finished + 1} of {epochs}; saved. Go on with:\n"
            f"  symgen train --resume {folder}",
            err=True,
        )
        raise stop
    if run.stopped:
        click.echo(f"Stopped after epoch {run.finished}: {run.stopped}.", err=True)
    result = folder.write_results(run, model, data, where)
    click.echo(result)
    click.echo(f"Pictures and numbers: {folder}")
