"""Scan as one XLA loop over the buffers that PyTensor has laid out."""

from itertools import chain

import jax
import jax.numpy as jnp
from jax import lax
from pytensor.scan.op import Scan

from symgen.backends.jax import checks
from symgen.backends.jax.convert import DEVICE_ONLY, as_jax, convert, form, needs_host, on_host
from symgen.backends.jax.forms.control import inner_graph
from symgen.errors import BackendError

DEVICE_ONLY.append(Scan)


@form.register(Scan)
def scan_form(op, node):
    """All steps in a loop whose state are the buffers of the outputs."""
    info = op.info
    step = convert(inner_graph(op.fgraph))
    taps = [*info.mit_sot_in_slices, *info.sit_sot_in_slices]
    # How far from the beginning of its buffer the first new value of each output stands.
    offsets = [-min(t) for t in taps] + [0] * info.n_nit_sot
    n_mit_mot = info.n_mit_mot
    reads, writes = info.normalized_mit_mot_in_slices, info.normalized_mit_mot_out_slices

    def scan(*values):
        values = list(values)
        n_steps = values[0]
        n_steps = int(n_steps) if on_host(n_steps) else n_steps
        variables = list(node.inputs)

        def arrays(group):
            pairs = zip(group(values), group(variables), strict=True)
            return [as_jax(value, variable) for value, variable in pairs]

        sequences = arrays(op.outer_seqs)
        for sequence in sequences:
            if isinstance(n_steps, int) and sequence.shape[0] < n_steps:
                raise ValueError(f"{n_steps} steps over a sequence of {sequence.shape[0]}")
        histories = arrays(op.outer_mitmot)
        buffers = [*arrays(op.outer_mitsot), *arrays(op.outer_sitsot)]
        fixed = op.outer_non_seqs(values)
        untraced = [
            as_jax(v, o) if hasattr(o.type, "dtype") else v
            for v, o in zip(
                op.outer_untraced_sit_sot(values), op.outer_untraced_sit_sot(variables), strict=True
            )
        ]
        lengths = op.outer_nitsot(values)
        if not all(map(on_host, lengths)):
            raise needs_host(op, "a number of steps")
        nit_sot = op.inner_nitsot_outs(op.inner_outputs)
        errors = []

        def one_step(i, state):
            histories, buffers, untraced, failed = state
            inputs = [lax.dynamic_index_in_dim(s, i, 0, False) for s in sequences]
            for history, read in zip(histories, reads, strict=True):
                inputs += [lax.dynamic_index_in_dim(history, i + k, 0, False) for k in read]
            for buffer, tap, offset in zip(buffers, taps, offsets, strict=False):
                n = buffer.shape[0]
                inputs += [
                    lax.dynamic_index_in_dim(buffer, (i + offset + k) % n, 0, False) for k in tap
                ]
            with checks.collecting() as found:
                outputs = step(*inputs, *untraced, *fixed)
            stop = outputs.pop() if info.as_while else None
            errors[:] = [error for _, error in found]
            for k, (holds, _) in enumerate(found):
                failed = jnp.where((failed < 0) & ~holds, jnp.int32(k), failed)
            new_histories = []
            for history, write, new in zip(
                histories, writes, op.inner_mitmot_outs_grouped(outputs), strict=True
            ):
                for k, value in zip(write, new, strict=True):
                    history = _put(history, value, i + k)
                new_histories.append(history)
            new = [
                *op.inner_mitsot_outs(outputs),
                *op.inner_sitsot_outs(outputs),
                *op.inner_nitsot_outs(outputs),
            ]
            return new_histories, new, op.inner_untraced_sit_sot_outs(outputs), failed, stop

        def first_shapes():
            state = (histories, buffers, untraced, jnp.int32(-1))
            return one_step(jnp.int64(0), state)[1][len(buffers) :]

        if info.n_nit_sot:
            shapes = jax.eval_shape(first_shapes)
            for shape, length, variable in zip(shapes, lengths, nit_sot, strict=True):
                buffers.append(jnp.zeros((int(length), *shape.shape), variable.type.dtype))

        def body(i, state):
            histories, buffers, untraced, failed = state
            known = buffers[: len(taps)]
            histories, new, untraced, failed, stop = one_step(
                i, (histories, known, untraced, failed)
            )
            buffers = [
                _put(buffer, value, (i + offset) % buffer.shape[0]) if buffer.shape[0] else buffer
                for buffer, value, offset in zip(buffers, new, offsets, strict=True)
            ]
            old = state[2]
            untraced = [
                value.astype(before.dtype) if hasattr(before, "dtype") else value
                for value, before in zip(untraced, old, strict=True)
            ]
            return (histories, buffers, untraced, failed), stop

        state = (histories, buffers, untraced, jnp.int32(-1))
        if info.as_while:
            done, state = _loop_until(body, n_steps, state)
        else:
            done = n_steps
            state = lax.fori_loop(
                jnp.int64(0), jnp.asarray(n_steps, "int64"), lambda i, s: body(i, s)[0], state
            )
        histories, buffers, untraced, failed = state
        for k, error in enumerate(errors):
            checks.record(failed != k, error)
        kept = [_in_order(op, b, o, done) for b, o in zip(buffers, offsets, strict=True)]
        return tuple(chain(histories[:n_mit_mot], kept, untraced))

    return scan


def _put(buffer, value, place):
    value = jnp.broadcast_to(jnp.asarray(value, buffer.dtype), buffer.shape[1:])
    return lax.dynamic_update_index_in_dim(buffer, value, place, 0)


def _loop_until(body, n_steps, state):
    """Steps until one says stop; returns how many there were and the state."""

    def go_on(loop):
        i, stop, _ = loop
        return (i < n_steps) & ~stop

    def step(loop):
        i, _, state = loop
        state, stop = body(i, state)
        return i + 1, jnp.asarray(stop, bool).reshape(()), state

    done, _, state = lax.while_loop(go_on, step, (jnp.int64(0), jnp.array(False), state))
    return done, state


def _in_order(op, buffer, offset, steps):
    """A buffer with its values in order of time, cut to those that were computed."""
    n = buffer.shape[0]
    if isinstance(steps, int):
        if steps + offset <= n:
            return buffer[: steps + offset]
        return jnp.roll(buffer, -((steps + offset) % n), axis=0) if n else buffer
    if n > offset + 1:
        what = "until() in a scan" if op.info.as_while else "a number of steps computed from data"
        raise BackendError(
            "shapes that follow from the inputs' shapes, as backend 'jax' needs",
            f"{what}, with more than the last state used: a data-dependent shape",
            "Use the last state only, out[-1]; or scan a fixed number of steps and pt.switch.",
        )
    return jnp.roll(buffer, -((steps + offset) % n), axis=0) if n else buffer
