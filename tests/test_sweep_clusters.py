"""Does a sweep survive a Dask worker that is killed in the middle, and end with the bits of an undisturbed run?"""

import os
import signal
import threading
import time

import numpy as np
import pytest

from command import run as command
from sweeping import files
from torusync.models import ThermalMaser
from torusync.sweeps import Study, run, sizes
from torusync.sweeps.studytext import write_study

distributed = pytest.importorskip("distributed")

CHUNKS = 60
STUDY = Study(
    ThermalMaser,
    {"drive": np.linspace(0.05, 0.3, CHUNKS), "detuning": np.linspace(-1.0, 1.0, 10)},
    ["s_max"],
    fixed={
        "manifold_levels": 8, "spread": 0.05, "hot_temperature": 2.0, "n_cold": 0.5, "gamma_hot": 0.05,
        "gamma_cold": 0.2,
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    """One worker, a process of its own with one that starts it again: all that it held is lost when it is killed."""
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as found:
        yield found


@pytest.fixture
def undisturbed(tmp_path, monkeypatch):
    """Return the files of a store of sixty chunks that this process alone wrote."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 10)
    run(STUDY, store=tmp_path / "alone.zarr", workers=1)
    return files(tmp_path / "alone.zarr")


def processes(client):
    """Return the processes of the workers that there are."""
    return sorted(client.run(os.getpid).values())


def test_a_worker_that_is_killed_under_an_executor_loses_nothing(cluster, undisturbed, tmp_path):
    killed = []

    def kill(progress):
        if not killed:
            assert progress.done < progress.points
            killed.append(processes(client)[0])
            os.kill(killed[0], signal.SIGKILL)

    with distributed.Client(cluster) as client, client.get_executor() as pool:
        run(STUDY, store=tmp_path / "a.zarr", executor=pool, progress=kill)
        assert killed[0] not in processes(client)
    assert files(tmp_path / "a.zarr") == undisturbed


def test_a_worker_that_is_killed_under_the_command_loses_nothing(cluster, undisturbed, tmp_path):
    store, study, left = tmp_path / "a.zarr", tmp_path / "study.toml", []
    write_study(STUDY, study)
    with distributed.Client(cluster) as client:
        client.wait_for_workers(1, timeout=60)
        victim = processes(client)[0]

    def kill():
        chunks = store / "status" / "c"
        limit = time.monotonic() + 60.0
        while not (chunks.is_dir() and any(chunks.iterdir())) and time.monotonic() < limit:
            time.sleep(0.002)
        os.kill(victim, signal.SIGKILL)
        left.append(CHUNKS - len(list(chunks.iterdir())))

    thread = threading.Thread(target=kill)
    thread.start()
    done = command("sweep", study, "--out", store, "--scheduler", cluster.scheduler_address)
    thread.join()
    assert done.exit_code == 0, done.output
    assert "holds 600 of 600 points; 600 of them" in done.stdout
    assert left[0] > 0  # in the middle
    assert files(store) == undisturbed
