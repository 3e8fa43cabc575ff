"""The cache of compiled C modules: processes at once, processes killed, files cut off."""

import os
import time
from pathlib import Path

import pytest
from compile_process import GRAPH, WATCHED, finish, start

from symgen.backends import module_cache

COUNT = "print(len(spans), by_pytensor)"

# Every compiler process of the modules waits a minute before it begins.
STUCK = """
import sys, time
from symgen.backends import parallel_compile
run = parallel_compile.subprocess.run

def stuck(*args, **kwargs):
    if "-shared" in args[0]:
        print("stuck", flush=True)
        time.sleep(60)
    return run(*args, **kwargs)

parallel_compile.subprocess.run = stuck
"""


def test_no_process_waits_for_another_that_compiles_or_was_killed(tmp_path):
    slow = start(STUCK + GRAPH, tmp_path)
    try:
        assert slow.stdout.readline().startswith("stuck")
        finish(start(GRAPH, tmp_path))
        assert slow.poll() is None, "the other was still compiling"
    finally:
        slow.kill()
        slow.communicate()
    out, _ = finish(start(WATCHED + GRAPH + COUNT, tmp_path))
    assert out == "0 []\n"  # all of it was there


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder with the compiled modules of the graph."""
    folder = tmp_path_factory.mktemp("cache")
    finish(start(GRAPH, folder))
    return folder


def files(cache, pattern):
    found = sorted(cache.glob(f"compiledir_*/{pattern}"))
    assert found
    return found


def cut(path, keep):
    """Cut a file off; a library may be linked to others, so that it has to be another file."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: int(keep * len(content))])


@pytest.mark.parametrize("keep", [0, 0.6])
def test_libraries_that_were_cut_off_are_compiled_again(cache, keep):
    libraries = files(cache, "tmp*/m*.so")
    for library in libraries[:2]:
        cut(library, keep)
    for library in files(cache, "*_ext/*_ext.so"):
        cut(library, keep)
    out, err = finish(start(WATCHED + GRAPH + COUNT, cache))
    count, by_pytensor = out.split(maxsplit=1)
    assert int(count) in (1, 2) and by_pytensor.count("_ext") == 2
    assert err.count("is cut off") == 4
    for library in files(cache, "tmp*/m*.so"):
        assert module_cache.is_whole(library)
    out, err = finish(start(WATCHED + GRAPH + COUNT, cache))
    assert out == "0 []\n" and "cut off" not in err


@pytest.mark.parametrize("keep", [0, 0.5])
def test_a_key_that_was_cut_off_costs_one_compilation(cache, keep):
    cut(files(cache, "tmp*/key.pkl")[0], keep)
    out, _ = finish(start(WATCHED + GRAPH + COUNT, cache))
    assert out == "1 []\n"
    out, _ = finish(start(WATCHED + GRAPH + COUNT, cache))
    assert out == "0 []\n"


@pytest.mark.parametrize("full", ["compiler.run_program", "parallel_compile.together"])
def test_a_full_disk(tmp_path, full):
    """A named error that says which folder, and the next run is well."""
    break_it = f"""
from symgen.backends import compiler, parallel_compile
def no_room(*args, **kwargs):
    raise OSError(28, "No space left on device")
{full} = no_room
"""
    process = start(break_it + GRAPH, tmp_path)
    _, err = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "OutputError" in err and "No space left" in err and "TMPDIR=FOLDER" in err
    if full.startswith("parallel"):
        finish(start(GRAPH, tmp_path))


def test_is_whole(tmp_path):
    from symgen.backends import compiler

    assert module_cache.is_whole(os.__file__)  # not an ELF file, not empty
    assert not module_cache.is_whole(tmp_path / "absent")
    (tmp_path / "empty").touch()
    assert not module_cache.is_whole(tmp_path / "empty")
    program = Path(compiler.find().path).resolve().read_bytes()
    if program[:5] != b"\x7fELF\x02":
        pytest.skip("the compiler is no ELF file of 64 bits")
    for keep, whole in ((len(program), True), (len(program) - 1, False), (20, False)):
        (tmp_path / "program").write_bytes(program[:keep])
        assert module_cache.is_whole(tmp_path / "program") == whole


def test_what_a_killed_process_left_is_swept_away(tmp_path):
    """Folders of processes that are gone, once they are old; not those of living ones."""
    dead = start("pass", tmp_path)
    dead.communicate()
    old = time.time() - 2 * 3600
    folders = {}
    for name, age in (
        (f"symgen-modules-{dead.pid}-a", old),
        (f"symgen-modules-{dead.pid}-new", time.time()),
        (f"symgen-modules-{os.getpid()}-b", old),
    ):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        os.utime(folders[name], (age, age))
    sweep = "from symgen.backends import parallel_compile\nparallel_compile._sweep()"
    finish(start(sweep, tmp_path / "cache", TMPDIR=str(tmp_path)))
    assert [folder.exists() for folder in folders.values()] == [False, True, True]
