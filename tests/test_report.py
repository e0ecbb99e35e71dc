"""Does the report show everything, need nothing from outside, and never half exist?"""

import json
import re
from html.parser import HTMLParser

import pytest
import xarray as xr

from torusync import ArgumentError
from torusync.papers.letter.publication import PUBLICATION as LETTER
from torusync.report import reproduce
from torusync.report import run as run_module
from torusync.report.markup import rich
from verdicts import VERDICTS


class Page(HTMLParser):
    """Collects what a browser would fetch, and whether elements close."""

    def __init__(self):
        super().__init__()
        self.loads, self.open, self.tags, self.images, self.anchors, self.ids = [], [], set(), [], [], set()

    def handle_starttag(self, tag, attrs):
        fields = dict(attrs)
        self.tags.add(tag)
        self.ids.add(fields.get("id"))
        if tag == "img":
            self.images.append(fields)
        if tag == "a":
            self.anchors.append(fields["href"])
        self.loads += [fields[name] for name in ("src", "srcset", "data", "poster") if name in fields]
        self.loads += [fields["href"]] if tag == "link" else []
        if tag not in {"meta", "img", "link", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture
def run(letter_run):
    assert letter_run.verdicts == VERDICTS
    return letter_run.folder, letter_run.steps


def test_every_file_is_there_and_none_besides(run):
    out, _ = run
    figures = [f"{stem}.{end}" for stem in LETTER.figures for end in ("png", "svg", "nc")]
    overviews = [f"{stem}.{end}" for stem in ("fig3",) for end in ("png", "svg")]
    assert sorted(path.name for path in out.iterdir()) == sorted([*figures, *overviews, "claims.json", "report.html"])


def test_claims_json_has_the_documented_shape(run):
    records = json.loads((run[0] / "claims.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    numbers = ["ours_value", "paper_value", "difference", "values"]
    assert [list(record) for record in records] == [
        ["id", "claim", "ours", "paper", "tolerance", "passed", "note", *numbers, "made_by"]
    ] * len(VERDICTS)
    assert records[0] == VERDICTS[0].as_dict() | {"made_by": records[1]["made_by"]}
    assert records[1]["ours"] == "nan"
    assert records[1]["passed"] is False


def test_page_loads_nothing_from_outside(run):
    page = parsed(run[0] / "report.html")
    assert page.loads
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.loads)
    assert not page.tags & {"script", "link", "iframe", "object", "embed"}
    text = (run[0] / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import|https?://", text)


def test_page_links_only_to_its_own_files_and_sections(run):
    page = parsed(run[0] / "report.html")
    for address in page.anchors:
        assert address[1:] in page.ids if address.startswith("#") else (run[0] / address).is_file()


def test_every_figure_stands_beside_what_the_letter_says(run):
    page = parsed(run[0] / "report.html")
    assert len(page.images) == len(LETTER.figures)
    assert [image["alt"] for image in page.images] == [spec.alt for spec in LETTER.figures.values()]
    text = (run[0] / "report.html").read_text(encoding="utf-8")
    for spec in LETTER.figures.values():
        article = text[text.index(f'<article id="{spec.id}"') :].split("</article>")[0]
        assert rich(spec.said) in article
        assert all(rich(departure) in article for departure in spec.departures)


def test_claims_and_departures_are_shown(run):
    text = (run[0] / "report.html").read_text(encoding="utf-8")
    assert "1 of 2 claims of the letter hold" in text
    assert "0.00125" in text
    assert "FAILS" in text
    assert "&lt;b&gt;no markup&lt;/b&gt;" in text
    assert all(rich(str(departure)) in text for departure in LETTER.ledger.departures)
    assert "Quick run" in text


def test_progress_counts_up_to_its_end(run):
    _, steps = run
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert len({step[1] for step in steps}) == 1
    assert steps[-1][0] == steps[-1][1]
    assert all(isinstance(step[2], str) and step[2] for step in steps)


def test_data_are_stored_with_their_evidence(run):
    with xr.open_dataset(run[0] / "fig2c.nc", engine="h5netcdf") as data:
        assert data.attrs["certified"] == data.attrs["machines"]
        assert data["s_max"].attrs["units"] == "1"


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder with one figure alone."""
    folder = tmp_path_factory.mktemp("alone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "evaluate", lambda *_, **__: pytest.fail("claims were evaluated"))
        assert reproduce(LETTER, folder, only="fig2d", quick=True) == []
    return folder


def test_only_makes_one_figure_and_no_claims(alone):
    assert sorted(path.name for path in alone.iterdir()) == [
        "fig2d.nc",
        "fig2d.png",
        "fig2d.svg",
        "report.html",
    ]
    page = parsed(alone / "report.html")
    assert len(page.images) == 1
    assert "claims" not in page.ids


def test_figures_come_out_the_same_twice(run, alone):
    for end in ("png", "svg"):
        first, second = ((folder / f"fig2d.{end}").read_bytes() for folder in (run[0], alone))
        assert first == second


def test_unknown_figure_is_refused_with_the_list(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        reproduce(LETTER, tmp_path / "out", only="fig4")
    assert str(caught.value) == (
        f"Argument `only` must be one of {', '.join(LETTER.figures)}, fig2, fig3, but it is 'fig4'."
    )
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ArgumentError, match="Argument `out` must be a folder"):
        reproduce(LETTER, tmp_path / "out", only="fig2d", quick=True)
    assert (tmp_path / "out").read_text() == "mine"


def test_an_interrupted_write_leaves_whole_files_and_no_page(tmp_path, monkeypatch):
    def fail(_, path, **__):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", fail)
    with pytest.raises(OSError, match="No space"):
        reproduce(LETTER, tmp_path, only="fig2d", quick=True)
    assert list(tmp_path.iterdir()) == []
