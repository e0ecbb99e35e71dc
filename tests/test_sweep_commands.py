"""Does `torusync sweep` say what a study takes, go on, and end so that nothing is lost, in words and exit status?"""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from command import refused, run
from sweeping import files
from torusync.papers.letter.closed_form import scaled_homogeneous
from torusync.papers.letter.parameters import RATES
from torusync.sweeps import Progress, Study, block_shape, chunk, open_sweep
from torusync.sweeps import run as work
from torusync.sweeps.jobs import as_shard, estimate, in_bytes, in_time, work_off
from torusync.sweeps.studyfile import read_study

STUDIES = Path(__file__).parents[1] / "studies"
TEXT = """
quantities = ["s_max"]
[axes]
drive = { linspace = [0.01, 0.3, 6] }
detuning = { linspace = [-1.0, 1.0, 9] }
[fixed]
manifold_levels = 2
n_hot = 0.2
n_cold = 0.5
gamma_hot = 0.05
gamma_cold = 0.2
"""
MANY = TEXT.replace("0.3, 6]", "0.3, 3000]").replace("1.0, 9]", "1.0, 1000]").replace("levels = 2", "levels = 6")


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_study_is_worked_off_into_a_store(study, tmp_path):
    store = tmp_path / "a.zarr"
    done = run("sweep", study, "--out", store)
    assert done.exit_code == 0, done.output
    assert "holds 54 of 54 points; 54 of them" in done.stdout
    assert "points/s" in done.stdout
    assert "Worked off by this process" in done.stdout
    work(read_study(study), store=tmp_path / "b.zarr")
    assert files(store) == files(tmp_path / "b.zarr")
    np.testing.assert_array_equal(open_sweep(store)["s_max"], open_sweep(tmp_path / "b.zarr")["s_max"])


def test_going_on_is_asked_for(study, tmp_path):
    store = tmp_path / "a.zarr"
    run("sweep", study, "--out", store)
    before = files(store)
    assert "`--out` must be new where `--resume` is off" in refused("sweep", study, "--out", store)
    assert files(store) == before
    again = run("sweep", study, "--out", store, "--resume")
    assert again.exit_code == 0
    assert "0 of them" in again.stdout
    assert "points/s" not in again.stdout
    study.write_text(TEXT.replace("0.3, 6]", "0.3, 11]"), encoding="utf-8")  # between the points there are new ones
    longer = run("sweep", study, "--out", store, "--resume")
    assert "holds 99 of 99 points; 45 of them" in longer.stdout
    study.write_text(TEXT.replace("n_hot = 0.2", "n_hot = 0.3"), encoding="utf-8")
    assert "the fixed `n_hot` is 0.2" in refused("sweep", study, "--out", store, "--resume")


def test_shards_share_a_store(study, tmp_path, monkeypatch):
    monkeypatch.setattr("torusync.sweeps.sizes.SWEPT_POINTS", 10)
    store = tmp_path / "a.zarr"
    for job in (1, 0):  # whoever comes first makes it
        assert run("sweep", study, "--out", store, "--shard", f"{job}/2").exit_code == 0
    work(read_study(study), store=tmp_path / "b.zarr", workers=1)
    assert files(store) == files(tmp_path / "b.zarr")


@pytest.mark.parametrize("text", ["2/2", "-1/2", "1", "a/b", "1/0", "0/99999999999"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ts.ArgumentError, match="`shard` must be i/n with i from 0 to n − 1"):
        as_shard(text)
    assert as_shard("3/100") == (3, 100)


def test_a_dry_run_writes_nothing_and_says_what_it_would_take(study, tmp_path, monkeypatch):
    monkeypatch.setattr("torusync.sweeps.sizes.SWEPT_POINTS", 10)
    done = run("sweep", study, "--dry-run", "--out", tmp_path / "a.zarr")
    assert done.exit_code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["study.toml"]
    assert done.stdout.startswith("ThermalMaser: s_max over drive 6 × detuning 9\n54 points in 6 chunks\n")
    assert re.search(r"of memory a process, .* on disk\n.* in this process, by \d+ points that were timed", done.stdout)
    plan = read_study(study)
    found = estimate(plan)
    work(plan, store=tmp_path / "b.zarr", workers=1)
    numbers = [one for one in (tmp_path / "b.zarr").rglob("*") if one.is_file() and "c" in one.parts]
    inside = [one for one in numbers if not {"drive", "detuning"} & set(one.parts)]
    variables = len({one.relative_to(tmp_path / "b.zarr").parts[0] for one in inside})
    assert found.chunks == len(inside) / variables
    # four bytes a chunk are its checksum
    assert sum(one.stat().st_size for one in inside) - 4 * len(inside) == found.stored_bytes
    assert found.study.points == 54


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_study_of_the_repository_can_be_run(path, tmp_path):
    """Its dry run, and a variant with few points along each axis that has its first and last ones."""
    done = run("sweep", path, "--dry-run")
    assert done.exit_code == 0, done.output
    plan = read_study(path)
    assert f"{plan.points:,} points in" in done.stdout
    few = {}
    for axis in plan.axes:
        ends = np.unique(np.linspace(0, len(axis) - 1, 3).astype(int))
        if axis.name == "manifold_levels":
            ends = ends[axis.labels[ends] <= 200]
        few[axis.name] = axis.labels[ends]
    runs = None if plan.realisations is None else 2
    small = Study(plan.model, few, plan.quantities, fixed=plan.fixed, realisations=runs)
    lines = work_off(small, tmp_path / "small.zarr", workers=1)
    assert f"holds {small.points} of {small.points} points" in lines[0]
    ds = open_sweep(tmp_path / "small.zarr")
    assert (ds["status"] == 0).all()
    assert np.isfinite(ds[plan.quantities[0]]).all()


def test_fig3_is_that_of_the_letter():
    """Drives that are all the first one have a closed form; random ones stay below it in the refrigerator."""
    plan = read_study(STUDIES / "letter-fig3.toml")
    assert plan.fixed["drive"].first == 0.1
    assert plan.fixed["drive"].arguments == (0.0, 0.1)
    points = np.ravel_multi_index(np.meshgrid(np.arange(20), [0, 1], [0, 18], indexing="ij"), plan.shape).ravel()
    scaled = chunk(plan, points)["scaled"].reshape(20, 2, 2)
    for at, levels in enumerate((2, 20)):
        even = float(scaled_homogeneous(levels, 0.2, 0.1, RATES))
        assert (scaled[:, 0, at] < even).all()
        assert (scaled[:, 0, at] > 0.1 * even).all()
    assert scaled[:, 0, 1].mean() > 2.0 * scaled[:, 0, 0].mean()  # it grows with N
    assert scaled[:, 1, 1].mean() < 0.5 * scaled[:, 1, 0].mean()  # the engine's falls


def test_failed_points_are_told_with_their_sentences(study, tmp_path):
    study.write_text(TEXT.replace("detuning = { linspace = [-1.0, 1.0, 9] }", "n_hot = [0.2, -1.0]").replace(
        "n_hot = 0.2\n", ""), encoding="utf-8")  # fmt: skip
    done = run("sweep", study, "--out", tmp_path / "a.zarr")
    assert done.exit_code == 0
    assert "Without a value: refused 6" in done.stdout
    assert "  drive 0.01, n_hot -1.0: Argument `n_hot` must be at least 0" in done.stdout


def test_progress_is_a_line_now_and_then_where_nobody_watches(capsys, monkeypatch):
    from torusync import _terminal as terminal

    monkeypatch.setenv("TERM", "dumb")
    with terminal.sweeping() as tell:
        for seconds in (0.5, 9.0, 11.0, 15.0, 22.0):
            tell(Progress(int(100 * seconds), 10_000, seconds))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "1,100 of 10,000 points, 100 points/s, 0:01:29 left",
        "2,200 of 10,000 points, 100 points/s, 0:01:18 left",
    ]


def test_a_terminal_sees_points_a_second_and_the_time_left(capsys, monkeypatch):
    from torusync import _terminal as terminal

    for name, value in (("FORCE_COLOR", "1"), ("TERM", "xterm"), ("COLUMNS", "120")):
        monkeypatch.setenv(name, value)
    with terminal.sweeping() as tell:
        tell(Progress(50_000, 200_000, 10.0))
        time.sleep(0.3)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)
    assert "50,000 of 200,000 points" in shown
    assert "5,000 points/s, 0:00:30 left" in shown


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("kind", "status", "words", "ignored"),
    [
        (signal.SIGINT, 130, "Interrupted; files", False),
        (signal.SIGTERM, 143, "Ended by SIGTERM; files", False),
        (signal.SIGTERM, 143, "Ended by SIGTERM; files", True),
    ],
)
def test_an_interrupt_ends_it_with_a_store_that_goes_on(tmp_path, kind, status, words, ignored):
    """Within about a second where the cores are free; a machine that is shared is given five.

    A queue of a cluster ends a job by SIGTERM, and a shell may have told it in the background to ignore interrupts.
    """
    path, store = tmp_path / "many.toml", tmp_path / "many.zarr"
    path.write_text(MANY, encoding="utf-8")
    # a test run that was started in the background may have handed down that interrupts are ignored
    heed = "SIG_IGN" if ignored else "default_int_handler"
    code = f"import signal; signal.signal(signal.SIGINT, signal.{heed}); from torusync.cli import main; main()"
    call = [sys.executable, "-c", code, "sweep", str(path), "--out", str(store), "--workers", "1"]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 60.0
            first = store / "status" / "c" / "0" / "0"
            while not first.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            begin = time.monotonic()
            process.send_signal(kind)
            _, said = process.communicate(timeout=30.0)
        finally:
            process.kill()
    assert time.monotonic() - begin < 5.0
    assert process.returncode == status
    assert words in said
    found = re.search(r"many.zarr' holds ([\d,]+) of 3,000,000 points; --resume goes on from there\.$", said.strip())
    assert found, said
    there = int((open_sweep(store)["status"] >= 0).sum())
    assert there == int(found[1].replace(",", ""))
    assert there % block_shape(read_study(path))[1] == 0
    assert 0 < there < 3_000_000


def test_an_interrupt_before_there_is_a_store_says_so(study, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("torusync.sweeps.jobs.run", interrupted)
    done = run("sweep", study, "--out", tmp_path / "a.zarr")
    assert done.exit_code == 130
    assert "There is no " in done.stderr


def test_a_dask_scheduler_works_it_off(study, tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as cluster:
        lines = work_off(read_study(study), tmp_path / "a.zarr", scheduler=cluster.scheduler_address)
    assert "holds 54 of 54 points" in lines[0]
    assert "ClientExecutor" in lines[1]
    work(read_study(study), store=tmp_path / "b.zarr", workers=1)
    assert files(tmp_path / "a.zarr") == files(tmp_path / "b.zarr")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "`--out` must be given, but it is missing"),
        (["--out", "a.zarr", "--shard", "2/2"], "`--shard` must be i/n"),
        (["--out", "a.zarr", "--workers", "0"], "`--workers` must be at least 1"),
        (["--out", "nowhere/a.zarr"], "`--out` must lie in an existing folder"),
        (["--out", "study.toml"], "`--out` must name a folder, but"),
        (["--out", "a.zarr", "--scheduler", "here"], "`--scheduler` must be the address of a Dask scheduler"),
        (["--out", "a.zarr", "--scheduler", "tcp://x:1", "--workers", "2"], "`--workers` must be left out beside"),
        (["--ot", "a.zarr"], "did you mean --out?"),
    ],
    ids=str,
)
def test_what_cannot_be_is_one_sentence_about_what_was_typed(words, sentence, study, monkeypatch):
    monkeypatch.chdir(study.parent)
    assert sentence in refused("sweep", study, *words)
    assert not Path("a.zarr").exists()


def test_keys_of_a_file_are_named_as_they_stand_there(study):
    study.write_text(TEXT.replace("drive =", "drve ="), encoding="utf-8")
    assert "Argument `axes.drve` must be a parameter of ThermalMaser" in refused("sweep", study, "--dry-run")
    study.write_text(TEXT.replace("gamma_hot = 0.05\n", ""), encoding="utf-8")
    assert "`gamma_hot` must be given" in refused("sweep", study, "--dry-run")


def test_times_and_sizes_are_read_by_people():
    assert [in_time(one) for one in (0.123, 45.0, 600.0, 36000.0)] == ["0.12 s", "45 s", "10 min", "10.0 h"]
    assert [in_bytes(one) for one in (0, 1023, 2048, 3 * 2**20, 5 * 2**40)] == [
        "0 B", "1.02e+03 B", "2 KiB", "3 MiB", "5.12e+03 GiB",
    ]  # fmt: skip
