"""Where the files of a named dataset are looked for."""

from pathlib import Path

from symgen import config


def candidate_folders(name):
    """Folders to look in, in this order; without those named twice.

    ``SYMGEN_DATA/<name>`` and ``SYMGEN_DATA`` where that is set, then the
    cache: ``<cache>/data/<name>`` and ``<cache>/data``.

    Parameters
    ----------
    name : str
        Name of the dataset.

    Returns
    -------
    list of Path
    """
    bases = (config.data_dir(), config.cache_dir() / "data")
    return list(dict.fromkeys(folder for base in bases for folder in (base / name, base)))


def find_file(folder, names):
    """The first file of ``folder`` that has one of ``names``, or None."""
    paths = (Path(folder) / name for name in names)
    return next((path for path in paths if path.is_file()), None)
