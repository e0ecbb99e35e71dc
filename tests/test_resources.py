"""Does it stay within the memory that is left, the threads it was given, and stop when told to?"""

import os
import sys
import threading
import time

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import torusync as ts
from problems import BATHS, ENGINE_BATHS, refused
from torusync import _memory, _threads
from torusync.measures import triangle_frustration
from torusync.steady import Block, Cauchy, Dense, LowRank, Status


def test_what_does_not_fit_in_memory_is_refused_before_it_is_allocated(monkeypatch):
    """One gibibyte left, whatever this machine has: each refusal tells both numbers and the way round."""
    options = ENGINE_BATHS
    large = ts.steady_state(ts.ThermalMaser(np.full(10**5, 0.1), **options))
    monkeypatch.setattr(_memory, "available", lambda: 2.0**30)
    refused(lambda: large.rho, "2 GiB", "149.0 GiB", "matvec")
    split = ts.ThermalMaser(np.full(10**5, 0.1), splittings=np.linspace(0, 1, 10**5), **options)
    refused(lambda: ts.steady_state(split, solver=Block()), "1.0 GiB", "available", "Block()", "LowRank()")
    refused(lambda: ts.steady_state(split, solver=Cauchy()), "1.0 GiB", "available", "Cauchy()", "LowRank()")
    wide = ts.ThermalMaser(np.full((1000, 10**4), 0.1), splittings=np.linspace(0, 1, 10**4), **options)
    refused(lambda: ts.steady_state(wide), "available", "LowRank()", "19.1 GiB", "split the batch")
    vast = ts.ThermalMaser([0.1, 0.2], detuning=np.broadcast_to(0.1, 10**7), **options)
    refused(lambda: ts.steady_state(vast), "available", "Collective()", "1.3 GiB", "split the batch")
    few = ts.steady_state(ts.ThermalMaser([0.1, 0.2], detuning=np.broadcast_to(0.1, 10**5), **options))
    monkeypatch.setattr(_memory, "UNASKED_BYTES", 0)
    monkeypatch.setattr(_memory, "available", lambda: 2.0**20)
    refused(lambda: ts.synchronization(few), "0.0 GiB", "S_max of 100000 points", "split the batch")
    refused(lambda: ts.thermodynamics(few), "0.0 GiB", "currents of 100000 points", "split the batch")
    monkeypatch.setattr(_memory, "available", lambda: 2.0**30)
    refused(lambda: triangle_frustration(large), "triangles")
    many = ts.LindbladSystem(np.zeros((10**5, 10, 10)), [(0.1, np.eye(10))])
    refused(lambda: ts.steady_state(many, solver=Dense()), "Dense()", "available")


def test_available_memory_is_what_the_system_says_within_the_limit_of_the_job(monkeypatch, tmp_path):
    info, limit, used = tmp_path / "info", tmp_path / "limit", tmp_path / "used"
    for name, path in (("_INFO", info), ("_LIMIT", limit), ("_USED", used)):
        monkeypatch.setattr(_memory, name, path)
    assert _memory.available() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    info.write_text("MemTotal: 64 kB\nMemAvailable:   48 kB\n", encoding="ascii")
    assert _memory.available() == 48 * 1024
    used.write_text("1000\n", encoding="ascii")
    limit.write_text("max\n", encoding="ascii")
    assert _memory.available() == 48 * 1024
    limit.write_text("3000\n", encoding="ascii")
    assert _memory.available() == 2000
    info.write_text("nonsense", encoding="ascii")
    assert _memory.available() == 2000


def test_low_rank_begins_no_column_that_would_not_fit(monkeypatch):
    """A wide spread takes more columns than the estimate: it ends as not converged, not as killed by the system."""
    rng = np.random.default_rng(1)
    maser = ts.ThermalMaser(3.0 * rng.random(200), n_hot=0.2, **BATHS, splittings=np.linspace(0, 4, 200))
    free = LowRank().solve(maser.generator()).density.factor.shape[-1]
    monkeypatch.setattr(_memory, "UNASKED_BYTES", 0)
    monkeypatch.setattr(_memory, "available", lambda: 3.0 * 16 * 201 * 60)
    state = ts.steady_state(maser, solver=LowRank(), throw=False)
    assert state.density.factor.shape[-1] <= 60 < free
    assert state.status is Status.NOT_CONVERGED


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_solvers_run_on_one_blas_thread_and_give_back_what_they_found():
    before = blas_threads()
    seen = []

    @_threads.one_blas_thread
    def task():
        seen.extend(blas_threads())

    task()
    assert seen
    assert set(seen) == {1}
    assert blas_threads() == before


def test_overlapping_calls_leave_no_limit_behind():
    """The first to come in is the first to go: if each restored what it found, the limit of one would stay."""
    before = blas_threads()
    inside, leave = threading.Barrier(2, timeout=10), threading.Event()

    @_threads.one_blas_thread
    def first():
        inside.wait()

    @_threads.one_blas_thread
    def second():
        inside.wait()
        leave.wait(timeout=10)

    threads = [threading.Thread(target=second), threading.Thread(target=first)]
    for thread in threads:
        thread.start()
    threads[1].join()
    leave.set()
    threads[0].join()
    assert blas_threads() == before


@pytest.mark.parametrize(
    "call",
    [
        ts.steady_state,
        lambda system: ts.thermodynamics(ts.steady_state(system)),
        lambda system: ts.evolve(system, np.eye(2) / 2.0, [0.0, 1.0]),
        ts.explain,
    ],
    ids=["steady_state", "thermodynamics", "evolve", "explain"],
)
def test_what_is_asked_of_a_system_is_worked_out_on_one_blas_thread_from_the_start(call, monkeypatch):
    """A norm of ten thousand numbers before the solver would wake a thread that spins beside all the rest."""
    before, seen = blas_threads(), []
    generator = ts.LindbladSystem.generator

    def watched(system):
        seen.append(blas_threads())
        return generator(system)

    monkeypatch.setattr(ts.LindbladSystem, "generator", watched)
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    told = {"baths": {"cold": [0, 1]}, "temperatures": {"cold": 1.0}}
    call(ts.LindbladSystem(np.array([[0.0, 0.1], [0.1, 1.0]]), [(0.2, lower), (0.1, lower.T)], **told))
    assert seen
    assert {threads for libraries in seen for threads in libraries} == {1}
    assert blas_threads() == before


def test_many_threads_entering_at_once_leave_no_limit_behind():
    """Reading the old limit and owning it are two steps of threadpoolctl: mixed, the limit of one would stay."""
    before = blas_threads()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        task = _threads.one_blas_thread(lambda: None)
        threads = [threading.Thread(target=lambda: [task() for _ in range(40)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert blas_threads() == before


def test_chunks_side_by_side_are_all_done_under_the_callers_error_state(monkeypatch):
    done = []

    def task(chunk):
        assert np.geterr()["divide"] == "ignore"
        assert set(blas_threads()) == {1}
        done.append(chunk)

    with np.errstate(divide="ignore"):
        for count, chunks in ((4, range(50)), (1, range(50, 60))):
            monkeypatch.setattr(_threads, "cores", lambda count=count: count)
            _threads.side_by_side(task, chunks)
        _threads.side_by_side(task, [])
    assert sorted(done) == list(range(60))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ts.ArgumentError])
@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_error_or_interrupt_stops_what_has_not_begun(error, workers, monkeypatch):
    before, begun = blas_threads(), []
    monkeypatch.setattr(_threads, "cores", lambda: workers)

    def task(chunk):
        begun.append(chunk)
        if chunk == 3:
            raise error("stop")
        time.sleep(0.01)

    with pytest.raises(error, match="stop"):
        _threads.side_by_side(task, range(200))
    assert len(begun) < 50
    assert blas_threads() == before


def test_a_map_comes_out_the_same_on_one_thread_and_on_many(monkeypatch):
    drive = 0.1 * np.random.default_rng(0).random((200_000, 2))
    options = ENGINE_BATHS
    results = []
    for count in (1, 3):
        monkeypatch.setattr(_threads, "cores", lambda count=count: count)
        state = ts.steady_state(ts.ThermalMaser(drive, **options))
        sync, flows = ts.synchronization(state), ts.thermodynamics(state)
        results.append((state.residual, sync.pair_sum, sync.pair_sum_bound, sync.phases, flows.power))
    for one, many in zip(*results, strict=True):
        np.testing.assert_array_equal(one, many)
