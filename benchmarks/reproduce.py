"""Reach published numbers: ``python -m benchmarks.reproduce NAME``.

Runs one file of ``benchmarks/reproductions``, writes value, bound, error bar, processor and wall time and the
published value beside it into ``benchmarks/results/reproductions/NAME.json``, and prints them.
``--list`` names the files; ``--table`` prints the table of all records, which README.md holds between
its marks (``--write-readme`` puts it there).
"""

import argparse
import importlib
import inspect
import json
import os
import platform
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from benchmarks import machine
from benchmarks.gpu import gpu_name
from symgen import backends, config
from symgen.errors import SettingsError, look_up
from symgen.files import write_bytes, write_json

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "reproductions"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- reproductions -->", "<!-- end of reproductions -->"
NAMES = sorted(path.stem for path in (HERE / "reproductions").glob("[a-z]*.py"))


def main(arguments=None):
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproduce", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="Files to run, one after the other.")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="Change a setting: --set epochs=3. The record is then NAME-epochs=3.")
    parser.add_argument("--results", type=Path, default=RESULTS, help="Folder of the records.")
    parser.add_argument("--list", action="store_true", help="Name the files, a line each.")
    parser.add_argument("--table", action="store_true", help="Print the table of the records.")
    parser.add_argument("--write-readme", action="store_true", help="Put the table into README.md.")
    options = parser.parse_args(arguments)
    if options.list:
        for name in NAMES:
            print(f"{name}: {_module(name).__doc__.splitlines()[0]}")
    for name in options.names:
        record = run(name, _settings(name, options.set), options.set)
        path = options.results / f"{record['name']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, record)
        print("\n".join(rows(record)), f"\n{path}")
    if options.table:
        print(table(options.results))
    if options.write_readme:
        write_bytes(README, with_table(README.read_text(), table(options.results)).encode())


def run(name, settings, changed=()):
    """Run a file with these settings and return its record."""
    module = _module(name)
    start, busy = time.perf_counter(), time.process_time()
    lines = module.main(**settings)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return {
        "name": "-".join([name, *changed]),
        "title": module.__doc__.splitlines()[0].rstrip("."),
        "lines": [
            {
                "label": line.label,
                "result": line.result.as_dict(),
                "published": asdict(line.published) if line.published else None,
                "known": line.known,
                **line.more,
            }
            for line in lines
        ],
        "settings": {k: p.default for k, p in _parameters(module).items()} | settings,
        "seconds": round(seconds, 1),
        "processor_seconds": round(busy, 1),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "command": " ".join(
            ["python -m benchmarks.reproduce", name, *(f"--set {change}" for change in changed)]
        ),
        "machine": machine.description(),
        **computed_on(),
    }


def computed_on():
    """Backend, device and versions of what :mod:`symgen` computes with where nobody names others."""
    backend = backends.resolve()
    libraries = {"jax": ("jax", "jaxlib"), "torch": ("torch",), "numba": ("numba",)}.get(backend, ())
    device = getattr(backends.select(backend).linker, "device", None)  # JAX's or PyTorch's
    on_gpu = getattr(device, "platform", getattr(device, "type", "cpu")) in ("gpu", "cuda")
    return {
        "backend": backend,
        "device": gpu_name() if on_gpu else "cpu",
        "tf32": on_gpu and config.tf32(),
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("pytensor", "numpy", *libraries)},
        },
    }


def _module(name):
    look_up("reproduction", name, dict.fromkeys(NAMES))
    return importlib.import_module(f"benchmarks.reproductions.{name}")


def _parameters(module):
    return inspect.signature(module.main).parameters


def _settings(name, changes):
    """``{name: value}`` of what was changed, each of the type of its default."""
    parameters, settings = _parameters(_module(name)), {}
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals or key not in parameters:
            raise SettingsError(
                f"a change of one of {', '.join(parameters)}, as in --set epochs=3",
                change,
                "Correct it.",
            )
        default = parameters[key].default
        value = text if isinstance(default, str) else _parsed(text)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(default):
            raise SettingsError(
                f"{key} to be {type(default).__name__} like its default {default!r}", text, "Correct it."
            )
        settings[key] = value
    return settings


def _parsed(text):
    """A number or truth value; None for anything else."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def rows(record):
    """The record's lines of the table."""
    return [_row(record, line) for line in record["lines"]]


def _row(record, line):
    result, published = line["result"], line["published"]
    signs = {"lower bound on log p(x)": "≥ ", "upper bound on log p(x)": "≤ "}
    sign = next((sign for words, sign in signs.items() if result["bound"].startswith(words)), "")
    bounds = result["bound"] + line.get("log_z", {}).get("bound", "")
    if ", if " in bounds:  # no bound but as far as a condition holds
        sign = {"≥ ": "≳ ", "≤ ": "≲ "}.get(sign, "")
    error = result["standard_error"]
    value = f"{sign}{_number(result['value'])}" + ("" if error is None else f" ± {error:.2f}")
    if result.get("interval"):
        value += " [{:.2f}, {:.2f}]".format(*result["interval"])
    if published:
        theirs = f"{_number(published['value'])} ({published['bound']}; {published['source']})"
    elif line["known"] is not None:
        theirs = f"{_number(line['known'])} (exact)"
    else:
        theirs = "-"
    data = " ".join(part for part in (result["dataset"], result["split"]) if part)
    if result["binarization"] and not result["binarization"].startswith("none"):
        data += f", {result['binarization']}"
    cells = (
        line["label"], f"{result['metric']}, {result['unit']}", data, value, theirs,
        _time(record), f"`{record['command']}`",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _number(value):
    return f"{value:.2f}".replace("-", "−")


def _time(record):
    """Processor time, which pauses of the machine leave as it is; wall time on a GPU, or where it was not taken."""
    busy, device = record.get("processor_seconds"), record.get("device", "cpu")
    wall = busy is None or device != "cpu"
    seconds = record["seconds"] if wall else busy
    text = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    if device != "cpu":
        return f"{text} (wall, {device.split(',')[0]})"
    return f"{text} (wall)" if wall else text


def table(folder=RESULTS):
    """Markdown: a line for each number of each record. Times are of the processor where nothing else is said."""
    head = ["model", "metric, unit", "data", "value", "published or exact", "time", "command"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for path in sorted(folder.glob("*.json")):
        lines += rows(json.loads(path.read_text()))
    return "\n".join(lines)


def with_table(text, made):
    """README's text with the table between its marks.

    Raises
    ------
    SettingsError
        When the marks are not there.
    """
    if BEGIN not in text or END not in text:
        raise SettingsError(f"{BEGIN} and {END} in README.md", "a text without them", "Add them.")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    main(sys.argv[1:])
