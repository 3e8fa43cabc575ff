"""``symgen run SCRIPT``: a Theano-era script, as ``python SCRIPT`` once ran it."""

import sys

import click


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("script", required=False, metavar="SCRIPT")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGUMENTS]...")
@click.option("--no-fix", "without", multiple=True, metavar="NAME", help="Switch a fix off.")
@click.option("--fix", "also", multiple=True, metavar="NAME",
              help="Switch a fix on that is off by default.")
@click.option("--fixes", "listed", is_flag=True, help="List the fixes and stop.")
@click.option("--check", "only_check", is_flag=True,
              help="Run nothing: report each file's Python version and each name of Theano.")
def command(script, arguments, without, also, listed, only_check):
    """Run SCRIPT with ARGUMENTS as `python SCRIPT` would; `import theano` gives symgen's namespace.

    What time has broken (Python 2, names that NumPy has lost, old pickles, ...) is put right where
    the script needs it, and said on stderr. The files stay as they are.

    The exit code is the script's own; with --check it is 0 when all names work and 1 otherwise.
    """
    from symgen.runner import fixes

    if listed:
        click.echo("\n".join(fixes.listing()))
        return
    if script is None:
        raise click.UsageError("Name a script: symgen run SCRIPT.py [ARGUMENTS].")
    chosen = fixes.Fixes(without, also)
    if only_check:
        from symgen.runner.check import check

        report = check(script, chosen)
        click.echo("\n".join(report.lines()))
        sys.exit(0 if report.ok else 1)
    from symgen.runner.run import run

    sys.exit(run(script, arguments, chosen))
