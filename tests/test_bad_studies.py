"""Is a study that nobody can mean refused in one sentence, and is a quantity that the model has not?"""

import numpy as np
import pytest

import torusync as ts
from sweeping import TONGUE, tongue
from torusync.models import LindbladSystem, ThermalMaser
from torusync.sweeps import (
    Draw,
    sweep,
)

BAD = {
    "unknown parameter": ({"axes": {"detunning": [0.0]}}, "`detunning` must be a parameter.*did you mean detuning"),
    "unknown fixed one": ({"fixed": {"n_hott": 1.0}}, "`n_hott`.*did you mean n_hot"),
    "unknown quantity": ({"quantities": ["s_maxx"]}, "`quantities`.*did you mean s_max"),
    "no quantity": ({"quantities": []}, "at least one quantity"),
    "bytes": ({"quantities": b"s_max"}, "be names of quantities"),
    "empty axis": ({"axes": {"detuning": []}}, "`detuning` must have at least one value"),
    "axis of nan": ({"axes": {"detuning": [0.0, np.nan]}}, "`detuning` must be finite"),
    "infinite fixed one": ({"fixed": {**TONGUE["fixed"], "detuning": np.inf}, "axes": {}}, "`detuning` must be finite"),
    "a number": ({"axes": {"detuning": 0.3}}, "sequence of numbers"),
    "words": ({"axes": {"detuning": ["a"]}}, "sequence of numbers"),
    "the same twice": ({"axes": {"detuning": [0.1, 0.1]}}, "each point once"),
    "rows": ({"axes": {"drive": np.ones((2, 2))}}, "give the axis another name"),
    "lengths": ({"axes": {"path": {"drive": [0.1], "detuning": [0.0, 0.1]}}}, "one length"),
    "given twice": ({"axes": {"n_hot": [0.1]}}, "`n_hot` must be given once"),
    "complex": ({"axes": {"detuning": [0.1j]}}, "`detuning` must be real"),
    "taken": ({"axes": {"level": {"detuning": [0.1]}}}, "no quantity of the study"),
    "a parameter for several": ({"axes": {"spread": {"detuning": [0.1]}}}, "'spread' is a parameter"),
    "draws without a number": ({"fixed": {"n_hot": Draw("normal", 0, 1)}}, "`realisations`.*none is given"),
    "a number without draws": ({"realisations": 3}, "`realisations`.*nothing is drawn"),
    "no realisation": ({"fixed": {"n_hot": Draw("normal", 0, 1)}, "realisations": 0}, "must be at least 1"),
    "width of nothing": ({"fixed": {**TONGUE["fixed"], "n_hot": Draw("normal", 0, "w")}, "realisations": 2}, "is 'w'"),
    "batch": ({"fixed": {**TONGUE["fixed"], "n_cold": [0.1, 0.2]}}, "`n_cold` must be one value"),
    "no mapping": ({"axes": ["drive"]}, "`axes` must be a mapping"),
    "baths": ({"fixed": {"baths": {"hot": [0]}}}, "`baths` must be a parameter.*to_dataset.*a Model of your own"),
    "parts": ({"fixed": {"dims": (2, 3)}}, "`dims` must be a parameter.*to_dataset"),
    "running temperatures": ({"axes": {"temperatures": [0.1, 0.2]}}, "`temperatures` must be a parameter.*to_dataset"),
    "whole number": ({"axes": {"manifold_levels": [2.5]}, "fixed": {"n_hot": 1.0}}, "must be a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_studies_are_refused_in_a_sentence(what):
    changes, message = BAD[what]
    with pytest.raises(ts.ArgumentError, match=message):
        tongue(**changes)


def test_a_quantity_that_the_model_has_not_is_refused():
    with pytest.raises(ts.ArgumentError, match="'power' does not for"):
        sweep(
            LindbladSystem,
            {"case": {"hamiltonian": np.eye(2)[np.newaxis]}},
            ["power"],
            fixed={"channels": [(0.1, np.ones((2, 2)))]},
        )
    with pytest.raises(ts.ArgumentError, match="'optima_phases' does not for"):
        sweep(ThermalMaser, TONGUE["axes"], ["optima_phases"], fixed=TONGUE["fixed"])
    with pytest.raises(ts.ArgumentError, match="'triangle_angle' does not for"):
        sweep(ThermalMaser, TONGUE["axes"], ["triangle_angle"], fixed=TONGUE["fixed"])
    with pytest.raises(ts.ArgumentError, match="a class such as ThermalMaser"):
        sweep("maser", {}, ["power"])
    for wrong in ("gauss", "normal"):
        with pytest.raises(ts.ArgumentError):
            Draw(wrong, 1.0)
