"""Does a reproduction keep what is done, go on from it, and never mix what different runs made?"""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import xarray as xr
from filelock import FileLock

from command import run as command
from torusync import ArgumentError, papers
from torusync.report import kept, left_out, reproduce
from torusync.report import run as run_module
from verdicts import VERDICTS

NAMES = ("fig2a", "fig2d")
LETTER = papers.load("letter")
SHORT = replace(
    LETTER,
    figures={name: LETTER.figures[name] for name in NAMES},
    composites=(),
    ledger=replace(LETTER.ledger, claims=LETTER.ledger.claims[: len(VERDICTS)]),
)


@pytest.fixture
def made(monkeypatch):
    """Count what is computed."""
    seen = []

    def checked(_, ids, **__):
        seen.extend(ids)
        return [one for one in VERDICTS if one.id in ids]

    monkeypatch.setattr(run_module, "evaluate", checked)
    return seen


def watched(seen, broken=()):
    """The short paper, its computations noted; those of ``broken`` fail or are interrupted."""

    def noting(name):
        def compute(quick, *swept):
            if name in dict(broken):
                raise dict(broken)[name]
            seen.append(name)
            return SHORT.figures[name].compute(quick, *swept)

        return compute

    return replace(SHORT, figures={name: replace(spec, compute=noting(name)) for name, spec in SHORT.figures.items()})


def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_second_run_makes_nothing_again_and_the_page_shows_the_same(tmp_path, made):
    reproduce(watched(made), tmp_path, quick=True)
    first, files = page(tmp_path), {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    assert made == [*NAMES, "C01", "C02"]
    verdicts = reproduce(watched(made), tmp_path, quick=True)
    assert made == [*NAMES, "C01", "C02"]
    assert [one.passed for one in verdicts] == [True, False]
    figures = '<section id="claims">'
    assert page(tmp_path).split(figures)[0] == first.split(figures)[0]
    assert page(tmp_path).count('class="number"') == first.count('class="number"') - 1  # nan is read back as a word
    del files["report.html"]
    assert all((tmp_path / name).read_bytes() == content for name, content in files.items())
    reproduce(watched(made), tmp_path, quick=True, anew=True)
    assert made == [*NAMES, "C01", "C02"] * 2


def test_one_figure_more_keeps_the_page_of_all(tmp_path, made):
    reproduce(watched(made), tmp_path, quick=True)
    claims = (tmp_path / "claims.json").read_bytes()
    (tmp_path / "fig2d.png").unlink()
    assert reproduce(watched(made), tmp_path, only="fig2d", quick=True) == []
    assert made == [*NAMES, "C01", "C02", "fig2d"]
    assert (tmp_path / "claims.json").read_bytes() == claims
    assert "1 of 2 claims of the letter hold" in page(tmp_path)
    assert page(tmp_path).count("<article") == 2


@pytest.mark.parametrize(
    "error", [RuntimeError("broken on purpose"), KeyboardInterrupt()], ids=["fails", "interrupted"]
)
def test_what_is_done_before_the_end_stays_and_the_next_run_goes_on(tmp_path, made, error):
    with pytest.raises(type(error)) as caught:
        reproduce(watched(made, broken={"fig2d": error}.items()), tmp_path, quick=True)
    there = {"fig2a.nc", "fig2a.svg", "fig2a.png", "report.html"}
    assert {one.name for one in tmp_path.iterdir()} == there
    assert "So far 1 of 2 figures are drawn and 0 of 2 claims checked." in page(tmp_path)
    if isinstance(error, KeyboardInterrupt):
        (note,) = caught.value.__notes__
        assert note.startswith("1 of 2 figures and 0 of 2 claims are whole")
    reproduce(watched(made), tmp_path, quick=True)
    assert made == [*NAMES, "C01", "C02"]
    assert "So far" not in page(tmp_path)


def test_a_claim_is_kept_when_it_is_checked(tmp_path, made, monkeypatch):
    def second_breaks(_, ids, **__):
        if ids == ["C02"]:
            raise KeyboardInterrupt
        return VERDICTS[:1]

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "evaluate", second_breaks)
        with pytest.raises(KeyboardInterrupt):
            reproduce(SHORT, tmp_path, quick=True)
    assert [one["id"] for one in json.loads((tmp_path / "claims.json").read_text())] == ["C01"]
    reproduce(SHORT, tmp_path, quick=True)
    assert made == ["C02"]
    assert [one["id"] for one in json.loads((tmp_path / "claims.json").read_text())] == ["C01", "C02"]


def test_other_settings_or_other_code_make_it_again_and_show_nothing_older(tmp_path, made, monkeypatch):
    reproduce(watched(made), tmp_path, quick=True)
    monkeypatch.setattr(kept, "made_by", lambda: "torusync of tomorrow")
    reproduce(watched(made), tmp_path, only="fig2a", quick=True)
    assert made == [*NAMES, "C01", "C02", "fig2a"]
    assert page(tmp_path).count("<article") == 1
    assert "claims of the letter hold" not in page(tmp_path)
    assert "fig2d in this folder were made by other code or with other settings" in page(tmp_path)
    assert left_out(SHORT, tmp_path, quick=True).startswith("fig2d in this folder")
    reproduce(watched(made), tmp_path, quick=True)
    assert made == [*NAMES, "C01", "C02", "fig2a", "fig2d", "C01", "C02"]
    with xr.open_dataset(tmp_path / "fig2d.nc", engine="h5netcdf") as data:
        assert data.attrs["made_by"].startswith("torusync of tomorrow, matplotlib")


@pytest.mark.parametrize("content", [b"", b"not ours", b"\x89HDF\r\n\x1a\nhalf"])
def test_a_damaged_or_foreign_file_is_made_again(tmp_path, made, content):
    reproduce(watched(made), tmp_path, quick=True)
    (tmp_path / "fig2a.nc").write_bytes(content)
    (tmp_path / "claims.json").write_bytes(content)
    reproduce(watched(made), tmp_path, quick=True)
    assert made == [*NAMES, "C01", "C02", "fig2a", "C01", "C02"]


def test_the_page_names_the_pictures_it_was_built_from(tmp_path, made):
    from hashlib import sha256

    reproduce(watched(made), tmp_path, quick=True)
    for name in NAMES:
        digest = sha256((tmp_path / f"{name}.svg").read_bytes()).hexdigest()
        assert f"{name}.svg {digest[:12]}" in page(tmp_path)


def test_two_runs_into_one_folder_are_refused(tmp_path):
    with (
        FileLock(tmp_path / ".reproduce.lock"),
        pytest.raises(ArgumentError, match="must be a folder of one run, but another run"),
    ):
        reproduce(SHORT, tmp_path, quick=True)
    assert not (tmp_path / "report.html").exists()


def test_a_composite_stands_for_its_panels_and_another_papers_figure_is_known(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(kept.Folder, "make", lambda _, spec: seen.append(spec.id))
    monkeypatch.setattr(run_module._Run, "draw_overviews", lambda _: None)
    monkeypatch.setattr(run_module._Run, "publish", lambda _: None)
    reproduce(LETTER, tmp_path, only="fig2", quick=True)
    assert seen == ["fig2a", "fig2b", "fig2c", "fig2d"]
    with pytest.raises(ArgumentError, match="but it is 'baths', which is a figure of --set companion"):
        reproduce(LETTER, tmp_path, only="baths")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_after_a_kill_the_next_run_goes_on_and_leaves_nothing_hidden(tmp_path):
    words = [sys.executable, "-m", "torusync", "reproduce", "--quick", "--out", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "fig2b.nc").exists():
            time.sleep(0.05)
            assert process.poll() is None
        process.kill()
        told = process.communicate()[1]
    # no terminal: a line a step
    assert re.match(r"0 of \d+: .+\n1 of \d+: .+\n", told)
    (tmp_path / ".fig2c-00000000-1-left.nc").write_bytes(b"somebody else's")
    stamp = (tmp_path / "fig2a.nc").stat().st_mtime_ns
    result = command("reproduce", "--quick", "--only", "fig2c", "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "fig2a.nc").stat().st_mtime_ns == stamp
    assert page(tmp_path).count("<article") >= 3
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == [".fig2c-00000000-1-left.nc"]
