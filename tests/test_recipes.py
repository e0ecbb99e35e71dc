"""Do the recipes for clusters run as they are printed, where SLURM is somebody who starts what is asked for?"""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sweeping import files
from torusync.sweeps import run
from torusync.sweeps.studyfile import read_study

ENGINES = Path(__file__).parents[1] / "docs" / "engines"
STUDY = """
quantities = ["s_max"]
[realisations]
count = 3
[axes]
manifold_levels = [2, 3]
[fixed]
drive = 0.1
splittings = { draw = "normal", arguments = [0.0, 0.02] }
n_hot = 5.0
n_cold = 0.5
gamma_hot = 0.05
gamma_cold = 0.2
"""
ASKED = {"job-name", "array", "cpus-per-task", "mem", "time", "requeue"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with a study, to work in."""
    (tmp_path / "disorder.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def alone(folder):
    """Return the files of a store that one process wrote."""
    run(read_study(folder / "disorder.toml"), store=folder / "alone.zarr", workers=1)
    return files(folder / "alone.zarr")


def test_a_job_array_writes_one_store(folder):
    job = (ENGINES / "job_array.sh").read_text(encoding="utf-8")
    options = re.findall(r"^#SBATCH --([\w-]+)(?:=(\S+))?$", job, re.MULTILINE)
    assert {name for name, _ in options} == ASKED
    assert job.count("#SBATCH") == len(ASKED)
    first, last = map(int, dict(options)["array"].split("-"))
    for name, text in {"srun": 'exec "$@"', "torusync": f'exec {sys.executable} -m torusync "$@"'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    for index in (1, 0):  # of two; eight would only be slower
        surroundings = {
            **os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_ID": str(first + index),
            "SLURM_ARRAY_TASK_COUNT": "2", "SLURM_CPUS_PER_TASK": "1",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", ENGINES / "job_array.sh"], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (first, last) == (0, 7)  # shards count from 0
    assert files(folder / "disorder.zarr") == alone(folder)


def test_dask_jobqueue_is_an_executor_of_a_sweep(folder, monkeypatch):
    distributed = pytest.importorskip("distributed")
    scaled = []

    class SLURMCluster(distributed.LocalCluster):
        """A cluster in this process; of what is asked of SLURM, names alone are looked at."""

        def __init__(self, *, queue, cores, processes, memory, walltime, worker_extra_args):
            assert (queue, walltime, worker_extra_args[0]) == ("normal", "02:00:00", "--lifetime")
            assert cores >= processes > 0
            assert memory.endswith("GB")
            super().__init__(n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0")

        def scale(self, jobs):
            scaled.append(jobs)
            return super().scale(min(jobs, 1))  # closing scales to none

    stand_in = ModuleType("dask_jobqueue")
    stand_in.SLURMCluster = SLURMCluster
    monkeypatch.setitem(sys.modules, "dask_jobqueue", stand_in)
    runpy.run_path(str(ENGINES / "slurm_dask.py"), run_name="__main__")
    assert scaled[0] == 8
    assert files(folder / "disorder.zarr") == alone(folder)
