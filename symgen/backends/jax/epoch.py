"""Many steps in one program: a loop of XLA's over the indices, the state given from step to step.

The loop's length is an argument of the program, and the room for its outputs one of a few sizes
(:func:`room_for`): so calls with any number of steps share a few programs. A GPU has to ask the host
after each pass of a loop of unknown length whether another comes, so there a pass is :data:`BLOCK`
steps, and what is left over goes one by one.
"""

from itertools import starmap

import jax
import jax.numpy as jnp
import numpy as np
import pytensor
from jax import lax

from symgen.backends.device import transfers
from symgen.backends.jax import mode
from symgen.backends.jax.forms.random import advance, key_of
from symgen.backends.jax.program import raise_failed
from symgen.errors import BackendError

BLOCK = 16
# Room for the numbers that steps return, such as losses. Training asks for 1, 8, 64, ... steps until it
# knows how long one takes: each program is compiled for seconds.
ROOMS = (64, 512, 4096)


def room_for(steps, numbers_only):
    """Steps that the program of a call of so many `steps` has room for.

    Where a step returns arrays, room for steps that are not made is dear: at most twice as many.
    """
    room = 1 << max(0, steps - 1).bit_length()
    if numbers_only:
        room = next((known for known in ROOMS if steps <= known), room)
    return room


def compile_epoch(index, outputs, updates, givens, device, name=None):
    """Compile a training step into a function that runs one step for each index it is given.

    Parameters
    ----------
    index : integer scalar or vector variable
    outputs : list of variables
    updates, givens : dict
        As for ``pytensor.function``.
    device : {"cpu", "gpu", "auto"}
    name : str, optional

    Returns
    -------
    Epoch

    Raises
    ------
    BackendError
        For a step that JAX cannot run, or whose shapes depend on the index.
    """
    step = pytensor.function(
        [index],
        list(outputs),
        updates=updates,
        givens=givens,
        mode=mode(device),
        name=name,
        on_unused_input="ignore",
    )
    return Epoch(step.vm)


class Epoch:
    """A function of an array of indices, one step along the first axis.

    Returns the outputs of all steps, a list of NumPy arrays with the steps along the first axis. On
    an error of any step the shared variables are what they were before the call.

    Parameters
    ----------
    program : symgen.backends.jax.program.Program
        Of one step, whose only argument is the index.
    """

    def __init__(self, program):
        if program.static:
            raise BackendError(
                "a step whose shapes are the same for every index, as backend 'jax' needs",
                "one whose shapes depend on the index: a data-dependent shape",
                "Cut minibatches of a constant length, X[i * B : (i + 1) * B].",
            )
        self.program = program
        self.block = BLOCK if program.device.platform == "gpu" else 1
        returned = program.fgraph.outputs[: program.n_returned]
        self._numbers_only = all(output.type.ndim == 0 for output in returned)
        self._run = jax.jit(self._loop, static_argnums=(0, 1), donate_argnums=2)
        self._run_keeping = jax.jit(self._loop, static_argnums=(0, 1))
        self._errors = {}

    def _step(self, values, trusted):
        """One step; the errors of its checks are noted."""
        *results, self._errors[trusted] = self.program.evaluate((), values, trusted)
        return results

    def _loop(self, room, trusted, state, kept, keys, indices, steps):
        """All steps; returns the new state, the outputs, and whether each check held throughout."""
        indices = jnp.asarray(indices)
        shapes = jax.eval_shape(
            lambda: self._step([*state, *kept, *(k[0] for k in keys), indices[0]], trusted)
        )
        stacks = [jnp.zeros((room, *s.shape), s.dtype) for s in shapes[0]]

        def body(i, loop):
            state, stacks, held = loop
            here = [lax.dynamic_index_in_dim(k, i, 0, False) for k in (*keys, indices)]
            outputs, state, holds = self._step([*state, *kept, *here], trusted)
            stacks = [
                lax.dynamic_update_index_in_dim(s, value, i, 0)
                for s, value in zip(stacks, outputs, strict=True)
            ]
            return state, stacks, held & holds

        def pass_of_block(k, loop):
            return lax.fori_loop(0, self.block, lambda j, loop: body(k * self.block + j, loop), loop)

        loop = (list(state), stacks, jnp.ones(shapes[2].shape, bool))
        done = jnp.int64(0)
        if 1 < self.block <= room:
            passes = steps // self.block
            loop = lax.fori_loop(done, passes, pass_of_block, loop)
            done = passes * self.block
        return lax.fori_loop(done, steps, body, loop)

    def __call__(self, indices):
        """Run one step for each of `indices`."""
        program = self.program
        steps = len(indices)
        room = room_for(steps, self._numbers_only)
        for window in program.windows if steps else ():
            window.check_all(program.cells, indices)
        padded = np.zeros((room, *indices.shape[1:]), indices.dtype)
        padded[:steps] = indices
        keys, after = self._keys(steps, room)
        with program._context():
            values = program.gather()
            n = len(program.state)
            state, kept = values[:n], values[n:]
            # The state is given away only if no check can ask for it back.
            trusted = program.rows_are_inside()
            checks = self._checks(trusted, padded, state, kept, keys)
            run = self._run_keeping if checks else self._run
            done = []
            try:
                # From within C: no signal can come between the run and keeping its result.
                arguments = room, trusted, state, kept, keys, padded, np.int64(steps)
                done.extend(starmap(run, [arguments]))
                if checks:
                    raise_failed(done[0][2], checks)
                    program.keep_state(done[0][0])
                stacks = jax.block_until_ready(done[0][1])  # before the host gives room to them
                results = [np.array(np.asarray(stack)[:steps]) for stack in stacks]
            except jax.errors.JaxRuntimeError as error:
                raise program.runtime_error(error) from error
            finally:
                if done and not checks:
                    program.keep_state(done[0][0])
        for position, generator in after.items():
            program.cells[position][0] = generator
        for array in (padded, *keys):
            transfers.to_device(array)
        for array in results:
            transfers.to_host(array)
        return results

    def _checks(self, trusted, indices, state, kept, keys):
        """Errors of what a step checks; the first call traces it to find out."""
        if trusted not in self._errors:
            first = [*state, *kept, *(k[0] for k in keys), indices[0]]
            jax.eval_shape(lambda *values: self._step(values, trusted), *first)
        return self._errors[trusted]

    def _keys(self, steps, room):
        """Keys of every generator at every step, and the generators after the last."""
        program, keys, after = self.program, [], {}
        for position in program.generators:
            generator = program.cells[position][0]
            words = np.zeros((room, 2), np.uint32)
            if position in program.advancing:
                generator = _copy(generator)
                for i in range(steps):
                    words[i] = key_of(generator)
                    advance(generator)
                after[position] = generator
            else:
                words[:] = key_of(generator)
            keys.append(words)
        return keys, after


def _copy(generator):
    """A NumPy generator in the same state."""
    bits = type(generator.bit_generator)()
    bits.state = generator.bit_generator.state
    return np.random.Generator(bits)
