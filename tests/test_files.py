"""Files are whole or absent, and every failure has its named error."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from symgen.errors import DtypeError, NonFiniteError, OutputError
from symgen.files import atomic_write, ensure_folder, write_bytes, write_json


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_atomic_write_makes_the_folder_and_leaves_one_file(tmp_path):
    with atomic_write(tmp_path / "a" / "b" / "file.bin") as file:
        file.write(b"12")
        file.write(b"34")
        assert not (tmp_path / "a/b/file.bin").exists()
    assert names(tmp_path / "a/b") == ["file.bin"]
    assert (tmp_path / "a/b/file.bin").read_bytes() == b"1234"


def test_atomic_write_gives_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_bytes(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_atomic_write_follows_a_link(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, ConnectionResetError])
def test_atomic_write_keeps_the_earlier_file_when_the_body_raises(tmp_path, error):
    write_bytes(tmp_path / "file", b"old")
    with pytest.raises(error), atomic_write(tmp_path / "file") as file:
        file.write(b"new")
        raise error("stop")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def fail_with(number):
    def function(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    return function


@pytest.mark.parametrize(
    ("function", "number", "remedy"),
    [
        ("fsync", errno.ENOSPC, "Free some space"),
        ("fsync", errno.EDQUOT, "quota"),
        ("fsync", errno.EIO, "Check the disk"),
        ("open", errno.EROFS, "read-only"),
        ("open", errno.EACCES, "may write to"),
        ("replace", errno.EPERM, "may write to"),
    ],
)
def test_atomic_write_names_the_failure(tmp_path, monkeypatch, function, number, remedy):
    write_bytes(tmp_path / "file", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, function, fail_with(number))
        with pytest.raises(OutputError, match=remedy) as caught:
            write_bytes(tmp_path / "file", b"new")
    assert os.strerror(number) in str(caught.value)
    assert str(tmp_path / "file") in str(caught.value)
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_atomic_write_on_a_full_disk(tmp_path, monkeypatch):
    """The bytes really go to a device without space, beyond and below the file's buffer."""
    really_open = os.open

    def open_full(path, flags, *args):
        if not str(path).endswith(".tmp"):
            return really_open(path, flags, *args)
        os.close(really_open(path, flags, *args))
        return really_open("/dev/full", os.O_RDWR)

    for content in (b"x", b"x" * 10_000_000):
        with monkeypatch.context() as patch:
            patch.setattr(os, "open", open_full)
            with pytest.raises(OutputError, match="No space left.*Free some space"):
                write_bytes(tmp_path / "file", content)
        assert names(tmp_path) == []


@pytest.mark.parametrize("path", ["file/inside", "file/deeper/inside", "folder"])
def test_atomic_write_refuses_a_path_that_cannot_be(tmp_path, path):
    (tmp_path / "file").write_bytes(b"kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match="hoose another path"):
        write_bytes(tmp_path / path, b"")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_atomic_write_refuses_a_device(tmp_path):
    """Renaming over it would replace the device by a file."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="device"):
        write_bytes(tmp_path / "pipe", b"")
    assert names(tmp_path) == ["pipe"]


def test_atomic_write_removes_what_a_killed_process_left(tmp_path):
    script = (
        "import sys, time\nfrom symgen.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as file:\n"
        "    file.write(b'half'); file.flush(); print('ready', flush=True); time.sleep(60)\n"
    )
    root = Path(__file__).resolve().parent.parent
    path = tmp_path / "file"
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        cwd=root,
    )
    assert process.stdout.readline() == b"ready\n"
    write_bytes(path, b"while the other one lives")
    assert len(names(tmp_path)) == 2, "the file of a living process must stay"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    elsewhere = f".file.{socket.gethostname()}x-{process.pid}-00000000.tmp"
    (tmp_path / elsewhere).touch()
    write_bytes(path, b"after it was killed")
    assert names(tmp_path) == sorted(["file", elsewhere]), "other machines' files must stay"
    assert path.read_bytes() == b"after it was killed"


def test_ensure_folder_refuses_a_file_in_its_place(tmp_path):
    assert ensure_folder(tmp_path / "a/b").is_dir()
    assert ensure_folder(str(tmp_path / "a/b")) == tmp_path / "a/b"
    (tmp_path / "file").touch()
    for path in ("file", "file/inside"):
        with pytest.raises(OutputError, match="choose another path"):
            ensure_folder(tmp_path / path)


def test_write_json_keeps_order_and_turns_numpy_values(tmp_path):
    value = {
        "z": np.float32(0.5),
        "a": [np.int64(3), np.bool_(True), None],
        "m": np.arange(4).reshape(2, 2),
        "path": Path("folder"),
        "text": "Müller",
    }
    write_json(tmp_path / "x.json", value)
    text = (tmp_path / "x.json").read_text(encoding="utf-8")
    assert text.endswith("\n") and "Müller" in text
    assert list(json.loads(text)) == ["z", "a", "m", "path", "text"]
    assert json.loads(text) == {
        "z": 0.5,
        "a": [3, True, None],
        "m": [[0, 1], [2, 3]],
        "path": "folder",
        "text": "Müller",
    }


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ({"a": [1.0, float("nan")]}, NonFiniteError, r"value\['a'\]\[1\] = nan"),
        ({"loss": np.float32("inf")}, NonFiniteError, r"value\['loss'\] = inf"),
        ({"a": np.array([0.0, -np.inf])}, NonFiniteError, r"value\['a'\]\[1\] = -inf"),
        ({"a": object()}, DtypeError, "object"),
        ([1j], DtypeError, "complex"),
        ({(1, 2): 3}, DtypeError, "keys must be str"),
    ],
)
def test_write_json_refuses_and_keeps_the_earlier_file(tmp_path, value, error, message):
    write_json(tmp_path / "x.json", {"old": 1})
    with pytest.raises(error, match=message):
        write_json(tmp_path / "x.json", value)
    assert names(tmp_path) == ["x.json"]
    assert json.loads((tmp_path / "x.json").read_text()) == {"old": 1}
