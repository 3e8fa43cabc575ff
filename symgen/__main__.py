"""``python -m symgen`` is the ``symgen`` command."""

from symgen.cli.main import main

main()
