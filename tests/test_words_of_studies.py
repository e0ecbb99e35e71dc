"""Are the words of a study taken as they are meant: one quantity by its name, and numbers with units not at all?"""

import numpy as np
import pytest

import torusync as ts
from sweeping import BATHS
from test_own_models import Qubit
from torusync.sweeps import Draw, Study, sweep
from torusync.sweeps.studyfile import study_of
from torusync.sweeps.workers import pays

FIXED = {"n_hot": 0.2, **BATHS}
MUST = "must be in plain numbers: studies are in units of ω_1, with ħ = k_B = 1"
MASER = f"{MUST}, but it holds '5 MHz'; give its ratio to ω_1"


@pytest.mark.parametrize(
    "values", [["5 MHz", "6 MHz"], "5 MHz", [0.1, "5 MHz"], ("5 MHz",), np.array(["5 MHz"])], ids=str
)
def test_an_axis_with_units_is_told_what_studies_are_in(values):
    with pytest.raises(ts.ArgumentError, match=f"`drive` {MASER}"):
        Study(ts.ThermalMaser, {"drive": values}, "s_max", fixed=FIXED)


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [("detuning", "5 MHz", ""), ("splittings", ["5 MHz", 0.0], r"\[0\]"), ("splittings", [0.0, "5 MHz"], r"\[1\]")],
    ids=str,
)
def test_a_fixed_value_with_a_unit_is_told_the_same(name, value, place):
    with pytest.raises(ts.ArgumentError, match=f"`{name}({place})?` {MASER}"):
        Study(ts.ThermalMaser, {"drive": [0.1]}, "s_max", fixed={**FIXED, name: value})


def test_what_is_drawn_has_no_unit_either():
    fixed = {**FIXED, "splittings": Draw("normal", 0.0, "5 MHz")}
    with pytest.raises(ts.ArgumentError, match=f"`arguments` {MASER}"):
        Study(ts.ThermalMaser, {"drive": [0.1]}, "s_max", fixed=fixed, realisations=2)


def test_the_unit_is_that_of_the_model():
    with pytest.raises(
        ts.ArgumentError, match=r"`rabi` must .* in units of Ω, .* it holds '3 kHz'; give its ratio to Ω"
    ):
        Study(Qubit, {"rabi": ["3 kHz"]}, "s_max")
    with pytest.raises(ts.ArgumentError, match=r"`axes.rabi\[0\]` must .* in units of Ω, .* ratio to Ω"):
        study_of({"model": "qubit", "quantities": ["s_max"], "axes": {"rabi": ["3 kHz"]}})


@pytest.mark.parametrize(
    ("axes", "fixed", "key"),
    [
        ({"drive": [0.1, "5 MHz"]}, {}, r"axes.drive\[1\]"),
        ({"drive": "5 MHz"}, {}, "axes.drive"),
        ({"drive": {"linspace": ["5 MHz", 6, 2]}}, {}, r"axes.drive.linspace\[0\]"),
        ({"case": {"drive": ["5 MHz"]}}, {}, r"axes.case.drive\[0\]"),
        ({"drive": [0.1]}, {"detuning": "5 MHz"}, "fixed.detuning"),
    ],
    ids=str,
)
def test_a_file_is_told_the_same_by_its_key(axes, fixed, key):
    with pytest.raises(ts.ArgumentError, match=f"`{key}` {MASER}"):
        study_of({"quantities": ["s_max"], "axes": axes, "fixed": {**FIXED, **fixed}})


@pytest.mark.parametrize("text", ["big", "0.1", "MHz", "1j"])
def test_what_is_no_number_with_a_unit_is_no_number(text):
    with pytest.raises(ts.ArgumentError, match="`drive` must be a sequence of numbers"):
        Study(ts.ThermalMaser, {"drive": [text]}, "s_max", fixed=FIXED)


def test_one_quantity_may_be_given_by_its_name_alone():
    named, listed = (Study(Qubit, {"rabi": [0.1, 0.2]}, one) for one in ("s_max", ["s_max"]))
    assert named == listed
    assert study_of({"model": "qubit", "quantities": "s_max", "axes": {"rabi": [0.1, 0.2]}}) == listed
    # not identical: of two runs each says when it was, and how long it took
    assert sweep(Qubit, {"rabi": [0.1, 0.2]}, "s_max").equals(sweep(Qubit, {"rabi": [0.1, 0.2]}, ["s_max"]))
    solved = ts.solve(Qubit(rabi=[0.1, 0.2]))
    assert solved.to_dataset("s_max").identical(solved.to_dataset(["s_max"]))
    with pytest.raises(ts.ArgumentError, match="did you mean s_max"):
        Study(Qubit, {"rabi": [0.1]}, "s_mx")


def test_why_no_process_is_started_is_one_reason(monkeypatch):
    monkeypatch.setattr("torusync.sweeps.workers.cores", lambda: 2)
    assert pays(100.0, 100.0, 0) == (0, "this process: there was one chunk")
    assert pays(100.0, 100.0, 1) == (0, "this process: there was one chunk left")
    assert pays(100.0, 100.0, 2)[0] == 2
    monkeypatch.setattr("torusync.sweeps.workers.cores", lambda: 1)
    assert pays(100.0, 100.0, 2) == (0, "this process: there is one core")
