"""Do the page's views, each by itself, draw whatever they are given, and can they be taken hold of by any hand?"""

import json
import math
import re

import numpy as np
import pytest

import torusync as ts
from browser import chromium
from pagescripts import PAGE
from torusync.explore.answers import of_a_solution
from torusync.models import MaserPair, SpinOne

ADDRESS = "http://127.0.0.1/"

LETTER = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}

VIEWS = {
    "levels": "createLevels",
    "torus": "createTorusMap",
    "globe": "createGlobe",
    "circle": "createCircle",
    "phasors": "createPhasors",
}

MAKE = """async ([name, factory, point, phases]) => {
  const made = (await import(`/views/${name}.js`))[factory];
  const { light, dark } = await import("/views/colors.js");
  const host = document.createElement("div");
  host.id = name;
  host.style.cssText = "width: 400px; height: 400px";
  document.body.replaceChildren(host);
  window.told = { moves: [], released: [], rests: [], said: "" };
  window.view = made(host, {
    onMove: (found) => told.moves.push(found), onRelease: (found) => told.released.push(found),
    onRest: (found) => told.rests.push(found), text: (sentence) => { told.said = sentence; },
  });
  window.palettes = { light, dark };
  view.theme(light);
  view.show(point, phases);
}"""

FRAMES = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
)


class Bench:
    """A page with nothing on it but one view."""

    def __init__(self, page):
        self.page, self.complaints = page, []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        page.route("**/*", self._answer)
        page.goto(ADDRESS)

    def _heard(self, message):
        if message.type == "error":
            self.complaints.append(message.text)

    @staticmethod
    def _answer(route):
        file = PAGE / route.request.url.removeprefix(ADDRESS)
        if file.suffix == ".js" and file.is_file():
            route.fulfill(body=file.read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><meta charset=utf-8><title>.</title>", content_type="text/html")

    def make(self, name, point, phases=None):
        # a state that was refused has nan; what a page is told has null instead
        point = json.loads(json.dumps(point).replace("NaN", "null"))
        self.page.evaluate(MAKE, [name, VIEWS[name], point, phases])
        return self.frames()

    def show(self, point, phases=None):
        self.page.evaluate("([point, phases]) => view.show(point, phases)", [point, phases])
        return self.frames()

    def frames(self):
        self.page.evaluate(FRAMES)
        return self

    def resting(self):
        self.page.wait_for_function("() => !view.moving()", timeout=10_000)
        return self.frames()

    @property
    def told(self):
        return self.page.evaluate("told")

    @property
    def said(self):
        return self.told["said"]

    @property
    def sliders(self):
        return self.page.locator("[role=slider]")

    def degrees(self, index=0):
        return float(self.sliders.nth(index).get_attribute("aria-valuenow"))

    def ink(self, canvas="canvas"):
        """How many different colours are on the canvas: none where nothing is drawn."""
        return self.page.locator(canvas).last.evaluate(
            """(canvas) => {
              const [wide, tall] = [canvas.width, canvas.height];
              const pixels = canvas.getContext("2d").getImageData(0, 0, wide, tall).data;
              return new Set(new Uint32Array(pixels.buffer)).size;
            }"""
        )


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def bench(browser):
    with browser.new_context(viewport={"width": 500, "height": 500}) as context:
        found = Bench(context.new_page())
        yield found
        assert not found.complaints


@pytest.fixture
def still(browser):
    with browser.new_context(viewport={"width": 500, "height": 500}, reduced_motion="reduce") as context:
        found = Bench(context.new_page())
        yield found
        assert not found.complaints


def machine(n_hot=5.0, drive=(0.1, 0.1)):
    return of_a_solution(ts.solve(ts.ThermalMaser(drive=np.asarray(drive), n_hot=n_hot, **LETTER)))


@pytest.fixture(scope="module")
def points():
    spin = of_a_solution(ts.solve(SpinOne(gain=1.0, damping=10.0, drive=0.5, detuning=0.0)))
    many = machine(0.2, np.full(50, 0.1))
    return {"engine": machine(), "refrigerator": machine(0.2), "balanced": machine(0.5), "many": many, "spin": spin}


def hollow(value):
    """Return an answer in which no number is one."""
    if isinstance(value, dict):
        return {
            name: one if name in {"dimension", "reference", "levels"} else hollow(one) for name, one in value.items()
        }
    if isinstance(value, list):
        return [hollow(one) for one in value]
    return None if isinstance(value, float) else value


@pytest.mark.parametrize("name", VIEWS)
def test_whatever_is_shown_is_drawn_and_said(bench, points, name):
    bench.make(name, points["engine"])
    sentences = [bench.said]
    for point in (*list(points.values())[1:], hollow(points["engine"]), hollow(points["spin"])):
        bench.show(point)
        sentences.append(bench.said)
        assert bench.ink() > 1
        assert "nan" not in bench.said.lower().split()
        assert bench.page.locator("canvas[role=img]").last.get_attribute("aria-label") == bench.said
    assert len(set(sentences)) >= 3
    single = {"dimension": 1, "labels": ["0"], "populations": [1.0], "density": {"re": [[1.0]], "im": [[0.0]]}}
    single["distribution"] = {"name": "SUD", "levels": True, "phases": ["φ"], "factor": 1.0, "orders": None}
    bench.show(single)
    bench.show(None)
    bench.page.evaluate("view.theme(palettes.dark), view.resize()")
    bench.frames()
    bench.page.evaluate("view.destroy()")
    assert bench.page.locator("canvas").count() == 0


def test_the_level_diagram_says_which_way_energy_goes(bench, points):
    """In words, as the arrows say it: signs of heat and of power are counted in opposite ways."""
    bench.make("levels", points["engine"])
    assert re.search("an engine.*from the hot bath.*to the drive.*to the cold bath", bench.said)
    bench.show(points["refrigerator"])
    assert re.search("a refrigerator.*to the hot bath.*from the drive.*from the cold bath", bench.said)
    bench.show(points["balanced"])
    assert re.search("idle.*no energy from or to the hot bath.*no energy.*drive.*no energy.*cold bath", bench.said)
    pair = MaserPair(n_hot_a=5.0, n_cold_a=0.5, n_hot_b=0.2, n_cold_b=0.5, exchange=0.1)
    bench.show(of_a_solution(ts.solve(pair)))
    assert re.search("from bath hot A.*to bath cold A.*to bath hot B.*from bath cold B", bench.said)


def drag(bench, to, steps=4):
    box = bench.sliders.first.bounding_box()
    bench.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    bench.page.mouse.down()
    bench.page.mouse.move(*to, steps=steps)
    return bench.frames()


@pytest.mark.parametrize("name", ["phasors", "torus"])
def test_what_is_dragged_falls_and_climbs_back(bench, points, name):
    bench.make(name, points["refrigerator"])
    best = points["refrigerator"]["synchronization"]["phases"]
    drag(bench, (100.0, 150.0))
    assert re.search(r"\d %", bench.said)
    assert bench.told["released"] == []
    bench.page.mouse.up()
    bench.resting()
    told = bench.told
    assert len(told["released"]) == len(told["rests"]) == 1
    # it went there and back in many small steps, and the reference stayed
    assert len(told["moves"]) > 6
    assert all(move[1] == 0.0 for move in told["moves"])
    for level in (2, 3):
        off = told["rests"][0][level] - best[level]
        assert math.cos(off) == pytest.approx(1.0, abs=1e-9)
    assert "at its proven maximum" in bench.said


def test_the_circle_is_turned(bench, points):
    bench.make("circle", points["spin"])
    drag(bench, (200.0, 60.0))
    assert bench.degrees() == pytest.approx(90.0, abs=8.0)
    bench.page.mouse.up()
    bench.resting()
    assert min(bench.degrees(), 360.0 - bench.degrees()) < 0.1


def test_a_finger_drags_a_phasor_and_elsewhere_scrolls(browser, points):
    with browser.new_context(viewport={"width": 500, "height": 500}, has_touch=True) as context:
        bench = Bench(context.new_page())
        bench.make("phasors", points["refrigerator"])
        bench.page.evaluate("document.body.style.height = '3000px'")
        fingers = context.new_cdp_session(bench.page)

        def touch(*places):
            for kind, place in zip(("touchStart", *["touchMove"] * (len(places) - 1)), places, strict=True):
                x, y = place
                fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
            return bench.frames().page.evaluate("window.scrollY")

        box = bench.sliders.first.bounding_box()
        grip = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        assert touch(grip, (grip[0] - 30, grip[1] - 30), (60.0, 160.0), (60.0, 100.0)) == 0.0
        assert bench.told["released"]
        assert touch((200.0, 90.0), (200.0, 60.0), (200.0, 20.0)) > 0.0
        assert not bench.complaints


def test_keys_turn_a_phasor_and_let_it_go(bench, points):
    bench.make("phasors", points["engine"])
    bench.sliders.first.focus()
    for key, by in (("ArrowRight", 1.0), ("ArrowUp", 1.0), ("Shift+ArrowRight", 10.0), ("ArrowLeft", -1.0)):
        before = bench.degrees()
        bench.page.keyboard.press(key)
        assert bench.frames().degrees() - before == pytest.approx(by)
    assert bench.told["released"] == []
    bench.page.keyboard.press("Enter")
    assert bench.resting().degrees() == pytest.approx(90.0, abs=0.1)
    bench.page.keyboard.press("ArrowDown")
    bench.page.keyboard.press("Tab")  # who goes on has let go
    assert len(bench.told["released"]) == 2


def test_keys_move_the_point_of_a_map_in_both_ways(bench, points):
    bench.make("torus", points["engine"])
    bench.sliders.first.focus()
    bench.page.keyboard.press("Shift+ArrowLeft")
    bench.page.keyboard.press("ArrowUp")
    moved = bench.told["moves"][-1]
    assert np.degrees(moved[2:]) == pytest.approx([80.0, 91.0])


def test_fifty_phasors_are_one_stop(bench, points):
    bench.make("phasors", points["many"])
    assert bench.sliders.count() == 50
    assert bench.page.locator("[role=slider][tabindex='0']").count() == 1
    bench.page.locator("[role=slider][tabindex='0']").focus()
    bench.page.keyboard.press("PageDown")
    bench.page.keyboard.press("PageDown")
    assert bench.page.evaluate("document.activeElement.getAttribute('aria-label')") == "phase φ₄₁"
    bench.page.keyboard.press("ArrowRight")
    moved, best = bench.told["moves"][-1], points["many"]["synchronization"]["phases"]
    assert [level for level in range(2, 52) if abs(moved[level] - best[level]) > 1e-3] == [4]


def test_whoever_asked_for_still_pictures_sees_the_end_at_once(still, points):
    still.make("phasors", points["refrigerator"])
    drag(still, (100.0, 150.0))
    before = len(still.told["moves"])
    still.page.mouse.up()
    told = still.told
    assert len(told["moves"]) == before + 1
    assert len(told["rests"]) == 1
    path = [[None, 0.0, step, -step] for step in np.linspace(0.0, 3.0, 30)]
    still.page.evaluate("(path) => view.walk(path, true)", path)
    assert not still.page.evaluate("view.moving()")
    assert len(still.frames().told["moves"]) == before + 1


def test_a_walk_goes_on_until_it_is_stopped(bench, points):
    bench.make("phasors", points["engine"])
    path = [[None, 0.0, step, -step] for step in np.linspace(0.0, 3.0, 30)]
    bench.page.evaluate("(path) => view.walk(path, false)", path)
    bench.page.wait_for_function("() => told.moves.length > 4")
    walked = bench.told["moves"]
    assert all(one[2] == pytest.approx(-one[3]) for one in walked)
    assert walked[0][2] < walked[-1][2]
    bench.page.evaluate("view.stop()")
    stopped = len(bench.told["moves"])
    assert len(bench.frames().told["moves"]) == stopped


def test_a_map_of_many_phases_says_which_two(bench, points):
    bench.make("torus", points["many"])
    lists = bench.page.locator("select")
    assert lists.count() == 2
    lists.first.select_option("7")
    assert "φ₇₁ and φ₃₁" in bench.frames().said
    lists.first.select_option("3")  # the same twice is no plane: they change places
    assert "φ₃₁ and φ₇₁" in bench.frames().said
    bench.show(points["engine"])
    assert not lists.first.is_visible()


LOSE = "document.querySelector('#globe canvas').getContext('webgl2').getExtension('WEBGL_lose_context')"


def test_a_torus_that_is_lost_is_a_map_and_comes_back(bench, points):
    bench.make("globe", points["engine"])
    bench.page.evaluate(f"window.lost = {LOSE}; lost.loseContext()")
    note = bench.page.get_by_role("status")
    note.wait_for()
    assert "the flat map shows the same" in note.inner_text()
    assert bench.frames().said.startswith("Map:")
    bench.page.evaluate("lost.restoreContext()")
    note.wait_for(state="detached")
    bench.show(points["refrigerator"])
    assert bench.said.startswith("Torus coloured by S")


NO_WEBGL = """() => {
  const old = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind === "webgl2" ? null : old.call(this, kind, ...rest);
  };
}"""


def test_without_webgl_there_is_the_map(bench, points):
    bench.page.evaluate(NO_WEBGL)
    bench.make("globe", points["engine"])
    assert bench.page.get_by_role("status").is_visible()
    assert bench.ink() > 50
    assert bench.said.startswith("Map:")


def test_a_torus_is_turned_by_hand_and_by_keys(bench, points):
    bench.make("globe", points["engine"])
    canvas = bench.page.locator("#globe canvas[role=img]")
    shot = "document.querySelector('#globe canvas').toDataURL()"
    seen = [bench.page.evaluate(shot)]
    canvas.focus()
    for key in ("ArrowLeft", "ArrowUp", "+"):
        bench.page.keyboard.press(key)
        seen.append(bench.frames().page.evaluate(shot))
    bench.page.mouse.move(200, 200)
    bench.page.mouse.down()
    bench.page.mouse.move(260, 230)
    bench.page.mouse.up()
    seen.append(bench.frames().page.evaluate(shot))
    assert len(set(seen)) == len(seen)


DRAWN = """(resizes) => new Promise((done) => {
  const { prototype } = CanvasRenderingContext2D;
  const old = prototype.clearRect;
  let calls = 0;
  prototype.clearRect = function (...rest) { calls += 1; return old.apply(this, rest); };
  for (let k = 0; k < resizes; k += 1) view.resize();
  setTimeout(() => { prototype.clearRect = old; done(calls); }, 250);
})"""


def test_what_is_not_new_is_not_drawn_again(bench, points):
    bench.make("phasors", points["engine"])
    assert bench.page.evaluate(DRAWN, 0) == 0
    assert bench.page.evaluate(DRAWN, 10) == 1
