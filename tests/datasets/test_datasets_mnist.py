"""MNIST from folders, and its real download code against a server on this machine."""

import contextlib
import gzip
import hashlib
import io
import os
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from symgen.datasets import download as download_module
from symgen.datasets import load
from symgen.datasets import mnist as mnist_module
from symgen.datasets.download import ProgressLine, download
from symgen.errors import (
    DownloadError,
    FileFormatError,
    MissingFileError,
    OutputError,
    SettingsError,
)

RNG = np.random.RandomState(3)
TRAIN, TEST = (RNG.randint(0, 256, size=(n, 3, 4)).astype(np.uint8) for n in (12, 5))
TRAIN_LABELS, TEST_LABELS = (RNG.randint(0, 10, size=n).astype(np.uint8) for n in (12, 5))


def idx(values):
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.tobytes()


CONTENTS = {
    "train-images-idx3-ubyte": idx(TRAIN),
    "train-labels-idx1-ubyte": idx(TRAIN_LABELS),
    "t10k-images-idx3-ubyte": idx(TEST),
    "t10k-labels-idx1-ubyte": idx(TEST_LABELS),
}
PACKED = {name + ".gz": gzip.compress(content) for name, content in CONTENTS.items()}


def fill(folder, changes=(), packed=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**CONTENTS, **dict(changes)}.items():
        if content is not None:
            name, content = (name + ".gz", gzip.compress(content)) if packed else (name, content)
            (folder / name).write_bytes(content)
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small_mnist(monkeypatch):
    """Checksums of the small files in place of the real ones."""
    table = {n: (hashlib.sha256(c).hexdigest(), len(c)) for n, c in CONTENTS.items()}
    monkeypatch.setattr(mnist_module, "FILES", table)


@pytest.fixture
def offline(monkeypatch):
    """Any attempt to download is an error of the test."""

    def refuse(*args):
        raise AssertionError("it tried to download")

    monkeypatch.setattr(download_module, "_receive", refuse)


@pytest.mark.parametrize("packed", [False, True])
def test_mnist_from_a_folder(tmp_path, offline, packed):
    data = load("mnist", folder=fill(tmp_path / "here", packed=packed))
    assert data.describe()["splits"] == {"train": 10, "valid": 2, "test": 5}
    assert data.image_shape == (3, 4) and data.value_range == (0, 1)
    for key, images, labels in (
        ("train", TRAIN[:10], TRAIN_LABELS[:10]),
        ("valid", TRAIN[10:], TRAIN_LABELS[10:]),
        ("test", TEST, TEST_LABELS),
    ):
        expected = np.float32(images.reshape(len(images), 12) / 255)
        np.testing.assert_array_equal(data.splits[key], expected)
        np.testing.assert_array_equal(data.labels[key], labels)
    assert "checksums are not those of MNIST" in data.source


def test_mnist_accepts_dotted_names(tmp_path, offline):
    fill(tmp_path)
    for name in CONTENTS:
        (tmp_path / name).rename(tmp_path / name.replace("-idx", ".idx"))
    assert load("mnist", folder=tmp_path).dim == 12


@pytest.mark.parametrize("inside", ["", "mnist"])
def test_mnist_is_found_in_symgen_data_first(tmp_path, monkeypatch, offline, inside):
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path / "given"))
    fill(tmp_path / "given" / inside)
    fill(tmp_path / "cache/data/mnist", {"t10k-labels-idx1-ubyte": b"damaged"})
    assert str(tmp_path / "given" / inside) in load("mnist").source


def test_mnist_is_found_in_the_cache(tmp_path, monkeypatch, offline):
    fill(tmp_path / "cache/data/mnist")
    assert load("mnist").dim == 12
    (tmp_path / "given").mkdir()
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path / "given"))
    assert load("mnist").dim == 12


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"t10k-images-idx3-ubyte": None}, MissingFileError, "got no t10k-images-idx3-ubyte"),
        (
            {"train-images-idx3-ubyte": idx(TRAIN)[:-1]},
            FileFormatError,
            "train-images-idx3-ubyte.*cut off",
        ),
        (
            {"train-labels-idx1-ubyte": idx(TRAIN_LABELS[:-1])},
            FileFormatError,
            "as many labels.*12; got 11 labels",
        ),
        (
            {"t10k-images-idx3-ubyte": idx(TEST), "t10k-labels-idx1-ubyte": idx(TRAIN_LABELS)},
            FileFormatError,
            "t10k-images-idx3-ubyte, 5; got 12 labels",
        ),
        (
            {"t10k-images-idx3-ubyte": idx(TEST.reshape(5, 4, 3))},
            FileFormatError,
            r"\(3, 4\).*\(4, 3\)",
        ),
        (
            {"t10k-labels-idx1-ubyte": idx(TEST)},
            FileFormatError,
            "t10k-labels-idx1-ubyte.*0x00000803",
        ),
    ],
)
def test_mnist_names_what_is_wrong_in_a_folder(tmp_path, offline, changes, error, message):
    with pytest.raises(error, match=message):
        load("mnist", folder=fill(tmp_path / "here", changes))


# the download --------------------------------------------------------------------------


class Server:
    """A server on this machine; ``answer(handler, name)`` says what each request gets."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler):  # noqa: N805
                self.requests.append(handler.path)
                answer(handler, handler.path.rpartition("/")[2])

            def log_message(handler, *args):  # noqa: N805
                pass

        self.requests = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *details):
        self.server.shutdown()
        self.server.server_close()


def send(handler, content, length=None, status=200, headers=()):
    handler.send_response(status)
    for key, value in headers:
        handler.send_header(key, value)
    if length is not False:
        handler.send_header("Content-Length", str(length or len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def good(handler, name):
    send(handler, PACKED[name])


def plain(handler, name):
    """The content as it is under the packed name: another packing of the same content."""
    send(handler, CONTENTS[name.removesuffix(".gz")])


def not_found(handler, name):
    handler.send_error(404)


def broken(handler, name):
    handler.send_error(503)


def flipped(handler, name):
    content = bytearray(PACKED[name])
    content[len(content) // 2] ^= 0xFF
    send(handler, bytes(content))


def other_content(handler, name):
    send(handler, gzip.compress(CONTENTS[name.removesuffix(".gz")][:-1] + b"\x0b"))


def closes_midway(handler, name):
    send(handler, PACKED[name][:30], length=len(PACKED[name]))


def closes_without_length(handler, name):
    send(handler, PACKED[name][:30], length=False)


def cut_chunks(handler, name):
    handler.protocol_version = "HTTP/1.1"
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"40\r\n" + PACKED[name][:30])


def too_long(handler, name):
    with contextlib.suppress(ConnectionError):  # the client hangs up
        send(handler, bytes(10_000_000))


def login_page(handler, name):
    send(handler, b"<html>Please log in</html>")


def leaves_https(handler, name):
    send(handler, b"", status=302, headers=[("Location", f"http://example.org/{name}")])


def hangs(handler, name):
    send(handler, PACKED[name][:10], length=len(PACKED[name]))
    handler.wfile.flush()
    handler.server.released.wait(10)


def silent(handler, name):
    handler.connection.close()


FAILURES = {
    "HTTP 404": not_found,
    "HTTP 503": broken,
    "sent damaged data|sent another content": flipped,
    "sent another content: SHA-256": other_content,
    "closed the connection after 30 of": closes_midway,
    "sent damaged data .*cut off": closes_without_length,
    "IncompleteRead": cut_chunks,
    "sent more than the": too_long,
    "sent another content": login_page,
    "redirects to http://example.org": leaves_https,
    "timed out": hangs,
    "closed connection without response|reset by peer|Bad file": silent,
}


@pytest.mark.parametrize("answer", [good, plain])
def test_download_fetches_and_keeps_the_files(tmp_path, small_mnist, answer):
    with Server(answer) as server:
        data = load("mnist", mirrors=[server.url])
    assert server.requests == [f"/mnist/{name}.gz" for name in CONTENTS]
    assert names(tmp_path / "cache/data/mnist") == sorted(PACKED)
    assert "checksums are MNIST's" in data.source
    np.testing.assert_array_equal(data.labels["test"], TEST_LABELS)
    # the second time nothing is asked for
    assert load("mnist", mirrors=[server.url]).hash == data.hash
    assert len(server.requests) == 4


@pytest.mark.parametrize("message", FAILURES)
def test_download_goes_on_to_the_next_mirror(tmp_path, small_mnist, monkeypatch, message):
    monkeypatch.setattr(download_module, "TIMEOUT", 0.3)
    with Server(FAILURES[message]) as bad, Server(good) as fine:
        bad.server.released = threading.Event()
        try:
            assert load("mnist", mirrors=[bad.url, fine.url]).dim == 12
        finally:
            bad.server.released.set()
    assert len(bad.requests) == len(fine.requests) == 4
    assert names(tmp_path / "cache/data/mnist") == sorted(PACKED)


@pytest.mark.parametrize("message", FAILURES)
def test_download_lists_every_failure(tmp_path, small_mnist, monkeypatch, message):
    monkeypatch.setattr(download_module, "TIMEOUT", 0.3)
    with Server(FAILURES[message]) as bad, Server(not_found) as other:
        bad.server.released = threading.Event()
        try:
            with pytest.raises(DownloadError, match=message) as caught:
                load("mnist", mirrors=[bad.url, other.url])
        finally:
            bad.server.released.set()
    text = str(caught.value)
    assert text.index(bad.url) < text.index(other.url + "train-images-idx3-ubyte.gz: HTTP 404")
    assert names(tmp_path / "cache/data/mnist") == []


def test_download_offline_says_what_to_put_where(tmp_path, small_mnist):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(DownloadError, match="refused") as caught:
            load("mnist", mirrors=[url])
    text = str(caught.value)
    assert all(name in text for name in CONTENTS)
    assert str(tmp_path / "cache/data/mnist") in text and "SYMGEN_DATA" in text


def test_download_goes_on_after_an_interruption(tmp_path, small_mnist):
    """Files that came whole are not fetched again."""
    last = "t10k-labels-idx1-ubyte.gz"
    with Server(lambda h, n: not_found(h, n) if n == last else good(h, n)) as server:
        with pytest.raises(DownloadError, match=last):
            load("mnist", mirrors=[server.url])
    assert names(tmp_path / "cache/data/mnist") == sorted(set(PACKED) - {last})
    with Server(good) as server:
        load("mnist", mirrors=[server.url])
        assert server.requests == ["/mnist/" + last]


def test_download_into_a_folder_that_cannot_be(tmp_path, small_mnist):
    (tmp_path / "cache").write_bytes(b"")
    with Server(good) as server, pytest.raises(OutputError, match="choose another path"):
        load("mnist", mirrors=[server.url])


def test_download_on_a_full_disk_is_no_fault_of_the_mirror(tmp_path, small_mnist, monkeypatch):
    def full(descriptor):
        raise OSError(28, os.strerror(28))

    with Server(good) as first, Server(good) as second:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            load("mnist", mirrors=[first.url, second.url])
        assert second.requests == []
    assert names(tmp_path / "cache/data/mnist") == []


@pytest.mark.parametrize(
    "mirrors",
    [
        [],
        "https://example.org",
        ["http://example.org/mnist"],
        ["ftp://127.0.0.1/"],
        ["file:///etc"],
        ["https://"],
        ["https://["],
        ["http://127.0.0.1.example.org/"],
        ["http://[::1]/", "http://192.168.0.1/"],
    ],
)
def test_download_refuses_what_is_not_https(tmp_path, offline, mirrors):
    with pytest.raises(SettingsError, match="https://"):
        load("mnist", mirrors=mirrors)


def test_mirrors_are_https():
    assert len(mnist_module.MIRRORS) > 1
    for mirror in mnist_module.MIRRORS:
        download_module.check_mirror(mirror)


def test_download_reports_progress(tmp_path):
    content = bytes(1_000_000)
    with Server(lambda handler, name: send(handler, content)) as server:
        calls = []

        def progress(*call):
            calls.append(call)

        checksum = hashlib.sha256(content).hexdigest()
        download("f", [server.url], tmp_path / "f", checksum, len(content), "", progress)
    assert (tmp_path / "f").read_bytes() == content
    done = [call[1] for call in calls]
    assert done == sorted(done) and len(calls) > 2
    assert calls[-1] == ("f", 1_000_000, 1_000_000)
    assert {call[2] for call in calls} == {1_000_000}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_line():
    stream = io.StringIO()
    line = ProgressLine(stream)
    for done in (0, 500_000, 2_000_000):
        line("f.gz", done, 2_000_000)
    assert stream.getvalue() == "downloading f.gz: 2.0 MB\n"
    stream = Terminal()
    line = ProgressLine(stream)
    line("f.gz", 500_000, 2_000_000)
    line("f.gz", 2_000_000, 2_000_000)
    assert "downloading f.gz: 0.5 MB of 2.0 MB (25%)" in stream.getvalue()
    assert stream.getvalue().endswith("\n") and stream.getvalue().count("\n") == 1


def test_mnist_says_on_standard_error_what_it_downloads(small_mnist, capsys):
    with Server(good) as server:
        load("mnist", mirrors=[server.url])
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("downloading") == 4


# the real files ------------------------------------------------------------------------


def test_real_mnist(real_data, offline):
    data = load("mnist", folder=real_data / "mnist")
    assert data.describe()["splits"] == {"train": 50000, "valid": 10000, "test": 10000}
    assert data.dim == 784 and data.image_shape == (28, 28)
    assert "checksums are MNIST's" in data.source
    # known of MNIST: the first labels of both files, and mean and spread of the training file
    assert data.labels["train"][:5].tolist() == [5, 0, 4, 1, 9]
    assert data.labels["test"][:5].tolist() == [7, 2, 1, 0, 4]
    pixels = np.concatenate([data.splits["train"], data.splits["valid"]])
    assert pixels.mean(dtype=np.float64) == pytest.approx(0.1307, abs=1e-4)
    assert pixels.std(dtype=np.float64) == pytest.approx(0.3081, abs=1e-4)


def test_real_mnist_downloads(real_data):
    """The checksums and lengths in the table accept the real files."""

    def answer(handler, name):
        send(handler, (real_data / "mnist" / name).read_bytes())

    with Server(answer) as server:
        data = load("mnist", mirrors=[server.url])
    assert len(server.requests) == 4 and "checksums are MNIST's" in data.source


def test_real_binarized_mnist(real_data):
    data = load("binarized_mnist", folder=real_data / "binarized_mnist")
    assert data.describe()["splits"] == {"train": 50000, "valid": 10000, "test": 10000}
    assert data.binarization == "static (Larochelle)" and data.labels == {}
    assert set(np.unique(data.splits["test"])) == {0, 1}
    # about as many pixels are 1 as the grey levels say
    assert data.splits["train"].mean(dtype=np.float64) == pytest.approx(0.1307, abs=0.001)
