from symgen.training import chunks
from symgen.training.chunks import Chunks


def sizes(monkeypatch, seconds_per_step, calls, most=10**9):
    """Sizes of the calls, by a clock that knows how long steps take."""
    now = [0.0]
    monkeypatch.setattr(chunks.time, "perf_counter", lambda: now[0])
    pieces, seen = Chunks(), []
    for _ in range(calls):
        size = min(pieces.size, most)
        seen.append(size)
        with pieces.timed(size):
            now[0] += size * seconds_per_step
    return seen


def test_a_chunk_comes_to_half_a_second(monkeypatch):
    assert sizes(monkeypatch, 1e-3, 7) == [1, 1, 8, 64, 500, 500, 500]
    assert sizes(monkeypatch, 0.2, 4) == [1, 1, 2, 2]


def test_slow_steps_run_one_by_one(monkeypatch):
    assert sizes(monkeypatch, 3.0, 4) == [1, 1, 1, 1]


def test_the_short_rest_of_an_epoch_does_not_make_later_chunks_short(monkeypatch):
    assert sizes(monkeypatch, 1e-3, 6, most=5) == [1, 1, 5, 5, 5, 5]
    pieces = Chunks()
    pieces._calls, pieces.size = 2, 500
    pieces._learn(2, 2e-3)
    assert pieces.size == 500


def test_compilation_in_the_first_call_is_not_counted():
    pieces = Chunks()
    pieces._learn(1, 20.0)
    pieces._learn(1, 1e-3)
    assert pieces.size == 8
