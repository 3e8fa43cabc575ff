"""A model's options are read from its constructor."""

import click
import pytest
from click.testing import CliRunner

from symgen.cli.model_options import options_of


def build(
    input_dim,
    image_shape,
    n_hidden,
    rates=(0.1,),
    k=1,
    hidden_dims=(128,),
    mode="mean",
    weight=1.0,
    persistent=False,
    width=None,
    prior=None,
    seed=0,
    dtype=None,
):
    """A model.

    Parameters
    ----------
    input_dim : int
        Given by the data.
    n_hidden : int >= 1
        Number of ``hidden`` units. More is slower.
    k : int
        Steps of :func:`gibbs`.
    hidden_dims : sequence of int
    mode : {"mean", "sum"}
        How to reduce.
    weight : float
    persistent : bool
        Whether the chain goes on.
    width : int, optional
    prior : object, optional

    Raises
    ------
    RangeError
        Never.
    """
    return locals()


def parse(*arguments):
    got = {}
    command = click.Command("x", params=options_of(build), callback=got.update)
    answer = CliRunner().invoke(command, arguments)
    return answer, got


def test_each_argument_has_the_type_of_its_default():
    answer, got = parse("--n-hidden", "5", "--k", "3", "--hidden-dims", "4,2", "--mode", "sum",
                        "--weight", "2", "--persistent", "--width", "7", "--rates", "0.5,1")  # fmt: skip
    assert answer.exit_code == 0, answer.output
    wanted = {"n_hidden": 5, "k": 3, "hidden_dims": (4, 2), "mode": "sum", "weight": 2.0}
    assert {name: got[name] for name in wanted} == wanted
    assert got["persistent"] is True and got["width"] == 7 and got["rates"] == (0.5, 1.0)


def test_what_is_not_given_is_left_to_the_constructor():
    _, got = parse("--n-hidden", "5")
    assert all(value is None for name, value in got.items() if name != "n_hidden")
    assert not {"input_dim", "image_shape", "seed", "dtype", "prior"} & set(got)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "n-hidden"),
        (["--n-hidden", "x"], "not a valid integer"),
        (["--n-hidden", "5", "--mode", "meen"], "'mean', 'sum'"),
        (["--n-hidden", "5", "--prior", "x"], "No such option"),
    ],
)
def test_wrong_options_are_refused(arguments, message):
    answer, _ = parse(*arguments)
    assert answer.exit_code == 2 and message in answer.output


def test_help_has_the_first_sentence_and_the_default():
    answer, _ = parse("--help")
    text = " ".join(answer.output.split())
    assert "Number of hidden units. [required]" in text
    assert "More is slower" not in text
    assert "Steps of gibbs. [default: 1]" in text and "[default: 128]" in text


class Base:
    """A base.

    Parameters
    ----------
    width : int, optional
        Numbers inside.
    depth : int, optional
        Layers.
    """

    def __init__(self, width=None, depth=None):
        pass


class Derived(Base):
    """As the base.

    Parameters
    ----------
    depth : int, optional
        Layers of another kind.
    """


def test_a_class_has_what_its_base_describes():
    help_of = {option.name: option.help.strip() for option in options_of(Derived)}
    assert help_of == {"width": "Numbers inside.", "depth": "Layers of another kind."}
