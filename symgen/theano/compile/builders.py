"""``theano.compile.builders``: a graph as one Op, with Theano's overrides of its gradient."""

from pytensor.compile.builders import OpFromGraph as PytensorOpFromGraph
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Variable
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import graph_inputs

from symgen.theano._missing import attribute_lookup

__all__ = ["OpFromGraph"]

__getattr__ = attribute_lookup(__name__)


class OpFromGraph(PytensorOpFromGraph):
    """An Op that computes a graph.

    Parameters
    ----------
    inputs, outputs : list of Variable
        Shared variables in the graph are inputs that need not be given.
    inline : bool
        Whether the graph takes the place of the Op when a function is compiled.
    lop_overrides : "default", callable, OpFromGraph or list, optional
        The gradient: ``f(inputs, outputs, output_gradients)`` gives the list of those with
        respect to the inputs. A list has for each input a callable, ``"default"``, or a variable
        of ``NullType`` or ``DisconnectedType``.
    grad_overrides : likewise
        The same as ``f(inputs, output_gradients)``.
    rop_overrides : likewise
        ``f(inputs, eval_points)`` gives the products of the Jacobians with `eval_points`.
    connection_pattern : list of list of bool, optional
        For each input, which outputs have a gradient with respect to it.
    name : str, optional
    **kwargs
        For :func:`pytensor.function`, which compiles the graph.

    Raises
    ------
    ValueError
        For both ``lop_overrides`` and ``grad_overrides``.
    NotImplementedError
        For ``updates`` and ``givens``.
    """

    def __init__(
        self,
        inputs,
        outputs,
        inline=False,
        lop_overrides="default",
        grad_overrides="default",
        rop_overrides="default",
        connection_pattern=None,
        name=None,
        **kwargs,
    ):
        if not isinstance(outputs, list) or not isinstance(inputs, list):
            raise TypeError(f"outputs and inputs must be lists; got {type(outputs)}, {type(inputs)}")
        for variable in inputs + outputs:
            if not isinstance(variable, Variable):
                raise TypeError("inputs and outputs must be Variable instances", variable)
        if "updates" in kwargs or "givens" in kwargs:
            raise TypeError("updates and givens are not allowed here")
        if grad_overrides != "default" and lop_overrides != "default":
            raise ValueError("lop_overrides and grad_overrides are mutually exclusive")
        given = dict.fromkeys(inputs)
        states = [
            variable
            for variable in dict.fromkeys(graph_inputs(outputs, inputs))
            if isinstance(variable, SharedVariable) and variable not in given
        ]
        places = [state.type() for state in states]
        if states:
            outputs = clone_replace(outputs, replace=dict(zip(states, places, strict=True)))
        self._states, self.given_inputs = states, list(inputs)
        listed = grad_overrides if lop_overrides == "default" else lop_overrides
        # Inputs whose gradient is overridden by none at all.
        self._cut = [
            i
            for i, entry in enumerate(listed if isinstance(listed, list) else ())
            if isinstance(entry, Variable) and isinstance(entry.type, DisconnectedType)
        ]
        overrides = _lop(lop_overrides, grad_overrides, len(states))
        super().__init__(
            [*inputs, *places],
            list(outputs),
            inline=inline,
            pullback=overrides,
            pushforward=_rop(rop_overrides, len(states)),
            connection_pattern=connection_pattern,
            name=name,
            **{"on_unused_input": "ignore", **kwargs},
        )

    @property
    def local_inputs(self):
        """The inputs of the graph, shared variables included."""
        return list(self.inner_inputs)

    @property
    def local_outputs(self):
        """The outputs of the graph."""
        return list(self.inner_outputs)

    def connection_pattern(self, node):
        """Return, for each input, which outputs have a gradient with respect to it."""
        pattern = super().connection_pattern(node)
        cut = getattr(self, "_cut", ())
        return [[False] * len(row) if i in cut else row for i, row in enumerate(pattern)]

    def __call__(self, *inputs, **kwargs):
        """Return the outputs of the graph for these inputs."""
        if self._states and len(inputs) == len(self.inner_inputs) - len(self._states):
            inputs = (*inputs, *self._states)
        return super().__call__(*inputs, **kwargs)


def _lop(lop, grad, extra):
    """PyTensor's form of Theano's overrides; `extra` inputs more are shared variables."""
    if lop == "default" and grad == "default":
        return None
    if lop != "default":
        return _converted(lop, lambda f, ins, outs, gradients: f(ins, outs, gradients))
    if isinstance(grad, PytensorOpFromGraph):
        return lambda ins, outs, gradients: grad(*ins, *gradients, return_list=True)
    return _converted(grad, lambda f, ins, outs, gradients: f(ins, gradients))


def _rop(rop, extra):
    if rop == "default":
        return None
    return _converted(rop, lambda f, ins, points: f(ins, points))


def _converted(override, call):
    if isinstance(override, PytensorOpFromGraph):
        return lambda *lists: override(
            *(variable for part in lists for variable in part), return_list=True
        )
    if isinstance(override, list):
        return [_converted(entry, call) for entry in override]
    if isinstance(override, str) and override == "default":
        return None
    if isinstance(override, Variable):
        return override
    return lambda *lists: call(override, *lists)
