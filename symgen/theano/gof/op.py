"""``theano.gof.op``: the base class of Ops, which serves those written for Theano as they are."""

import functools
import inspect
import warnings

# fmt: off
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.op import Op as PytensorOp
from pytensor.graph.utils import MethodNotDefined
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.link.c.interface import CLinkerObject, CLinkerOp
from pytensor.link.c.op import COp as PytensorCOp, ExternalCOp as COp, OpenMPOp
# fmt: on

from symgen.theano import _test_values
from symgen.theano._missing import attribute_lookup
from symgen.theano.gof import utils

__getattr__ = attribute_lookup(__name__)

#: Ops whose compiled inner function an attribute holds; PyTensor marks their classes instead.
ops_with_inner_function = {}

# Methods that PyTensor calls with keyword arguments that Theano's did not have.
_WITHOUT_KEYWORDS = (
    "c_compile_args",
    "c_compiler",
    "c_header_dirs",
    "c_headers",
    "c_init_code",
    "c_lib_dirs",
    "c_libraries",
    "c_no_compile_args",
    "c_support_code",
)


class _TheanoOpType(type(PytensorOp)):
    """Every Op of PyTensor is an instance of ``theano.Op``."""

    def __instancecheck__(cls, instance):
        if cls is globals().get("Op"):
            return PytensorOp in type(instance).__mro__
        return super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass):
        if cls is globals().get("Op"):
            return PytensorOp in subclass.__mro__
        return super().__subclasscheck__(subclass)


class Op(PytensorCOp, metaclass=_TheanoOpType):
    """An operation in a graph, to derive one's own from.

    A subclass has ``make_node`` (or ``itypes`` and ``otypes``) and one of ``perform``, ``c_code``
    and ``make_thunk``; for gradients ``grad`` or ``L_op``, and ``R_op``. Their arguments are
    Theano's: ``infer_shape(self, node, shapes)``, ``c_headers(self)``.
    """

    def __init_subclass__(cls, **kwargs):
        own = vars(cls)
        if "infer_shape" in own:
            cls.infer_shape = _taking_last(own["infer_shape"])
        if "do_constant_folding" in own:
            cls.do_constant_folding = _taking_last_one(own["do_constant_folding"])
        if "make_thunk" in own:
            cls.make_thunk = _dropping_keywords(own["make_thunk"])
        for name in _WITHOUT_KEYWORDS:
            if callable(own.get(name)):
                setattr(cls, name, _dropping_keywords(own[name]))
        super().__init_subclass__(**kwargs)

    def perform(self, node, inputs, output_storage, params=None):
        """Compute the outputs from the values of the inputs.

        Raises
        ------
        MethodNotDefined
            When the subclass does not define it.
        """
        raise MethodNotDefined("perform", type(self), type(self).__name__)

    def c_code(self, node, name, inputs, outputs, sub):
        """Return C code that computes the outputs.

        Raises
        ------
        MethodNotDefined
            When the subclass does not define it.
        """
        raise MethodNotDefined("c_code", type(self), type(self).__name__)

    def make_thunk(self, node, storage_map, compute_map, no_recycling, impl=None):
        """Return the function that computes the outputs, of C code where there is some."""
        base = PytensorCOp if type(self).c_code is not Op.c_code else PytensorOp
        return base.make_thunk(self, node, storage_map, compute_map, no_recycling, impl=impl)

    def pullback(self, inputs, outputs, output_grads):
        """Return the gradients with respect to `inputs`: ``L_op``, or else ``grad``."""
        if type(self).L_op is not PytensorOp.L_op:
            return self.L_op(inputs, outputs, output_grads)
        if type(self).grad is PytensorOp.grad:
            raise NotImplementedError(f"grad not implemented for Op {self}")
        return self.grad(inputs, output_grads)

    def pushforward(self, inputs, outputs, tangents):
        """Return the Jacobian times `tangents`: ``R_op``."""
        if type(self).R_op is PytensorOp.R_op:
            raise NotImplementedError(f"{self} of class {type(self).__name__} has no R_op")
        points = [None if isinstance(t.type, DisconnectedType) else t for t in tangents]
        return [disconnected_type() if r is None else r for r in self.R_op(inputs, points)]

    _get_test_value = staticmethod(_test_values.get_test_value)


PureOp = Op


def _parameters(method):
    return list(inspect.signature(method).parameters.values())


def _takes_any(method):
    return any(p.kind is p.VAR_POSITIONAL for p in _parameters(method))


def _taking_last(method):
    """`method`, which is ``infer_shape(self, node, shapes)``, also called with a graph before."""
    if _takes_any(method) or len(_parameters(method)) != 3:
        return method

    @functools.wraps(method)
    def infer_shape(self, *arguments):
        return method(self, *arguments[-2:])

    del infer_shape.__wrapped__  # its own signature counts
    return infer_shape


def _taking_last_one(method):
    if _takes_any(method) or len(_parameters(method)) != 2:
        return method

    @functools.wraps(method)
    def do_constant_folding(self, *arguments):
        return method(self, arguments[-1])

    return do_constant_folding


def _dropping_keywords(method):
    """`method`, called without those keyword arguments that it does not have."""
    if isinstance(method, staticmethod | classmethod):
        return method
    parameters = _parameters(method)
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return method
    names = {p.name for p in parameters}

    @functools.wraps(method)
    def call(self, *arguments, **keywords):
        return method(self, *arguments, **{k: v for k, v in keywords.items() if k in names})

    return call


def get_test_value(v):
    """Return the example of `v`, a variable or what can be a tensor.

    It is ``v.tag.test_value``, or the value of a constant or shared variable.

    Raises
    ------
    AttributeError
        When there is none.
    """
    from pytensor.graph.basic import Variable
    from pytensor.tensor import as_tensor_variable

    if not isinstance(v, Variable):
        v = as_tensor_variable(v)
    return _test_values.get_test_value(v)


def missing_test_message(msg):
    """Raise AttributeError, warn or do nothing, as ``config.compute_test_value`` says."""
    if _test_values.action() == "raise":
        raise AttributeError(msg)
    if _test_values.action() == "warn":
        warnings.warn(msg, stacklevel=2)


def debug_error_message(msg):
    """Raise ValueError; with ``config.compute_test_value = "warn"`` warn."""
    if _test_values.action() == "warn":
        warnings.warn(msg, stacklevel=2)
        return
    raise ValueError(msg)


def debug_assert(condition, msg="debug_assert failed"):
    """Raise AssertionError, or warn, when `condition` is false."""
    if condition:
        return
    if _test_values.action() == "warn":
        warnings.warn(msg, stacklevel=2)
        return
    raise AssertionError(msg)


def get_debug_values(*args):
    """Return ``[values]`` when all of `args` have examples, else ``[]``.

    ``values`` is their tuple, or the one value. When some have none,
    :func:`missing_test_message` says so; with ``config.compute_test_value = "off"`` the result is
    always empty.
    """
    if _test_values.action() == "off":
        return []
    values = []
    for place, argument in enumerate(args):
        try:
            values.append(get_test_value(argument))
        except AttributeError:
            name = getattr(argument, "name", None)
            named = f"('{name}')" if name is not None else ""
            missing_test_message(f"Argument {place}{named} has no test value")
            return []
    return values if len(values) == 1 else [tuple(values)]
