"""Is a study in a file the study of the same words in Python, and is what is wrong named by its key or its line?"""

import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import torusync as ts
from sweeping import TONGUE, tongue
from test_own_models import Qubit
from torusync.models import LindbladSystem, ThermalMaser
from torusync.papers.letter.parameters import DRIVE
from torusync.quantities import QUANTITIES
from torusync.sweeps import Draw, Realisations, Study, chunk, sweep
from torusync.sweeps.studyfile import geometric, read_study, study_of
from torusync.sweeps.studytext import as_toml, write_study

BATHS = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
WRITTEN = """
quantities = ["s_max", "power"]

[axes]
drive = { linspace = [0.01, 0.3, 8] }
detuning = { linspace = [-1.0, 1.0, 25] }

[fixed]
manifold_levels = 2
n_hot = 0.2
n_cold = 0.5
gamma_hot = 0.05
gamma_cold = 0.2
"""
STUDIES = {
    "a map": tongue(),
    "draws": Study(
        ThermalMaser,
        {"width": [0.0, 0.01, 0.03], "manifold_levels": [2, 4, 6]},
        ["scaled"],
        fixed={
            **BATHS, "occupation_ratio": 10.0, "drive": Draw("uniform", 0.0, 0.1, first=0.1),
            "splittings": Draw("normal", 0.0, "width"),
        },
        realisations=Realisations(5, seed=2**40),
    ),
    "together, complex, by ratios": Study(
        ThermalMaser,
        {
            "path": {"drive": [[0.1, 0.1j], [0.05, 0.15 + 0.1j]], "detuning": [0.0, 0.1]},
            "occupation_ratio": geometric(0.01, 100.0, 33),
        },
        ["s_max"],
        fixed=BATHS,
    ),
    "matrices": Study(
        LindbladSystem,
        {"case": {"hamiltonian": [[[0.0, 0.5], [0.5, 0.1]], [[0.0, 0.5j], [-0.5j, 0.2]]]}},
        ["populations"],
        fixed={"channels": [(0.3, [[0.0, 1.0], [0.0, 0.0]])]},
    ),
    "one point": Study(ThermalMaser, {}, ["s_max"], fixed={**BATHS, "n_hot": 5.0, "drive": [0.1, 0.2]}),
    "a model of one's own": Study(Qubit, {"rabi": np.linspace(0.1, 3.0, 30)}, ["populations"]),
}  # fmt: skip


def test_the_words_of_a_file_are_those_of_a_call(tmp_path):
    path = tmp_path / "tongue.toml"
    path.write_text(WRITTEN, encoding="utf-8")
    study = read_study(path)
    assert study == tongue()
    assert study.digest == tongue().digest
    assert study.axes[0].columns["drive"].tolist() == TONGUE["axes"]["drive"].tolist()


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_a_study_that_is_written_and_read_is_the_same_study(study, tmp_path):
    write_study(study, tmp_path / "study.toml")
    again = read_study(tmp_path / "study.toml")
    assert again == study
    assert again.digest == study.digest
    points = slice(0, 4)
    for name, values in chunk(study, points).items():
        np.testing.assert_array_equal(chunk(again, points)[name], values)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8, unique_by=lambda one: one + 0.0),
    st.integers(1, 10**6),
    st.integers(0, 2**62),
)
def test_numbers_go_through_a_file_to_the_last_bit(values, count, seed):
    study = Study(
        ThermalMaser,
        {"detuning": values},
        ["s_max"],
        fixed={**BATHS, "n_hot": 0.1 + 0.2, "manifold_levels": 2, "drive": Draw("cauchy", 1.0 / 3.0, 1e-7)},
        realisations=Realisations(count, seed),
    )
    assert study_of(tomllib.loads(as_toml(study))) == study


def test_a_long_axis_is_written_by_its_ends():
    assert "linspace = [-1.0, 1.0, 25]" in as_toml(tongue())
    assert "geomspace = [0.01, 100.0, 33]" in as_toml(STUDIES["together, complex, by ratios"])
    almost = np.linspace(-1.0, 1.0, 25)
    almost[7] = np.nextafter(almost[7], 1.0)
    assert "linspace = [-1.0, 1.0, 25]" not in as_toml(tongue(axes={"drive": [0.1], "detuning": almost}))


@pytest.mark.parametrize(
    ("first", "last", "count"), [(0.01, 100.0, 41), (3.0, 0.7, 12), (-2.0, -5.0, 4), (1e-90, 1e90, 7)]
)
def test_values_by_ratios_are_rounded_once(first, last, count):
    """So that two machines have one study: a power of NumPy's rounds as the processor likes."""
    found = geometric(first, last, count)
    np.testing.assert_allclose(found, np.geomspace(first, last, count), rtol=1e-13)
    assert (found[0], found[-1]) == (first, last)
    ratio = Fraction(last) / Fraction(first)
    for place, value in enumerate(found.tolist()):
        # value^(n−1) = first^(n−1) ratio^place lies between what half a step below and above give
        exact = Fraction(first) ** (count - 1) * ratio**place
        ends = [abs((Fraction(value) + Fraction(float(np.nextafter(value, end)))) / 2) for end in (0.0, 9.0 * value)]
        assert ends[0] ** (count - 1) <= abs(exact) <= ends[1] ** (count - 1)


def test_every_way_to_give_an_axis():
    text = WRITTEN.replace("{ linspace = [0.01, 0.3, 8] }", "{} ")
    ways = {
        "{ logspace = [-2, 0, 3] }": [0.01, 0.1, 1.0],
        "{ geomspace = [0.01, 1, 3] }": [0.01, 0.1, 1.0],
        "{ linspace = [0, 1, 3] }": [0.0, 0.5, 1.0],
        "{ arange = [1, 7, 2] }": [1.0, 3.0, 5.0],
        "[0.25, 1]": [0.25, 1.0],
        "{ linspace = [0.3, 1, 1] }": [0.3],
        "{ geomspace = [0.3, 1, 1] }": [0.3],
    }
    for way, values in ways.items():
        assert study_of(tomllib.loads(text.replace("{} ", way))).axes[0].columns["drive"].tolist() == values


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("[axes]", "[axis]"), "`axis` must be one of model, .*did you mean axes"),
        (("quantities", "quantites"), "`quantites` must be one of .*did you mean quantities"),
        (('quantities = ["s_max", "power"]', ""), "`quantities` must be given, but it is missing"),
        (('["s_max", "power"]', "[]"), "`quantities` must have 1 entry at least, but it has 0"),
        (('["s_max", "power"]', "3"), "`quantities` must be a list, but it is 3"),
        (('"power"', '"powr"'), "`quantities` must name registered .* did you mean power"),
        (('"power"', "3"), r"`quantities\[1\]` must be a string, but it is 3"),
        (("drive =", "drve ="), "`axes.drve` must be a parameter of ThermalMaser, .* did you mean drive"),
        (("n_hot =", "n_hott ="), "`fixed.n_hott` must be a parameter of ThermalMaser, .* did you mean n_hot"),
        (("n_hot = 0.2", 'n_hot = "5 GHz"'), "`fixed.n_hot` must be in plain numbers: .* it holds '5 GHz'"),
        (("n_hot = 0.2", "n_hot = true"), "`fixed.n_hot` must be a number, but it is True"),
        (("n_hot = 0.2", "n_hot = nan"), "`fixed.n_hot` must be finite, but it is nan"),
        (("n_hot = 0.2", "n_hot = [0.2, [1.0, {}]]"), r"`fixed.n_hot\[1\]\[1\]` must be a number"),
        (("linspace = [0.01", "linspce = [0.01"), "`axes.drive.linspce` must be .* did you mean linspace"),
        (("0.3, 8]", "0.3]"), r"`axes.drive.linspace\[2\]` must be given"),
        (("0.3, 8]", "0.3, 8, 9]"), "`axes.drive.linspace` must have 3 entries at most, but it has 4"),
        (("0.3, 8]", "0.3, 8.0]"), r"`axes.drive.linspace\[2\]` must be a whole number .* it is 8.0"),
        (("0.3, 8]", "0.3, 99999999999]"), r"`axes.drive.linspace\[2\]` must be a whole number from 1 to"),
        (("0.01, 0.3, 8]", '"a", 0.3, 8]'), r"`axes.drive.linspace\[0\]` must be a number"),
        (("{ linspace = [0.01, 0.3, 8] }", "{ geomspace = [0, 1, 3] }"), "`axes.drive.geomspace` must have ends"),
        (("{ linspace = [0.01, 0.3, 8] }", "{ logspace = [0, 400, 3] }"), "`axes.drive.logspace` must have exponents"),
        (("{ linspace = [0.01, 0.3, 8] }", "{ arange = [5, 2] }"), "`axes.drive.arange` must give from 1 to"),
        (("{ linspace = [0.01, 0.3, 8] }", "{ arange = [1, 99999999999] }"), "`axes.drive.arange` must give from 1 to"),
        (("{ linspace = [0.01, 0.3, 8] }", "{ arange = [1, 9, 0] }"), "`axes.drive.arange` must have a step"),
        (("linspace = [0.01, 0.3, 8]", "linspace = [0, 1, 3], arange = [3]"), "`axes.drive` must be one of linspace"),
        (("{ linspace = [0.01, 0.3, 8] }", "0.1"), "`axes.drive` must be a list, one of linspace, geomspace"),
        (("{ linspace = [0.01, 0.3, 8] }", "[]"), "`axes.drive` must have at least one value"),
        (("{ linspace = [0.01, 0.3, 8] }", "[0.1, 0.1]"), "`axes.drive` must hold each point once"),
        (("drive =", "p.drive ="), None),
        (("drive =", "p.drve ="), "`axes.p.drve` must be a parameter of ThermalMaser"),
        (("n_hot = 0.2", 'n_hot = { draw = "norml", arguments = [0, 1] }'), "`fixed.n_hot.draw` must be one of normal"),
        (("n_hot = 0.2", 'n_hot = { drw = "normal", arguments = [0, 1] }'), "`fixed.n_hot.drw` must .*mean draw"),
        (("n_hot = 0.2", 'n_hot = { draw = "normal", arguments = [0] }'), "`fixed.n_hot.arguments` must be mean, dev"),
        (("n_hot = 0.2", 'n_hot = { draw = "normal", arguments = [0, 1] }'), "`realisations` must be given where"),
        (("n_cold = 0.5", 'n_cold = { draw = "normal", arguments = [0, 1], first = 1 }\n'), "`realisations` must"),
        (("[axes]", "realisations = 3\n[axes]"), "`realisations` must be given where a fixed value is a Draw"),
        (("[axes]", "realisations = { cont = 3 }\n[axes]"), "`realisations.cont` must be one of count, seed"),
        (("[axes]", 'realisations = "3"\n[axes]'), "`realisations` must be a whole number"),
        (("[axes]", 'model = "masr"\n[axes]'), "`model` must be one of .* did you mean maser"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_key(change, sentence):
    content = tomllib.loads(WRITTEN.replace(*change))
    if sentence is None:
        study_of(content)
        return
    with pytest.raises(ts.ArgumentError, match=f"^Argument {sentence}"):
        study_of(content)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"quantities = [\n", "cannot be read"),
        (b'quantities = ["s_max"]\n[axes\n', r"line 2, column 6"),
        (b"\xff\xfe", "cannot be read"),
        (b"", "is empty"),
        (b"[axes]\n" + b"x = " + b"[" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_toml_is_one_sentence_with_its_line(text, sentence, tmp_path):
    (tmp_path / "study.toml").write_bytes(text)
    with pytest.raises(ts.ArgumentError, match=f"^Argument `study` must name a .*{sentence}"):
        read_study(tmp_path / "study.toml")


def test_what_a_file_cannot_hold_is_refused():
    study = Study(ThermalMaser, {}, ["s_max"], fixed={**BATHS, "n_hot": 1.0, "drive": [0.1], "dipole_matrix": None})
    with pytest.raises(ts.ArgumentError, match="`dipole_matrix` is None; leave it out"):
        as_toml(study)


def test_a_draw_may_hold_its_first_level():
    fixed = {**BATHS, "n_hot": 5.0, "manifold_levels": 4, "drive": Draw("uniform", 0.0, DRIVE, first=DRIVE)}
    study = Study(ThermalMaser, {}, ["scaled"], fixed=fixed, realisations=Realisations(6, seed=3))
    held = chunk(study, slice(None))["scaled"]
    free = {**fixed, "drive": Draw("uniform", 0.0, DRIVE)}
    other = Study(ThermalMaser, {}, ["scaled"], fixed=free, realisations=Realisations(6, seed=3))
    from torusync.sweeps.systems import groups

    ((_, systems),) = groups(study, np.arange(6))
    ((_, unheld),) = groups(other, np.arange(6))
    drives = systems.build().drive
    assert (drives[:, 0] == DRIVE).all()
    np.testing.assert_array_equal(drives[:, 1:], unheld.build().drive[:, 1:])
    assert (held != chunk(other, slice(None))["scaled"]).all()
    assert study.digest != other.digest
    assert Study.from_text(study.text) == study
    with pytest.raises(ts.ArgumentError, match="`first` must be left out where there is no value a level"):
        Study(
            ThermalMaser, {}, ["s_max"], fixed={**fixed, "drive": 0.1, "n_cold": Draw("uniform", 0.1, 1.0, first=1.0)},
            realisations=2,
        )  # fmt: skip


def test_the_hot_bath_by_its_occupation_is_a_temperature():
    """n = 1/(exp(ω_2/T) − 1), by the exponential and not by its inverse."""
    fixed = {"manifold_levels": 2, "spread": 0.05, "cold_temperature": 1.0, "drive": 0.02, "gamma_hot": 0.01}
    fixed |= {"gamma_cold": 0.04, "omega_hot": 3.0}
    ds = sweep(ThermalMaser, {"hot_occupation": [0.2, 5.0]}, ["s_max"], fixed=fixed)
    for occupation in (0.2, 5.0):
        low, high = 0.01, 100.0
        for _ in range(200):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if 1.0 / np.expm1(3.0 / middle) < occupation else (low, middle)
        alone = ThermalMaser.from_shorthands({**fixed, "hot_temperature": low})
        expected = ts.synchronization(ts.steady_state(alone)).s_max
        assert float(ds["s_max"].sel(hot_occupation=occupation)) == pytest.approx(float(expected), rel=1e-10)


FILES = sorted((Path(__file__).parents[1] / "studies").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_studies_of_the_repository_are_read_and_written(path):
    study = read_study(path)
    assert set(study.quantities) <= set(QUANTITIES)
    assert study_of(tomllib.loads(as_toml(study))) == study
    head = path.read_text(encoding="utf-8").splitlines()
    assert head[0].startswith("# ")
    assert max(map(len, head)) <= 120


def test_there_are_the_studies_that_are_promised():
    shapes = {path.stem: read_study(path).shape for path in FILES}
    assert shapes["letter-fig3"] == (100, 2, 19)
    assert shapes["tongue-1000"] == (1000, 1000)
    disorder = read_study(next(path for path in FILES if path.stem == "disorder"))
    assert disorder.axes[-1].labels.max() == 10**4
    assert sum(name.startswith("companion-") for name in shapes) >= 3
