"""Are chunks the same whoever works them off, and does nothing outlive an interrupt, a kill or a broken pool?"""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from sweeping import TONGUE, files, tongue
from test_own_models import Qubit, excited
from torusync.models import ThermalMaser
from torusync.sweeps import Study, run, sizes, sweep
from torusync.sweeps import workers as workers_module

STUDY = Study(
    ThermalMaser,
    {"drive": np.linspace(0.01, 0.3, 6), "detuning": np.linspace(-1.0, 1.0, 5), "manifold_levels": [2, 5]},
    ["s_max", "power"],
    fixed={"spread": 0.05, "hot_temperature": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2},
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Six chunks of ten points."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 10)


@pytest.fixture
def alone():
    return run(STUDY, workers=1)


def bits(found, expected):
    """Whether two sweeps have the same bits in every variable."""
    for name in expected.variables:
        np.testing.assert_array_equal(found[name], expected[name])


def test_threads_give_the_bits_of_this_process(alone):
    with ThreadPoolExecutor(3) as pool:
        found = run(STUDY, executor=pool)
    bits(found, alone)
    assert found.attrs["workers"] == "ThreadPoolExecutor, as asked for"


def test_processes_give_the_bits_of_this_process(alone, tmp_path):
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        bits(run(STUDY, executor=pool), alone)
        run(STUDY, executor=pool, store=tmp_path / "a.zarr")
        # a model of one's own is imported where the work is done
        qubits = run(
            Study(Qubit, {"rabi": np.linspace(0.1, 3.0, 30), "detuning": [0.0, 0.3]}, ["populations"]), executor=pool
        )
    expected = excited(qubits["rabi"], 1.0, qubits["detuning"])
    np.testing.assert_allclose(qubits["populations"].isel(level=1), expected, rtol=1e-12)
    assert qubits["detuning"].attrs["units"] == "Omega"
    bits(run(STUDY, workers=2), alone)
    run(STUDY, workers=1, store=tmp_path / "b.zarr")
    assert files(tmp_path / "a.zarr") == files(tmp_path / "b.zarr")


def test_dask_gives_the_bits_of_this_process(alone):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as pool,
    ):
        bits(run(STUDY, executor=pool), alone)


def test_a_pool_that_breaks_is_built_again(alone, monkeypatch):
    killed = []

    def kill(_):
        if len(killed) < 1:
            child = multiprocessing.active_children()[0]
            killed.append(child.pid)
            os.kill(child.pid, signal.SIGKILL)

    bits(run(STUDY, workers=2, progress=kill), alone)
    assert killed
    monkeypatch.setattr(workers_module, "_REBUILT", 0)
    killed.clear()
    with pytest.raises(BrokenExecutor):
        run(STUDY, workers=1 + 1, progress=kill)


def test_a_pool_is_started_where_it_pays_and_the_dataset_says_so(monkeypatch):
    monkeypatch.setattr(workers_module, "cores", lambda: 4)
    assert workers_module.pays(1.0, 1.0, 100)[0] == 4
    assert workers_module.pays(1.0, 1.0, 2)[0] in {0, 2}
    count, why = workers_module.pays(1.0, 4.0, 100)
    assert count == 0
    assert "4.0 of 4 cores" in why
    assert workers_module.pays(0.001, 0.001, 100)[0] == 0
    assert workers_module.pays(1.0, 1.0, 1)[0] == 0
    monkeypatch.setattr(workers_module, "cores", lambda: 1)
    assert workers_module.pays(1.0, 1.0, 100)[0] == 0
    found = sweep(ThermalMaser, TONGUE["axes"], ["power"], fixed=TONGUE["fixed"])
    assert found.attrs["workers"].startswith("this process: ")


def test_workers_and_executors_that_are_none_are_refused():
    for changes, message in (
        ({"workers": 0}, "`workers` must be at least 1"),
        ({"workers": "all"}, "`workers` must be a whole number"),
        ({"executor": ThreadPoolExecutor(1), "workers": 2}, "`workers` must be left out beside `executor`"),
        ({"executor": 3}, "`executor` must be a concurrent.futures.Executor"),
    ):
        with pytest.raises(ts.ArgumentError, match=message):
            run(tongue(), **changes)


LONG = """
    import os, signal, sys, time
    import numpy as np
    from torusync.models import ThermalMaser
    from torusync.sweeps import Study, run, sizes
    sizes.SWEPT_POINTS = 200
    study = Study(
        ThermalMaser, {{"drive": np.linspace(0.01, 0.3, 4000), "detuning": np.linspace(-1.0, 1.0, 200)}}, ["s_max"],
        fixed={{"manifold_levels": 8, "spread": 0.05, "hot_temperature": 2.0, "n_cold": 0.5, "gamma_hot": 0.05,
               "gamma_cold": 0.2}},
    )
    def told(progress):
        if progress.done == 400:
            children = open(f"/proc/self/task/{{os.getpid()}}/children").read().split()
            print(*children, flush=True)
    if __name__ == "__main__":
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            run(study, store={store!r}, workers={workers}, progress=told)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
"""


def begun(tmp_path, workers):
    """Return a process in the middle of a long sweep, and the processes that it started."""
    script = tmp_path / "long.py"
    script.write_text(textwrap.dedent(LONG).format(store=str(tmp_path / "a.zarr"), workers=workers), encoding="utf-8")
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, [int(one) for one in process.stdout.readline().split()]


def gone(pid):
    """Whether a process has ended, reaped or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ended(children, within):
    """Whether processes are gone in time."""
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        if all(map(gone, children)):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_ends_at_once_and_leaves_nothing_running(tmp_path, workers):
    process, children = begun(tmp_path, workers)
    assert len(children) >= (2 if workers > 1 else 0)
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert said == "interrupted\n"
    # half a second where the machine is idle; what is left of the sweep would take a minute
    assert time.monotonic() - begin < 8.0
    assert ended(children, 4.0)


def test_no_worker_outlives_a_parent_that_is_killed(tmp_path):
    process, children = begun(tmp_path, 2)
    assert children
    process.kill()
    process.communicate(timeout=30)
    assert ended(children, 8.0)
