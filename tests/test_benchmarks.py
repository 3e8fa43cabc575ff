"""The benchmark harness: its arithmetic, protocol and workloads. Nothing here asserts a speed."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))  # the harness is not installed: it lies beside the tests

from benchmarks import arithmetic, arrays, environments, machine, report, rounds, startup, step
from benchmarks.peers import FLOORS, PEERS, Peer, numpy_by_hand
from benchmarks.process import WorkerProcess, thread_settings
from benchmarks.workloads import WORKLOADS, flop, load
from benchmarks.workloads.gemm import dense
from symgen import backends
from symgen.errors import (
    BackendError,
    MissingFileError,
    NonFiniteError,
    SettingsError,
    UnknownNameError,
)

# ------------------------------------------------------------------------------- arithmetic


def test_quantile_is_numpys_linear_one():
    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    for q in (0, 0.1, 0.25, 0.5, 0.75, 0.9, 1):
        assert arithmetic.quantile(values, q) == pytest.approx(np.quantile(values, q))
    assert arithmetic.quantile([7.0], 0.25) == 7.0


def test_summarise_by_hand():
    assert arithmetic.summarise([5, 1, 3, 2, 4]) == {
        "median": 3, "min": 1, "max": 5, "q1": 2, "q3": 4, "n": 5,
    }  # fmt: skip
    with pytest.raises(ValueError, match="finite"):
        arithmetic.summarise([1.0, float("nan")])
    with pytest.raises(ValueError, match="at least one"):
        arithmetic.quantile([], 0.5)


def test_paired_ratios_take_out_what_slows_a_whole_round():
    slow = [1.0, 3.0, 1.0, 10.0]
    ours, theirs = [2 * s for s in slow], [4 * s for s in slow]
    assert arithmetic.paired_ratios(ours, theirs) == [0.5] * 4
    with pytest.raises(ValueError, match="3 and 4"):
        arithmetic.paired_ratios(ours[:3], theirs)


def test_rotated_gives_each_peer_each_place():
    orders = [arithmetic.rotated("abc", r) for r in range(3)]
    assert orders == [list("abc"), list("bca"), list("cab")]
    assert arithmetic.rotated("abc", 3) == list("abc")


# --------------------------------------------------------------------------------- machine


def test_parse_stat_counts_iowait_as_idle_and_steal_as_busy():
    #                  user nice system idle iowait irq softirq steal guest guest_nice
    busy, total = machine.parse_stat("cpu  10 1 5 100 7 2 3 4 6 1")
    assert (busy, total) == (10 + 1 + 5 + 2 + 3 + 4, 132)


def test_parse_process_stat_with_a_name_that_holds_spaces_and_parentheses():
    fields = ["S"] + [str(n) for n in range(1, 20)]
    assert machine.parse_process_stat("12 (a (b) c) " + " ".join(fields)) == 11 + 12 + 13 + 14


# -------------------------------------------------------------------------------- workloads


def test_dense_gemms_of_a_layer():
    forward, weights, below = dense(100, 784, 128)
    assert forward == (100, 784, 128, False, False)
    assert weights == (784, 100, 128, True, False)
    assert below == (100, 128, 784, False, True)
    assert dense(100, 784, 128, input_gradient=False) == [forward, weights]
    assert flop([forward]) == 2 * 100 * 784 * 128


@pytest.mark.parametrize(
    "name, multiply_adds",
    [
        # batch * (2 or 3 products per layer: forward, weights, and input where there is one below)
        ("vae_002", 100 * (2 * 784 * 128 + 3 * (2 * 128 * 4 + 4 * 128 + 128 * 784))),
        ("autoencoder_784_256", 100 * (2 + 3) * 784 * 256),
        ("autoencoder_004", 32 * (2 + 3) * 784 * 128),
    ],
)
def test_workload_flop(name, multiply_adds):
    assert flop(load(name).GEMMS) == 2 * multiply_adds


@pytest.mark.parametrize("name", WORKLOADS)
def test_workload_specification(name):
    spec = load(name)
    parameters = spec.initial_parameters(np.random.default_rng(0))
    again = spec.initial_parameters(np.random.default_rng(0))
    assert {value.dtype for value in parameters.values()} == {np.dtype("float32")}
    assert all(np.array_equal(parameters[key], again[key]) for key in parameters)
    assert parameters["W_h"].shape == (spec.INPUT_DIM, spec.HIDDEN_DIM)
    assert parameters["b_x"].shape == (spec.INPUT_DIM,)
    bound = np.sqrt(6 / (spec.INPUT_DIM + spec.HIDDEN_DIM))
    assert 0.99 * bound < np.abs(parameters["W_h"]).max() <= bound
    assert spec.SUMMARY.endswith(f"batch {spec.BATCH_SIZE}, float32")


def test_unknown_workload_names_the_known():
    with pytest.raises(LookupError, match="vae_002"):
        load("vae_003")


# ------------------------------------------------------------------ what the peers compute

OURS = {name: peer for name, peer in PEERS.items() if peer.environment == "symgen"}
TRAINERS = [name for name, peer in OURS.items() if not peer.floor]


def _small_case(name, steps=4):
    """Specification, parameters, data, noise."""
    spec = load(name)
    rng = np.random.default_rng(3)
    data = arrays.random_images(rng, 3 * spec.BATCH_SIZE, spec.INPUT_DIM)
    noise = None
    if spec.NOISE_DIM:
        noise = rng.standard_normal((steps, spec.BATCH_SIZE, spec.NOISE_DIM), dtype="float32")
    return spec, spec.initial_parameters(rng), data, noise


def _losses(peer_name, case, name, steps=4):
    peer = importlib.import_module(PEERS[peer_name].module)
    run = peer.WORKLOADS[name](*case)
    return [peer.fetch(run(i, 1)) for i in range(steps)]


@pytest.fixture
def nothing_compiled(monkeypatch):
    """Run graphs in NumPy, elementwise operations unfused: no compiler, no loop in Python."""
    mode = pytensor.compile.mode.Mode(linker="py", optimizer="fast_compile")
    monkeypatch.setattr(backends, "select", lambda name=None: mode)


@pytest.mark.parametrize("name", WORKLOADS)
def test_symgen_peer_trains_as_numpy_by_hand(name, nothing_compiled):
    case = _small_case(name)
    expected = _losses("numpy_by_hand", case, name)
    assert max(expected) > min(expected)
    np.testing.assert_allclose(_losses("symgen", case, name), expected, rtol=1e-5)


def test_symgen_training_peer_trains_as_numpy_by_hand(nothing_compiled):
    case = _small_case("autoencoder_784_256")
    expected = _losses("numpy_by_hand", case, "autoencoder_784_256")
    actual = _losses("symgen_training", case, "autoencoder_784_256")
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("name", WORKLOADS)
def test_numpy_by_hand_has_the_gradient_of_its_loss(name):
    """Central differences in float64, along a random direction for each parameter."""
    functions = {
        "vae_002": numpy_by_hand.vae_gradients,
        "autoencoder_784_256": numpy_by_hand.cross_entropy_gradients,
        "autoencoder_004": numpy_by_hand.squared_error_gradients,
    }
    spec, parameters, data, noise = _small_case(name)
    parameters = {key: value.astype("float64") for key, value in parameters.items()}
    x = data[: spec.BATCH_SIZE].astype("float64")
    eps = None if noise is None else noise[0].astype("float64")
    _, gradients = functions[name](parameters, x, eps)
    rng = np.random.default_rng(5)
    step = 1e-6
    for key, value in parameters.items():
        direction = rng.standard_normal(value.shape)
        above, below = (
            functions[name]({**parameters, key: value + sign * step * direction}, x, eps)[0]
            for sign in (1, -1)
        )
        slope = (above - below) / (2 * step)
        assert np.sum(gradients[key] * direction) == pytest.approx(slope, rel=1e-4), key


def test_every_peer_of_this_environment_lists_known_workloads():
    for peer in OURS.values():
        module = importlib.import_module(peer.module)
        assert set(module.WORKLOADS) <= set(WORKLOADS), peer.name
    assert set(FLOORS) == {"gemm_openblas", "gemm_torch"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_gemm_floor_multiplies_the_products_it_names(name):
    pytest.importorskip("scipy_openblas32")
    floor = importlib.import_module(PEERS["gemm_openblas"].module)
    floor.versions(1)
    spec = load(name)
    run = floor.WORKLOADS[name](spec, {}, None, None)
    actual = floor.fetch(run(0, 1))
    rng = np.random.default_rng(0)
    for gemm in spec.GEMMS:
        a = rng.random((gemm.k, gemm.m) if gemm.transpose_a else (gemm.m, gemm.k), "float32")
        b = rng.random((gemm.n, gemm.k) if gemm.transpose_b else (gemm.k, gemm.n), "float32")
    a, b = a.T if gemm.transpose_a else a, b.T if gemm.transpose_b else b
    assert actual == pytest.approx(float((a @ b)[0, 0]), rel=1e-5)


# --------------------------------------------------------------------------------- protocol

FAKE_PEER = """
import json, os, sys
print("a library that prints while it is imported")

def versions(threads):
    return {"framework": "fake 1", "threads": threads, "omp": os.environ.get("OMP_NUM_THREADS")}

def fetch(loss):
    return float(loss)

def build(spec, parameters, data, noise):
    print("and one that prints while it is built")
    first = float(data[0, 0]) + float(parameters["W_h"].sum())
    def run(first_step, count):
        total = 0
        for _ in range(2000 * count):
            total += 1
        return LOSS
    return run

def fails(spec, parameters, data, noise):
    raise RuntimeError("no such layer")

WORKLOADS = {"vae_002": build, "autoencoder_004": fails}
"""


@pytest.fixture
def fake_peer(tmp_path, monkeypatch):
    """Make a peer in this interpreter whose loss of step ``i`` is the expression given."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("SYMGEN_DATA", raising=False)
    monkeypatch.setattr(arrays, "N_EXAMPLES", 200)

    def make(name, loss):
        (tmp_path / f"{name}.py").write_text(FAKE_PEER.replace("LOSS", loss))
        return Peer(name, None, name, False)

    return make


def _options(*arguments):
    return step.parse(["--rounds", "3", "--turn-seconds", "0.002", *arguments])


def _measure(peers, *arguments, workload="vae_002"):
    return step.measure(peers, [], workload, {None: sys.executable}, _options(*arguments), print)


def test_peers_take_turns_in_rotating_order(fake_peer):
    peers = [fake_peer(name, "100.0 - first_step") for name in ("one", "two", "three")]
    record = _measure(peers)
    turns = [(turn["round"], turn["peer"]) for turn in record["turns"]]
    assert turns == [
        (0, "one"), (0, "two"), (0, "three"),
        (1, "two"), (1, "three"), (1, "one"),
        (2, "three"), (2, "one"), (2, "two"),
    ]  # fmt: skip
    assert all(turn["ms_per_step"] > 0 for turn in record["turns"])
    assert record["check"]["two"]["losses"] == [100.0 - i for i in range(rounds.CHECKED_STEPS)]
    assert record["versions"]["one"]["omp"] == "1" and record["versions"]["one"]["threads"] == 1
    assert "random values" in record["data"] and "200 x 784" in record["data"]
    rows = record["analysis"]["peers"]
    assert "reference_over_peer" not in rows["one"]
    assert rows["two"]["reference_over_peer"]["n"] == 3
    json.dumps(record)


def test_losses_that_differ_stop_the_measurement(fake_peer):
    peers = [fake_peer("right", "100.0"), fake_peer("wrong", "100.02")]
    _measure(peers, "--check-only")  # own noise: within 5 %
    with pytest.raises(SettingsError, match="wrong to train with the losses of right"):
        _measure(peers, "--check-only", "--noise", "fixed")
    with pytest.raises(SettingsError, match="--noise fixed"):
        _measure([peers[0], fake_peer("far", "106.0")], "--check-only")
    with pytest.raises(SettingsError):
        _measure([peers[0], fake_peer("nan", "float('nan')")], "--check-only")


def test_a_loss_that_is_not_finite_stops_the_measurement(fake_peer):
    diverging = fake_peer("diverging", "1.0 if first_step < 10 else float('inf')")
    with pytest.raises(NonFiniteError, match="diverging"):
        _measure([diverging])


def test_worker_reports_what_went_wrong(fake_peer, tmp_path):
    peer = fake_peer("fails", "1.0")
    with pytest.raises(BackendError, match="no such layer"):
        _measure([peer], "--check-only", workload="autoencoder_004")
    with pytest.raises(BackendError, match="does not implement .*autoencoder_784_256"):
        _measure([peer], "--check-only", workload="autoencoder_784_256")
    with pytest.raises(BackendError, match="no_such_module"):
        _measure([Peer("absent", None, "no_such_module", False)], "--check-only")


def test_worker_that_ends_or_hangs_is_reported(fake_peer):
    ending = fake_peer("ending", "os._exit(3)")
    with pytest.raises(BackendError, match="end of its output"):
        _measure([ending], "--check-only")


def test_worker_that_hangs_is_reported(fake_peer, tmp_path):
    hanging = fake_peer("hanging", "__import__('time').sleep(60)")
    arrays.write(tmp_path, load("vae_002"), "own", 0)
    with WorkerProcess("hanging", sys.executable, {}) as worker:
        worker.ask("prepare", module="hanging", workload="vae_002", folder=str(tmp_path),
                   threads=1, cpus=None)  # fmt: skip
        with pytest.raises(BackendError, match="no answer within 0.1 s"):
            worker.ask("losses", steps=1, timeout=0.1)
    assert hanging.module == "hanging"


def test_noise_is_written_only_when_fixed(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "N_EXAMPLES", 200)
    monkeypatch.delenv("SYMGEN_DATA", raising=False)
    spec = load("vae_002")
    arrays.write(tmp_path, spec, "own", 0)
    assert not (tmp_path / "noise.npy").exists()
    parameters = dict(np.load(tmp_path / "parameters.npz"))
    arrays.write(tmp_path, spec, "fixed", 0)
    assert np.load(tmp_path / "noise.npy").shape == (arrays.NOISE_STEPS, 100, 4)
    again = np.load(tmp_path / "parameters.npz")
    assert all(np.array_equal(parameters[key], again[key]) for key in parameters)


def test_mnist_is_found_and_scaled(tmp_path, monkeypatch):
    header = b"".join(n.to_bytes(4, "big") for n in (2051, 2, 28, 28))
    pixels = np.arange(2 * 784, dtype="uint8")
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / arrays.MNIST_FILE).write_bytes(header + pixels.tobytes())
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path))
    images = arrays.read_images(arrays.find_mnist())
    assert images.shape == (2, 784) and images.dtype == np.float32
    assert images.max() == 1.0 and images[0, 51] == np.float32(0.2)


def test_thread_settings():
    variables, cpus = thread_settings(1)
    assert variables["OMP_NUM_THREADS"] == variables["PJRT_NPROC"] == "1"
    assert "--xla_cpu_multi_thread_eigen=false" in variables["XLA_FLAGS"]
    assert cpus is None or len(cpus) == 1
    for wrong in (0, 10**6):
        if cpus is not None or wrong == 0:
            with pytest.raises(SettingsError, match="--threads"):
                thread_settings(wrong)


# ----------------------------------------------------------------------------------- report


def _turns(times, others):
    """Turns from ``{peer: [ms per round]}`` and the CPU use of others in each round."""
    return [
        {"round": r, "peer": peer, "ms_per_step": ms[r], "cpu_others": others[r], "cpu_own": 0.5}
        for r in range(len(others))
        for peer, ms in times.items()
    ]


def test_analyse_by_hand():
    times = {"ours": [2, 4, 30], "theirs": [4, 4, 10], "slow_floor": [2, 3, 9], "floor": [1, 2, 4]}
    result = report.analyse(
        _turns(times, [0.0, 0.02, 0.5]), ["ours", "theirs"], ["slow_floor", "floor"], "ours", 4
    )
    assert result["floor"] == "floor"
    assert result["disturbed_rounds"] == [2]
    theirs = result["peers"]["theirs"]
    assert theirs["reference_over_peer"]["median"] == 1.0
    assert theirs["reference_over_peer"]["max"] == 3.0
    assert theirs["reference_over_peer_calm"]["median"] == 0.75  # of 0.5 and 1
    assert theirs["times_floor"]["median"] == 2.5  # of 4, 2, 2.5
    assert theirs["cpus_used"] == 2.0
    assert "reference_over_peer" not in result["peers"]["ours"]
    assert "reference_over_peer" not in result["peers"]["floor"]


def test_analyse_without_floor_or_usage():
    turns = _turns({"ours": [2.0], "theirs": [1.0]}, [None])
    for turn in turns:
        turn["cpu_own"] = None
    result = report.analyse(turns, ["ours", "theirs"], [], "ours", 2)
    assert result["floor"] is None and result["cpu_others"] is None
    assert result["peers"]["theirs"]["reference_over_peer"]["median"] == 2.0
    assert result["peers"]["theirs"]["cpus_used"] is None


def test_step_command_writes_json_and_prints_the_table(fake_peer, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(PEERS, "one", fake_peer("one", "5.0"))
    monkeypatch.setitem(PEERS, "two", fake_peer("two", "5.0"))
    arguments = ["--peers", "one,two", "--rounds", "2", "--turn-seconds", "0.002"]
    assert step.main([*arguments, "--results", str(tmp_path / "out"), "--name", "try"]) == 0
    printed = capsys.readouterr().out
    assert "| two | " in printed and "one / peer, paired" in printed
    record = json.loads((tmp_path / "out" / "try.json").read_text())
    assert record["analysis"]["rounds"] == 2 and record["threads"] == 1
    assert record["command"].startswith("python -m benchmarks.step --peers one,two")


def test_step_command_names_what_is_missing(tmp_path, capsys):
    assert step.main(["--peers", "symgn", "--envs", str(tmp_path)]) == 1
    assert "symgen" in capsys.readouterr().err
    assert step.main(["--peers", "torch_eager", "--envs", str(tmp_path)]) == 1
    assert "benchmarks.environments build torch" in capsys.readouterr().err
    assert step.main(["--python", "torch", "--envs", str(tmp_path)]) == 1
    assert "ENVIRONMENT=INTERPRETER" in capsys.readouterr().err


# ----------------------------------------------------------------------------- environments


def test_environment_is_current_only_when_built_from_these_requirements(tmp_path, monkeypatch):
    (tmp_path / "benchmarks").mkdir()
    requirements = tmp_path / "benchmarks" / "few.txt"
    requirements.write_text("# nothing\n")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    few = environments.Environment("few", "few.txt", (3, 11), (3, 13))
    monkeypatch.setitem(environments.ENVIRONMENTS, "few", few)
    with pytest.raises(MissingFileError, match="build few"):
        environments.built_python(tmp_path, "few")
    (tmp_path / "few").mkdir()
    stamp = tmp_path / "few" / environments.STAMP
    stamp.write_text(environments._fingerprint(few) + "\n")
    assert Path(environments.built_python(tmp_path, "few")).is_relative_to(tmp_path / "few")
    requirements.write_text("# changed\n")
    with pytest.raises(MissingFileError):
        environments.built_python(tmp_path, "few")
    with pytest.raises(UnknownNameError):
        environments.built_python(tmp_path, "fewer")


def test_requirements_are_pinned_and_every_peer_has_an_environment():
    for environment in environments.ENVIRONMENTS.values():
        text = (ROOT / "benchmarks" / environment.requirements).read_text()
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert any("==" in line for line in lines)
    assert {peer.environment for peer in PEERS.values()} == set(environments.ENVIRONMENTS)


def test_build_refuses_a_folder_that_is_no_environment(tmp_path, capsys):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "thesis.txt").write_text("keep")
    assert environments.main(["build", "torch", "--envs", str(tmp_path)]) == 1
    assert "Move it away" in capsys.readouterr().err
    assert (tmp_path / "torch" / "thesis.txt").read_text() == "keep"


# ---------------------------------------------------------------------------------- startup


def test_time_until_sees_the_first_match_on_a_terminal():
    program = (
        "import os, sys, time; assert sys.stdout.isatty(); "
        "assert os.get_terminal_size(1).columns == 120; "
        "print('step 1', flush=True); "
        "time.sleep(1); print('step 2')"
    )
    first, end = startup.time_until([sys.executable, "-c", program], {}, r"step \d")
    assert 0 < first < end - 0.2  # the program slept between them


@pytest.mark.parametrize(
    "program, message",
    [("raise SystemExit(3)", "exit code 3"), ("print('other')", "no output that matches")],
)
def test_time_until_reports_failure(program, message):
    with pytest.raises(BackendError, match=message):
        startup.time_until([sys.executable, "-c", program], {}, "step")


def test_cold_and_warm_share_one_fresh_cache_folder(monkeypatch):
    monkeypatch.setenv("PYTENSOR_FLAGS", "floatX=float32,base_compiledir=/elsewhere")
    seen = []

    def run(variables, folder):
        files = Path(variables["SYMGEN_CACHE"])
        seen.append((variables["PYTENSOR_FLAGS"], files.exists()))
        files.mkdir(exist_ok=True)
        return folder

    result = startup.cold_and_warm(run, 2)
    assert result["warm"] == [result["cold"]] * 2
    assert [existed for _, existed in seen] == [False, True, True]
    assert seen[0][0] == f"floatX=float32,base_compiledir={result['cold']}/pytensor"
    assert not Path(result["cold"]).exists()


def test_startup_options_take_a_command_after_two_dashes():
    options = startup.parse(["--repeats", "2", "--", "python", "train.py", "--epochs", "1"])
    assert options.command == ["python", "train.py", "--epochs", "1"] and options.repeats == 2
    assert startup.parse([]).command[1:4] == ["-m", "symgen", "train"]
    assert startup.parse(["--no-command"]).command is None
    with pytest.raises(SystemExit):
        startup.parse(["--no-command", "--", "python"])
