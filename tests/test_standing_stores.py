"""What does a dry run, a refusal to extend and the record of runs say of a store that is there already?"""

import re

import numpy as np
import pytest

import torusync as ts
from command import run as command
from sweeping import files, tongue
from torusync.sweeps import maps, open_sweep, run, sizes
from torusync.sweeps.studytext import write_study


@pytest.fixture
def half(tmp_path, monkeypatch):
    """A store of which every other chunk of twenty-five points is there."""
    monkeypatch.setattr(sizes, "SWEPT_POINTS", 25)
    run(tongue(), store=tmp_path / "a.zarr", shard=(0, 2), workers=1)
    return tmp_path / "a.zarr"


def dry(study, store):
    write_study(study, store.with_name("study.toml"))
    return command("sweep", store.with_name("study.toml"), "--out", store, "--resume", "--dry-run")


def test_a_dry_run_says_what_is_left(half):
    assert re.search(r"\n100 of the points are in the store; 100 are left: [\d.e-]+ s\n$", dry(tongue(), half).stdout)
    more = {"drive": np.append(np.linspace(0.01, 0.3, 8), 0.4), "detuning": np.linspace(-1.0, 1.0, 25)}
    assert "100 of the points are in the store; 125 are left: " in dry(tongue(axes=more), half).stdout
    assert (
        "0 of the points are in the store; 200 are left: "
        in dry(tongue(quantities=["s_max", "power", "cop"]), half).stdout
    )
    run(tongue(), store=half, workers=1)
    assert dry(tongue(), half).stdout.endswith("200 of the points are in the store; 0 are left: nothing to do\n")
    assert "0 of the points are in the store; 200 are left" in dry(tongue(), half.with_name("none.zarr")).stdout
    assert not half.with_name("none.zarr").exists()


def test_a_dry_run_refuses_what_the_run_would(half):
    found = dry(tongue(axes={"drive": [0.5], "detuning": [0.0]}), half)
    assert found.exit_code == 2
    assert "must belong to this study" in found.stderr


def test_axes_that_were_made_anew_are_told_by_the_nearest_value(half):
    old, new = np.linspace(0.01, 0.3, 8), np.linspace(0.01, 0.3, 8) * (1.0 + 2e-16)
    lost = next(one for one, other in zip(old, new, strict=True) if one != other)
    with pytest.raises(ts.ArgumentError, match="to the last bit") as caught:
        run(tongue(axes={"drive": new, "detuning": np.linspace(-1.0, 1.0, 25)}), store=half)
    nearest = new[np.argmin(np.abs(new - lost))].item()
    assert f"has {lost.item()!r}, which this study has not, to the last bit (the nearest is {nearest!r})" in str(
        caught.value
    )
    assert "as np.append does" in str(caught.value)


def test_a_run_that_finds_nothing_to_do_is_no_run(half):
    run(tongue(), store=half, workers=1)
    before = open_sweep(half).attrs
    again = run(tongue(), store=half, workers=1)
    assert (before["runs"], before["seconds"]) == (2, again.attrs["seconds"])
    assert again.attrs["runs"] == 2


def test_a_run_that_is_killed_has_told_its_time(half, monkeypatch):
    monkeypatch.setattr(maps, "_NOTED_EVERY", 0.0)
    before = open_sweep(half).attrs["seconds"]
    told = []

    def killed(progress):
        told.append(progress.seconds)
        if len(told) == 2:
            raise MemoryError

    with pytest.raises(MemoryError):
        run(tongue(), store=half, workers=1, progress=killed)
    assert before < open_sweep(half).attrs["seconds"] <= before + told[-1] + 0.002
    run(tongue(), store=half, workers=1)
    assert open_sweep(half).attrs["runs"] == 3


def test_a_store_that_is_write_protected_is_not_extended(half, monkeypatch):
    """By what the system says, since root may write everywhere."""
    monkeypatch.setattr("torusync.sweeps.store.os.access", lambda path, _: path != half)
    before = files(half)
    with pytest.raises(ts.ArgumentError, match=r"must be one that may be written, but .*a.zarr' is write-protected"):
        run(tongue(quantities=["s_max", "power", "cop"]), store=half)
    assert files(half) == before
