"""Folders for the tests of datasets, so that no user's setting or cache is touched."""

import os
from pathlib import Path

import pytest

_GIVEN = os.environ.get("SYMGEN_DATA", "").strip()
_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.delenv("SYMGEN_DATA", raising=False)
    monkeypatch.delenv("SYMGEN_FLOATX", raising=False)
    monkeypatch.setenv("SYMGEN_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def real_data():
    """Folder with the real MNIST files: SYMGEN_DATA, or shared/data beside the repository."""
    for folder in (Path(_GIVEN) if _GIVEN else None, _SHARED):
        if folder is not None and (folder / "mnist").is_dir():
            return folder
    pytest.skip("no real MNIST: neither in SYMGEN_DATA nor in ../shared/data")
