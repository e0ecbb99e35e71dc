"""Are numbers, phases and names of levels on the page's pictures what they stand for?"""

import math

import pytest

from pagescripts import said

TEXT = {"views/text.js": "degrees, degreesText, ket, number, percent, phaseName, ranges"}

FAN = {"views/fan.js": "apart, clusters, fan"}


def words(tmp_path, function, *given):
    return said(tmp_path, TEXT, f"return given.map((one) => {function}(...one));", [list(one) for one in given])


def read(text):
    """Return the number that a text of the page means."""
    raised = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    mantissa, _, power = text.replace("−", "-").partition(" · 10")
    return float(mantissa) * 10.0 ** int(power.translate(raised) or 0)


def test_a_number_is_read_back_to_its_digits(tmp_path):
    values = [1.0, -1.0, 0.1 + 0.2, 123.456, 1e-3, 9.9999e-4, -2.345e-7, 1.32e-43, 5e-324, 9999.4, 12345.0, 1.7e308]
    for value, text in zip(values, words(tmp_path, "number", *([one, 3] for one in values)), strict=True):
        assert read(text) == pytest.approx(value, rel=5.1e-3)
        assert "-" not in text
    assert words(tmp_path, "number", [None], [0.0], [-0.0]) == ["–", "0", "0"]


def test_a_phase_is_within_one_turn(tmp_path):
    values = [0.0, -0.1, 7.0, 2 * math.pi - 1e-6, -1e-9, math.pi / 7, -math.pi]
    for value, text in zip(values, words(tmp_path, "degreesText", *([one] for one in values)), strict=True):
        shown = float(text.removesuffix("°"))
        assert 0.0 <= shown < 360.0
        assert math.cos(math.radians(shown) - value) == pytest.approx(1.0, abs=1e-6)
    assert words(tmp_path, "degreesText", [None]) == ["–"]


def test_all_of_it_is_never_said_of_less(tmp_path):
    below = [1.0 - 10.0**-k for k in range(1, 9)]
    assert "100 %" not in words(tmp_path, "percent", *([one] for one in below))
    assert words(tmp_path, "percent", [1.0], [0.837], [0.9137], [-0.0061], [-0.5], [-1e-5], [0.0], [None]) == [
        "100 %", "83 %", "91.3 %", "−0.6 %", "−50 %", "0.0 %", "0.0 %", "–",
    ]  # fmt: skip


def test_levels_and_their_phases_are_named(tmp_path):
    named = words(tmp_path, "phaseName", ["2", "1"], ["12", "1"], ["2,1", "1,2"])
    assert named == ["φ₂₁", "φ₁₂,₁", "φ(2,1),(1,2)"]
    assert words(tmp_path, "ket", ["2"], ["|0⟩"]) == ["|2⟩", "|0⟩"]
    levels = [str(one) for one in range(2, 52)]
    assert words(tmp_path, "ranges", [levels, 2], [["2", "4"], 2], [["2", "4", "6", "8"], 2]) == [
        "2–51",
        "2, 4",
        "4 levels",
    ]


def test_names_around_a_circle_keep_apart_and_in_order(tmp_path):
    apart = 0.2
    crowds = [[1.0] * 5, [0.05, -0.05, 6.2, 3.0], [0.1 * k for k in range(20)], [2.0, 2.1, 2.2, -3.0], [0.4]]
    found = said(tmp_path, FAN, "return given.map((one) => fan(one, 0.2));", crowds)
    for angles, places in zip(crowds, found, strict=True):
        around = sorted(place % (2 * math.pi) for place in places)
        gaps = [(around[(k + 1) % len(around)] - one) % (2 * math.pi) for k, one in enumerate(around)]
        assert len(angles) == 1 or min(gaps) > apart - 1e-9
        off = [math.remainder(place - angle, 2 * math.pi) for angle, place in zip(angles, places, strict=True)]
        assert max(map(abs, off)) < 2.1
        assert abs(sum(off)) < 1e-9 * len(off)  # each crowd about its own middle
    (held,) = said(tmp_path, FAN, "return given.map((one) => fan(one, 0.2, 1));", [[1.0, 1.05, 1.1]])
    assert held[1] == pytest.approx(1.05, abs=1e-3)


def test_every_level_is_in_one_group(tmp_path):
    angles = [0.02, 6.27, 0.3, 3.0, 3.05, 3.1, 3.4]
    (groups,) = said(tmp_path, FAN, "return given.map((one) => clusters(one, 0.15));", [angles])
    assert sorted(tuple(group["members"]) for group in groups) == [(0, 1), (2,), (3, 4, 5), (6,)]
    script = """
    const groups = clusters(given, 0.15);
    const name = (members, at) => ({ text: members.join(), half: 20, place: [100 * Math.cos(at), 100 * Math.sin(at)] });
    return apart(groups, name);
    """
    left = said(tmp_path, FAN, script, angles)
    assert sorted(",".join(one["text"] for one in left).split(",")) == [str(k) for k in range(7)]
    for k, one in enumerate(left):
        for other in left[:k]:
            dx, dy = (abs(a - b) for a, b in zip(one["place"], other["place"], strict=True))
            assert dx > 43.0 or dy > 12.0
