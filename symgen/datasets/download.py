"""Fetching a file over HTTPS from the first mirror that has it, whole and unaltered."""

import hashlib
import http.client
import ipaddress
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from symgen import __version__
from symgen.datasets.idx import unpack
from symgen.errors import DownloadError, FileFormatError, OutputError, SettingsError
from symgen.files import atomic_write

TIMEOUT = 30  # seconds without a byte
_CHUNK = 1 << 16


class _MirrorError(Exception):
    """Why one mirror did not do."""


def _is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_mirror(url):
    """Raise :class:`~symgen.errors.SettingsError` unless ``url`` is HTTPS, or on this machine."""
    try:
        parts = urllib.parse.urlsplit(str(url))
        reason = ""
    except ValueError as error:  # unbalanced brackets round a host
        parts, reason = urllib.parse.urlsplit(""), f" ({error})"
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_loopback(parts.hostname):
        return
    raise SettingsError(
        expected="the address of a mirror to begin with https:// and name a host",
        got=f"{url!r}{reason}",
        remedy="Plain http is accepted from this machine itself only.",
    )


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follow a redirection only to an address that would do as a mirror."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        try:
            check_mirror(newurl)
        except SettingsError as error:
            raise _MirrorError(f"redirects to {newurl}, which is not https") from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class ProgressLine:
    """Says on a stream how much of a file has come.

    On a terminal one line that is rewritten; elsewhere a line when the file
    is there. Called as ``progress(name, done, total)`` with bytes; ``total``
    is None when the server does not say, and ``done == total`` comes last.

    Parameters
    ----------
    stream : text stream, optional
        ``sys.stderr`` by default.
    """

    def __init__(self, stream=None):
        self.stream = sys.stderr if stream is None else stream
        self._last = 0.0

    def __call__(self, name, done, total):
        finished = done == total
        terminal = self.stream.isatty()
        now = time.monotonic()
        if not finished and (not terminal or now - self._last < 0.1):
            return
        self._last = now
        text = f"downloading {name}: {done / 1e6:.1f} MB"
        if total is not None and not finished:
            text += f" of {total / 1e6:.1f} MB ({done / total:.0%})"
        start, end = ("\r\x1b[K", "\n" if finished else "") if terminal else ("", "\n")
        self.stream.write(start + text + end)
        self.stream.flush()


def _receive(url, name, file, limit, progress):
    """Copy what ``url`` answers into ``file``; raise :class:`_MirrorError` if it is not whole."""
    opener = urllib.request.build_opener(_CheckedRedirects())
    request = urllib.request.Request(url, headers={"User-Agent": f"symgen/{__version__}"})
    done = 0
    with opener.open(request, timeout=TIMEOUT) as answer:
        length = answer.headers.get("Content-Length", "")
        total = int(length) if length.isdigit() else None
        while chunk := answer.read(_CHUNK):
            done += len(chunk)
            if done > limit:
                raise _MirrorError(f"sent more than the {limit} bytes that the file can have")
            file.write(chunk)
            if progress is not None and done != total:
                progress(name, done, total)
    if total is not None and done != total:
        raise _MirrorError(f"closed the connection after {done} of {total} bytes")
    return done


def download(name, mirrors, path, sha256, size, remedy, progress=None):
    """Fetch one file from the first mirror that gives it, and keep it only if it is that file.

    Parameters
    ----------
    name : str
        Name of the file, appended to the address of each mirror.
    mirrors : sequence of str
        Base addresses, tried in this order; HTTPS, except on this machine.
    path : str or Path
        Where to keep it. It is there whole or not at all.
    sha256 : str
        Checksum (hex) of the content, unpacked when the file is gzipped: it
        holds for every packing of the same content.
    size : int
        Length of that content in bytes.
    remedy : str
        What the user can do when no mirror gives the file.
    progress : callable or None
        Called as ``progress(name, done, total)`` with bytes.

    Raises
    ------
    DownloadError
        When no mirror gave the file; names every mirror and its failure.
    SettingsError
        When there is no mirror, or one is not HTTPS.
    OutputError
        When the file cannot be written.
    """
    if isinstance(mirrors, str) or not mirrors:
        raise SettingsError(
            expected="a list of addresses of mirrors, at least one",
            got=repr(mirrors),
            remedy="Give mirrors=['https://...'].",
        )
    for mirror in mirrors:
        check_mirror(mirror)
    failures = []
    for mirror in mirrors:
        url = mirror.rstrip("/") + "/" + name
        try:
            with atomic_write(path) as file:
                # a gzip stream is never much longer than its content
                done = _receive(url, name, file, size + size // 100 + 1000, progress)
                file.seek(0)
                content = unpack(file.read(), name, limit=size)
                found = hashlib.sha256(content).hexdigest()
                if found != sha256:
                    raise _MirrorError(
                        f"sent another content: SHA-256 {found[:12]}..., not {sha256[:12]}..."
                    )
        except urllib.error.HTTPError as error:
            error.close()
            failures.append(f"{url}: HTTP {error.code} {error.reason}")
        except urllib.error.URLError as error:
            failures.append(f"{url}: {error.reason}")
        except (_MirrorError, http.client.HTTPException) as error:
            failures.append(f"{url}: {error or type(error).__name__}")
        except FileFormatError as error:
            failures.append(f"{url}: sent damaged data ({error.got})")
        except OutputError:
            raise  # no fault of the mirror
        except OSError as error:  # a timeout, a connection that broke, a failure of TLS
            failures.append(f"{url}: {error}")
        else:
            if progress is not None:
                progress(name, done, done)
            return
    raise DownloadError(
        expected=f"the file {name} from one of {len(mirrors)} mirrors",
        got="; ".join(failures),
        remedy=remedy,
    )
