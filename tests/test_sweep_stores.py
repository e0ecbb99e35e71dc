"""Does a store survive kills, full disks, damage and other runs, and is it extended by what is missing alone?"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from filelock import FileLock

import torusync as ts
from sweeping import TONGUE, files, tongue
from torusync.sweeps import Draw, Realisations, open_sweep, run, sizes
from torusync.sweeps import engine as engine_module
from torusync.sweeps import locks as locks_module
from torusync.sweeps import workers as workers_module
from torusync.sweeps.jobs import estimate


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Eight chunks of twenty-five points for the tongue."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 25)


@pytest.fixture
def counted(monkeypatch):
    """Return a list that every chunk adds its number of points and its variables to."""
    found = []
    before = engine_module.chunk

    def chunk(study, points, names=None):
        arrays = before(study, points, names)
        found.append((len(arrays["status"]), set(arrays)))
        return arrays

    monkeypatch.setattr(workers_module, "chunk", chunk)
    return found


def same(found, expected):
    """Whether two sweeps are the same values, to rounding, and say the same of themselves."""
    told = {"workers", "runs", "seconds", "computed"}
    xr.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-18)
    assert {k: v for k, v in found.attrs.items() if k not in told} == {
        k: v for k, v in expected.attrs.items() if k not in told
    }
    for name in expected.variables:
        assert found[name].dtype == expected[name].dtype
        assert found[name].attrs == expected[name].attrs


def test_a_store_is_the_map_in_memory_and_reads_without_this_library(tmp_path):
    study = tongue(quantities=["s_max", "power", "shares", "populations", "coherences", "regime"])
    stored, memory = run(study, store=tmp_path / "a.zarr", workers=1), run(study, workers=1)
    same(stored, memory)
    plain = xr.open_zarr(tmp_path / "a.zarr", consolidated=False, chunks=None)
    np.testing.assert_array_equal(plain["s_max"], memory["s_max"])
    assert plain["coherences"].dtype == np.complex128
    assert (plain["status"] == 0).all()
    assert stored.attrs["runs"] == 1
    assert os.environ.get("HOSTNAME", "no host") not in json.dumps({**stored.attrs})


def test_axes_of_every_kind_are_stored(tmp_path):
    axes = {"path": {"drive": np.array([[0.1, 0.2], [0.2, 0.1j]]), "detuning": [0.0, 0.1]}, "n_hot": [0.2, 4.0]}
    fixed = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": Draw("uniform", 0.1, 0.2)}
    study = tongue(axes=axes, fixed=fixed, realisations=2)
    stored = run(study, store=tmp_path / "a.zarr")
    same(stored, run(study))
    assert set(stored.coords) == {"realisation", "path", "drive", "detuning", "n_hot"}
    one = tongue(axes={}, fixed={**TONGUE["fixed"], "drive": 0.1})
    same(run(one, store=tmp_path / "b.zarr"), run(one))
    same(run(one, store=tmp_path / "b.zarr"), run(one))


def test_kills_in_the_middle_of_writes_lose_nothing():
    """Runs are killed, for real, as they put a file in place; what comes out has the bits of an undisturbed run."""
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("kills.py")), "10", "3"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    found = re.fullmatch(
        r"10 kills .* (\d+) of them .*; 3 at the start, (\d+) in .*; 0 stores lost something\n", done.stdout
    )
    assert found, done.stdout
    assert int(found[1]) >= 8
    assert int(found[2]) >= 2


def test_an_interrupt_leaves_a_store_that_goes_on_where_it_was(tmp_path, counted):
    def stop(progress):
        if progress.done >= 75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tongue(), store=tmp_path / "a.zarr", workers=1, progress=stop)
    assert [points for points, _ in counted] == [25, 25, 25]
    told = []
    resumed = run(tongue(), store=tmp_path / "a.zarr", workers=1, progress=told.append)
    assert [points for points, _ in counted] == [25] * 8
    assert (told[-1].done, told[-1].points) == (125, 125)
    run(tongue(), store=tmp_path / "b.zarr", workers=1)
    assert files(tmp_path / "a.zarr") == files(tmp_path / "b.zarr")
    again = run(tongue(), store=tmp_path / "a.zarr")
    assert len(counted) == 16
    assert again.attrs["workers"] == "none: nothing was missing"
    xr.testing.assert_equal(again, resumed)


# -- extension ---------------------------------------------------------------------------------------------------------

DENSER = {"drive": np.linspace(0.01, 0.3, 15), "detuning": np.linspace(-1.0, 1.0, 25)}
LONGER = {"drive": TONGUE["axes"]["drive"], "detuning": np.concatenate([[-1.5], np.linspace(-1.0, 1.0, 25), [1.25]])}


@pytest.mark.parametrize(
    ("changes", "points"),
    [({"axes": DENSER}, 7 * 25), ({"axes": LONGER}, 8 * 2), ({"quantities": ["power", "s_max", "cop"]}, 200)],
    ids=["denser", "longer at both ends", "more quantities"],
)
def test_what_is_missing_is_computed_and_nothing_else(tmp_path, counted, changes, points):
    before = run(tongue(), store=tmp_path / "a.zarr", workers=1)
    counted.clear()
    extended = run(tongue(**changes), store=tmp_path / "a.zarr", workers=1)
    assert sum(count for count, _ in counted) == points
    if "quantities" in changes:
        assert all("s_max" not in names for _, names in counted)
    same(extended, run(tongue(**changes), workers=1))
    assert (extended["status"] == 0).all()
    kept = extended.sel(drive=before["drive"], detuning=before["detuning"])
    for name in ("s_max", "power", "s_max_bound", "power_error"):
        np.testing.assert_array_equal(kept[name], before[name])


def test_more_realisations_and_more_levels_extend(tmp_path, counted):
    fixed = {"drive": 0.1, "n_hot": 4.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    fixed["splittings"] = Draw("normal", 0.0, 0.01)
    old = {"axes": {"manifold_levels": [2, 3]}, "fixed": fixed, "quantities": ["coherences", "s_max"]}
    new = {**old, "axes": {"manifold_levels": [2, 4, 3]}}
    run(tongue(**old, realisations=Realisations(3, seed=1)), store=tmp_path / "a.zarr")
    counted.clear()
    study = tongue(**new, realisations=Realisations(5, seed=1))
    extended = run(study, store=tmp_path / "a.zarr", workers=1)
    assert sum(count for count, _ in counted) == 15 - 6
    same(extended, run(study))


def test_an_extension_that_was_interrupted_goes_on_and_may_be_extended_again(tmp_path, counted):
    def stop(progress):
        if progress.done >= 50:
            raise KeyboardInterrupt

    run(tongue(quantities=["power"]), store=tmp_path / "a.zarr", workers=1)
    with pytest.raises(KeyboardInterrupt):
        run(tongue(), store=tmp_path / "a.zarr", workers=1, progress=stop)
    counted.clear()
    study = tongue(quantities=["power", "s_max", "cop"], axes=DENSER)
    extended = run(study, store=tmp_path / "a.zarr", workers=1)
    assert sum(count for count, _ in counted) == study.points
    same(extended, run(study, workers=1))


def test_a_swap_that_was_killed_half_way_is_undone(tmp_path):
    store = tmp_path / "a.zarr"
    before = run(tongue(), store=store, workers=1)
    store.rename(tmp_path / ".a.zarr.old")
    (tmp_path / ".a.zarr-x.building").mkdir()
    same(run(tongue(), store=store, workers=1), before)
    shutil.copytree(store, tmp_path / ".a.zarr.old")
    same(run(tongue(), store=store, workers=1), before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zarr", "a.zarr.runs"]


# -- refusals ----------------------------------------------------------------------------------------------------------

CHANGED = {
    "a fixed value": ({"fixed": {**TONGUE["fixed"], "n_hot": 0.3}}, "the fixed `n_hot` is 0.2"),
    "one more fixed": ({"fixed": {**TONGUE["fixed"], "omega_hot": 4.0}}, "`omega_hot` is not fixed"),
    "a point less": ({"axes": {**TONGUE["axes"], "detuning": [-1.0, 1.0]}}, "has -0.9166666666666666, which"),
    "other axes": ({"axes": dict(reversed(TONGUE["axes"].items()))}, "the axes are drive, detuning"),
    "a quantity less": ({"quantities": ["power"]}, "the quantities have s_max"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_another_study_is_refused_and_the_difference_named(tmp_path, what):
    changes, message = CHANGED[what]
    run(tongue(), store=tmp_path / "a.zarr", workers=1)
    before = files(tmp_path / "a.zarr")
    with pytest.raises(ts.ArgumentError, match=f"`store` must belong to this study.*{message}"):
        run(tongue(**changes), store=tmp_path / "a.zarr", workers=1)
    assert files(tmp_path / "a.zarr") == before


def test_another_seed_is_refused(tmp_path):
    fixed = {**TONGUE["fixed"], "splittings": Draw("normal", 0.0, 0.01)}
    run(tongue(fixed=fixed, realisations=2), store=tmp_path / "a.zarr", workers=1)
    with pytest.raises(ts.ArgumentError, match="the seed is 0"):
        run(tongue(fixed=fixed, realisations=Realisations(2, seed=1)), store=tmp_path / "a.zarr")


def test_what_is_no_store_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_text("x", encoding="utf-8")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "zarr.json").write_text('{"zarr_format": 3, "no', encoding="utf-8")
    xr.Dataset({"a": ("x", [1.0])}).to_zarr(tmp_path / "other", zarr_format=3, consolidated=False)
    for name, message in {
        "file": "name a folder", "folder": "is no Zarr store", "broken": "be a whole store",
        "other": "be of the format",
        "missing/a.zarr": "lie in an existing folder",
    }.items():  # fmt: skip
        with pytest.raises(ts.ArgumentError, match=f"`store` must .*{message}"):
            run(tongue(), store=tmp_path / name)
    assert not list(tmp_path.glob("folder.*"))  # nothing is put beside what is somebody else's
    with pytest.raises(ts.ArgumentError, match="`store` must be a path"):
        run(tongue(), store=3)
    run(tongue(), store=tmp_path / "a.zarr", workers=1)
    with pytest.raises(ts.ArgumentError, match="be new where `resume` is off"):
        run(tongue(), store=tmp_path / "a.zarr", resume=False)


def test_an_empty_folder_becomes_the_store(tmp_path):
    """One that a script has made for it, or `tempfile`."""
    for name in ("a.zarr", "b.zarr"):
        (tmp_path / name).mkdir()
    found = run(tongue(), store=tmp_path / "a.zarr", workers=1, resume=False)
    assert open_sweep(tmp_path / "a.zarr").equals(found)
    assert estimate(tongue(), tmp_path / "b.zarr").done == 0
    with pytest.raises(ts.ArgumentError, match="is no Zarr store"):
        open_sweep(tmp_path / "b.zarr")


def test_another_version_is_refused(tmp_path, monkeypatch):
    run(tongue(), store=tmp_path / "a.zarr", workers=1)
    monkeypatch.setattr(ts, "__version__", "99.0")
    with pytest.raises(ts.ArgumentError, match=r"be of this version, 99\.0, but .* is of 0"):
        run(tongue(), store=tmp_path / "a.zarr")


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"pending": 7}, "what is pending is no list of names"),
        ({"pending": ["power", 7]}, "what is pending is no list of names"),
        ({"study": 7}, "must be a study as it was written, but it is not\\)"),
        ({"torusync_version": None}, "is of none"),
        ({"format": None}, "must be of the format"),
    ],
)
def test_attributes_of_a_store_that_are_none_are_refused(tmp_path, attributes, message):
    store = tmp_path / "a.zarr"
    run(tongue(), store=store, workers=1)
    told = json.loads((store / "zarr.json").read_text(encoding="utf-8"))
    told["attributes"] |= attributes
    (store / "zarr.json").write_text(json.dumps(told), encoding="utf-8")
    before = files(store)
    for changes in ({}, {"quantities": ["s_max", "power", "cop"]}):
        with pytest.raises(ts.ArgumentError, match=message):
            run(tongue(**changes), store=store, workers=1)
    assert files(store) == before


@pytest.mark.parametrize("lost", ["s_max/c/0/0", "s_max/zarr.json", "status/c/0/0"])
def test_a_store_that_is_truncated_is_not_extended(tmp_path, lost):
    store = tmp_path / "a.zarr"
    run(tongue(), store=store, workers=1)
    (store / lost).write_bytes((store / lost).read_bytes()[:20])
    before = files(store)
    with pytest.raises(ts.ArgumentError, match="`store` must be a whole store of a sweep"):
        run(tongue(quantities=["s_max", "power", "cop"]), store=store, workers=1)
    assert files(store) == before
    assert {one.name for one in tmp_path.iterdir()} == {"a.zarr", "a.zarr.runs"}


def test_damage_is_not_read_as_numbers(tmp_path):
    run(tongue(), store=tmp_path / "a.zarr", workers=1)
    chunk = tmp_path / "a.zarr" / "power" / "c" / "3" / "0"
    held = chunk.read_bytes()
    flipped = bytearray(held)
    flipped[11] ^= 1
    for damaged in (bytes(flipped), held[:-9]):
        chunk.write_bytes(damaged)
        with pytest.raises(ts.ArgumentError, match="`store` must be a whole store"):
            run(tongue(), store=tmp_path / "a.zarr")
    chunk.unlink()
    for changes in ({}, {"quantities": ["s_max", "power", "cop"]}):  # the larger store would be put in its place
        with pytest.raises(ts.ArgumentError, match="lost a part of 'power'"):
            run(tongue(**changes), store=tmp_path / "a.zarr")
    with pytest.raises(ts.ArgumentError, match="lost a part of 'power'"):
        open_sweep(tmp_path / "a.zarr")
    chunk.write_bytes(held)
    run(tongue(), store=tmp_path / "a.zarr")
    label = tmp_path / "a.zarr" / "drive" / "c" / "0"
    label.rename(tmp_path / "label")
    for read in (partial(run, tongue(), store=tmp_path / "a.zarr"), partial(open_sweep, tmp_path / "a.zarr")):
        with pytest.raises(ts.ArgumentError, match="lost a part of 'drive'"):  # its labels would be zeros
            read()
    (tmp_path / "label").rename(label)
    shutil.rmtree(tmp_path / "a.zarr" / "power")
    with pytest.raises(ts.ArgumentError, match="be a whole store"):
        run(tongue(), store=tmp_path / "a.zarr")


def test_a_full_disk_is_named_and_leaves_a_store_that_goes_on(tmp_path):
    """The system refuses to let a file grow beyond a limit, as it does on a disk that is full."""
    store = tmp_path / "a.zarr"
    told = []

    def shrink(progress):
        told.append(progress)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(ts.ArgumentError, match=r"where there is room.*a\.zarr.* cannot be written"):
            run(tongue(), store=store, workers=1, progress=shrink)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(told) == 1
    resumed = run(tongue(), store=store, workers=1, progress=told.append)
    assert told[-1].points == 175
    same(resumed, run(tongue(), workers=1))


# -- locks -------------------------------------------------------------------------------------------------------------


def test_two_runs_on_a_store_are_refused_and_shards_are_not(tmp_path):
    store, held = tmp_path / "a.zarr", tmp_path / "a.zarr.runs"
    run(tongue(), store=store, shard=(0, 3), workers=1)
    refused = pytest.raises(ts.ArgumentError, match="`store` must be written by one run")
    with FileLock(held / "whole.lock"), refused:
        run(tongue(), store=store)
    with FileLock(held / "shard-0-of-3.lock"):
        with refused:
            run(tongue(), store=store)
        with refused:
            run(tongue(), store=store, shard=(0, 3))
        with refused:
            run(tongue(), store=store, shard=(1, 2))
        with pytest.raises(ts.ArgumentError, match="extended while nobody"):
            run(tongue(quantities=["s_max", "power", "cop"]), store=store, shard=(1, 3))
        part = run(tongue(), store=store, shard=(1, 3), workers=1)
        assert int((part["status"] == 0).sum()) == 6 * 25
    run(tongue(), store=store, shard=(2, 3), workers=1)
    run(tongue(), store=tmp_path / "b.zarr", workers=1)
    assert files(store) == files(tmp_path / "b.zarr")
    for wrong in ((2, 2), (-1, 2)):
        with pytest.raises(ts.ArgumentError, match="`shard`"):
            run(tongue(), store=store, shard=wrong)
    with pytest.raises(ts.ArgumentError, match="be given for a shard"):
        run(tongue(), shard=(0, 2))


def test_locks_that_do_not_hold_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(locks_module, "_is_held", lambda _: False)
    with pytest.raises(ts.ArgumentError, match="whose locks hold"):
        run(tongue(), store=tmp_path / "a.zarr")
