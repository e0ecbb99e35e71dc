"""Does a reproduction that is ended inside a figure go on there, with the bits of one that nobody disturbed?"""

import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from torusync import papers
from torusync.report import kept, reproduce, swept
from torusync.sweeps import engine, sizes

LETTER = papers.load("letter")
TONGUE = replace(
    LETTER,
    figures={"tongue": replace(LETTER.figures["tongue"], paint=lambda *_: None)},
    composites=(),
    ledger=replace(LETTER.ledger, claims=()),
)
CHUNKS = 2 * 3
"""2 regimes, and 21 drives of 41 detunings in three parts."""

SAID = "Arnold tongue of S_max"


@pytest.fixture
def done(monkeypatch):
    """Cut the tongue into chunks that are stored from the first on, and note those that are worked off."""
    seen = []

    def noted(study, points, names):
        seen.append((study.digest, points.start, points.stop))
        return engine.chunk(study, points, names)

    monkeypatch.setattr(sizes, "SWEPT_POINTS", 7 * 41)
    monkeypatch.setattr(swept, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(swept, "chunk", noted)
    return seen


def stopped(monkeypatch, after, error):
    """Have the chunk after so many others end with an error."""
    before, left = swept.chunk, [after]

    def breaks(*given):
        left[0] -= 1
        if left[0] < 0:
            raise error
        return before(*given)

    monkeypatch.setattr(swept, "chunk", breaks)


def made(folder, **options):
    """Make the tongue, and return its data and what was told."""
    told = []
    reproduce(TONGUE, folder, **{"quick": True, **options}, progress=lambda *step: told.append(step[2]))
    with xr.open_dataset(folder / "tongue.nc", engine="h5netcdf") as data:
        return data.load(), told


@pytest.fixture
def undisturbed(tmp_path, done):
    data, told = made(tmp_path / "undisturbed")
    assert len(done) == CHUNKS
    assert told[0] == SAID
    assert not (tmp_path / "undisturbed" / "tongue.sweeps").exists()
    done.clear()
    return data


ENDS = [(0, KeyboardInterrupt()), (1, KeyboardInterrupt()), (CHUNKS - 1, KeyboardInterrupt()), (3, RuntimeError("no"))]


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_chunks_that_are_done_are_not_worked_off_again(tmp_path, undisturbed, done, monkeypatch, end):
    after, error = end
    with monkeypatch.context() as patch:
        stopped(patch, after, error)
        with pytest.raises(type(error)) as caught:
            reproduce(TONGUE, tmp_path, quick=True)
    assert len(done) == after
    left = {one.name for one in tmp_path.iterdir()} - {"undisturbed"}
    assert left == ({"tongue.sweeps"} if after else set())
    if isinstance(error, KeyboardInterrupt):
        (note,) = caught.value.__notes__
        assert (", tongue is begun; the same command" in note) is bool(after)
    data, told = made(tmp_path)
    assert len(done) == len(set(done)) == CHUNKS
    assert told[0] == (f"{SAID}, goes on inside" if after else SAID)
    assert data.identical(undisturbed)
    assert not (tmp_path / "tongue.sweeps").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.test_reproduce_inside import TONGUE
from torusync.report import reproduce, swept
from torusync.sweeps import sizes
sizes.SWEPT_POINTS, swept.KEPT_SECONDS, left = 7 * 41, 0.0, int(sys.argv[2])
def puts(before):
    def put(self, target):
        global left
        if "tongue.sweeps" in str(target):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return before(self, target)
    return put
Path.rename, Path.replace = puts(Path.rename), puts(Path.replace)
reproduce(TONGUE, sys.argv[1], quick=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("after", [10, 40])
def test_a_kill_as_a_file_is_put_in_place_loses_a_chunk_at_most(tmp_path, undisturbed, done, after):
    """Some twenty files build the store, and each chunk has eight."""
    words = [sys.executable, "-c", KILLED, str(tmp_path), str(after)]
    ended = subprocess.run(words, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    stores = list(tmp_path.glob("tongue.sweeps/*.zarr"))
    there = 0
    for store in stores:
        with xr.open_zarr(store, consolidated=False) as data:
            there = round(CHUNKS * float((data["status"] >= 0).mean()))
    data, _ = made(tmp_path)
    assert len(done) == CHUNKS - there
    assert (there > 0) is (after == 40)
    assert data.identical(undisturbed)
    assert not list(tmp_path.glob("*.sweeps"))


def test_other_settings_and_other_code_begin_anew_and_say_so(tmp_path, done, monkeypatch):
    anew = f"{SAID}, begun anew: what there was of it was made by other code or with other settings"
    with monkeypatch.context() as patch:
        stopped(patch, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            reproduce(TONGUE, tmp_path, quick=True)
    done.clear()
    with monkeypatch.context() as patch:
        stopped(patch, 3, KeyboardInterrupt())
        told = []
        with pytest.raises(KeyboardInterrupt):
            reproduce(TONGUE, tmp_path, quick=False, progress=lambda *step: told.append(step[2]))
    assert told == [anew]
    assert len(list(tmp_path.glob("tongue.sweeps/*.zarr"))) == 1
    before = len(set(done))
    monkeypatch.setattr(kept, "made_by", lambda: "torusync of tomorrow")
    done.clear()
    data, told = made(tmp_path)
    assert told[0] == anew
    assert (before, len(done)) == (3, CHUNKS)
    assert data.attrs["grid"] == "quick"


def test_what_is_asked_for_anew_is_begun_anew_without_a_word(tmp_path, done, monkeypatch):
    with monkeypatch.context() as patch:
        stopped(patch, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            reproduce(TONGUE, tmp_path, quick=True)
    done.clear()
    _, told = made(tmp_path, anew=True)
    assert told[0] == SAID
    assert len(done) == CHUNKS


@pytest.mark.parametrize("what", ["its study", "a chunk", "all of it"])
def test_a_damaged_store_is_made_again(tmp_path, undisturbed, done, monkeypatch, what):
    with monkeypatch.context() as patch:
        stopped(patch, 3, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            reproduce(TONGUE, tmp_path, quick=True)
    (store,) = tmp_path.glob("tongue.sweeps/*.zarr")
    if what == "its study":
        (store / "zarr.json").write_text("{}")
    else:
        for path in [one for one in store.rglob("*") if one.is_file()]:
            if what == "all of it" or "s_max_bound/c" in path.as_posix():
                path.unlink()
    done.clear()
    data, _ = made(tmp_path)
    assert len(done) == CHUNKS
    assert data.identical(undisturbed)


def test_a_figure_of_less_than_a_second_is_not_stored(tmp_path, done, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a store was opened")

    monkeypatch.setattr(swept, "KEPT_SECONDS", 60.0)
    monkeypatch.setattr(swept, "Disk", refuse)
    made(tmp_path)
    assert len(done) == CHUNKS


@pytest.mark.usefixtures("done")
def test_what_is_left_beside_a_whole_figure_is_cleared_away(tmp_path):
    made(tmp_path)
    (tmp_path / "tongue.sweeps").mkdir()
    (tmp_path / "tongue.sweeps" / "made-by.txt").write_text("someone")
    _, told = made(tmp_path)
    assert told == ["Writing the page", "Done"]
    assert not (tmp_path / "tongue.sweeps").exists()


def test_numbers_are_those_of_a_figure_that_is_asked_alone(undisturbed):
    """Without a folder its sweep is in memory, in chunks of another size."""
    alone = TONGUE.figures["tongue"].data(True)
    for name in alone.variables:
        if alone[name].dtype.kind == "f":
            np.testing.assert_allclose(alone[name], undisturbed[name], rtol=1e-13)
