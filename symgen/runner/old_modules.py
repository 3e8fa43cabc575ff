"""Modules that are gone: what each is now."""

import functools
import importlib
import io
import sys
import types

from symgen.errors import NotSupportedError
from symgen.runner import old_sklearn, six
from symgen.runner.old_names import Lost

# Module of Python 2 -> what it is now.
_RENAMED = {
    "BaseHTTPServer": "http.server", "ConfigParser": "configparser", "HTMLParser": "html.parser",
    "Queue": "queue", "SocketServer": "socketserver", "Tkinter": "tkinter",
    "__builtin__": "builtins", "commands": "subprocess", "copy_reg": "copyreg",
    "cookielib": "http.cookiejar", "dummy_thread": "_thread", "exceptions": "builtins",
    "httplib": "http.client", "repr": "reprlib", "thread": "_thread",
    "tkFileDialog": "tkinter.filedialog", "tkMessageBox": "tkinter.messagebox",
    "urlparse": "urllib.parse", "xmlrpclib": "xmlrpc.client",
}  # fmt: skip
_IMAGES = ("Image", "ImageChops", "ImageColor", "ImageDraw", "ImageFile", "ImageFilter",
           "ImageFont", "ImageOps")  # fmt: skip


def modules(program):
    """Return ``{module: Lost}`` for the program's active fixes."""
    pickle = program.runtime.pickle
    every = {
        old: Lost("stdlib", new, functools.partial(importlib.import_module, new))
        for old, new in _RENAMED.items()
    }
    every |= {
        "cPickle": Lost("stdlib", "pickle", lambda: pickle),
        "StringIO": Lost("stdlib", "io.StringIO and io.BytesIO", _string_io),
        "cStringIO": Lost("stdlib", "io.StringIO and io.BytesIO", _string_io),
        "imp": Lost("stdlib", "importlib", _imp),
        "md5": Lost("stdlib", "hashlib.md5", lambda: _hash("md5")),
        "sets": Lost("stdlib", "set", lambda: _module("sets", Set=set, ImmutableSet=frozenset)),
        "sha": Lost("stdlib", "hashlib.sha1", lambda: _hash("sha1")),
        "urllib2": Lost("stdlib", "urllib.request", _urllib2),
    }
    every |= {
        name: Lost("pillow", f"PIL.{name}", functools.partial(importlib.import_module,
                                                              f"PIL.{name}"))
        for name in _IMAGES
    }  # fmt: skip
    every |= {name: Lost("six", "symgen's small one", make)
              for name, make in six.modules(pickle).items()}  # fmt: skip
    every |= {name: Lost("sklearn", what, make)
              for name, (what, make) in old_sklearn.MODULES.items()}  # fmt: skip
    return {name: lost for name, lost in every.items() if lost.fix in program.fixes}


def _module(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    return module


def _string_io():
    def string_io(content=None):
        return io.BytesIO(content) if isinstance(content, bytes) else io.StringIO(content)

    return _module("StringIO", StringIO=string_io)


def _urllib2():
    import urllib.error
    import urllib.parse
    import urllib.request

    members = {name: value for part in (urllib.parse, urllib.error, urllib.request)
               for name, value in vars(part).items() if not name.startswith("_")}  # fmt: skip
    return _module("urllib2", **members)


def _hash(kind):
    import hashlib

    make = getattr(hashlib, kind)
    return _module(kind, new=make, **{kind: make})


def _imp():
    def load_source(name, path, file=None):
        if file is not None:
            raise NotSupportedError("imp.load_source(name, path)", "a file object too",
                                    "Leave the third argument out.")  # fmt: skip
        spec = importlib.util.spec_from_file_location(name, path)
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return _module("imp", load_source=load_source, reload=importlib.reload,
                   new_module=types.ModuleType)  # fmt: skip


