"""``theano.compile.function_module``: compiled functions, with all that Theano's could do."""

import copyreg

import numpy as np

# fmt: off
from pytensor.compile.aliasing import (
    Supervisor, add_supervisor_to_fgraph as std_fgraph, alias_root, infer_reuse_pattern,
    insert_deepcopy, view_tree_set,
)
from pytensor.compile.executor import (
    AliasedMemoryError, DUPLICATE, _pickle_Function,
)
from pytensor.compile.executor import Function as PytensorFunction
from pytensor.compile.io import In as PytensorIn, SymbolicInput
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.rebuild import UnusedInputError
# fmt: on
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.utils import get_variable_trace_string
from pytensor.link.basic import Container
from pytensor.link.utils import raise_with_op

from symgen.theano._missing import attribute_lookup
from symgen.theano.compile.io import In

__getattr__ = attribute_lookup(__name__)


_INTEGERS = ("int", "uin")


class _InputType:
    """The type of an input, which accepts something more."""

    def __init__(self, type_):
        self._type = type_

    def __getattr__(self, name):
        if name.startswith("__") or name == "_type":
            raise AttributeError(name)
        return getattr(self._type, name)


class _OptionalType(_InputType):
    """A type that accepts None, for inputs that an Op reads that can do without."""

    def filter(self, data, strict=False, allow_downcast=None):
        """Return `data` as a value of the type, or None."""
        return None if data is None else self._type.filter(data, strict, allow_downcast)


class _WrappingType(_InputType):
    """An integer type for inputs that may be cast down: what does not fit wraps, in any form."""

    def filter(self, data, strict=False, allow_downcast=None):
        """Return `data` as an array of the type."""
        if not strict and not isinstance(data, np.ndarray | Variable):
            data = np.asarray(data)
        return self._type.filter(data, strict=strict, allow_downcast=allow_downcast)


class Function(PytensorFunction):
    """A compiled graph: PyTensor's, with square brackets for the values of its inputs.

    ``f[x]``, ``f["x"]`` and ``f[0]`` are the value that the input holds between calls: a default
    value, or a state that the function updates.

    Attributes
    ----------
    value, container : mapping
        From an input, its name or its position to its value, or to the container of it.
    finder, inv_finder : dict
        From an input, its name or its position to its container, and from that to the
        :class:`In`.
    defaults : list of (bool, bool, object)
        For each input: whether a call must give it, whether its value is put back after a call,
        and that value.
    fn : object
        What computes the outputs from the containers.
    output_keys : list of str or None
        The keys of the dict that the function returns.
    """

    output_keys = None

    def __init__(self, **parts):
        super().__init__(**parts)
        self.defaults = []
        for spec, container in zip(self.maker.inputs, self.input_storage, strict=True):
            value = spec.value
            own = value is not None and not isinstance(value, Container | Variable)
            if own:
                container.value = value
            put_back = own and spec.update is None
            self.defaults.append((value is None, put_back, container.storage[0] if own else value))
        self._put_back = [
            (container.storage, container, default)
            for container, (_, put_back, default) in zip(
                self.input_storage, self.defaults, strict=True
            )
            if put_back
        ]
        self.value, self.container = _Values(self), _Containers(self)
        for container in self.input_storage:
            if container.allow_downcast and getattr(container.type, "dtype", "")[:3] in _INTEGERS:
                container.type = _WrappingType(container.type)
        graph = self.maker.fgraph
        for container, variable in zip(self.input_storage, graph.inputs, strict=False):
            readers = graph.clients[variable]
            if any(getattr(reader.op, "takes_none", False) for reader, _ in readers):
                container.type = _OptionalType(container.type)

    @property
    def fn(self):
        """What computes the outputs."""
        return self.vm

    @property
    def finder(self):
        """From an input, its name or its position to its container."""
        return self._finder

    @property
    def inv_finder(self):
        """From a container to the :class:`In` of its input."""
        return self._inv_finder

    @property
    def indices(self):
        """One ``(input, None, [input])`` for each input."""
        return [(spec, None, [spec]) for spec in self.maker.inputs]

    @property
    def n_returned_outputs(self):
        """How many outputs are returned, updates not counted."""
        return self._n_returned_outputs

    @property
    def nodes_with_inner_function(self):
        """The Ops of the graph that hold a compiled graph themselves."""
        return [node.op for node in self._nodes_with_inner_function]

    @property
    def _check_for_aliased_inputs(self):
        return any(
            isinstance(spec, PytensorIn) and not spec.shared and (spec.borrow or spec.mutable)
            for spec in self.maker.inputs
        )

    def __contains__(self, item):
        return item in self._finder

    def __getitem__(self, item):
        return self.value[item]

    def __setitem__(self, item, value):
        self.value[item] = value

    def copy(self, share_memory=False, swap=None, delete_updates=False, name=None, profile=None):
        """Return a copy with its own storage; see :meth:`pytensor.compile.executor.Function.copy`.

        As in Theano, the copy of a function that returns one array returns a list of one array.

        Parameters
        ----------
        share_memory : bool
            Whether the two use the same memory for intermediate results.
        swap : dict, optional
            Shared variable -> the one that the copy reads and updates in its place.
        delete_updates : bool
            Whether the copy leaves shared variables as they are.
        name : str, optional
        profile : bool, str or ProfileStats, optional
        """
        new = super().copy(share_memory, swap, delete_updates, name, profile)
        new.output_keys = self.output_keys
        new.unpack_single = new.maker.unpack_single = False
        return new

    def sync_shared(self):
        """Do nothing, as in Theano: shared variables on the CPU are always up to date."""

    def _add_note_to_invalid_argument_exception(self, e, arg_container, arg):
        place = next(i for i, c in enumerate(self.input_storage) if c is arg_container)
        argument = f'argument with name "{arg.name}"' if getattr(arg, "name", None) else "argument"
        function = f'theano function with name "{self.name}"' if self.name else "theano function"
        where = get_variable_trace_string(self.maker.inputs[place].variable)
        said = f"Bad input {argument} to {function} at index {place} (0-based). {where}"
        if isinstance(e, OverflowError):  # NumPy says so of an integer that the dtype cannot hold
            raise TypeError(f"{said}{e}") from e
        e.args = (said + e.args[0],) if len(e.args) == 1 else (said, *e.args)


_call = PytensorFunction.__call__


class ListFunction(Function):
    """A function that returns a list, from which ``output_subset`` chooses."""

    def __call__(self, *args, **kwargs):
        """Compute the outputs.

        Parameters
        ----------
        *args, **kwargs
            The inputs, in order or by name; and ``output_subset``, a list of int: which outputs to
            return. All are computed, and all updates done.
        """
        vm = self.vm
        if kwargs or self.profile or vm.allow_gc:
            subset = kwargs.pop("output_subset", None)
            outputs = _call(self, *args, **kwargs)
            return outputs if subset is None else [outputs[i] for i in subset]
        # What PyTensor's call does here, without a call more: a minibatch may take microseconds.
        if self.trust_input:
            for data, value in zip(self._input_storage_data, args):  # noqa: B905 (faster)
                data[0] = value
        else:
            self._validate_inputs(args, kwargs)
        try:
            outputs = vm()
        except Exception:
            self._say_where()
            raise
        if outputs is None:
            outputs = [container.storage[0] for container in self.output_storage]
        if self._has_updates:
            for i, container in self._update_input_storage:
                container.storage[0] = outputs[i]
            return outputs[: self._n_returned_outputs]
        return outputs

    def _say_where(self):
        """Raise the exception at hand with the node that it comes from, where that is known."""
        vm = self.vm
        if not hasattr(vm, "position_of_error"):
            return
        position = vm.position_of_error
        raise_with_op(
            self.maker.fgraph,
            node=vm.nodes[position],
            thunk=vm.thunks[position] if hasattr(vm, "thunks") else None,
            storage_map=getattr(vm, "storage_map", None),
        )


class GeneralFunction(Function):
    """A function whose call does more than PyTensor's.

    It returns a list or a dict, from which ``output_subset`` chooses, or has inputs with default
    values, which it puts back after each call.
    """

    def __call__(self, *args, output_subset=None, **kwargs):
        """Compute the outputs.

        Parameters
        ----------
        *args, **kwargs
            The inputs, in order or by name.
        output_subset : list of int, or of str for a function that returns a dict, optional
            Which outputs to return. All are computed, and all updates done.
        """
        try:
            if output_subset is None:
                outputs = super().__call__(*args, **kwargs)
            else:
                outputs = self._call_subset(output_subset, args, kwargs)
        finally:
            for storage, container, default in self._put_back:
                storage[0] = container.type.filter(default)
        if output_subset is not None or self.output_keys is None:
            return outputs
        return dict(zip(self.output_keys, outputs, strict=True))

    def _call_subset(self, subset, args, kwargs):
        wanted = subset if self.output_keys is None else map(self.output_keys.index, subset)
        outputs = super().__call__(*args, **kwargs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        chosen = [outputs[i] for i in wanted]
        return chosen if self.output_keys is None else dict(zip(subset, chosen, strict=True))


class _Values:
    """``f.value``: the values of the inputs."""

    def __init__(self, function):
        self._function = function

    def __getitem__(self, item):
        return self._find(item).value

    def __setitem__(self, item, value):
        container = self._find(item)
        container.value = value
        container.provided += 1

    def __contains__(self, item):
        return item in self._function._finder

    def _find(self, item):
        function = self._function
        container = function._finder.get(item)
        if container is None:
            known = function._get_info_on_inputs(function._named_inputs, function._n_unnamed_inputs)
            raise TypeError(f"Unknown input or state: {item}. {known}")
        if container is DUPLICATE:
            raise TypeError(
                f"Ambiguous name: {item} - please check the names of the inputs of your function "
                "for duplicates."
            )
        return container


class _Containers:
    """``f.container``: the containers of the inputs' values."""

    def __init__(self, function):
        self._function = function

    def __getitem__(self, item):
        return self._function._finder[item]

    def __contains__(self, item):
        return item in self._function._finder


def _pickle(function):
    _, arguments = _pickle_Function(function)
    return _unpickle, (*arguments, function.output_keys)


def _unpickle(maker, input_storage, inputs_data, trust_input, output_keys):
    from pytensor import config

    if not config.unpickle_function:
        return None
    function = maker.create(input_storage)
    for container, value in zip(function.input_storage, inputs_data, strict=True):
        if value is not None and container.data is not value:
            container.storage[0] = value
    function.trust_input, function.output_keys = trust_input, output_keys
    return function


copyreg.pickle(Function, _pickle)
copyreg.pickle(ListFunction, _pickle)
copyreg.pickle(GeneralFunction, _pickle)


def convert_function_input(input):
    """Return the :class:`In` that a function's input stands for.

    Parameters
    ----------
    input : Variable, In, or tuple
        ``(x, value)``, ``((x, update), value)``, and either with a name before it.

    Raises
    ------
    TypeError
        For anything else.
    """
    if isinstance(input, SymbolicInput):
        return input
    if isinstance(input, Constant):
        raise TypeError("A Constant instance is not a legal function input", input)
    if isinstance(input, Variable):
        return In(input)
    if not isinstance(input, list | tuple) or not input:
        raise TypeError(f"Unknown input type: {type(input)}, expected Variable instance", input)
    name, rest = (input[0], input[1:]) if isinstance(input[0], str) else (None, input)
    if not 1 <= len(rest) <= 2:
        raise TypeError(f"Invalid input syntax: {input} (use an In instance)")
    variable, value = (*rest, None)[:2]
    update = None
    if isinstance(variable, list | tuple):
        if len(variable) != 2 or len(rest) != 2:
            raise TypeError(f"Invalid input syntax: {input} (use an In instance)")
        variable, update = variable
    if not isinstance(variable, Variable):
        raise TypeError(f"Unknown input type: {type(variable)}, expected Variable instance", variable)
    if update is not None and not isinstance(update, Variable):
        raise TypeError(f"Unknown update type: {type(update)}, expected Variable instance", update)
    if isinstance(value, Variable | SymbolicInput) and not isinstance(value, SharedVariable):
        raise TypeError(
            f"The value for input {variable} should not be a Variable or In (got: {value})"
        )
    return In(variable, name=name, value=value, update=update)


def get_info_on_inputs(named_inputs, n_unnamed_inputs):
    """Say in words which inputs a function has."""
    return PytensorFunction._get_info_on_inputs(named_inputs, n_unnamed_inputs)


def check_equal(x, y):
    """Whether two arrays or other values are equal, dtype and shape included."""
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        same = isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
        return same and x.dtype == y.dtype and x.shape == y.shape and bool(np.all(x == y))
    return bool(x == y)


def fgraph_updated_vars(fgraph, expanded_inputs):
    """Return ``{input of the graph: its new value}`` for the inputs that are updated."""
    updated = [i for i, spec in enumerate(expanded_inputs) if spec.update is not None]
    new = fgraph.outputs[len(fgraph.outputs) - len(updated) :]
    return {fgraph.inputs[i]: value for i, value in zip(updated, new, strict=True)}


def orig_function(
    inputs,
    outputs,
    mode=None,
    accept_inplace=False,
    name=None,
    profile=None,
    on_unused_input=None,
    output_keys=None,
):
    """Compile `outputs` as a function of `inputs`, which may be those of :class:`In`.

    Parameters
    ----------
    inputs : list of Variable, In, or tuples that :func:`convert_function_input` reads
    outputs : Variable, Out, list of them, or None
    mode : None, str, Mode or list of Mode
        Several modes must agree, which Theano compared too: refused here.
    accept_inplace, name, profile, on_unused_input
        As in :func:`theano.function`.
    output_keys : list of str, optional
        The function then returns a dict.
    """
    from symgen.theano.compile.function import function

    inputs = [convert_function_input(spec) for spec in inputs]
    if output_keys is not None:
        outputs = dict(zip(output_keys, outputs, strict=True))
    return function(
        inputs,
        outputs,
        mode=mode,
        accept_inplace=accept_inplace,
        name=name,
        profile=profile,
        on_unused_input=on_unused_input,
    )
