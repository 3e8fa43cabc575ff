"""``theano.config``: PyTensor's settings under Theano's names, and ``THEANO_FLAGS``.

An option that Theano wrote with a dot (``blas.ldflags``) is one that PyTensor writes with two
underscores (``blas__ldflags``). What PyTensor no longer has is an error when it is asked for, and
a warning, once, when it comes from ``THEANO_FLAGS``.
"""

import functools
import os
import sys
import warnings
from configparser import RawConfigParser
from difflib import get_close_matches
from pathlib import Path

from symgen.errors import NotSupportedError, SettingsError, SymgenError

# Options that PyTensor reads once, while it is imported.
_READ_AT_IMPORT = (
    "base_compiledir",
    "compiledir",
    "compiledir_format",
    "cmodule.preload_cache",
    "cmodule.age_thresh_use",
    "compile.wait",
    "compile.timeout",
    "scan.allow_output_prealloc",
    "tensor.cmp_sloppy",
)

# Likewise, but compile.mode reads them from here each time, so that they can change.
_READ_BY_MODE = ("optimizer", "optimizer_excluding", "optimizer_including", "optimizer_requiring")

# Options of Theano that have one meaningful value here: name -> (value, what to do instead).
_FIXED = {
    "device": ("cpu", "Choose a backend with SYMGEN_BACKEND or mode=."),
    "force_device": (False, "There is no device to force."),
    "init_gpu_device": ("", "Theano's GPU code is gone."),
    "print_test_value": (False, "Compile and call the expression instead."),
    "int_division": ("int", "Write // or / as meant."),
    "deterministic": ("default", "Give seeds to the random variables."),
}

# Options that only this namespace has: name -> (default, what a value must be, what to say).
_OWN = {
    "unittests.rseed": ("666", str, "a seed in digits, or 'random'"),
    "conv.assert_shape": (False, bool, "True or False"),
    "compute_test_value": ("off", ("off", "ignore", "warn", "raise", "pdb"), "as documented"),
    "compute_test_value_opt": ("off", ("off", "ignore", "warn", "raise", "pdb"), "as documented"),
    # Warnings of bugs that former versions of Theano had. None of them is here, so that there is
    # nothing to warn of, whatever their value.
    **{
        f"warn.{bug}": (False, bool, "True or False")
        for bug in (
            "argmax_pushdown_bug",
            "gpu_set_subtensor1",
            "gpusum_01_011_0111_bug",
            "identify_1pexp_bug",
            "inc_set_subtensor1",
            "inc_subtensor1_opt",
            "reduce_join",
            "round",
            "signal_conv2d_interface",
            "subtensor_merge_bug",
            "sum_div_dimshuffle_bug",
            "sum_sum_bug",
            "vm_gc_bug",
        )
    },
}


# Options that nothing here can heed: name -> Theano's default. Another value is said once.
_UNHEEDED = {
    "assert_no_cpu_op": "ignore",
    "cache_optimizations": False,
    "conv.assert_shape": False,
    "contexts": "",
    "ctc.root": "",
    "cuda.include_path": "",
    "cuda.root": "",
    "dnn.base_path": "",
    "dnn.bin_path": "",
    "dnn.conv.algo_bwd": "none",
    "dnn.conv.algo_bwd_data": "none",
    "dnn.conv.algo_bwd_filter": "none",
    "dnn.conv.algo_fwd": "small",
    "dnn.conv.precision": "as_input_f32",
    "dnn.conv.workmem": "",
    "dnn.conv.workmem_bwd": "",
    "dnn.enabled": "auto",
    "experimental.local_alloc_elemwise": False,
    "experimental.local_alloc_elemwise_assert": True,
    "experimental.unpickle_gpu_on_cpu": False,
    "gpu.local_elemwise_fusion": True,
    "gpuarray.cache_path": "",
    "gpuarray.preallocate": 0.0,
    "gpuarray.sched": "default",
    "gpuarray.single_stream": True,
    "gpuarray.sync": False,
    "gpuelemwise.sync": True,
    "lib.cnmem": 0.0,
    "magma.enabled": False,
    **{f"{of}.{kind}_path": "" for of in ("dnn", "magma") for kind in ("include", "library")},
    "metaopt.optimizer_excluding": "",
    "metaopt.optimizer_including": "",
    "metaopt.verbose": 0,
    "nvcc.fastmath": False,
    "nvcc.flags": "",
    "pickle_test_value": True,
    "print_active_device": True,
    "reoptimize_unpickled_function": False,
    "scan.debug": False,
    "tensor.local_elemwise_fusion": True,
}

# Options that a program added: name -> ConfigParam.
_added = {}


class TheanoConfigWarning(Warning):
    """A warning about an option."""


class UnknownOptionError(SymgenError, AttributeError):
    """A configuration option that neither PyTensor nor this namespace knows."""


def _read_flags(text):
    """``"floatX=float32,blas.ldflags=-lopenblas"`` as a dict of str."""
    flags = {}
    for flag in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = flag.partition("=")
        if not sign:
            raise SettingsError(
                expected="THEANO_FLAGS to be name=value pairs separated by commas",
                got=repr(flag),
                remedy="Write the value after a '='.",
            )
        flags[name.strip()] = value.strip()
    return flags


def _read_files():
    """The options in Theano's configuration files, as a dict of str."""
    paths = os.environ.get("THEANORC", "~/.theanorc").split(os.pathsep)
    parser = RawConfigParser()
    parser.optionxform = str  # floatX, not floatx
    parser.read([Path(path).expanduser() for path in paths if path])
    return {
        key if section == "global" else f"{section}.{key}": value
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def _import_pytensor(flags):
    """Import PyTensor with those of `flags` that it reads at import only; return the rest."""
    early = {name: flags[name] for name in _READ_AT_IMPORT if name in flags}
    late = {name: value for name, value in flags.items() if name not in early}
    if "pytensor" in sys.modules:
        for name in early:
            _ignore(name, "PyTensor was imported before; import theano first or set PYTENSOR_FLAGS")
        return late
    before = os.environ.get("PYTENSOR_FLAGS")
    pairs = [f"{name.replace('.', '__')}={value}" for name, value in early.items()]
    os.environ["PYTENSOR_FLAGS"] = ",".join([*pairs, *filter(None, [before])])
    try:
        import pytensor  # noqa: F401  (here, since it reads the environment while imported)
    finally:
        if before is None:
            del os.environ["PYTENSOR_FLAGS"]
        else:
            os.environ["PYTENSOR_FLAGS"] = before
    return late


def _ignore(name, why):
    warnings.warn(f"THEANO_FLAGS or .theanorc: {name} is ignored. {why}.", stacklevel=2)


THEANO_FLAGS = os.environ.get("THEANO_FLAGS", "")
_all_flags = {**_read_files(), **_read_flags(THEANO_FLAGS)}
_late_flags = _import_pytensor(_all_flags)

import pytensor  # noqa: E402  (after the flags that it reads at import)
from pytensor.configparser import ConfigParam as PytensorParam  # noqa: E402

from symgen.backends import blas  # noqa: E402
from symgen.errors import CompilerError  # noqa: E402


def _option(name):
    """PyTensor's name of Theano's option `name`, or ``None`` when it has no such option."""
    ours = name.replace(".", "__")
    return ours if isinstance(getattr(type(pytensor.config), ours, None), PytensorParam) else None


def _unknown(name):
    known = [key.replace("__", ".") for key, value in vars(type(pytensor.config)).items()
             if isinstance(value, PytensorParam)]  # fmt: skip
    near = get_close_matches(name, [*known, *_FIXED], n=1)
    return UnknownOptionError(
        expected="an option of theano.config that PyTensor has too",
        got=repr(name),
        remedy=f"Did you mean {near[0]!r}?" if near else "Leave it out: nothing here reads it.",
    )


class TheanoConfig:
    """The settings, by attribute: ``config.floatX``, ``config.blas.ldflags``.

    Reads and writes :data:`pytensor.config`. The default of ``floatX`` is Theano's: ``float64``.

    Raises
    ------
    UnknownOptionError
        When an option is read or set that PyTensor does not have.
    NotSupportedError
        When an option is set to what cannot be honoured here (``device = "cuda"``).
    """

    def __init__(self):
        object.__setattr__(self, "_chosen", {})

    def __getattr__(self, name):
        return _get(self, name)

    def __setattr__(self, name, value):
        _set(self, name, value)

    def __dir__(self):
        names = [key for key, value in vars(type(pytensor.config)).items()
                 if isinstance(value, PytensorParam)]  # fmt: skip
        own = {key.partition(".")[0] for key in [*_OWN, *_UNHEEDED, *_added]}
        return sorted({key.partition("__")[0] for key in names} | own | set(_FIXED) | {"change_flags"})

    def __str__(self):
        return str(pytensor.config)

    def change_flags(self, args=(), **flags):
        """Return a :class:`change_flags` of these settings."""
        return change_flags(args, **flags)

    def was_set(self, name):
        """Whether the user chose option `name`, in a program, the environment or a file."""
        if name in self._chosen:
            return True
        try:
            pytensor.config.fetch_val_for_key(name.replace(".", "__"))
        except KeyError:
            return False
        return True


class change_flags:
    """Context manager and decorator that sets options for a while.

    Parameters
    ----------
    args : dict or iterable of pairs
        Options and their values, for names with a dot.
    **flags
        The same by keyword: ``change_flags(floatX="float32", **{"blas.ldflags": ""})``.

    Raises
    ------
    UnknownOptionError
        For a name that neither PyTensor nor this namespace has.
    """

    def __init__(self, args=(), **flags):
        self.flags = {**dict(args), **flags}
        for name in self.flags:
            if _option(name) is None and not any(name in known for known in _TABLES):
                raise _unknown(name)
        self.before = []

    def __enter__(self):
        """Set the options."""
        before = {name: _get(config, name) for name in self.flags}
        self.before.append((before, dict(config._chosen)))
        try:
            for name, value in self.flags.items():
                _set(config, name, value)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        """Set them back."""
        before, chosen = self.before.pop()
        for name, value in before.items():
            _set(config, name, value)
        config._chosen.clear()
        config._chosen.update(chosen)

    def __call__(self, function):
        """Return `function`, run with these options."""

        @functools.wraps(function)
        def changed(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return changed


class _Section:
    """Options with a common prefix: ``config.blas``."""

    def __init__(self, root, prefix):
        object.__setattr__(self, "_root", root)
        object.__setattr__(self, "_prefix", prefix)

    def __getattr__(self, name):
        return _get(self._root, f"{self._prefix}.{name}")

    def __setattr__(self, name, value):
        _set(self._root, f"{self._prefix}.{name}", value)


def _get(root, name):
    if name.startswith("__"):
        raise AttributeError(name)
    if name in _added:
        return _added[name].val
    if name in _UNHEEDED:
        return root._chosen.get(name, _UNHEEDED[name])
    if name in _FIXED:
        return _FIXED[name][0]
    if name in _OWN:
        return root._chosen.get(name, _OWN[name][0])
    option = _option(name)
    if option is not None:
        if name in root._chosen and not vars(type(pytensor.config))[option].mutable:
            return root._chosen[name]
        if option == "blas__ldflags":
            link_blas()
        return getattr(pytensor.config, option)
    sections = [key.replace("__", ".") for key in vars(type(pytensor.config))]
    sections += [key for known in _TABLES for key in known]
    if any(key.startswith(f"{name}.") for key in sections):
        return _Section(root, name)
    raise _unknown(name)


def _set(root, name, value):
    if name in _added:
        _added[name].set(value)
        return
    if name in _UNHEEDED:
        if value != _UNHEEDED[name] and root._chosen.get(name) != value:
            warnings.warn(
                f"theano.config.{name} = {value!r} is ignored: there is nothing here that it "
                "could change.",
                stacklevel=4,
            )
        root._chosen[name] = value
        return
    if name in _FIXED:
        right, remedy = _FIXED[name]
        if value != right:
            raise NotSupportedError(f"theano.config.{name} = {right!r}", repr(value), remedy)
        return
    if name in _OWN:
        root._chosen[name] = _own_value(name, value)
        if name.startswith("compute_test_value"):
            from symgen.theano import _test_values  # here, since it imports much

            opt = name.endswith("_opt")
            (_test_values.switch_compiling if opt else _test_values.switch)(root._chosen[name])
        return
    option = _option(name)
    if option is None:
        raise _unknown(name)
    param = vars(type(pytensor.config))[option]
    if param.mutable:
        setattr(pytensor.config, option, value)
    elif name in _READ_BY_MODE:
        param.validate(value)
    else:
        raise NotSupportedError(
            f"theano.config.{name} to be set before PyTensor is imported",
            f"{value!r} at run time",
            f"Set it in the environment: THEANO_FLAGS={name}={value}",
        )
    root._chosen[name] = getattr(pytensor.config, option) if param.mutable else value


def _own_value(name, value):
    """`value` as an option of ours takes it, text from the environment included."""
    _, kind, wanted = _OWN[name]
    if kind is bool and value in ("True", "False", "1", "0", 1, 0):
        return value in ("True", "1", 1)
    if isinstance(kind, tuple) and value in kind:
        return value
    if kind is str and (str(value).isdecimal() or value == "random"):
        return str(value)
    raise ValueError(f"expected theano.config.{name} to be {wanted}; got {value!r}")


def link_blas():
    """Link a BLAS where there is a compiler, which also spares PyTensor's search and warning."""
    if config.was_set("blas.ldflags"):
        return
    try:
        blas.link()
    except CompilerError:
        pytensor.config.blas__ldflags = ""


def _apply_flags(root, flags):
    for name, value in flags.items():
        if name in _FIXED:
            if value != str(_FIXED[name][0]):
                _ignore(f"{name}={value}", _FIXED[name][1].rstrip("."))
        elif name in _UNHEEDED:
            if value != str(_UNHEEDED[name]):
                _ignore(f"{name}={value}", "There is nothing here that it could change")
            root._chosen[name] = value
        elif name not in _OWN and _option(name) is None:
            THEANO_FLAGS_DICT[name] = value
            _ignore(f"{name}={value}", "PyTensor has no such option")
        elif _option(name) in _read_flags(os.environ.get("PYTENSOR_FLAGS", "")):
            _ignore(f"{name}={value}", "PYTENSOR_FLAGS sets it too, and counts")
        else:
            try:
                _set(root, name, value)
            except ValueError as error:
                raise SettingsError(
                    f"THEANO_FLAGS to hold a valid value for {name}", repr(value), str(error)
                ) from error


class ConfigParam:
    """An option that a program adds to ``theano.config``.

    Parameters
    ----------
    default : object or callable
        The value, or what returns it when it is first needed.
    filter : callable, optional
        From a given value to the one to keep; raises ValueError for a wrong one.
    allow_override : bool
        Whether the value can change after it was first set.
    """

    def __init__(self, default, filter=None, allow_override=True):
        self.default, self.filter, self.allow_override = default, filter, allow_override
        self.fullname = None

    def set(self, value):
        """Set the value.

        Raises
        ------
        NotSupportedError
            When it was set and does not allow it again.
        """
        if not self.allow_override and hasattr(self, "val"):
            raise NotSupportedError(
                f"the option {self.fullname} to keep its value", repr(value), "It is constant."
            )
        self.val = self.filter(value) if self.filter else value


class EnumStr(ConfigParam):
    """An option that is one of some strings, the first the default."""

    def __init__(self, default, *options, convert=None, allow_override=True):
        self.all = (default, *options)
        for value in self.all:
            if not isinstance(value, str):
                raise ValueError("Valid values for an EnumStr parameter should be strings", value)

        def filter(value):
            value = convert(value) if convert else value
            if value not in self.all:
                raise ValueError(
                    f'Invalid value ("{value}") for configuration variable "{self.fullname}". '
                    f"Valid options are {self.all}"
                )
            return value

        super().__init__(default, filter, allow_override)


class TypedParam(ConfigParam):
    """An option of a type, ``mytype(text)``, perhaps with a test of its value."""

    def __init__(self, default, mytype, is_valid=None, allow_override=True):
        self.mytype = mytype

        def filter(value):
            found = mytype(value)
            if callable(is_valid) and not is_valid(found):
                raise ValueError(
                    f"Invalid value ({value}) for configuration variable {self.fullname!r}."
                )
            return found

        super().__init__(default, filter, allow_override)


def StrParam(default, is_valid=None, allow_override=True):
    """Return an option that is a string."""
    return TypedParam(default, str, is_valid, allow_override)


def IntParam(default, is_valid=None, allow_override=True):
    """Return an option that is an int."""
    return TypedParam(default, int, is_valid, allow_override)


def FloatParam(default, is_valid=None, allow_override=True):
    """Return an option that is a float."""
    return TypedParam(default, float, is_valid, allow_override)


def BoolParam(default, is_valid=None, allow_override=True):
    """Return an option that is True or False, in words or as 1 or 0."""

    def read(value):
        if str(value).lower() not in ("true", "false", "1", "0"):
            raise ValueError(f"expected True or False; got {value!r}")
        return str(value).lower() in ("true", "1")

    return TypedParam(default, read, is_valid, allow_override)


def AddConfigVar(name, doc, configparam, root=None, in_c_key=True):
    """Add an option to ``theano.config``; its value is that in ``THEANO_FLAGS`` or the default.

    Parameters
    ----------
    name : str
        With dots for sections.
    doc : str
    configparam : ConfigParam
    root : TheanoConfig, optional
        Only ``theano.config``.
    in_c_key : bool
        Whether compiled code depends on it; that is compiled once per process here in any case.

    Raises
    ------
    AttributeError
        When there is such an option.
    ValueError
        For a default that is no valid value and that nothing overrides.
    """
    if root not in (None, config):
        raise NotSupportedError("theano.config as the root", repr(root), "Leave root out.")
    if name in _added or _option(name) is not None or any(name in known for known in _TABLES):
        raise AttributeError("This name is already taken", name)
    configparam.fullname, configparam.doc = name, doc
    if name in THEANO_FLAGS_DICT:
        value = THEANO_FLAGS_DICT.pop(name)
    else:
        value = configparam.default
        value = value() if callable(value) else value
    configparam.set(value)
    _added[name] = configparam


def fetch_val_for_key(key, delete_key=False):
    """Return the text of an option in ``THEANO_FLAGS`` or a configuration file.

    Raises
    ------
    KeyError
        When it is in neither.
    """
    if key in THEANO_FLAGS_DICT:
        return THEANO_FLAGS_DICT.pop(key) if delete_key else THEANO_FLAGS_DICT[key]
    return _all_flags[key]


_TABLES = (_FIXED, _OWN, _UNHEEDED, _added)

#: The options in ``THEANO_FLAGS`` that nothing has read.
THEANO_FLAGS_DICT = {}

config = TheanoConfig()
_apply_flags(config, _late_flags)
