"""Can the page's colours be told apart and read, in both themes, on paper, and by whoever does not see all of them?"""

import re

import numpy as np
import pytest

from pagescripts import PAGE, said

READABLE = 4.5
"""Contrast of text and what is behind it, WCAG 2.2, 1.4.3."""

VISIBLE = 3.0
"""Contrast of what is drawn, WCAG 2.2, 1.4.11."""

COLOURS = {"views/colors.js": "contrast, cyclic, dark, heightColor, light, oklab, phaseColor, sequential, textNames"}

ALL = "return { light, dark, textNames, sequential: Array.from(sequential), cyclic: Array.from(cyclic) };"

LMS = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
"""Cones per linear light: Viénot, Brettel and Mollon, Color Res. Appl. 24, 243 (1999)."""

SEEN = {
    "all": np.eye(3),
    "no red cones": np.array([[0.0, 2.02344, -2.52581], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    "no green cones": np.array([[1.0, 0.0, 0.0], [0.494207, 0.0, 1.24827], [0.0, 0.0, 1.0]]),
}

XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


@pytest.fixture(scope="module")
def colours(tmp_path_factory):
    return said(tmp_path_factory.mktemp("colours"), COLOURS, ALL)


def light_of(rgb):
    """Return linear light of sRGB, 0 … 255."""
    part = np.asarray(rgb, dtype=float) / 255.0
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def of_hex(text):
    return np.array([int(text[k : k + 2], 16) for k in (1, 3, 5)])


def contrast(one, other):
    low, high = sorted(float(light_of(of_hex(name)) @ XYZ[1]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb, eyes="all"):
    """Return CIELAB of colours as some eyes see them."""
    seen = np.linalg.inv(LMS) @ SEEN[eyes] @ LMS
    xyz = np.clip(light_of(rgb) @ seen.T, 0.0, None) @ XYZ.T / (XYZ @ np.ones(3))
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["background", "panel", "faint"])
def test_text_can_be_read(colours, theme, ground):
    palette = colours[theme]
    names = [name for name in palette if name not in {"dark", "background", "panel", "grid", "faint"}]
    assert sorted(names) == sorted(colours["textNames"])
    if ground == "faint":  # behind plain text alone
        names = ["ink", "muted"]
    found = {name: contrast(palette[name], palette[ground]) for name in names}
    assert min(found.values()) >= READABLE, found


def test_the_page_works_out_the_same_contrast(colours, tmp_path):
    found = said(tmp_path, COLOURS, "return contrast(light.engine, light.panel);")
    assert found == pytest.approx(contrast(colours["light"]["engine"], colours["light"]["panel"]), rel=1e-3)


def test_the_style_sheet_has_the_same_colours(colours):
    text = re.sub(r"/\*.*?\*/", "", (PAGE / "style.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    blocks = [
        dict(re.findall(r"--([a-z]+):\s*(#[0-9a-f]{6})", block)) for block in text.split("}") if "--ink:" in block
    ]
    light, *dark = blocks
    assert dark
    for theme, found in (("light", light), *(("dark", one) for one in dark)):
        assert found == {name: value for name, value in colours[theme].items() if name != "dark"}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize(
    "pair", [("engine", "refrigerator"), ("hot", "cold"), ("entrainment", "mutual"), ("cold", "drive")]
)
def test_what_stands_side_by_side_is_told_apart(colours, theme, eyes, pair):
    one, other = (lab(of_hex(colours[theme][name]), eyes) for name in pair)
    assert np.linalg.norm(one - other) > 15.0


@pytest.mark.parametrize("eyes", SEEN)
def test_heights_rise_in_lightness_for_all_eyes(colours, eyes):
    lightness = lab(np.reshape(colours["sequential"], (256, 3)), eyes)[:, 0]
    steps = np.diff(lightness[::8])
    assert steps.min() > 0.0
    assert np.ptp(lightness) > 75.0
    # even steps: no band where none is in the data
    assert steps.max() < 2.2 * steps.mean()


@pytest.mark.parametrize("eyes", SEEN)
def test_phases_close_and_are_told_apart_by_all_eyes(colours, eyes):
    around = lab(np.reshape(colours["cyclic"], (256, 3)), eyes)
    steps = np.linalg.norm(np.roll(around, -1, axis=0) - around, axis=-1)
    assert steps.max() < 2.5
    far = np.linalg.norm(around[:, np.newaxis] - around, axis=-1)
    apart = np.abs(np.arange(256)[:, np.newaxis] - np.arange(256))
    apart = np.minimum(apart, 256 - apart) * 360.0 / 256.0
    assert far[apart >= 60.0].min() > 15.0


def test_a_colour_that_no_screen_has_keeps_its_lightness(tmp_path):
    given = [[0.6, 0.3, 0.1], [0.6, 0.0, 0.0], [0.9, -0.2, 0.3], [0.2, 0.1, -0.3]]
    found = said(tmp_path, COLOURS, "return given.map(([l, a, b]) => [oklab(l, a, b), oklab(l, 0, 0)]);", given)
    for vivid, grey in found:
        assert lab(np.array(vivid))[0] == pytest.approx(lab(np.array(grey))[0], abs=6.0)


def test_numbers_beyond_the_map_have_the_colour_of_its_ends(colours, tmp_path):
    found = said(
        tmp_path, COLOURS, "return [-0.2, 0, 1, 1.5].map(heightColor).concat([0, 2 * Math.PI, -1e-12].map(phaseColor));"
    )
    assert found[0] == found[1] != found[2] == found[3]
    assert found[4] == found[5] == found[6]
    assert found[1] == "rgb({}, {}, {})".format(*colours["sequential"][:3])
