"""The ``symgen`` command: subcommands, and errors without tracebacks."""

import sys

import click

import symgen
from symgen.errors import SymgenError


class Commands(click.Group):
    """A group that imports a subcommand's module only when it is asked for."""

    _modules = {
        "train": "symgen.cli.train",
        "evaluate": "symgen.cli.evaluate",
        "run": "symgen.cli.run",
        "warmup": "symgen.cli.warmup",
        "doctor": "symgen.cli.doctor",
    }

    def list_commands(self, ctx):
        """Names of the subcommands."""
        return list(self._modules)

    def get_command(self, ctx, cmd_name):
        """Import the module of `cmd_name` and return its ``command``."""
        if cmd_name not in self._modules:
            return None
        module = __import__(self._modules[cmd_name], fromlist=["command"])
        return module.command

    def resolve_command(self, ctx, args):
        """As click does, naming the subcommands when there is none of that name."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}; there are {', '.join(self._modules)}.")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(symgen.__version__, prog_name="symgen")
def cli():
    """Symbolic computation graphs for generative models, on PyTensor."""


def main(arguments=None):
    """Run the command; exit 0, 1 after a named error, 2 after wrong usage, 130 after Ctrl-C."""
    try:
        cli.main(arguments, prog_name="symgen", standalone_mode=False)
    except SymgenError as error:
        click.echo(f"symgen: {type(error).__name__}: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        signal_number = getattr(error, "signal_number", 2)
        sys.exit(128 + signal_number)
