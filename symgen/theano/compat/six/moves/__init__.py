"""``theano.compat.six.moves``: what Python 3 has under another name or in another module."""

import builtins
import functools
import importlib
import itertools
import sys
from collections import UserDict, UserList, UserString
from io import StringIO

from symgen.theano._missing import attribute_lookup

_lookup = attribute_lookup(__name__)

input, range, xrange, map, zip, filter = (
    builtins.input,
    builtins.range,
    builtins.range,
    builtins.map,
    builtins.zip,
    builtins.filter,
)
raw_input = builtins.input
reduce = functools.reduce
intern = sys.intern
reload_module = importlib.reload
filterfalse, zip_longest = itertools.filterfalse, itertools.zip_longest
cStringIO = StringIO
unichr = chr

# Modules by the names that Python 2, or six, gave them.
_MODULES = {
    "BaseHTTPServer": "http.server",
    "_thread": "_thread",
    "builtins": "builtins",
    "configparser": "configparser",
    "copyreg": "copyreg",
    "html_entities": "html.entities",
    "html_parser": "html.parser",
    "http_client": "http.client",
    "http_cookiejar": "http.cookiejar",
    "http_cookies": "http.cookies",
    "queue": "queue",
    "socketserver": "socketserver",
    "urllib": "urllib",
    "urllib_error": "urllib.error",
    "urllib_parse": "urllib.parse",
    "xmlrpc_client": "xmlrpc.client",
}

def __getattr__(name):
    if name in _MODULES:
        return importlib.import_module(_MODULES[name])
    return _lookup(name)
