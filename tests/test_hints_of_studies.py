"""Is what is misspelt in a study, missing from it or of no meaning told by its own name, with what was meant?"""

import re
from pathlib import Path

import numpy as np
import pytest

import torusync as ts
from command import refused
from sweeping import BATHS
from torusync.sweeps import Draw, Study, failures, schema
from torusync.sweeps.exports import with_evidence
from torusync.sweeps.studyfile import study_of

FIXED = {"n_hot": 0.2, **BATHS}
FILE = {"quantities": ["s_max"], "axes": {"drive": [0.1]}, "fixed": FIXED}


def told(call):
    with pytest.raises(ts.ArgumentError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"solver": "dens"}, "did you mean dense?"),
        ({"model": "spin-1"}, "did you mean spin_one?"),
        ({"fixed": {**FIXED, "detuning": {"draw": "norml", "arguments": [0, 1]}}}, "did you mean normal?"),
        ({"axes": {"driv": [0.1]}}, "did you mean drive?"),
    ],
    ids=str,
)
def test_a_question_ends_the_sentence(change, hint):
    assert re.search(f"; {re.escape(hint)}$", told(lambda: study_of({**FILE, **change})))


def test_a_quantity_that_a_map_has_not_is_told_with_its_neighbour():
    ds = ts.sweep(ts.ThermalMaser, {"drive": [0.1]}, "s_max", fixed=FIXED)
    assert told(lambda: with_evidence(ds, "smax")).endswith("it is 'smax'; did you mean s_max?")


def test_the_command_names_the_solver_that_was_meant():
    words = ["--drive", "0.1,0.1", "--n-hot", "3", "--n-cold", "0.5", "--gamma-hot", "0.05", "--gamma-cold", "0.2"]
    assert "did you mean dense?\n" in refused("solve", *words, "--solver", "dens")


def test_a_misspelt_argument_of_a_draw_is_told_and_not_the_axis_that_nothing_asks_for():
    fixed = {**FIXED, "detuning": Draw("normal", 0.0, "witdh")}
    found = told(lambda: Study(ts.ThermalMaser, {"width": [0.1]}, "s_max", fixed=fixed, realisations=2))
    assert found.startswith("Argument `arguments` must")
    assert found.endswith("one is 'witdh'; did you mean width?")


def test_a_study_without_axes_and_fixed_values_is_told_what_is_missing():
    assert told(lambda: schema(study_of({"quantities": "s_max"}))).startswith(
        "Argument `axes` must be given, or `fixed`"
    )


@pytest.mark.parametrize("step", [[0.0, 0.2, 0.05], [1, 2.5], [True]], ids=str)
def test_arange_is_of_whole_numbers_in_code_and_documentation(step):
    found = told(lambda: study_of({**FILE, "axes": {"drive": {"arange": step}}}))
    assert "must be a whole number; `linspace` has others" in found
    told_there = Path(__file__).parents[1].joinpath("docs", "sweeps.md").read_text(encoding="utf-8")
    assert "`arange` of whole numbers" in told_there


def test_a_seed_that_is_no_integer_is_told_in_grammar():
    runs = {"count": 2, "seed": 0.5}
    assert "must be an integer" in told(lambda: study_of({**FILE, "realisations": runs}))


def test_all_failures_are_given_with_plain_numbers():
    ds = ts.sweep(
        ts.ThermalMaser,
        {"n_hot": [*(-0.01 * one for one in range(1, 103)), 0.2]},
        "s_max",
        fixed={**BATHS, "drive": 0.1},
    )
    found = failures(ds)
    assert len(found) == 102
    assert len(failures(ds, most=100)) == 100
    assert repr(dict(found[0].parameters)) == "{'n_hot': -0.01}"


@pytest.mark.parametrize("draw", [("normal", 0.0, -1.0), ("lognormal", 1.0, -0.1), ("cauchy", 0.0, -1e-300)], ids=str)
def test_a_negative_width_is_no_width(draw):
    assert re.search(r"`arguments` must have a \w+ of at least 0, but it is -", told(lambda: Draw(*draw)))
    assert Draw(draw[0], draw[1], 0.0).arguments[1] == 0.0


@pytest.mark.parametrize("along", [True, False])
def test_an_axis_of_widths_has_no_negative_ones(along):
    axes, fixed = {"drive": [0.1]}, {**FIXED, "detuning": Draw("normal", "drive", "width")}

    def study(width):
        more = {"width": [0.1, width]} if along else {}
        held = fixed if along else {**fixed, "width": width}
        return Study(ts.ThermalMaser, {**axes, **more}, "s_max", fixed=held, realisations=2)

    study(0.0)
    assert told(lambda: study(-0.1)) == (
        "Argument `width` must be at least 0 where it is the width of a Draw, but one is -0.1."
    )


@pytest.mark.parametrize("values", [[True, False], (True,), np.array([True])], ids=str)
def test_what_is_true_or_false_is_no_axis(values):
    assert "`n_hot` must be a sequence of numbers" in told(
        lambda: Study(ts.ThermalMaser, {"n_hot": values}, "s_max", fixed={**BATHS, "drive": 0.1})
    )


def test_a_quantity_that_is_named_twice_is_there_once():
    assert Study(ts.ThermalMaser, {"drive": [0.1]}, ["s_max", "s_max"], fixed=FIXED).quantities == ("s_max",)
