"""Does an exported page open from disk, alone, and show computed points and no others, step by step?"""

import re

import numpy as np
import pytest

import torusync as ts
from browser import PHONE, visiting
from command import refused, run
from test_explore_page_access import OVERLAPS
from test_explore_page_numbers import ROUNDED, compared, saved, shown
from torusync.explore import cube as cubes
from torusync.explore.lectures import read_lecture
from torusync.explore.presets import STARTS
from torusync.phases import phase_distribution

POINTS = 9
VALUES = STARTS["maser"]
N_HOT, DRIVE = np.geomspace(0.05, 20.0, POINTS), np.linspace(0.01, 1.0, POINTS)

LECTURE = """
title = "Two machines"

[[steps]]
title = "The refrigerator"
caption = "Work pumps heat: wishes agree."
query = "?preset=model-maser&p.n_hot=0.05"

[[steps]]
caption = "The engine: wishes clash. <b>No markup</b>"
query = "http://127.0.0.1:8642/?preset=model-maser&p.n_hot=20&p.drive=0.3"

[[steps]]
caption = "And stronger."
query = "?preset=model-maser&p.n_hot=20&p.drive=1"
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    (folder / "talk.toml").write_text(LECTURE, encoding="utf-8")
    page = folder / "page.html"
    lines = cubes.export(
        page, preset="model-maser", along=["n_hot=0.05:20:log", "drive=0.01:1"], lecture=folder / "talk.toml",
        points=POINTS,
    )  # fmt: skip
    assert str(page) in lines[-1]
    return page


@pytest.fixture
def opened(chrome, exported):
    """What opens the file as a reader does."""
    with visiting(chrome, exported.as_uri(), offline=True) as seen:
        yield seen.open("?preset=model-maser")


def machine(n_hot, drive):
    return ts.ThermalMaser(
        np.full(2, drive), n_hot=n_hot, n_cold=0.5, gamma_hot=VALUES["gamma_hot"], gamma_cold=VALUES["gamma_cold"]
    )


def test_it_asks_for_nothing_and_runs_only_what_is_its_own(exported, opened):
    assert [one.split("?")[0] for one in opened.asked if not one.startswith(("data:", "blob:"))] == [exported.as_uri()]
    text = exported.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert not re.search(r"<(?:script|link|img)[^>]*\b(?:src|href)=\"(?!data:)", text)
    assert len(text) < 1_000_000


def test_every_computed_point_is_the_librarys(opened):
    """To seven digits, and bounds no lower than they are."""
    rng = np.random.default_rng(3)
    for one, other in zip(rng.integers(0, POINTS, 6), rng.integers(0, POINTS, 6), strict=True):
        opened.type("n_hot", repr(float(N_HOT[one])))
        opened.type("drive", repr(float(DRIVE[other])))
        solution = ts.solve(machine(N_HOT[one], DRIVE[other]))
        found = shown(opened.page)
        sync = solution.synchronization
        assert found["s_max"] == pytest.approx(float(sync.s_max), rel=2.5e-7)
        assert found["s_max_bound"] >= float(sync.s_max_bound)
        assert found["power"] == pytest.approx(float(solution.thermodynamics.power), rel=2.5e-7)
        assert compared(found, solution, rel=2.5e-7) >= 8
        assert not [name for name in found if name.endswith("_bound") and ROUNDED.search(name)]


def test_s_of_its_coherences_is_the_librarys(opened):
    solution = ts.solve(machine(N_HOT[6], DRIVE[3]))
    opened.type("n_hot", repr(float(N_HOT[6])))
    opened.type("drive", repr(float(DRIVE[3])))
    phases = np.nan_to_num(np.array(solution.synchronization.phases, dtype=float))
    handle = opened.page.locator("#view-phasors [role=slider]").first
    for _ in range(5):
        handle.press("Shift+ArrowRight")
        opened.frames()
        phases[2] += np.radians(10)
        meant = float(phase_distribution(solution.state, phases))
        assert opened.number("height") == pytest.approx(
            meant, rel=2e-6, abs=1e-6 * float(solution.synchronization.s_max)
        )


def test_a_value_in_between_goes_to_the_nearest_computed_point(opened):
    between = float(np.sqrt(N_HOT[4] * N_HOT[5])) * 1.02
    opened.type("n_hot", between)
    assert float(opened.field("n_hot").input_value()) == pytest.approx(N_HOT[5], rel=1e-5)
    opened.slider("drive").press("Home")
    for place in range(3):
        opened.settled()
        assert float(opened.field("drive").input_value()) == pytest.approx(DRIVE[place], rel=1e-5)
        opened.slider("drive").press("ArrowRight")
    assert "computed points" in opened.page.locator("body").inner_text()


def test_what_stands_still_says_so(opened):
    assert opened.field("gamma_hot").is_disabled()
    assert opened.field("drive").is_enabled()
    assert not opened.page.locator("#open").is_visible()
    opened.open("?preset=model-maser&p.gamma_hot=3")
    assert "only n_hot and drive run here" in opened.page.locator("body").inner_text()


def test_lines_and_tongues_are_those_of_the_points(opened, tmp_path):
    text = saved(opened, "Line as CSV", tmp_path / "line.csv").read_text(encoding="utf-8")
    assert len([row for row in text.splitlines() if row and row[0].isdigit()]) == POINTS
    opened.page.locator("#show-tongue").click()
    opened.settled()
    text = saved(opened, "Tongue as CSV", tmp_path / "tongue.csv").read_text(encoding="utf-8")
    assert len([row for row in text.splitlines() if row and row[0].isdigit()]) >= POINTS


def test_a_lecture_is_stepped_through_with_the_arrow_keys(opened):
    page = opened.page
    page.locator("#tour").click()
    opened.settled()
    assert page.locator("#lecture .place").inner_text() == "1 of 3"
    assert "The refrigerator" in page.locator("#lecture").inner_text()
    seen = [opened.number("s_max")]
    page.evaluate("document.activeElement.blur()")
    for key in ("ArrowRight", "PageDown"):
        page.keyboard.press(key)
        opened.settled()
        seen.append(opened.number("s_max"))
    assert len(set(seen)) == 3
    assert page.locator("#lecture .place").inner_text() == "3 of 3"
    page.keyboard.press("ArrowRight")
    opened.settled()
    assert page.locator("#lecture .place").inner_text() == "3 of 3"
    page.keyboard.press("ArrowLeft")
    opened.settled()
    assert "<b>No markup</b>" in page.locator("#lecture .caption").inner_text()
    assert opened.number("s_max") == seen[1]
    page.go_back()
    opened.settled()
    assert opened.number("s_max") == seen[2]
    # a control that has the focus keeps its arrow keys
    opened.slider("drive").focus()
    page.keyboard.press("ArrowLeft")
    opened.settled()
    assert page.locator("#lecture .place").inner_text() == "3 of 3"


def test_it_fits_a_phone(chrome, exported):
    with visiting(chrome, exported.as_uri(), offline=True, size=PHONE, theme="dark") as seen:
        seen.open()
        assert seen.page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--along", "n_hot"], "name two parameters"),
        (["--along", "n_hot", "--along", "n_hott"], "did you mean"),
        (["--along", "n_hot", "--along", "manifold_levels"], "no whole numbers"),
        (["--along", "n_hot", "--along", "drive=1:x"], "two numbers"),
        (["--along", "n_hot", "--along", "drive=0:1:log"], "both above 0"),
        (["--along", "n_hot=-1:1", "--along", "drive"], "stay within what the model takes"),
        (["--preset", "letter-fig9"], "be one of"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_sentence(tmp_path, options, told):
    assert told in refused("explore", "--export", tmp_path / "page.html", *options)
    assert not list(tmp_path.iterdir())


def test_along_is_an_option_of_exports_alone():
    assert "--export" in refused("explore", "--no-browser", "--along", "drive")


def test_the_command_writes_the_page(tmp_path):
    words = ["--preset", "model-spin_one", "--along", "drive", "--along", "detuning", "--points", 4]
    done = run("explore", "--export", tmp_path / "page.html", *words)
    assert done.exit_code == 0, done.stderr
    assert "4 × 4 points along drive and detuning" in done.stdout
    assert (tmp_path / "page.html").stat().st_size > 100_000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('title = "Two machines"', ""), "title"),
        (("caption", "captoin"), "caption"),
        (('query = "?preset=model-maser&p.n_hot=0.05"', ""), "steps[0].query"),
        (("preset=model-maser&p.n_hot=0.05", "preset=model-masr"), "model-maser"),
        (("p.n_hot=0.05", "p.n_hott=0.05"), "n_hot"),
        (("[[steps]]", "[[step]]"), "steps"),
        (('caption = "And stronger."', "caption = 3"), "steps[2].caption"),
    ],
)
def test_a_lecture_that_is_none_is_refused_with_its_place(put, change, told):
    catalogue = cubes.catalogue()
    path = put("talk.toml", LECTURE.replace(*change))
    with pytest.raises(ts.ArgumentError, match="Argument `") as error:
        read_lecture(path, catalogue)
    assert told in str(error.value)


def test_a_preset_of_the_file_begins_where_its_words_are_true():
    told = cubes._plan(cubes.catalogue(), None, [], 61).catalogue()["presets"]
    strength = {
        one["name"]: one["values"]["gamma_hot"] * (1 + one["values"]["n_hot"]) / one["values"]["drive"] for one in told
    }
    # of Fig. 2 the ratios do not run, but what follows from them does, to half a step of the grid
    assert strength["letter-fig2a"] == pytest.approx(3.0, rel=0.2)
    assert strength["letter-fig2b"] == pytest.approx(0.75, rel=0.2)
    assert told[0]["name"] == "letter-fig2a"
    (beyond,) = cubes._plan(cubes.catalogue(), "letter-fig2a", ["n_hot=1:2", "drive"], 5).catalogue()["presets"][:1]
    assert beyond["title"] == "Thermal maser"
