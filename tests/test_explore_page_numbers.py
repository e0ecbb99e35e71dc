"""Does the page show the library's numbers, with their evidence, and give code and files that say the same?"""

import csv
import io
import json
import math
import re
import subprocess
import sys
import unicodedata

import numpy as np
import pytest

import torusync as ts
from torusync.explore.asked import built
from torusync.explore.catalogue import catalogue
from torusync.models import known_models
from torusync.phases import phase_distribution
from torusync.quantities import QUANTITIES

ROUNDED = re.compile(r"error|residual|gap|min_eigenvalue|nullity")
"""Numbers that are rounding, of which no digit need be the same twice."""

TOLD = {one["name"]: one for one in catalogue()["models"]}
PRESETS = {one["name"]: one for one in catalogue()["presets"]}


def values_of(preset):
    """All values of a preset: those of its model's start, but for what its own stand for."""
    model = TOLD[preset["model"]]
    replaced = {one["instead"] for one in model["parameters"] if one["instead"] and one["name"] in preset["values"]}
    return {name: one for name, one in model["start"].items() if name not in replaced} | preset["values"]


def solved(preset, **changed):
    """The same system, solved here."""
    model = known_models()[preset["model"]]
    # a ratio of parameters, which presets of figures have, is worked out as the server does
    system = built(model, values_of(preset) | changed)
    return ts.solve(system, throw=False)


def shown(page):
    """All numbers of the page by name, with all their digits."""
    found = page.evaluate(
        "[...document.querySelectorAll('#first-numbers [data-name], #all-numbers [data-name]')]"
        ".map(one => [one.dataset.name, one.dataset.value])"
    )
    words = {"": math.nan, "null": math.nan, None: math.nan, "true": 1.0, "false": 0.0}
    return {name: words[value] if value in words else float(value) for name, value in found}


def compared(found, solution, rel=1e-9):
    """Assert that numbers are the library's, and return how many."""
    names = [name for name in found if name in QUANTITIES and not ROUNDED.search(name)]
    for name in names:
        mine = float(np.asarray(QUANTITIES[name].of(solution)))
        error = solution.evidence(QUANTITIES[name]).get("error")
        off = 0.0 if error is None else float(np.nan_to_num(np.asarray(error.of(solution))))
        assert found[name] == pytest.approx(mine, rel=rel, abs=2.0 * off + 1e-14, nan_ok=True), name
    return len(names)


def test_every_preset_shows_the_numbers_of_the_library(visit):
    seen = visit()
    for name, preset in PRESETS.items():
        seen.page.locator("#preset").select_option(name)
        seen.settled(60_000)  # lines of large systems take their time
        assert compared(shown(seen.page), solved(preset)) >= 8, name


@pytest.mark.parametrize(
    ("name", "value"), [("drive", 0.37), ("n_hot", 3.25), ("detuning", -0.4), ("manifold_levels", 5)]
)
def test_a_value_that_is_typed_is_solved(visit, name, value):
    seen = visit("?preset=model-maser")
    before = seen.number("s_max")
    if not seen.field(name).count():
        pytest.skip(f"the page offers no {name}")
    seen.type(name, value)
    assert seen.number("s_max") != before
    assert compared(shown(seen.page), solved(PRESETS["model-maser"], **{name: value})) >= 8
    assert f"p.{name}={value}" in seen.query


def test_a_slider_goes_through_the_values_that_it_shows(visit):
    seen = visit("?preset=model-maser")
    for key in ("ArrowRight", "ArrowRight", "PageUp", "End"):
        seen.slider("drive").press(key)
        seen.settled()
        drive = float(seen.field("drive").input_value())
        assert compared(shown(seen.page), solved(PRESETS["model-maser"], drive=drive)) >= 8


def test_s_at_phases_that_a_key_has_moved_is_the_librarys(visit):
    """The only physics of the page, as its reader sees it."""
    seen = visit("?preset=model-maser")
    solution = solved(PRESETS["model-maser"])
    handle = seen.page.locator("#view-phasors [role=slider]").first
    level = next(unicodedata.digit(one) for one in handle.get_attribute("aria-label") if one.isdigit())
    phases = np.nan_to_num(np.array(solution.synchronization.phases, dtype=float))
    for key, degrees in (("ArrowRight", 1), ("Shift+ArrowRight", 10), ("Shift+ArrowUp", 10), ("ArrowLeft", -1)):
        handle.press(key)
        seen.frames()
        phases[level] += np.radians(degrees)
        assert seen.number("height") == pytest.approx(float(phase_distribution(solution.state, phases)), rel=1e-9)


def test_a_number_tells_its_evidence_and_definition_to_pointer_and_keyboard(visit):
    seen = visit("?preset=model-maser")
    tip = seen.page.locator("#tip")
    number = seen.page.locator("#first-numbers [data-name='s_max']")
    number.hover()
    tip.wait_for(state="visible")
    text = tip.inner_text()
    assert "at most" in text
    assert QUANTITIES["s_max"].long_name.split()[0].lower() in text.lower()
    assert "PRL 131, 030401" in text
    seen.page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    seen.page.locator("#first-numbers [data-name='power']").focus()
    tip.wait_for(state="visible")
    assert "±" in tip.inner_text()


def test_the_code_of_a_view_gives_its_numbers(visit, tmp_path):
    seen = visit("?preset=model-maser&p.n_hot=2.5&p.drive=0.2")
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen.page.locator("#copy").click()
    seen.page.locator("#notice").wait_for(state="visible")
    code = seen.page.evaluate("navigator.clipboard.readText()")
    assert "import torusync as ts\n" in code
    script = tmp_path / "view.py"
    script.write_text(code + "\nprint(repr(float(solution.synchronization.s_max)))\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) == pytest.approx(seen.number("s_max"), rel=1e-9)


def test_the_code_of_a_tongue_gives_its_map(visit, tmp_path):
    seen = visit("?preset=letter-tongue")
    seen.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seen.page.locator("#copy").click()
    seen.page.locator("#notice").wait_for(state="visible")
    script = tmp_path / "view.py"
    told = "\nprint(repr((ds.sizes['detuning'], ds.sizes['drive'], float(solution.synchronization.s_max))))\n"
    script.write_text(seen.page.evaluate("navigator.clipboard.readText()") + told, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *sizes, height = json.loads(done.stdout.splitlines()[-1].replace("(", "[").replace(")", "]"))
    assert sizes == [61, 31]
    assert height == pytest.approx(seen.number("s_max"), rel=1e-9)


def test_a_tongue_says_the_present_point_and_not_its_neighbour(visit):
    # k = 1 lies between two points of this map, which differ from it by four parts in a thousand
    seen = visit("?preset=companion-competition")
    read = seen.page.locator("#tongue-map output").inner_text()
    assert read.endswith(": " + seen.page.locator("#first-numbers [data-name='s_max']").inner_text())


def test_where_there_is_no_steady_state_no_number_stands_for_one(visit):
    seen = visit("?preset=model-maser&p.gamma_hot=0")
    assert seen.page.locator("#verdict").inner_text() == "No steady state"
    assert "=" not in seen.page.locator("#meter").inner_text()
    assert seen.page.locator("#view-levels").is_hidden()
    assert "no steady state" in seen.page.locator("#view-circle [role=img], #view-circle canvas").first.evaluate(
        "one => (one.getAttribute('aria-label') ?? '') + one.textContent"
    )


def saved(seen, title, path):
    """Save what is shown under a title of the menu."""
    seen.page.locator("#save summary").click()
    with seen.page.expect_download() as waiting:
        seen.page.get_by_role("button", name=title, exact=True).click()
    waiting.value.save_as(path)
    return path


def test_a_line_is_saved_as_the_sweep_that_it_is(visit, tmp_path):
    seen = visit("?preset=model-maser&axis=drive~0.05~0.5~7")
    text = saved(seen, "Line as CSV", tmp_path / "line.csv").read_text(encoding="utf-8")
    head, *rows = [row for row in csv.reader(io.StringIO(text)) if row and not row[0].startswith("#")]
    columns = {
        name.split()[0]: np.array([float(row[place] or "nan") for row in rows]) for place, name in enumerate(head)
    }
    preset = PRESETS["model-maser"]
    values = {name: one for name, one in values_of(preset).items() if name != "drive"}
    ds = ts.sweep(ts.ThermalMaser, {"drive": np.linspace(0.05, 0.5, 7)}, ["s_max"], fixed=values)
    np.testing.assert_allclose(columns["drive"], ds["drive"], rtol=1e-12)
    np.testing.assert_allclose(columns["s_max"], ds["s_max"], rtol=1e-9)


def test_pictures_are_saved(visit, tmp_path):
    seen = visit("?preset=model-maser&axis=drive~0.05~0.5~7")
    png = saved(seen, "Phasors as PNG", tmp_path / "a.png").read_bytes()
    assert png.startswith(b"\x89PNG\r\n")
    assert len(png) > 5_000
    svg = saved(seen, "Line as SVG", tmp_path / "a.svg").read_text(encoding="utf-8")
    assert svg.lstrip().startswith("<")
    assert "xmlns" in svg
    assert "<path" in svg or "<polyline" in svg
    assert "var(--" not in svg  # as it stands alone, it has its colours in it
