"""Theano-era scripts run as ``python script.py`` once ran them: ``symgen run``.

Each thing that time has broken is one fix (:data:`symgen.runner.fixes.FIXES`), applied where a
program needs it, said once on stderr, and switchable. ``run.py`` runs a script, ``check.py``
reports on one.
"""
