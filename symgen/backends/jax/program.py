"""A graph compiled by JAX, with its state on the device between the calls."""

from itertools import starmap

import jax
import jax.numpy as jnp
import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.printing import Print
from pytensor.tensor.random.type import RandomGeneratorType

from symgen import config
from symgen.backends.device import transfers
from symgen.backends.jax import checks, library
from symgen.backends.jax.arrays import to_device
from symgen.backends.jax.convert import as_jax, convert
from symgen.backends.jax.forms.random import advance, key_of
from symgen.backends.jax.masked import Masked
from symgen.backends.jax.static import masked_output, refuse_selected_outputs, static_inputs
from symgen.backends.jax.windows import host_rows, host_windows
from symgen.errors import BackendError, DtypeError, NotSupportedError


class Program:
    """What a call of a compiled function runs: PyTensor's "virtual machine".

    The inputs are *state* (shared variables that an update replaces: their buffers are given away
    to JAX), *kept* (other shared variables) and *arguments*. State and kept arrays are moved to the
    device when they are first seen there; from then on their cells hold JAX arrays.

    Parameters
    ----------
    fgraph : FunctionGraph
    cells : list of lists of one value
        Of the graph's inputs.
    device : jax.Device
    fetch : bool
        Whether outputs come as NumPy arrays; else they are JAX's.
    """

    allow_gc = False

    def __init__(self, fgraph, cells, device, fetch=True):
        self.fgraph, self.device, self.thunks, self.nodes = fgraph, device, [], []
        self.fetch = fetch
        self._context = library.context(device)
        inputs = list(fgraph.inputs)
        self.updates = dict(getattr(fgraph, "update_mapping", None) or {})  # output: input
        self.n_returned = len(fgraph.outputs) - len(self.updates)
        _refuse_dtypes(fgraph)
        self.windows = host_windows(fgraph)
        statics = static_inputs(fgraph)
        refuse_selected_outputs(fgraph, statics)
        self.generators = [
            k for k, v in enumerate(inputs) if isinstance(v.type, RandomGeneratorType)
        ]
        new_state = {k: o for o, k in self.updates.items()}
        self.advancing = [k for k in self.generators if k in new_state]
        _check_generators(fgraph, self.advancing, new_state)
        self.state = [k for k in new_state if k not in self.generators]
        self.state_outputs = [new_state[k] for k in self.state]
        shared = [k for k, v in enumerate(inputs) if isinstance(v, SharedVariable)]
        self.kept = [k for k in shared if k not in new_state and k not in self.generators]
        self.rows = host_rows(fgraph, self.kept)
        self._bounds = {}
        self.function = convert(fgraph)
        self.static = [inputs.index(v) for v in statics]
        taken = {*self.state, *self.kept, *self.static, *self.generators}
        self.arguments = [k for k in range(len(inputs)) if k not in taken]
        self.order = [*self.state, *self.kept, *self.generators, *self.arguments]
        self.cells = cells
        self.n_inputs = len(inputs)
        self._variables = inputs
        self._state_cells = [cells[k] for k in self.state]
        self._device_cells = [cells[k] for k in (*self.state, *self.kept)]
        self._seen = [None] * len(self._device_cells)
        self._generator_cells = [cells[k] for k in self.generators]
        self._argument_cells = [cells[k] for k in self.arguments]
        self._static_cells = [cells[k] for k in self.static]
        self._prints = any(isinstance(node.op, Print) for node in fgraph.apply_nodes)
        self._programs = {}

    # -- tracing ----------------------------------------------------------------------------------

    def evaluate(self, static, values, trusted=False):
        """Outputs, new state and the checks; run while JAX traces.

        Parameters
        ----------
        static : tuple of int
        values : sequence in the order of :attr:`order`
        trusted : bool
            What :meth:`rows_are_inside` says.

        Returns
        -------
        outputs, state, holds, errors : list, list, boolean vector, list
            The last two have an entry for each check.
        """
        env = [None] * self.n_inputs
        for k, value in zip(self.static, static, strict=True):
            env[k] = np.asarray(value, self._variables[k].type.dtype)
        for k, value in zip(self.order, values, strict=True):
            if k in self.generators:
                env[k] = jax.random.wrap_key_data(value, impl="threefry2x32")
            else:
                env[k] = as_jax(value, self._variables[k])
        given = {id(v) for v in env}
        precision = jax.config.jax_default_matmul_precision
        if precision is None:
            precision = "tensorfloat32" if config.tf32() else "highest"
        collecting = checks.collecting(), checks.trusting(trusted)
        with collecting[0] as found, collecting[1], jax.default_matmul_precision(precision):
            results = self.function(*env)
        for result in results:
            if isinstance(result, Masked):
                raise masked_output()
        pairs = list(zip(results, self.fgraph.outputs, strict=True))
        outputs = [as_jax(*pair) for pair in pairs[: self.n_returned]]
        if not self.fetch:  # an array of its own: another function may give away an input
            outputs = [jnp.copy(output) if id(output) in given else output for output in outputs]
        state = []
        for position in self.state_outputs:
            new = as_jax(*pairs[position])
            if id(new) in given:  # an array of its own: the next call gives it away
                new = jnp.copy(new)
            given.add(id(new))
            state.append(new)
        if found:
            holds = jnp.stack([flag for flag, _ in found])
            old = [env[k] for k in self.state]
            state = [_choose(jnp.all(holds), n, o) for n, o in zip(state, old, strict=True)]
        else:
            holds = jnp.zeros(0, bool)
        return outputs, state, holds, [error for _, error in found]

    def _compile(self, static, trusted):
        """The compiled function, and the errors of its checks: filled in when it is traced."""
        errors = []

        def run(*values):
            outputs, state, holds, errors[:] = self.evaluate(static, values, trusted)
            return tuple([*outputs, *state, *([holds] if errors else [])])

        return jax.jit(run, donate_argnums=tuple(range(len(self.state)))), errors

    # -- calling ----------------------------------------------------------------------------------

    def gather(self):
        """Arrays of the state and of what is kept, moved to the device where they are not yet."""
        values = [cell[0] for cell in self._device_cells]
        seen = self._seen
        for k, value in enumerate(values):
            if value is not seen[k]:
                values[k] = self._admit(k, value)
        return values

    def _admit(self, k, value):
        position = (*self.state, *self.kept)[k]
        if not isinstance(value, jax.Array):
            value = np.asarray(value, self._variables[position].type.dtype)
        self._seen[k] = self._device_cells[k][0] = value = to_device(value, self.device)
        return value

    def rows_are_inside(self):
        """Whether all entries of the orders of rows in :attr:`rows` are rows of their arrays."""
        for array, order in self.rows:
            size = self.cells[array][0].shape[0]
            low, high = self._bounds_of(order)
            if low < -size or high >= size:
                return False
        return True

    def _bounds_of(self, position):
        """The least and the greatest entry of an array, found out once for each that is set."""
        value = self.cells[position][0]
        known = self._bounds.get(position)
        if known is None or known[0] is not value:
            ends = (int(value.min()), int(value.max())) if value.size else (0, -1)
            known = self._bounds[position] = (value, ends)
        return known[1]

    def __call__(self):
        """Run once: state stays on the device, and so do the outputs unless they are fetched."""
        arguments = [cell[0] for cell in self._argument_cells]
        static = tuple([int(cell[0]) for cell in self._static_cells])
        for window in self.windows:
            window.check(self.cells)
        keys = [key_of(cell[0]) for cell in self._generator_cells]
        done = []
        with self._context():
            values = self.gather()
            variant = static, self.rows_are_inside()
            compiled = self._programs.get(variant)
            if compiled is None:
                compiled = self._programs[variant] = self._compile(*variant)
            program, errors = compiled
            try:
                # From within C: no signal can come between the run and keeping its result.
                done.extend(starmap(program, [(*values, *keys, *arguments)]))
            except jax.errors.JaxRuntimeError as error:
                raise self.runtime_error(error) from error
            finally:
                if done:
                    self.keep_state(done[0][self.n_returned :])
        for value in (*keys, *arguments):
            transfers.to_device(value)
        results = done[0]
        if errors:
            raise_failed(results[-1], errors)
        for k in self.advancing:
            advance(self.cells[k][0])
        if self._prints:
            jax.effects_barrier()
        outputs = [None] * len(self.fgraph.outputs)
        outputs[: self.n_returned] = results[: self.n_returned]
        if self.fetch:
            self._fetch(outputs)
        for k, position in self.updates.items():
            outputs[k] = self.cells[position][0]
        return outputs

    def _fetch(self, outputs):
        """Make NumPy arrays of the returned outputs."""
        try:
            # Before the host gives room to outputs for which a GPU had none: it may have no more.
            for output in outputs[: self.n_returned]:
                output.block_until_ready()
            for k in range(self.n_returned):
                outputs[k] = array = np.array(outputs[k])
                transfers.to_host(array)
        except jax.errors.JaxRuntimeError as error:  # JAX tells of some when it is asked
            raise self.runtime_error(error) from error

    def keep_state(self, state):
        """Put new state into its cells."""
        for k, (cell, value) in enumerate(zip(self._state_cells, state, strict=False)):
            cell[0] = self._seen[k] = value

    def runtime_error(self, error):
        """What JAX raises when it runs, as an error of symgen's."""
        text = str(error).splitlines()[0][:300]
        lost = not all(_is_there(cell[0]) for cell in self._state_cells)
        state = "The updated shared variables are lost: set their values again." if lost else ""
        if "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower():
            return BackendError(
                f"enough memory on {self.device} for this function on backend 'jax'",
                text,
                f"Use smaller minibatches, or float32. {state}".strip(),
            )
        return BackendError(
            "the compiled program to run on backend 'jax'", text, state or "Use another backend."
        )


def _is_there(array):
    """Whether a JAX array has a value: it was not given away, and its program did not fail."""
    try:
        return not array.is_deleted() and array.block_until_ready() is array
    except jax.errors.JaxRuntimeError:
        return False


def raise_failed(holds, errors):
    """Raise the error of the first check that failed, if one did."""
    holds = np.asarray(holds)
    if not holds.all():
        raise errors[int(np.argmin(holds))]


def _choose(holds, new, old):
    if new.shape != old.shape:
        raise BackendError(
            "state that keeps its shape in a function with checks, on backend 'jax'",
            f"shapes {old.shape} and {new.shape}",
            "Compute the new shape in a function of its own.",
        )
    return jnp.where(holds, new, old)


def _refuse_dtypes(fgraph):
    if not library.refuses_float64():
        return
    for variable in fgraph.variables:
        if getattr(variable.type, "dtype", "") in ("float64", "complex128"):
            raise DtypeError(
                "dtypes that JAX may use: the environment sets JAX_ENABLE_X64=0",
                f"{variable} of dtype {variable.type.dtype} on backend 'jax'",
                "Unset JAX_ENABLE_X64, or build the graph in float32.",
            )


def _check_generators(fgraph, advancing, new_state):
    """The new state of a generator has to be what follows from its own draws."""
    for k in advancing:
        variable, source = fgraph.outputs[new_state[k]], None
        while variable.owner is not None and source is None:
            same = [v for v in variable.owner.inputs if isinstance(v.type, RandomGeneratorType)]
            variable = same[0] if same else variable
            source = None if same else variable
        if variable is not fgraph.inputs[k]:
            raise NotSupportedError(
                "a random generator that is updated to what follows from itself",
                f"{fgraph.inputs[k]}, updated to what follows from {variable}, on backend 'jax'",
                "Use symgen.random.RandomStreams, whose state is an ordinary array.",
            )
