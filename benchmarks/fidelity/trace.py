"""Run one script as ``symgen run`` does and write down what its compiled functions return.

``python -m benchmarks.fidelity.trace OUT CALLS SCRIPT [ARGUMENTS]`` stops the script after CALLS
calls of compiled functions (0: never) and writes a JSON file: the exit code, and for each function,
in the order of first use, its name, the number of its calls, and the outputs of the first five calls
and of the last one, each as ``[shape, mean]`` with the mean in float64. A variable's ``eval`` counts
as a function.
"""

import functools
import json
import sys
import weakref
from pathlib import Path

import numpy as np
from pytensor.graph.basic import Variable

KEPT = 5


class Recorder:
    """Counts the calls of the functions that it wraps, and keeps what they return.

    Parameters
    ----------
    limit : int
        The call after which the script is ended by ``SystemExit(0)``; 0 for none.
    """

    def __init__(self, limit):
        self.limit, self.calls, self.functions = limit, 0, []

    def wrap(self, build):
        """Return `build`, a ``theano.function``, such that what it returns is recorded."""

        @functools.wraps(build)
        def function(*arguments, **keywords):
            compiled = build(*arguments, **keywords)
            return Recorded(compiled, self, keywords.get("name") or _place(sys._getframe(1)))

        return function

    def wrap_eval(self, evaluate):
        """The same for ``Variable.eval``, each variable's calls being those of one function."""
        records = weakref.WeakKeyDictionary()

        @functools.wraps(evaluate)
        def recorded(variable, *arguments, **keywords):
            value = evaluate(variable, *arguments, **keywords)
            if variable not in records:
                records[variable] = new_record(_place(sys._getframe(1)))
            self.add(records[variable], value)
            return value

        return recorded

    def add(self, record, outputs):
        """Note one call's outputs; end the script when it was the last one wanted."""
        if not record["calls"]:
            self.functions.append(record)
        record["calls"] += 1
        record["last"] = summary(outputs)
        if record["calls"] <= KEPT:
            record["trace"].append(record["last"])
        self.calls += 1
        if self.calls == self.limit:
            raise SystemExit(0)


class Recorded:
    """A compiled function that tells its recorder what it returns; otherwise the function."""

    def __init__(self, compiled, recorder, name):
        self.__dict__["compiled"] = compiled
        self.__dict__["recorder"] = recorder
        self.__dict__["record"] = new_record(name)

    def __call__(self, *arguments, **keywords):
        outputs = self.compiled(*arguments, **keywords)
        self.recorder.add(self.record, outputs)
        return outputs

    def __getattr__(self, name):
        return getattr(self.__dict__["compiled"], name)

    def __setattr__(self, name, value):
        setattr(self.compiled, name, value)

    def __getitem__(self, key):
        return self.compiled[key]

    def __setitem__(self, key, value):
        self.compiled[key] = value


def new_record(name):
    """The record of a function that was not called yet."""
    return {"name": name, "calls": 0, "trace": [], "last": None}


def _place(frame):
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def summary(outputs):
    """``[[shape, mean], …]`` of what a function returned; the mean is None where there is none."""
    if outputs is None:
        return []
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    return [
        _shape_and_mean(value) for value in (outputs if isinstance(outputs, list) else [outputs])
    ]


def _shape_and_mean(value):
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or not array.size:
        return [list(array.shape), None]
    return [list(array.shape), float(np.mean(array, dtype=np.float64))]


def main():
    """Run the script that the command line names; return its exit code."""
    out, limit, script, *arguments = sys.argv[1:]
    from symgen import theano
    from symgen.runner import fixes
    from symgen.runner.run import run

    recorder = Recorder(int(limit))
    theano.function = recorder.wrap(theano.function)
    Variable.eval = recorder.wrap_eval(Variable.eval)
    code = 1
    try:
        code = run(script, arguments, fixes.Fixes((), ("mnist-file",)))
    except SystemExit as end:
        code = end.code or 0
        raise
    finally:
        result = {"code": code, "calls": recorder.calls, "functions": recorder.functions}
        Path(out).write_text(json.dumps(result))
    return code


if __name__ == "__main__":
    sys.exit(main())
