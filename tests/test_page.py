"""Can the page be read on a phone and by a screen reader, and its figures be enlarged, without a script?"""

import re
from xml.etree import ElementTree as ET

import pytest

from torusync.papers.letter.publication import PUBLICATION as LETTER


@pytest.fixture(scope="module")
def page(letter_run):
    return (letter_run.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree(page):
    """Return the body, which is XML but for empty elements and entities."""
    body = re.search(r"<body>.*</body>", page, re.DOTALL)[0]
    return ET.fromstring(re.sub(r"<img([^>]*)>", r"<img\1/>", body))  # noqa: S314 - our own


def rule(page, selector):
    """Return the declarations of a style rule, the last that has this selector."""
    return re.findall(rf"(?:^|\}}|,|\{{)\s*{re.escape(selector)}\s*\{{([^}}]*)\}}", page, re.MULTILINE)


@pytest.mark.parametrize("name", list(LETTER.figures))
def test_every_figure_enlarges_and_closes_by_links_alone(page, tree, name):
    article = tree.find(f".//article[@id='{name}']")
    figure = article.find("figure")
    assert figure.get("id") == f"{name}-large"
    links = {link.get("href"): link for link in figure.iter("a")}
    assert links[f"#{name}"].text == "Close"
    around = [link for link in figure.iter("a") if link.get("href") == f"#{name}-large"]
    assert any(link.find("img") is not None for link in around)
    assert any(link.text == "enlarge" for link in around)
    spec = LETTER.figures[name]
    ratio = float(re.search(r"--ratio: ([\d.]+)", figure.find(".//img").get("style"))[1])
    assert ratio == pytest.approx(spec.size[0] / spec.size[1], rel=0.01)
    assert page.count(f'id="{name}-large"') == 1


def test_the_enlarged_figure_fills_the_window_and_is_one_picture(page):
    (look,) = rule(page, "figure:target")[:1]
    assert "position: fixed" in look
    assert "overflow: auto" in look
    assert any("var(--ratio)" in one for one in rule(page, "figure:target img"))
    assert page.count("data:image/svg+xml") == len(LETTER.figures)


def test_the_verdict_stands_beside_the_claim_and_nothing_scrolls_sideways(page, tree):
    table = tree.find(".//section[@id='claims']/table")
    heads = [cell.text for cell in table.iter("th") if cell.get("scope") == "col"]
    assert heads == ["id", "verdict", "claim", "ours", "letter", "tolerance", "note"]
    rows = table.find("tbody").findall("tr")
    assert [[*row][1].text for row in rows] == ["holds", "FAILS"]
    narrow = page[page.index("@media (max-width: 46rem)") :]
    assert re.search(r"\.claims td \{ display: block", narrow)
    assert tree.find(".//section[@id='claims']/div") is None


def test_cells_keep_their_headings_where_the_table_falls_apart(page, tree):
    """Rows laid out as blocks are no table to a browser: roles say what they are, and labels stand in for the head."""
    table = tree.find(".//section[@id='claims']/table")
    assert table.get("role") == "table"
    for row in table.find("tbody"):
        assert row.get("role") == "row"
        assert [cell.get("role") for cell in row] == ["rowheader", *["cell"] * 6]
        assert [cell.get("data-name") for cell in row][2:] == ["claim", "ours", "letter", "tolerance", "note"]
    assert "content: attr(data-name)" in page


def test_mathematics_is_mathml_and_no_subscript_is_made_of_small_letters(page, tree):
    assert len(list(tree.iter("math"))) > 100
    assert not list(tree.iter("sub"))
    assert not list(tree.iter("sup"))
    assert "<script" not in page
    assert rule(page, ".whole")
