"""docs/theano_names.md says what the live namespace has."""

from pathlib import Path

from symgen.theano import _name_table
from symgen.theano._theano_names import DOCUMENTED

PAGE = Path(__file__).parents[2] / "docs" / "theano_names.md"


def test_the_page_is_the_live_namespaces():
    said = "Make it anew: python -m symgen.theano._name_table > docs/theano_names.md"
    assert PAGE.read_text() == _name_table.table(), said


def test_stated_differences_are_of_documented_names_that_work():
    for dotted in _name_table.DIFFERENCES:
        module, _, name = dotted.rpartition(".")
        assert name in DOCUMENTED[module].split()
        assert _name_table.status(module, name).startswith(_name_table.WORKS)


def test_a_name_that_is_not_there_is_missing():
    assert _name_table.status("theano.tensor", "no_such_name") == _name_table.MISSING
    assert _name_table.status("theano.no_such_module", "x") == _name_table.MISSING
