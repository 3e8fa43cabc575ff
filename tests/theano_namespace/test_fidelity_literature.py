"""The comparison of public programs with what the real Theano computed: its own logic."""

import json

import numpy as np
import pytest

from benchmarks.fidelity import literature, trace


def function(*means, calls=None, shape=()):
    outputs = [[[list(shape), mean]] for mean in means]
    return {
        "name": "f", "calls": calls or len(means), "trace": outputs[:5], "last": outputs[-1],
    }  # fmt: skip


def test_means_agree_to_a_relative_tolerance():
    theirs = [function(851.75, -0.5)]
    assert literature.differences(theirs, [function(851.75 * (1 + 9e-6), -0.5)]) == []
    (different,) = literature.differences(theirs, [function(851.75 * (1 + 2e-5), -0.5)])
    assert different.startswith("f call 1: 851.76")
    assert literature.largest(theirs, [function(851.75, -0.51)]) == pytest.approx(0.02)


def test_nan_agrees_with_nan_only():
    nan = float("nan")
    assert literature.close(nan, nan) and literature.close(None, None)
    assert not (literature.close(nan, 1.0) or literature.close(1.0, nan))
    assert not (literature.close(None, 0.0) or literature.close(0.0, None))


def test_missing_functions_calls_outputs_and_other_shapes_are_told():
    theirs = [function(1.0), function(2.0)]
    assert "1 functions ran of 2" in literature.differences(theirs, theirs[:1])
    more = literature.differences([function(1.0)], [function(1.0, 1.0)])
    assert more == ["f: 2 calls, not 1"]
    assert "f call 1: shape [3], not []" in literature.differences(
        [function(1.0)], [function(1.0, shape=(3,))]
    )
    none = {**function(1.0), "trace": [[]]}
    assert "f call 1: 0 outputs, not 1" in literature.differences([function(1.0)], [none])


def test_what_is_compared():
    theirs, ours = [function(1.0, 2.0)], [function(1.0, 2.0)]
    ours[0]["last"] = [[[], 5.0]]
    assert len(literature.differences(theirs, ours)) == 1
    assert literature.differences(theirs, ours, "first calls") == []
    assert literature.differences(theirs, [function(9.0, 9.0)], "shapes") == []
    assert literature.differences(theirs, [function(1.0, 2.0, shape=(2,))], "shapes")


def test_every_record_belongs_to_a_program():
    recorded = json.loads((literature.HERE / "traces.json").read_text())
    assert set(recorded) <= set(literature.PROGRAMS)
    for name, record in recorded.items():
        assert literature.PROGRAMS[name].calls in (0, record["calls"]), name


def test_results_of_tests_are_counted_by_file(tmp_path):
    path = tmp_path / "out.xml"
    path.write_text(
        '<testsuites><testsuite><testcase classname="a.tests.test_b.TestC" name="test_d[1]"/>'
        '<testcase classname="a.tests.test_b" name="test_e"><failure message="E  no"/></testcase>'
        '<testcase classname="a.tests.test_b" name="test_f"><skipped message="gpu"/></testcase>'
        '<testcase classname="" name="a.tests.test_g"><error message="import"/></testcase>'
        "</testsuite></testsuites>"
    )
    assert [case[:3] for case in literature.read_cases(path)] == [
        ("a/tests/test_b.py", "test_d[1]", "passed"),
        ("a/tests/test_b.py", "test_e", "failed"),
        ("a/tests/test_b.py", "test_f", "skipped"),
        ("a/tests/test_g.py", "a.tests.test_g", "failed"),
    ]


def test_recorder_keeps_five_calls_and_the_last_and_ends_the_script():
    recorder = trace.Recorder(limit=7)
    double = recorder.wrap(lambda inputs, output, name=None: lambda x: [np.full((2, 3), 2.0 * x)])
    compiled = double([], None, name="double")
    with pytest.raises(SystemExit):
        for x in range(10):
            compiled(x)
    (record,) = recorder.functions
    assert (record["name"], record["calls"]) == ("double", 7)
    assert [call[0] for call in record["trace"]] == [[[2, 3], 2.0 * x] for x in range(5)]
    assert record["last"] == [[[2, 3], 12.0]]
    assert trace.summary(None) == [] and trace.summary(np.zeros(0)) == [[[0], None]]
