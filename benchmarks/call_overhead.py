"""What a call costs beyond its computation: a function of symgen's ``theano`` namespace beside PyTensor's.

``python -m benchmarks.call_overhead``

Both compile the same graph in the same mode. They take turns of some thousand calls; the clock is the
processor's. Where a function computes almost nothing, all that it takes is overhead.
"""

import argparse
import statistics
import sys
import time

import numpy as np
import pytensor
import pytensor.tensor as pt

import symgen.theano as theano
from symgen import backends


def cases():
    """Graphs that compute next to nothing, by name: inputs, outputs, and a shared variable to count in."""
    x = pt.dscalar("x")
    return {
        "one output": ([x], x + 1, None),
        "one output, an update": ([x], x * 2, pytensor.shared(0.0)),
        "a list of two outputs": ([x], [x + 1, x * 2], None),
    }


def compiled(function, inputs, outputs, counter, mode):
    """`function` of the graph, counting its calls in `counter` unless that is None."""
    updates = [] if counter is None else [(counter, counter + 1)]
    return function(inputs, outputs, updates=updates, mode=mode)


def microseconds(functions, rounds, calls):
    """For each name, the processor time of a call in every round, in microseconds."""
    taken = {name: [] for name in functions}
    value = np.asarray(2.0)
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.process_time()
            for _ in range(calls):
                function(value)
            taken[name].append(1e6 * (time.process_time() - start) / calls)
    return taken


def main(arguments=None):
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.call_overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--calls", type=int, default=5000, help="in a turn")
    options = parser.parse_args(arguments)
    mode = backends.select()
    print("| function | `trust_input` | PyTensor, us | theano, us | ratio |\n|---|---|---|---|---|")
    for name, case in cases().items():
        functions = {
            "pytensor": compiled(pytensor.function, *case, mode),
            "theano": compiled(theano.function, *case, mode),
        }
        for trust in (False, True):
            for function in functions.values():
                function.trust_input = trust
            taken = microseconds(functions, options.rounds, options.calls)
            ratios = [b / a for a, b in zip(taken["pytensor"], taken["theano"], strict=True)]
            times = " | ".join(f"{statistics.median(taken[key]):.2f}" for key in functions)
            print(f"| {name} | {'yes' if trust else 'no'} | {times} | {statistics.median(ratios):.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
