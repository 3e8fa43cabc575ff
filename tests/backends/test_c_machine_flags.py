"""The compiler options for the processor are asked for once, not in each process."""

import json
import sys

import pytest
from compile_process import finish, start

ONE_OP = """
import pytensor, pytensor.tensor as pt
from pytensor.link.c import cmodule
from symgen import backends

asked, original = [], cmodule.try_march_flag
cmodule.try_march_flag = lambda flags: asked.append(flags) or original(flags)
x = pt.fvector("x")
f = pytensor.function([x], x + x, mode=backends.select("c"))
assert f([2]) == 4
print(len(asked), *cmodule.GCC_compiler.march_flags)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the processor is told by /proc/cpuinfo")
def test_options_are_remembered_until_something_changes(tmp_path):
    def run(code=ONE_OP):
        out, err = finish(start(code, tmp_path / "modules", SYMGEN_CACHE=str(tmp_path / "symgen")))
        assert "Warning" not in err
        count, *flags = out.split()
        return int(count), flags

    memory = tmp_path / "symgen" / "machine_flags.json"
    first, flags = run()
    if first == 0:
        pytest.skip("PyTensor asks for no options of this processor")
    assert run() == (0, flags)
    entry = json.loads(memory.read_text())
    assert entry["flags"] == flags
    for damaged in ("{", json.dumps({**entry, "key": ["another processor"]}), "[]"):
        memory.write_text(damaged)
        count, again = run()
        assert count > 0 and sorted(again) == sorted(flags)
        assert sorted(json.loads(memory.read_text())["flags"]) == sorted(flags)


@pytest.mark.skipif(sys.platform != "linux", reason="the processor is told by /proc/cpuinfo")
def test_a_cache_folder_that_cannot_be_written_is_a_warning(tmp_path):
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "symgen")
    _, err = finish(start(ONE_OP, tmp_path / "modules", SYMGEN_CACHE=folder))
    assert "cannot remember the compiler's options" in err
