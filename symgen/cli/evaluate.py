"""``symgen evaluate FOLDER``: the numbers of a trained run, on any data, by any metric it has."""

import click
import numpy as np
from click.core import ParameterSource

from symgen.cli.model_options import Several
from symgen.cli.run_folder import RunFolder
from symgen.errors import (
    NotSupportedError,
    RangeError,
    SettingsError,
    UntrainedModelError,
    look_up,
)


@click.command("evaluate")
@click.argument("folder")
@click.option("--metric", default="own", show_default=True,
              help="own: what training reports; bits: bits per dimension; importance: log p(x) of a "
              "VAE by importance sampling; iwae: its importance-weighted bound at each number of "
              "draws in --k; likelihood: of an RBM or a deep machine, log Z by "
              "annealing, from both sides.")
@click.option("--data", metavar="NAME|FILE", help="[default: that of the run]")
@click.option("--split", type=click.Choice(("train", "valid", "test")),
              help="[default: test, or valid or train where there is none]")
@click.option("--binarize", type=click.Choice(("none", "threshold", "stochastic")),
              help="Make grey levels 0 and 1.  [default: as the run did; none for other data]")
@click.option("--draws", type=int,
              help="Draws of the latent variables for each example.  [default: 10; 5000 for importance]")
@click.option("--k", "ks", type=Several(int, "1,5,50"), default="1,5,50,500", show_default=True,
              help="Numbers of draws of iwae; each divides the greatest.")
@click.option("--picture", metavar="FILE.png", help="Draw the bound of iwae over k there.")
@click.option("--chains", type=int, default=100, show_default=True, help="Of annealing.")
@click.option("--temperatures", type=int, default=1000, show_default=True, help="Of annealing.")
@click.option("--examples", type=int, help="Only so many, drawn by the seed.  [default: all]")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draws.")
@click.option("--backend", help="auto, c, numba, jax, torch or py.")
@click.option("--device", help="auto, cpu or gpu.")
@click.option("--json", "path", metavar="FILE", help="Write the results there, too.")
@click.pass_context
def command(ctx, folder, metric, data, split, binarize, path, **options):
    """Evaluate the trained model of a run FOLDER.

    Each number comes with its unit, standard error, the direction of its bound, and the data with
    their hash and how they became 0 and 1.
    """
    from symgen.files import write_json

    measure, own = look_up("metric", metric, METRICS)
    for name in _OF_ONE_METRIC:
        if name not in own and ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            raise SettingsError(
                f"--metric {' or '.join(m for m, (_, names) in METRICS.items() if name in names)} "
                f"with --{'k' if name == 'ks' else name}",
                f"--metric {metric}",
                "Leave one of the two out.",
            )
    folder = RunFolder(folder)
    config = folder.read_config()
    model, data = _restored(folder, config, data, binarize)
    split = split or next(name for name in ("test", "valid", "train") if name in data.splits)
    if split not in data.splits:
        look_up("split", split, data.splits)
    x, context = _examples(model, data, split, options.pop("examples"), options["seed"])
    where = {
        "dataset": data.name,
        "split": split,
        "dataset_hash": data.hash,
        "binarization": data.binarization,
    }
    options["train"] = data.splits["train"]
    results = measure(model, x, context, options, where)
    click.echo(_in_a_table(results) if measure is _iwae else "\n".join(map(_in_words, results)))
    if path:
        write_json(path, [result.as_dict() for result in results])


def _restored(folder, config, name, binarize):
    """(model with the run's weights, dataset)."""
    from symgen import datasets, models
    from symgen.cli.model_and_data import binarized, build_model
    from symgen.cli.model_options import FROM_DATA

    settings, sizes = config["settings"], config["model"]
    weights = _weights(folder)
    data = datasets.load(name or settings["data"])
    known = {key: sizes[key] for key in FROM_DATA if key in sizes}
    known = {key: tuple(v) if isinstance(v, list) else v or None for key, v in known.items()}
    build = look_up("model", settings["model"], models.MODELS)
    model = build_model(build, settings, data, known)
    weights(model)
    if binarize is None:
        binarize = settings.get("binarize") if name in (None, settings["data"]) else "none"
    return model, binarized(model, {**settings, "binarize": binarize}, data)


def _weights(folder):
    """A function that gives a model the weights of the run: the finished ones, else the checkpoint's.

    Raises
    ------
    UntrainedModelError
        For a run that has not finished an epoch.
    """
    from symgen.models.weights import check_state, load_weights
    from symgen.training import checkpoint

    if (folder / "weights.safetensors").exists():
        return lambda model: load_weights(model, folder / "weights.safetensors")
    snapshot = None
    if (folder / "checkpoint" / checkpoint.FILE_NAME).exists():
        snapshot = checkpoint.load(folder / "checkpoint")
    if snapshot is None or snapshot.epoch == 0:
        raise UntrainedModelError(
            f"a run with a finished epoch in {folder}",
            "none" if snapshot is None else f"one stopped after {snapshot.batch} minibatches of its first",
            f"Go on with it first: symgen train --resume {folder}",
        )
    click.echo(f"The run is not at its end: the weights are those after epoch {snapshot.epoch}.", err=True)

    def restore(model):
        variables = {variable.name: variable for variable in (*model.params, *model.buffers)}
        arrays = {name: snapshot.state[name] for name in variables if name in snapshot.state}
        check_state(variables, arrays, folder / "checkpoint")
        for name, variable in variables.items():
            variable.set_value(arrays[name])

    return restore


def _examples(model, data, split, n, seed):
    """(examples, keyword arguments with their context): all, or `n` of them drawn at random."""
    from symgen.cli.model_and_data import one_hot_labels

    context, x = one_hot_labels(model, data).get(split), data.splits[split]
    if n is not None:
        if not 1 <= n <= len(x):
            raise RangeError(f"from 1 to {len(x)} examples", str(n), "Leave --examples out for all of them.")
        # Drawn: the first rows of a file may be all of one class.
        rows = np.sort(np.random.default_rng(seed).choice(len(x), n, replace=False))
        x, context = x[rows], None if context is None else context[rows]
    return x, {} if context is None else {"context": context}


def _own(model, x, context, options, where):
    from symgen.evaluation import evaluate

    return [evaluate(model, x, n_samples=_draws(options, 10), **context, **_run(options), **where)]


def _bits(model, x, context, options, where):
    from symgen.evaluation import bits_per_dimension

    draws = _draws(options, 10)
    return [bits_per_dimension(model, x, n_samples=draws, **context, **_run(options), **where)]


def _importance(model, x, context, options, where):
    from symgen.evaluation import importance_log_prob

    draws = _draws(options, 5000)
    return [importance_log_prob(model, x, draws, **context, **_run(options), **where)]


def _iwae(model, x, context, options, where):
    from symgen.evaluation import iwae_curve

    results = iwae_curve(model, x, options["ks"], **context, **_run(options), **where)
    if options["picture"]:
        from symgen.reporting import save_bound_curve

        errors = [np.nan if r.standard_error is None else r.standard_error for r in results]
        save_bound_curve(options["picture"], options["ks"], [r.value for r in results], errors)
    return results


def _likelihood(model, x, context, options, where):
    """Log-likelihood by log Z from below and from above."""
    from symgen import evaluation

    top = getattr(model, "top", model)  # of a DBN its uppermost machine has the Z
    measure = evaluation.log_likelihood
    if hasattr(model, "unnormalised_bound"):
        measure = evaluation.lower_bound
    elif not hasattr(model, "annealed_step"):
        raise NotSupportedError(
            "a model that a Z normalises, for --metric likelihood",
            repr(model),
            "Leave --metric out: the model's own metric says what is known of its likelihood.",
        )
    base = None if top is not model else options["train"]  # shares of the pixels, where annealing begins
    place = {key: options[key] for key in ("backend", "device")}
    walks = evaluation.Annealing(top, **place)
    path = {"data": base, "betas": options["temperatures"], "walks": walks}
    n, seed = options["chains"], options["seed"]
    below = evaluation.ais_log_z(top, n_chains=n, seed=seed, **path)
    # Walks that began at the base end near the machine's distribution: they start the way back.
    betas = np.linspace(0, 1, options["temperatures"])
    states, _ = walks.forward(n, betas, top.base_of(base), seed + 1)
    above = evaluation.reverse_ais_log_z(top, states, seed=seed, **path)
    return [measure(model, x, log_z, **place, **where) for log_z in (below, above)]


def _draws(options, usual):
    return usual if options["draws"] is None else options["draws"]


def _run(options):
    return {name: options[name] for name in ("seed", "backend", "device")}


#: By name: what computes it, and the options that it alone looks at.
METRICS = {
    "own": (_own, ("draws",)),
    "bits": (_bits, ("draws",)),
    "importance": (_importance, ("draws",)),
    "iwae": (_iwae, ("ks", "picture")),
    "likelihood": (_likelihood, ("chains", "temperatures")),
}
_OF_ONE_METRIC = ("draws", "ks", "picture", "chains", "temperatures")


def _in_a_table(results):
    """Bounds one below the other, and what they have in common."""
    rows = [f"{'k':>6}  bound ± standard error, {results[0].unit}"]
    for result in results:
        k = result.metric.rpartition(" ")[2]
        rows.append(f"{k:>6}  {result.with_error(3)}")
    return "\n".join(["IWAE bound", *rows, f"  bound: {results[0].bound}", _data_of(results[0])])


def _in_words(result):
    """The result on a few lines."""
    from symgen.training.progress import rounded

    unit = "" if result.unit == result.metric else f" {result.unit}"
    lines = [
        f"{result.metric}: {result.with_error(3)}{unit}",
        f"  bound: {result.bound}",
    ]
    if result.interval:
        lines.append("  interval: [{:.3f}, {:.3f}]".format(*result.interval))
    if len(result.terms) > 1:
        terms = ", ".join(f"{name} {rounded(value)}" for name, value in result.terms.items())
        lines.append(f"  terms: {terms}")
    return "\n".join([*lines, _data_of(result)])


def _data_of(result):
    from symgen.datasets.dataset import values_in_words

    return (
        f"  on {result.n} {result.split} examples of {result.dataset} "
        f"({values_in_words(result.binarization)}; sha256 {result.dataset_hash[:12]}…)"
    )
