"""Does a page that holds its answers say what the server would, to seven digits and no less than its evidence?"""

import copy
import math
import re

import numpy as np
import pytest

from pagescripts import in_node
from torusync.explore.packing import packed

READ = """
const { points, answer } = makeReader(given, await unpacked(given));
return Array.from({ length: points }, (_, place) => answer(place));
"""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def read_back(folder, answers, first, second):
    """Return the answers as the page reads them: packed here, unpacked there."""
    grids = np.meshgrid(first, second, indexing="ij")
    held = packed(answers, [one.reshape(-1) for one in grids])
    axes = [{"name": name, "log": False, "values": list(one)} for name, one in (("a", first), ("b", second))]
    return in_node(folder, {"cube.js": "makeReader, unpacked"}, READ, {**held, "axes": axes}), held


def same(found, meant, key=""):
    """Assert that an answer is what was meant: words and shape as they are, numbers as a float32 has them."""
    if isinstance(meant, dict):
        assert list(found) == list(meant)
        name = str(meant.get("name", ""))
        for one in meant:
            same(found[one], meant[one], f"{key}.{name}.{one}")
    elif isinstance(meant, list):
        assert len(found) == len(meant)
        for one, other in zip(found, meant, strict=True):
            same(one, other, key)
    elif isinstance(meant, str):
        assert NUMBER.split(found) == NUMBER.split(meant), key
        for one, other in zip(NUMBER.findall(found), NUMBER.findall(meant), strict=True):
            digits = len(re.sub(r"e.*|[-.]", "", other).lstrip("0"))
            # numbers within words may differ by one in their last digit, those that count not at all
            off = 0.0 if other.isdigit() else 1.01 * 10.0 ** (1 - (2 if digits < 3 else 6))
            assert float(one) == pytest.approx(float(other), rel=off, abs=0.0), key
    elif isinstance(meant, bool) or meant is None:
        assert found is meant, key
    else:
        assert found == pytest.approx(meant, rel=2.5e-7, abs=1e-37), key
        if re.search(r"bound|gap|error|residual", key):
            assert found >= meant, key


def random_answers(rng, first, second):
    """Answers as they could be: numbers of all sizes, texts with numbers, what is there at some points alone."""
    answers = []
    for one in first:
        for other in second:
            size = 10.0 ** rng.uniform(-30, 5)
            power, bound = size * rng.normal(), size * (1.0 + rng.uniform(0.0, 1e-12))
            several = int(rng.integers(1, 3))
            answers.append(
                {
                    "model": "maser",
                    "values": {"a": one, "b": other, "c": 0.25},
                    "power": power,
                    "heat": -3.0 * power,
                    "power_bound": bound,
                    "twice_bound": 2.0 * bound,
                    "gap": bound * rng.uniform(),
                    "regime": {
                        "code": several,
                        "name": ["idle", "engine", "refrigerator"][several],
                        "good": several == 1,
                    },
                    "cop": None if rng.uniform() < 0.3 else 0.5 * power,
                    "optima": [[0.0, float(angle)] for angle in rng.uniform(0.0, 2.0 * math.pi, several)],
                    "verdict": None if several == 1 else {"name": "compete", "sentence": f"It loses {size:.6g} ω_1."},
                    "text": f"<ThermalMaser: N = 2, drive = {one:.6g}> {power:.6g} ≤ {bound:.6g} ± {size / 3:.2g}",
                    "numbers": [
                        {"name": "power", "value": power, "text": f"{power:.6g}"},
                        {"name": "power_error", "value": size * 1e-16, "text": "–" if several == 1 else f"{size:.3g}"},
                    ],
                }
            )
    return answers


def test_answers_come_back_as_they_were(tmp_path, rng):
    first, second = np.geomspace(1e-3, 2.0, 9), np.linspace(-1.0, 1.0, 8)
    answers = random_answers(rng, first, second)
    found, _ = read_back(tmp_path, answers, first, second)
    for one, meant in zip(found, answers, strict=True):
        same(one, meant)
        assert one["values"] == meant["values"]  # of the axes: all digits


def test_what_would_not_come_back_is_noticed(tmp_path, rng):
    """The comparison above fails where a number, a word or a bound is off."""
    first, second = np.linspace(0.1, 1.0, 4), np.linspace(-1.0, 1.0, 3)
    answers = random_answers(rng, first, second)
    found, _ = read_back(tmp_path, answers, first, second)
    for key, wrong in (("power", 1.0 + 1e-6), ("power_bound", 1.0 - 1e-9)):
        off = copy.deepcopy(found[5])
        off[key] = answers[5][key] * wrong
        with pytest.raises(AssertionError):
            same(off, answers[5])
    off = copy.deepcopy(found[5])
    off["text"] = off["text"].replace("N = 2", "N = 3")
    with pytest.raises(AssertionError):
        same(off, answers[5])


def test_a_bound_that_a_float32_would_lower_is_raised(tmp_path):
    bounds = [1.0 + place * 1e-9 for place in range(12)]
    values = [{"s_max": one, "s_max_bound": one, "log": math.log(place + 1.1)} for place, one in enumerate(bounds)]
    found, _ = read_back(tmp_path, values, [1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0])
    assert all(one["s_max_bound"] >= bound for one, bound in zip(found, bounds, strict=True))
    assert any(one["s_max"] < bound for one, bound in zip(found, bounds, strict=True))


def test_proportional_numbers_share_a_column_and_constants_take_none(rng):
    first, second = np.arange(7.0), np.arange(9.0)
    x = rng.normal(size=63)
    answers = [{"x": one, "minus": -one, "twice": 2.0 * one, "five": 5, "text": f"x = {one:.6g}"} for one in x]
    axes = [one.reshape(-1) for one in np.meshgrid(first, second, indexing="ij")]
    assert packed(answers, axes)["columns"] == 1


@pytest.mark.parametrize("digits", [2, 6, 7])
def test_numbers_are_written_as_python_writes_them(tmp_path, rng, digits):
    values = [
        *(rng.normal(size=300) * 10.0 ** rng.uniform(-12, 12, 300)),
        0.0,
        1e-4,
        9.9999999e-5,
        1e6,
        999999.5,
        -1e-300,
    ]
    found = in_node(tmp_path, {"cube.js": "general"}, f"return given.map(one => general(one, {digits}));", values)
    assert found == [f"{one:.{digits}g}" for one in values]
