"""Does the page do what a hand does to it, remember it in its address, and refuse in the library's words?"""

import re

import numpy as np
import pytest

import torusync as ts
from test_explore_page_numbers import PRESETS, solved

HOSTILE = [
    "?preset=<script>alert(1)</script>",
    "?preset=model-maser&p.drive=<img src=x onerror=alert(1)>",
    "?preset=model-maser&p.drive=1e999",
    "?preset=model-maser&p.drive=NaN&p.n_hot=Infinity",
    "?preset=model-maser&p.__proto__=1&p.constructor=2&__proto__[x]=1",
    "?preset=model-maser&p.manifold_levels=0.5",
    "?preset=model-maser&axis=drive~0~0~1e9",
    "?preset=model-maser&axis=drive~-1~1~50~log",
    "?preset=model-maser&tongue=drive~0.1~1~9!drive~0.1~1~9",
    "?preset=model-maser&theme=javascript:alert(1)&view=../../etc/passwd",
    "?preset=model-maser&step=-7&start=nowhere&duration=-1",
    "?preset=model-maser&preset=model-spin_one&p.drive=0.1&p.drive=0.2",
    "?%00%ff%fe=%",
    "?" + "p.drive=0.1&" * 1000,
    "?" + "p.drive=0.1&" * 5000,
]


def test_a_phasor_is_dragged_and_climbs_back(visit):
    seen = visit("?preset=model-maser", calm=False)
    page, best = seen.page, seen.number("s_max")
    handle = page.locator("#view-phasors [role=slider]").first
    canvas, box = (one.bounding_box() for one in (page.locator("#view-phasors canvas"), handle))
    across, down = (box[side] + box[length] / 2 for side, length in (("x", "width"), ("y", "height")))
    page.mouse.move(across, down)
    page.mouse.down()
    # to the other side of the circle
    other = [
        2 * (canvas[side] + canvas[length] / 2) - at
        for side, length, at in (("x", "width", across), ("y", "height", down))
    ]
    page.mouse.move(*other, steps=8)
    seen.frames()
    assert seen.number("height") < 0.5 * best
    assert "below" in page.locator("[data-name='height']").inner_text()
    assert "Held" in page.locator("#stage-says").inner_text()
    page.mouse.up()
    assert "search" in page.locator("#stage-says").inner_text()
    seen.settled()
    assert seen.number("height") == pytest.approx(best, rel=1e-6)


def test_a_phasor_is_moved_and_let_go_by_keys_alone(visit):
    seen = visit("?preset=model-maser", calm=False)
    handle = seen.page.locator("#view-phasors [role=slider]").first
    handle.focus()
    values = [handle.get_attribute("aria-valuetext")]
    for _ in range(4):
        seen.page.keyboard.press("Shift+ArrowRight")
        seen.frames()
        values.append(handle.get_attribute("aria-valuetext"))
    assert len(set(values)) == 5
    assert seen.number("height") < seen.number("s_max")
    seen.page.keyboard.press("Enter")
    seen.settled()
    assert seen.number("height") == pytest.approx(seen.number("s_max"), rel=1e-6)


def test_an_address_holds_all_that_was_chosen_and_history_goes_through_it(visit):
    seen = visit("?preset=model-maser")
    told = [(seen.query, seen.number("s_max"))]
    for name, value in (("drive", 0.3), ("n_hot", 2.0)):
        seen.type(name, value)
        told.append((seen.query, seen.number("s_max")))
    seen.page.locator("#theme").select_option("dark")
    told.append((seen.settled().query, seen.number("s_max")))
    assert len({query for query, _ in told}) == 4
    for query, s_max in reversed(told[:-1]):
        seen.page.go_back()
        seen.settled()
        assert (seen.query.removeprefix("?"), seen.number("s_max")) == (query.removeprefix("?"), s_max)
    for query, s_max in told[1:]:
        seen.page.go_forward()
        seen.settled()
        assert (seen.query, seen.number("s_max")) == (query, s_max)
    seen.page.reload()
    seen.settled()
    assert (seen.query, seen.number("s_max")) == told[-1]
    assert visit(seen.query).number("s_max") == told[-1][1]


def test_a_gesture_is_one_entry_of_the_history(visit):
    seen = visit("?preset=model-maser")
    count = "history.length"
    begin = seen.page.evaluate(count)
    box = seen.slider("drive").bounding_box()
    seen.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    seen.page.mouse.down()
    for share in np.linspace(0.3, 0.8, 12):
        seen.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    query = seen.query
    seen.page.mouse.up()
    seen.settled()
    assert seen.page.evaluate(count) == begin + 1
    assert seen.query != query
    drive = float(re.search(r"p\.drive=([\d.e-]+)", seen.query)[1])
    assert seen.number("s_max") == pytest.approx(
        float(solved(PRESETS["model-maser"], drive=drive).synchronization.s_max), rel=1e-9
    )


@pytest.mark.parametrize(("name", "value"), [("n_hot", -1), ("gamma_hot", -0.5), ("omega_hot", 0.5), ("omega_cold", 0)])
def test_what_lies_outside_of_physics_is_refused_beside_its_control(visit, name, value):
    seen = visit("?preset=model-maser", refusals=True)
    before = seen.number("s_max")
    seen.type(name, value)
    with pytest.raises(ts.ArgumentError) as refused:
        solved(PRESETS["model-maser"], **{name: value})
    fault = seen.page.locator(f"[data-parameter='{name}'] .fault")
    assert fault.inner_text() == str(refused.value)
    field = seen.field(name)
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-errormessage") == fault.get_attribute("id")
    assert seen.number("s_max") == before
    seen.page.go_back()
    seen.settled()
    assert not fault.is_visible()
    assert field.get_attribute("aria-invalid") is None


def test_what_is_no_number_is_refused_without_asking(visit):
    seen = visit("?preset=model-maser")
    asked = len(seen.asked)
    for text in ("", "abc", "1e400", "0x10", "1,2,", "--1", "<b>1</b>"):
        seen.field("n_cold").fill(text)
        seen.field("n_cold").press("Enter")
        assert "no number" in seen.page.locator("[data-parameter='n_cold'] .fault").inner_text()
    assert len(seen.asked) == asked


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_address_gives_a_page_with_a_notice(visit, query):
    seen = visit(query, refusals=True)
    assert seen.page.locator("#notice").is_visible() or seen.page.locator(".fault:visible").count()
    assert seen.page.locator("#notice script, #notice img").count() == 0
    assert seen.page.evaluate("({}).x") is None
    # and one can go on from there
    seen.page.locator("#preset").select_option("model-spin_one")
    seen.settled()
    assert seen.query == "?preset=model-spin_one"
    assert seen.number("s_max") > 0.0


def test_an_address_outside_physics_shows_its_preset_and_says_why(visit):
    seen = visit("?preset=model-maser&p.manifold_levels=1e99&theme=dark", refusals=True)
    assert "`manifold_levels` must be" in seen.page.locator("#notice").inner_text()
    assert seen.query == "?preset=model-maser&theme=dark"
    assert seen.number("s_max") > 0.0


def test_what_is_refused_of_a_field_replaces_what_was_refused_of_all(visit):
    seen = visit("?preset=model-maser", refusals=True)
    seen.page.evaluate("""() => { const all = document.querySelector("#fault");
        all.textContent = "An older refusal."; all.hidden = false; }""")
    seen.field("drive").fill("many")
    seen.field("drive").press("Enter")
    seen.page.locator("[data-parameter='drive'] .fault").wait_for(state="visible")
    assert not seen.page.locator("#fault").is_visible()


def test_time_is_played_paused_and_scrubbed(visit):
    seen = visit("?preset=model-maser", calm=False)
    page, best = seen.page, seen.number("height")
    page.locator("#start").select_option("ground")
    seen.settled()
    page.locator("#speed").select_option("4")
    page.locator("#play").click()
    page.get_by_role("button", name="Pause").wait_for()
    seen.frames(5)
    page.locator("#play").click()
    seen.settled()
    moment = page.locator("#moment").inner_text()
    assert "t = " in moment
    scrub = page.locator("#scrub")
    scrub.focus()
    heights = []
    for key in ("Home", "ArrowRight", "PageUp", "PageUp", "End"):
        page.keyboard.press(key)
        seen.settled().frames()
        heights.append(seen.number("height"))
    assert abs(heights[0]) < 1e-3 * best  # the ground level prefers no phases
    assert heights[-1] == pytest.approx(best, rel=0.02)
    assert scrub.get_attribute("aria-valuetext").startswith("t = ")
    assert page.locator("#panel-frozen").is_visible()
    page.locator("#stop-time").click()
    seen.settled()
    assert seen.number("height") == pytest.approx(best, rel=1e-9)


def test_a_tongue_is_worked_out_when_it_is_asked_for(visit):
    seen = visit("?preset=model-maser&tongue=detuning~-0.3~0.3~9!drive~0.02~0.5~8")
    assert seen.page.locator("#tongue-part").is_visible()
    asked = [one for one in seen.asked if "/api/job" in one]
    assert asked
    seen.page.locator("#show-line").click()
    seen.settled()
    assert not seen.page.locator("#tongue-part").is_visible()


def test_a_matrix_is_dropped_and_shown_as_the_library_reads_it(visit, tmp_path, rng):
    root = rng.normal(size=(3, 3)) + 1j * rng.normal(size=(3, 3))
    rho = root @ root.conj().T
    rho /= np.trace(rho).real
    np.save(tmp_path / "rho.npy", rho)
    (tmp_path / "bad.npy").write_bytes(b"no matrix at all")
    seen = visit("?preset=model-maser", refusals=True)
    seen.page.locator("#file").set_input_files(tmp_path / "rho.npy")
    seen.page.get_by_text("rho.npy").wait_for()
    seen.settled()
    assert seen.page.locator("#preset option:checked").inner_text() == "Your own file"
    assert seen.number("s_max") == pytest.approx(float(ts.synchronization(rho).s_max), rel=1e-9)
    seen.page.locator("#file").set_input_files(tmp_path / "bad.npy")
    seen.page.locator("#notice").wait_for(state="visible")
    assert "bad.npy" in seen.page.locator("#notice").inner_text()
    # a file that is dropped, not chosen
    data = seen.page.evaluate_handle(
        """bytes => { const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "again.npy")); return data; }""",
        list((tmp_path / "rho.npy").read_bytes()),
    )
    seen.page.locator("#preset").select_option("model-maser")  # the one before, which is chosen again
    seen.settled()
    assert seen.field("drive").is_visible()
    for event in ("dragenter", "dragover", "drop"):
        seen.page.dispatch_event("body", event, {"dataTransfer": data})
    seen.page.get_by_text("again.npy").wait_for()
    seen.settled()
    assert seen.number("s_max") == pytest.approx(float(ts.synchronization(rho).s_max), rel=1e-9)


def test_a_saved_sweep_is_dropped_and_shown(visit, tmp_path):
    fixed = {"n_hot": 0.2, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "manifold_levels": 2}
    ds = ts.sweep(ts.ThermalMaser, {"drive": np.linspace(0.05, 0.5, 9)}, ["s_max"], fixed=fixed)
    ds.to_netcdf(tmp_path / "map.nc", engine="h5netcdf")
    seen = visit("?preset=model-maser")
    seen.page.locator("#file").set_input_files(tmp_path / "map.nc")
    seen.page.get_by_text("map.nc").wait_for()
    seen.settled()
    assert seen.page.locator("#line").is_visible()
    assert seen.page.locator("#verdict").inner_text() == "Your own sweep"
    assert seen.page.locator("#preset option:checked").inner_text() == "Your own file"
    for one in ("#controls", "#view-levels", "#middle", "#sentences", "#first-numbers"):
        assert not seen.page.locator(one).is_visible(), f"{one} is of the machine, not of the file"
    seen.page.locator("#save summary").click()
    seen.page.get_by_role("button", name="Line as CSV", exact=True).wait_for()
    assert {one.split()[0] for one in seen.page.locator("#save-list button").all_inner_texts()} == {"Line"}
    with seen.page.expect_download() as waiting:
        seen.page.get_by_role("button", name="Line as CSV", exact=True).click()
    waiting.value.save_as(tmp_path / "line.csv")
    rows = (tmp_path / "line.csv").read_text(encoding="utf-8").splitlines()
    assert len([one for one in rows if one and one[0].isdigit()]) == 9, (
        "the line of the file, not of the machine before"
    )
    seen.page.go_back()
    seen.page.get_by_text("map.nc").wait_for(state="hidden")
    seen.settled()
    assert seen.page.locator("#line-part").is_visible()
    assert seen.page.locator("#preset").input_value() == "model-maser"
    assert seen.page.locator("#verdict").inner_text() != "Your own sweep"
    assert seen.query == "?preset=model-maser"
