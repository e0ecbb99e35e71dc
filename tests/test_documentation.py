"""Is every page found, every block of code run, and nothing asked of another server?

What needs the built pages stands in `docs/check_pages.py`, which `.ci/run` calls after it has built them; here are the
sources, and that check itself on pages made up for it.
"""

import ast
import posixpath
import re
import runpy
import shlex
from pathlib import Path

import pytest

import torusync as ts
from torusync import models

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CONF = (DOCS / "conf.py").read_text(encoding="utf-8")
GENERATED = set(re.findall(r'_page\.write\(HERE / "(\w+)\.md"', CONF))
PAGES = {
    path.relative_to(DOCS).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in (*DOCS.glob("*.md"), *(DOCS / "gallery").glob("*.md"))
    if path.stem not in GENERATED
}
README = (ROOT / "README.md").read_text(encoding="utf-8")
SRC = ROOT / "src"
SOURCES = {path.relative_to(SRC).as_posix(): path.read_text(encoding="utf-8") for path in SRC.rglob("*.py")}
DOCTEST = re.compile(r"^\s*>>> (.*ThermalMaser\(.*\))$", re.MULTILINE)
FENCE = re.compile(r"^(```+)([^\n`]*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
RUN = ("{code-cell}", "{terminal}", "{file}")
SHOWN = ("{toctree}", "{eval-rst}", "{literalinclude}")
SET_UP = ("python3 -m venv .venv ", ".venv/bin/python -m ")


def cells(text: str) -> str:
    """Return the code that a page runs, without the options of its cells."""
    blocks = [block for _, kind, block in FENCE.findall(text) if kind == "{code-cell}"]
    return "\n".join(re.sub(r"^[:%].*$", "", block, flags=re.MULTILINE) for block in blocks)


def machines(code: str) -> list[dict[str, float]]:
    """Return the baths of every machine that a piece of code spells out, those given by `**name` among them."""
    tree = ast.parse(code)
    named = {
        node.targets[0].id: {key.value: value for key, value in zip(node.value.keys, node.value.values, strict=True)}
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and isinstance(node.targets[0], ast.Name)
        if all(isinstance(key, ast.Constant) for key in node.value.keys)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "ThermalMaser":
            given = {}
            for keyword in node.keywords:
                given |= {keyword.arg: keyword.value} if keyword.arg else named.get(keyword.value.id, {})
            found.append({name: value.value for name, value in given.items() if isinstance(value, ast.Constant)})
    return [baths for baths in found if {"n_hot", "n_cold", "gamma_hot", "gamma_cold"} <= set(baths)]


def matched(baths: dict[str, float]) -> bool:
    """Tell whether γ_h(1 + n_h) = γ_c(1 + n_c), where S_max of an engine happens not to feel drive and detuning."""
    hot, cold = (baths[f"gamma_{name}"] * (1.0 + baths[f"n_{name}"]) for name in ("hot", "cold"))
    return abs(hot - cold) < 1e-9 * cold


def test_every_page_stands_once_in_the_contents_of_the_index():
    trees = [block for _, kind, block in FENCE.findall(PAGES["index"]) if kind == "{toctree}"]
    entries = [line for block in trees for line in block.splitlines() if line and not line.startswith(":")]
    assert sorted(entries) == sorted((set(PAGES) | GENERATED) - {"index"})
    assert len(GENERATED) == 4


def test_the_index_leads_to_every_page_in_its_text_too():
    text = FENCE.sub("", PAGES["index"])
    assert set(re.findall(r"\]\((\S+?)\.md(?:#\S*)?\)", text)) == (set(PAGES) | GENERATED) - {"index"}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_links_between_pages_lead_to_headings_that_exist(name):
    for link, anchor in re.findall(r"\]\((\S+?)\.md(?:#(\S+?))?\)", PAGES[name]):
        page = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
        assert page in set(PAGES) | GENERATED
        if anchor:
            titles = re.findall(r"^#+ (.*)$", PAGES[page], re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_block_of_a_page_is_run(name):
    for _, kind, block in FENCE.findall(PAGES[name]):
        word = kind.split()[0] if kind else ""
        if word not in RUN + SHOWN:
            assert word == "sh"
            assert all(line.startswith(SET_UP) for line in block.splitlines()), block


def test_every_model_has_a_page_with_all_that_is_asked_of_one():
    pages = {name: text for name, text in PAGES.items() if name.startswith("gallery/")}
    titles = ["Limit cycle and phase", "Tongue", "What blocks it", "What the field has found"]
    shown = []
    for name, text in pages.items():
        assert re.findall(r"^## (.*)$", text, re.MULTILINE) == titles, name
        (model,) = re.findall(r"^from torusync.models import (\w+)$", text, re.MULTILINE)
        shown.append(model)
        for call in (f"ts.sweep(\n    {model},", "plot_tongue(", "ts.explain("):
            assert call in text, (name, call)
        found = text.partition(titles[-1])[2]
        cited = {int(one) for one in re.findall(r"\[(\d)\]", FENCE.sub("", text))}
        assert cited == {int(one) for one in re.findall(r"^(\d)\. ", found, re.MULTILINE)} != set(), name
        assert runpy.run_path(str(DOCS / "gallery_cells.py"))["code"](DOCS / f"{name}.md", 4).count("\nfine = 4") == 1
    of_their_own = {ts.LindbladSystem, models.Model}  # page "My own Hamiltonian"
    every = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, models.Model)]
    assert sorted(shown) == sorted(one.__name__ for one in set(every) - of_their_own)


def test_every_file_that_a_page_shows_is_run():
    """By `.ci/long` where it needs an engine of somebody else's, else by the test that runs it."""
    shown = re.findall(r"{literalinclude} (\S+)", "".join(PAGES.values()))
    run = (ROOT / "tests" / "test_recipes.py").read_text(encoding="utf-8")
    assert sorted(shown) == sorted(f"engines/{path.name}" for path in (DOCS / "engines").iterdir())
    assert [one for one in shown if not one.startswith("engines/with_") and Path(one).name not in run] == []
    assert "docs/engines/with_*.py" in (ROOT / ".ci" / "long").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_cells_are_on_pages_that_run_them(name):
    assert ("{code-cell}" in PAGES[name]) == PAGES[name].startswith("---\nfile_format: mystnb\n")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_asks_no_other_server(name):
    assert not re.search(r"!\[[^]]*\]\((?:\w+:)?//|<(?:script|img|link|iframe|object|video)\b", PAGES[name])


def test_formulas_need_no_script_and_sources_are_linked():
    assert 'html_math_renderer = "mathml"' in CONF
    assert '"sphinx.ext.viewcode"' in CONF
    assert "nb_ipywidgets_js = {}" in CONF
    assert not re.search(r"https?://|mathjax|html_js_files|html_css_files", CONF)
    assert "//" not in re.sub(r"/\*.*?\*/", "", (DOCS / "_static" / "custom.css").read_text(encoding="utf-8"))


def test_everything_in_the_reference_stands_in_an_example_of_it():
    page, code = PAGES["api"], cells(PAGES["api"])
    names = re.findall(r"^\.\. auto(?:function|class|exception):: torusync\.([\w.]+)$", page, re.MULTILINE)
    assert len(names) == len(set(names)) > 60
    assert [name for name in names if not re.search(rf"\b{name.split('.')[-1]}\b", code)] == []


def test_each_part_of_the_reference_opens_with_words_and_an_example():
    for part in re.split(r"^## ", PAGES["api"], flags=re.MULTILINE)[1:]:
        kinds = [kind for _, kind, _ in FENCE.findall(part)]
        assert "{eval-rst}" in kinds
        for kind, before in zip(kinds, [None, *kinds], strict=False):
            assert kind != "{eval-rst}" or before == "{code-cell}", part.splitlines()[0]
        assert len(FENCE.split(part)[0].split("\n", 1)[1].split()) >= 4, part.splitlines()[0]


def test_no_example_has_matched_damping():
    found = [(name, baths) for name, text in PAGES.items() for baths in machines(cells(text))]
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    found += [("README", baths) for baths in machines(code)]
    doctests = {name: "\n".join(DOCTEST.findall(text)) for name, text in SOURCES.items()}
    found += [(name, baths) for name, lines in doctests.items() for baths in machines(lines)]
    assert any(name.endswith(".py") for name, _ in found)
    assert len(found) >= 8
    assert [one for one in found if matched(one[1])] == []
    assert matched({"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2})


def test_no_command_has_matched_damping_and_the_one_of_the_laboratory_has_two_levels():
    text = README + "".join(PAGES.values())
    lines = re.findall(r"^torusync solve .*$", text.replace("\\\n", " "), re.MULTILINE)
    lines += re.findall(r'"(torusync solve --[^"]*)"', SOURCES["torusync/cli.py"])  # examples of its help
    typed = [shlex.split(line, comments=True) for line in lines]
    options = [dict(zip(words[2::2], words[3::2], strict=False)) for words in typed if words[2].startswith("--")]
    baths = ("n_hot", "n_cold", "gamma_hot", "gamma_cold")
    plain = [{name: float(one[f"--{name.replace('_', '-')}"]) for name in baths} for one in options if "--n-hot" in one]
    assert len(plain) >= 3
    assert not any(map(matched, plain))
    laboratory = [one for one in options if "--hot-temperature" in one]
    assert len(laboratory) >= 2
    assert all(int(one["--manifold-levels"]) >= 2 for one in laboratory)


def test_the_build_command_and_its_check_are_written_down():
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "rm -rf docs/_build && .venv/bin/python -m sphinx -W -b html docs docs/_build" in told
    assert 'docs/check_pages.py "$work/html"' in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


GOOD = """<html><head><link rel="stylesheet" href="own.css"><script src="own.js"></script></head>
<body><a href="other.html#part">other</a> <a href="https://example.org/">away</a> <img src="data:image/png;base64,//AA">
<form action="search.html"></form></body></html>"""


def checked(folder: Path, page: str, **others: str) -> list[str]:
    for name in ("own.css", "own.js"):
        (folder / name).write_text("", encoding="utf-8")
    texts = {"index.html": page, "other.html": "", "search.html": "", **others}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return list(runpy.run_path(str(DOCS / "check_pages.py"))["complaints"](folder))


def test_pages_of_their_own_are_let_pass(tmp_path):
    assert checked(tmp_path, GOOD) == []


def test_a_script_that_fetches_is_found(tmp_path):
    (found,) = checked(tmp_path, GOOD, **{"more.js": "fetch('https://example.org/x.json')"})
    assert found == "more.js fetches https://example.org/x.json"


@pytest.mark.parametrize(
    "foreign",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<script src="//cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="http://example.org/x.css">',
        '<img src="https://example.org/x.png">',
        '<img srcset="own.png 1x, https://example.org/x.png 2x">',
        '<iframe src="https://example.org/"></iframe>',
        '<p style="background: url(https://example.org/x.png)"></p>',
        "<style>@import 'https://example.org/x.css';</style>",
        '<script>import("https://example.org/x.js")</script>',
    ],
)
def test_a_request_is_found(tmp_path, foreign):
    (found,) = checked(tmp_path, GOOD.replace("</body>", f"{foreign}</body>"))
    assert "example.org" in found
    assert "index.html fetches" in found


def test_a_style_sheet_that_fetches_is_found(tmp_path):
    (found,) = checked(tmp_path, GOOD, **{"more.css": "@font-face { src: url('https://example.org/x.woff2') }"})
    assert found == "more.css fetches https://example.org/x.woff2"


def test_pages_out_of_reach_and_links_to_nowhere_are_found(tmp_path):
    lonely = '<a href="index.html">back</a><a href="gone.html">gone</a>'
    assert checked(tmp_path, GOOD, **{"lonely.html": lonely}) == [
        "lonely.html links to gone.html, which is not there",
        "lonely.html cannot be reached from index.html",
    ]


def test_every_figure_that_reproduce_takes_is_named_on_the_page_of_the_command_line():
    from torusync import papers

    text = PAGES["command-line"]
    said = text[text.index("Figures of the letter that") : text.index("## Machines")]
    named = set(re.findall(r"`([a-z][\w-]*)`", said)) | {f"fig{number}{panel}" for number in "23" for panel in "abcd"}
    taken = {one for name in papers.names() for one in papers.load(name).figures}
    taken |= {one.id for name in papers.names() for one in papers.load(name).composites}
    assert named == taken
