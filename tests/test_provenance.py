"""Does a map say which code made it, from which study and seed and when, and never where?"""

import getpass
import json
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

import torusync as ts
from sweeping import BATHS, tongue
from torusync import _provenance as provenance_module
from torusync._provenance import commit
from torusync.models import ThermalMaser
from torusync.sweeps import Draw, Realisations, Study, open_sweep, run
from torusync.sweeps import store as store_module

DRAWN = Study(
    ThermalMaser,
    {"n_hot": [0.2, 5.0]},
    ["s_max"],
    fixed={"drive": 0.1, "manifold_levels": 2, "splittings": Draw("normal", 0.0, 0.02), **BATHS},
    realisations=Realisations(3, seed=7),
)


def test_a_map_says_what_made_it_and_when_but_not_where(tmp_path):
    begin = datetime.now(UTC).replace(microsecond=0)
    stored = run(DRAWN, store=tmp_path / "a.zarr", workers=1)
    for ds in (stored, run(DRAWN, workers=1), open_sweep(tmp_path / "a.zarr")):
        assert ds.attrs["torusync_version"] == ts.__version__
        assert re.fullmatch(rf"torusync {ts.__version__} \([0-9a-f]{{12}}\), numpy \S+, scipy \S+", ds.attrs["made_by"])
        assert ds.attrs["study_sha256"] == DRAWN.digest
        assert ds.attrs["seed"] == 7
        assert begin <= datetime.fromisoformat(ds.attrs["computed"]) <= datetime.now(UTC)
        assert ds.attrs["seconds"] >= 0.0
        told = json.dumps({**ds.attrs})
        for secret in (platform.node(), str(Path.home()), str(Path.cwd()), str(tmp_path), f"/{getpass.getuser()}/"):
            assert secret not in told
    assert "seed" not in run(tongue(), workers=1).attrs


def test_each_code_that_wrote_to_a_store_is_named(tmp_path, monkeypatch):
    store = tmp_path / "a.zarr"
    ours = run(tongue(), store=store, shard=(0, 2), workers=1).attrs["made_by"]
    monkeypatch.setattr(store_module, "provenance", lambda: {"made_by": "torusync of tomorrow", "commit": "f" * 40})
    later = run(tongue(quantities=["s_max", "power", "cop"]), store=store, workers=1)
    assert later.attrs["made_by"] == f"{ours}; torusync of tomorrow"
    assert later.attrs["commit"].endswith("f" * 40)
    monkeypatch.setattr(store_module, "provenance", lambda: {"made_by": "torusync of the day after"})
    again = run(tongue(quantities=["s_max", "power", "cop"]), store=store, workers=1)
    assert again.attrs["made_by"] == later.attrs["made_by"]  # nothing was missing
    assert again.attrs["computed"] == later.attrs["computed"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"runs": 1e999, "seconds": 1}', '{"runs": 1, "seconds": "x"}', "\xff"]
)
def test_a_record_that_is_none_is_as_if_it_were_not_there(tmp_path, text):
    store = tmp_path / "a.zarr"
    run(tongue(), store=store, workers=1)
    (tmp_path / "a.zarr.runs" / "runs.json").write_text(text, encoding="latin-1")
    assert "runs" not in open_sweep(store).attrs
    more = tongue(quantities=["s_max", "power", "cop"])  # a run that finds nothing to do is not counted
    assert run(more, store=store, workers=1).attrs["runs"] == 1


# -- commits -----------------------------------------------------------------------------------------------------------


def git(folder, *words):
    """Return what git says in a folder."""
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    surroundings = {**os.environ, **names, "GIT_CONFIG_GLOBAL": str(folder / "none")}
    return subprocess.run(
        ["git", *words], cwd=folder, check=True, stdout=subprocess.PIPE, text=True, env=surroundings
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    """Return a package in a checkout of its own, and its commit."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    package = tmp_path / "checkout" / "src" / "something"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    root = tmp_path / "checkout"
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        git(root, *words)
    commit.cache_clear()
    yield package, git(root, "rev-parse", "HEAD")
    commit.cache_clear()


def test_the_commit_is_that_of_the_packages_own_checkout(checkout, tmp_path, monkeypatch):
    package, expected = checkout
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))  # as in a hook of another repository
    assert commit(package) == expected
    monkeypatch.delenv("GIT_DIR")
    (package / "__init__.py").write_text("changed = True\n", encoding="utf-8")
    commit.cache_clear()
    assert commit(package) == f"{expected}-dirty"
    inside = package.parents[1] / "env" / "site-packages" / "something"
    inside.mkdir(parents=True)
    assert commit(inside) is None  # somebody else's repository


def test_without_git_there_is_no_commit(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit(checkout[0]) is None


def test_the_commit_of_an_installation_is_what_was_noted_with_it(tmp_path, monkeypatch):
    site, noted = tmp_path / "site", "0123456789abcdef0123456789abcdef01234567"
    for name in ("site/something", "elsewhere/something", "site/something-1.dist-info"):
        (tmp_path / name).mkdir(parents=True)
    (site / "something-1.dist-info" / "METADATA").write_text("Name: something\nVersion: 1\n", encoding="utf-8")
    told = site / "something-1.dist-info" / "direct_url.json"
    monkeypatch.syspath_prepend(site)
    vcs = {"vcs": "git", "commit_id": noted}
    for content, expected in (
        ({"url": "https://host/a", "vcs_info": vcs}, noted), ({"url": "file:///a", "dir_info": {}}, None),
        ({"vcs_info": {"commit_id": 3}}, None), (["vcs_info"], None),
    ):  # fmt: skip
        told.write_text(json.dumps(content), encoding="utf-8")
        provenance_module.commit.cache_clear()
        assert commit(site / "something") == expected
    told.write_text(json.dumps({"vcs_info": vcs}), encoding="utf-8")
    provenance_module.commit.cache_clear()
    assert commit(tmp_path / "elsewhere" / "something") is None  # another copy is imported
    assert commit(tmp_path / "elsewhere" / "unheard_of") is None
