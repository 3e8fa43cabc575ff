"""``symgen doctor``: what this machine offers, and what to do about what it lacks."""

import os
import platform
import sys
from importlib import metadata

import click

_PACKAGES = ("pytensor", "numpy", "scipy", "numba", "scipy-openblas32", "scikit-learn", "matplotlib")


@click.command("doctor")
def command():
    """Print compiler, BLAS, backends, devices, versions and compile cache, with remedies.

    The exit code is 1 when the backend that SYMGEN_BACKEND names cannot be used.
    """
    import symgen
    from symgen import backends, config
    from symgen.backends import report
    from symgen.errors import SymgenError
    from symgen.theano import real_theano

    versions = [f"symgen {symgen.__version__}", f"Python {platform.python_version()}"]
    versions += [f"{name} {_version(name)}" for name in _PACKAGES]
    findings = [report.Finding("versions", ", ".join(versions))]
    findings += [report.compiler_finding(), report.blas_finding()]
    usable = True
    try:
        chosen = backends.resolve()
        asked = config.backend()
        findings.append(
            report.Finding("backend", chosen if asked == chosen else f"{chosen} (from {asked!r})")
        )
        backends.select(chosen)
    except SymgenError as error:
        usable = False
        findings.append(report.Finding("backend", error.got, error.remedy))
    findings.append(_backends())
    findings.append(_devices())
    findings.append(report.cache_finding())
    real = real_theano()
    findings.append(
        report.Finding("theano", "`import theano` gives symgen's namespace")
        if real is None
        else report.Finding(
            "theano",
            f"the real Theano {real[0]} is installed at {real[1]} and keeps the name",
            "Uninstall Theano to run old programs on symgen.",
        )
    )
    for finding in findings:
        click.echo(f"{finding.topic + ':':15}{finding.value}")
        if finding.remedy:
            click.echo(f"{'':15}-> {finding.remedy}")
    if not usable:
        sys.exit(1)


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(absent)"


def _backends():
    from symgen.backends.report import Finding

    parts = ["c", *(_with_version(name) for name in ("numba", "jax", "torch")), "py"]
    return Finding("backends", ", ".join(parts))


def _with_version(name):
    return f"{name} {_version(name)}"


def _devices():
    from symgen.backends import gpu
    from symgen.backends.report import Finding

    found = f"CPU, {os.cpu_count()} cores"
    if not gpu.nvidia():
        return Finding("devices", f"{found}; no NVIDIA GPU")
    user = gpu.backend()
    if user is None:
        found += "; an NVIDIA GPU, but neither JAX nor PyTorch for CUDA"
        return Finding("devices", found, "Install symgen[cuda].")
    return Finding("devices", f"{found}; an NVIDIA GPU for backend {user!r}")
