"""``symgen train MODEL``: data in, a trained model and its run folder out."""

from pathlib import Path

import click
from click.core import ParameterSource

from symgen.cli import run_folder
from symgen.errors import SettingsError, look_up

# Epochs that give a recognisable result in about a minute, by dataset, where the model names none.
_EPOCHS = {"digits": 400, "mnist": 20, "binarized_mnist": 20}
_EPOCHS_OTHERWISE = 50


class TrainCommand(click.Command):
    """``train``, which takes the options of the model that is named beside its own."""

    def parse_args(self, ctx, args):
        """Find the model first: its options are read from its constructor."""
        ctx.meta["symgen.model"] = _model_named(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx):
        """Its own parameters, then the model's."""
        params, build = super().get_params(ctx), ctx.meta.get("symgen.model")
        if build is None:
            return params
        from symgen.cli.model_options import options_of

        taken = {param.name for param in params}
        return [*params, *(option for option in options_of(build) if option.name not in taken)]

    def format_epilog(self, ctx, formatter):
        """The models there are, one line each."""
        from symgen.cli.model_options import summary_of
        from symgen.models import MODELS

        with formatter.section("Models"):
            formatter.write_dl([(name, summary_of(build)) for name, build in MODELS.items()])


def _model_named(args):
    """The row of MODELS that is named, or whose run goes on; None where there is none."""
    from symgen.models import MODELS

    for arg in args:
        if arg in MODELS:
            return MODELS[arg]
    if any(arg.startswith("--resume") for arg in args):
        for arg in args:
            folder = Path(arg.partition("=")[2] or arg)
            if (folder / "config.json").is_file():
                return MODELS.get(run_folder.RunFolder(folder).read_config()["settings"]["model"])
    return None


@click.command("train", cls=TrainCommand)
@click.argument("model", required=False)
@click.option("--data", default="digits", show_default=True, metavar="NAME|FILE",
              help="digits, mnist, binarized_mnist, two_moons, …, FILE.npy or FILE.npz.")
@click.option("--binarize", type=click.Choice(("auto", "none", "threshold", "stochastic")),
              default="auto", show_default=True,
              help="Make grey levels 0 and 1; auto does so, by threshold, for models of binary data.")
@click.option("--conditional/--unconditional", default=None,
              help="Give the model the labels, one-hot.  [default: where it needs them]")
@click.option("--epochs", type=int, help="Passes over the data.  [default: by model and dataset]")
@click.option("--pretrain-epochs", type=int,
              help="Passes for each layer of a model that is trained greedily first.")
@click.option("--batch-size", type=int, help="[default: the model's own, else 100]")
@click.option("--learning-rate", type=float, help="[default: the model's or the optimizer's own]")
@click.option("--optimizer",
              help="sgd, momentum, rmsprop, adam, … (symgen.updates.RULES).  "
              "[default: the model's own, else rmsprop]")
@click.option("--weight-decay", type=float,
              help="Pull of the weights towards 0, beside the gradient.  [default: the model's own, else 0]")
@click.option("--patience", type=int,
              help="Stop after so many epochs without a better held-out loss.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
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
    """Train MODEL and write pictures and numbers to a run folder.

    A model has options of its own: symgen train MODEL --help lists them.

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
        raise click.UsageError("Name a model, as in symgen train vae; --help lists them.")
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
    from symgen.cli.model_and_data import binarized, build_model, one_hot_labels
    from symgen.training.checkpoint import FILE_NAME
    from symgen.updates import RULES

    build = look_up("model", settings["model"], models.MODELS)
    if settings["optimizer"] is not None:
        look_up("optimizer", settings["optimizer"], RULES)
    look_up("backend", settings["backend"] or "auto", backends.BACKENDS)
    data = datasets.load(settings["data"])
    model = build_model(build, settings, data)
    data = binarized(model, settings, data)
    contexts = one_hot_labels(model, data)
    if settings.get("pretrain_epochs") is not None and not hasattr(model, "pretraining"):
        raise SettingsError(
            "--pretrain-epochs with a model that is trained layer by layer first",
            settings["model"],
            "Leave it out: --epochs is all that it is trained for.",
        )
    epochs = settings["epochs"]
    if epochs is None:
        by_data = _EPOCHS.get(settings["data"], _EPOCHS_OTHERWISE)
        epochs = model.training.get("epochs", by_data)
    settings = {**settings, "epochs": epochs}

    where = {"backend": settings["backend"], "device": settings.get("device")}
    backend = backends.resolve(*where.values())
    callbacks = []
    if settings.get("patience") is not None:
        callbacks.append(training.EarlyStopping(settings["patience"]))
    if folder is None:
        folder = run_folder.RunFolder.create(out, settings["model"], data.name)
    callbacks.append(training.HistoryFile(folder / "history.csv"))
    options = {
        "valid": data.splits.get("valid"),
        "context": contexts.get("train"),
        "valid_context": contexts.get("valid"),
        "batch_size": settings["batch_size"],
        "optimizer": settings["optimizer"],
        "learning_rate": settings["learning_rate"],
        "weight_decay": settings.get("weight_decay"),
        "seed": settings["seed"],
        **where,
        "checkpoint": folder / "checkpoint",
        "settings": {"data": data.name, "data_hash": data.hash, "backend": backend},
    }
    click.echo(f"{model!r}\non {data!r}; compiling the training step", err=True)
    try:
        run = training.Run(
            model, data.splits["train"], epochs=epochs, callbacks=callbacks, **options
        )
        if resumed and (folder / "checkpoint" / FILE_NAME).exists():
            run.resume()
        elif resumed and not (folder / "checkpoint").exists():
            click.echo("There is no checkpoint yet: beginning again.", err=True)
    except BaseException:
        folder.remove_if_empty()
        raise
    folder.write_config(settings, model, data, describe_backend(backend))
    click.echo(f"folder {folder}", err=True)
    try:
        if hasattr(model, "pretraining") and not run.begun:
            phases = model.training.get("pretrain_epochs", epochs)
            chosen = settings.get("pretrain_epochs")
            phases = phases if chosen is None else chosen
            training.pretrain(model, data.splits["train"], epochs=phases, show=progress, **options)
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
    if progress != "none":
        click.echo(f"Trained, {run.seconds:.0f} s; numbers and pictures follow.", err=True)
    try:
        result = folder.write_results(run, model, data, where, contexts)
    except KeyboardInterrupt:
        click.echo(
            f"\nStopped before all numbers and pictures were there; the training is saved. Make them with:\n"
            f"  symgen train --resume {folder}",
            err=True,
        )
        raise
    click.echo(result)
    click.echo(f"Pictures and numbers: {folder}")
