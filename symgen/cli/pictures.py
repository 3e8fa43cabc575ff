"""The pictures of a trained model: what it can do decides which there are."""

import inspect

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.graph.traversal import toposort
from pytensor.scan.op import Scan

from symgen import backends, reporting
from symgen.ops.conv.op import ConvOp
from symgen.random import RandomStreams

_SHOWN = 10  # rows and columns of the picture of samples
_POINTS = 1000  # samples in the plane
_STEPS = 12  # pictures of a path or a chain
_THIN = 20  # steps of a chain between two pictures
_GRID = 200  # points of a density each way


def write_pictures(folder, run, model, data, split, unit, context):
    """Write into `folder` every picture that the model's abilities allow.

    Parameters
    ----------
    folder : Path
    run : symgen.training.Run
    model : symgen.models.Model
    data : symgen.datasets.Dataset
    split : str
        Whose examples are shown.
    unit : str
        Of the terms of the model's metric.
    context : array of shape (n, context_dim) or None
        Of that split.
    """
    unitless = _unitless(model, _terms(run))
    reporting.save_loss_curve(folder / "loss.png", run.history, unit, run.losses, unitless)
    # Drawn: the first rows of a file may be all of one class.
    order = np.random.default_rng(run.seed).permutation(len(data.splits[split]))
    examples = np.asarray(data.splits[split], dtype=model.dtype)[order]
    labels = data.labels[split][order] if split in data.labels else None
    context = None if context is None else context[order]
    for draw in (_reconstructions, _latent_map, _interpolation, _samples, _filters, _chain, _density):
        draw(folder, model, data, examples, labels, context, run.seed)


def _terms(run):
    """Names of the terms in the history beside the losses."""
    return {key.partition("_")[2] for key in run.history[-1]} - {"", "loss", *run.losses}


def _unitless(model, terms):
    """Names of what has not the metric's unit: penalties, shares of errors, and a loss made with them."""
    if model.metric_terms is None:
        return set()
    others = terms - set(model.metric_terms)
    ones = {name: np.asarray(float(name in others), model.dtype) for name in terms}
    return others | ({"loss"} if model.total(ones) else set())


def _function(inputs, outputs, srng=None):
    """For one call: what loops or convolves is compiled, the rest runs at once in Python."""
    graph = outputs if isinstance(outputs, list) else [outputs]
    heavy = any(isinstance(node.op, Scan | ConvOp) for node in toposort(graph))
    mode = backends.select(None if heavy else "py")
    updates = srng.updates_of(*graph) if srng else {}
    return pytensor.function(inputs, outputs, updates=updates, mode=mode, on_unused_input="ignore")


def _inputs(model, examples, context):
    """(symbolic x, keyword arguments with the symbolic context, inputs, their values)."""
    x = pt.matrix("x", dtype=model.dtype, shape=(None, model.input_dim))
    if not model.context_dim:
        return x, {}, [x], [examples]
    shape = (None, model.context_dim)
    symbolic = pt.matrix("context", dtype=model.dtype, shape=shape)
    return x, {"context": symbolic}, [x, symbolic], [examples, context]


def _call(method, x, given):
    """The method's answer; one that does not depend on the context is not told it."""
    return method(x, **given) if "context" in inspect.signature(method).parameters else method(x)


def _reconstructions(folder, model, data, examples, labels, context, seed):
    if not hasattr(model, "reconstruct"):
        return
    examples, context = examples[:30], None if context is None else context[:30]
    x, given, inputs, values = _inputs(model, examples, context)
    spoilt = None
    if hasattr(model, "corrupt") and data.image_shape:
        srng = RandomStreams(seed)
        spoilt = _function([x], model.corrupt(x, srng), srng)(examples)
        values[0] = spoilt
    rebuilt = _function(inputs, _call(model.reconstruct, x, given))(*values)
    reporting.save_reconstructions(
        folder / "reconstructions.png", examples, rebuilt, data.image_shape, spoilt=spoilt
    )


def _code(model, x, given):
    """The code, or the mean of its distribution, and what to call it."""
    code = _call(model.encode, x, given)
    return (code[0], "latent mean") if isinstance(code, tuple) else (code, "latent code")


def _latent_map(folder, model, data, examples, labels, context, seed):
    if not hasattr(model, "encode"):
        return
    x, given, inputs, values = _inputs(model, examples, context)
    code, what = _code(model, x, given)
    codes = _function(inputs, code)(*values)
    reporting.save_latent_map(folder / "latent.png", codes, labels, what)


def _interpolation(folder, model, data, examples, labels, context, seed):
    """Decoded points on the lines between the codes of pairs of examples."""
    if not (hasattr(model, "encode") and hasattr(model, "decode") and data.image_shape):
        return
    pairs = examples[: 2 * _SHOWN]
    context = None if context is None else context[: 2 * _SHOWN]
    x, given, inputs, values = _inputs(model, pairs, context)
    codes = _function(inputs, _code(model, x, given)[0])(*values)
    share = np.linspace(0, 1, _STEPS, dtype=model.dtype)[None, :, None]
    path = ((1 - share) * codes[::2, None] + share * codes[1::2, None]).reshape(-1, codes.shape[1])
    z = pt.matrix("z", dtype=model.dtype, shape=(None, codes.shape[1]))
    inputs, values, given = [z], [path], {}
    if context is not None:
        given = {"context": pt.matrix("context", dtype=model.dtype, shape=(None, model.context_dim))}
        inputs.append(given["context"])
        values.append(np.repeat(context[::2], _STEPS, axis=0))
    images = _function(inputs, _call(model.decode, z, given))(*values)
    reporting.save_image_grid(
        folder / "interpolation.png", images, data.image_shape, len(pairs) // 2, _STEPS,
        title="Decoded between the codes of two examples",
    )  # fmt: skip


def _samples(folder, model, data, examples, labels, context, seed):
    if not hasattr(model, "sample"):
        return
    n, given, names = _POINTS if model.input_dim == 2 else _SHOWN**2, {}, ()
    if model.context_dim:
        if context is None:
            return
        kinds = np.unique(context, axis=0)[::-1]  # one-hot: class 0 first
        given["context"] = pt.as_tensor(kinds[np.arange(n) % len(kinds)].astype(model.dtype))
    srng = RandomStreams(seed)
    draws = _function([], model.sample(n, srng, **given), srng)()
    if model.input_dim == 2:
        groups = {"data": examples, "samples": draws}
        reporting.save_scatter(folder / "samples.png", groups)
        return
    columns = _SHOWN
    if given and len(kinds) <= _SHOWN:
        columns = len(kinds)
        names = [labels[(context == kind).all(axis=1).argmax()] for kind in kinds]
    rows = n // columns
    draws = draws[: rows * columns]
    reporting.save_samples(folder / "samples.png", draws, data.image_shape, rows, columns, names)


def _filters(folder, model, data, examples, labels, context, seed):
    if not (hasattr(model, "filters") and data.image_shape):
        return
    filters = every = model.filters()
    if len(filters) > _SHOWN**2:  # units may lie in an order
        filters = filters[np.linspace(0, len(filters) - 1, _SHOWN**2).round().astype(int)]
    each = np.abs(filters).max(axis=1, keepdims=True)
    filters = (filters / np.where(each > 0, each, 1)).reshape(-1, *data.image_shape)
    filters = _seen(filters)
    reporting.save_image_grid(
        folder / "filters.png", filters, filters.shape[1:],
        title=f"Weights of {len(filters)} of {len(every)} units, each on a scale of its own, grey for 0",
        value_range=(-1, 1),
    )  # fmt: skip


def _seen(filters):
    """The part of the image that the units see: a convolution's patch has none but zeros round it."""
    _, rows, columns = np.nonzero(filters)
    if not len(rows):
        return filters
    return filters[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _chain(folder, model, data, examples, labels, context, seed):
    """Rows are chains that begin at examples; time goes to the right, some steps a picture."""
    if not (hasattr(model, "chain") and data.image_shape) or model.context_dim:
        return
    srng = RandomStreams(seed)
    start = examples[:_SHOWN]
    path = model.chain(pt.as_tensor(start), srng, steps=_THIN * (_STEPS - 1))
    path = _function([], path[_THIN - 1 :: _THIN], srng)()
    path = np.concatenate([start[None], path]).swapaxes(0, 1).reshape(-1, start.shape[1])
    reporting.save_image_grid(
        folder / "chain.png", path, data.image_shape, len(start), _STEPS,
        title=f"Chains that begin at examples, {_THIN} steps of Gibbs sampling from one picture to the next",
    )  # fmt: skip


def _density(folder, model, data, examples, labels, context, seed):
    if not (hasattr(model, "log_prob") and model.input_dim == 2) or model.context_dim:
        return
    low, high = examples.min(axis=0), examples.max(axis=0)
    margin = 0.1 * (high - low)
    axes = [np.linspace(a, b, _GRID) for a, b in zip(low - margin, high + margin, strict=True)]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype(model.dtype)
    x = pt.matrix("x", dtype=model.dtype, shape=(None, 2))
    log_density = _function([x], model.log_prob(x))(points).reshape(_GRID, _GRID)
    reporting.save_density(folder / "density.png", log_density, *axes, points=examples)
