"""Is a paper a folder: does a new one need nothing else, and does none lean on another?"""

import importlib
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from torusync import ArgumentError, papers
from torusync.cli import app

PAPERS = Path(papers.__file__).parent

TOY = {
    "__init__.py": """
from torusync.papers.citation import Citation

CITATION = Citation(
    key="Toy2030", author="Doe, Jane and Roe, Richard", title="A toy", journal="J. Toys", volume="1", pages="2",
    year="2030", doi="10.0/toy", use="What papers are made of",
)
""",
    "publication.py": """
import xarray as xr

from torusync.claims import Check, Claim, Ledger
from torusync.claims.common import Findings
from torusync.figures import FigureSpec
from torusync.figures.record import Field, assemble, attributes
from torusync.papers.publication import Publication, by_id
from torusync.papers.toy import CITATION, publication

X, Y = Field("x", ("x",), "abscissa", "x", "grid"), Field("y", ("x",), "ordinate", "y", "chosen")


def compute(quick):
    return assemble({X: [0.0, 1.0], Y: [1.0, 2.0]}, attributes(()))


def paint(axes, data):
    axes[0].plot(data["x"], data["y"])


def t01(quick, tolerance):
    return Findings("1", "By counting.", [Check("one", 1.0, 1.0, tolerance)])


LINE = FigureSpec("line", "A line", "It rises.", "A line.", ("None.",), compute, paint, CITATION.place)
CLAIM = Claim("T01", "One is one.", "p. 2", "1", 1e-9, "counting is exact")
PUBLICATION = Publication(
    "toy", "A toy, reproduced", CITATION, by_id(LINE), (), Ledger.of((CLAIM,), (publication,), ("None.",)), "toy claims"
)
""",
}


@pytest.fixture
def toy(tmp_path, monkeypatch):
    folder = tmp_path / "more" / "toy"
    folder.mkdir(parents=True)
    for name, text in TOY.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(papers, "__path__", [*papers.__path__, str(folder.parent)])
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("torusync.papers.toy")]:
        del sys.modules[name]
    vars(papers).pop("toy", None)


def test_the_letter_comes_first_and_each_folder_is_a_paper():
    folders = {path.parent.name for path in PAPERS.rglob("publication.py") if path.parent != PAPERS}
    assert set(papers.names()) == folders
    assert papers.names()[0] == "letter"
    for name in papers.names():
        paper = papers.load(name)
        assert paper.id == name
        assert paper.citation is papers.source(name)
        assert {spec.paper for spec in paper.figures.values()} == {paper.citation.place}
        assert {part.id for one in paper.composites for part in one.parts} <= set(paper.figures)


def test_a_new_paper_is_a_new_folder_and_nothing_else(toy):
    done = CliRunner().invoke(app, ["reproduce", "--set", "toy"])
    assert done.exit_code == 0, done.output
    assert "T01  holds  One is one." in done.stdout
    names = {path.name for path in (toy / "results-toy").iterdir()}
    assert names == {"line.png", "line.svg", "line.nc", "claims.json", "report.html"}
    assert CliRunner().invoke(app, ["reproduce", "--set", "toy", "--out", "mine"]).exit_code == 0
    assert {path.name for path in (toy / "mine").iterdir()} == names
    assert {path.name for path in toy.iterdir()} == {"more", "mine", "results-toy"}
    page = (toy / "results-toy" / "report.html").read_text(encoding="utf-8")
    assert "1 of 1 toy claims hold" in page
    assert "J. Doe, R. Roe, J. Toys 1, 2 (2030), doi:10.0/toy" in page
    cited = CliRunner().invoke(app, ["cite"]).stdout
    assert "What papers are made of: Jane Doe, Richard Roe, A toy, J. Toys 1, 2 (2030)" in cited
    entries = CliRunner().invoke(app, ["cite", "--bibtex"]).stdout
    assert "@article{Toy2030,\n  author = {Doe, Jane and Roe, Richard}" in entries
    write = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "ledger_page.py"))["write"]
    write(toy / "ledger.md")
    assert "`torusync reproduce --set toy`" in (toy / "ledger.md").read_text(encoding="utf-8")
    refused = CliRunner().invoke(app, ["reproduce", "--set", "sequel"])
    assert refused.stderr == "Argument `--set` must be one of letter, companion, phases, toy, but it is 'sequel'.\n"


def test_an_unknown_paper_is_refused():
    with pytest.raises(ArgumentError, match=r"`set` must be one of letter, companion, phases, but it is 'sequel'\."):
        papers.load("sequel")


def test_no_paper_leans_on_another():
    for name in papers.names():
        others = "|".join(set(papers.names()) - {name})
        for path in (PAPERS / name).rglob("*.py"):
            assert not re.search(rf"torusync\.papers\.({others})\b", path.read_text(encoding="utf-8")), path


def test_the_command_line_knows_the_papers_without_their_figures():
    code = (
        "import sys; from torusync import papers; [papers.source(name) for name in papers.names()];"
        "sys.exit(bool({'scipy', 'matplotlib', 'xarray'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_of_claims_holds_both_ledgers(tmp_path):
    write = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "ledger_page.py"))["write"]
    write(tmp_path / "ledger.md")
    text = (tmp_path / "ledger.md").read_text(encoding="utf-8")
    for paper in map(papers.load, ("letter", "companion", "phases")):
        assert f"## The {paper.id}" in text
        assert all(f"| {claim.id} |" in text for claim in paper.ledger.claims)
    assert papers.load("companion").note in text
