"""Is what lies outside of physics, or of what a page may ask, refused in the library's own sentence, with its name?"""

import numpy as np
import pytest

import torusync as ts
from explorer import Client
from problems import GRAMMAR
from torusync import _limits
from torusync.explore import app as explore_app

ASK = Client()
MASER = {"manifold_levels": 2, "drive": 0.1, "n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
AXIS = {"name": "detuning", "start": -1.0, "stop": 1.0, "count": 5}


def asked(**values):
    return {"model": "maser", "values": {**MASER, **values}}


OUTSIDE = {
    "n_hot": -1.0,
    "gamma_cold": -0.1,
    "dipole_correlation": 1.5,
    "omega_cold": 0.0,
    "manifold_levels": 0,
    "omega_hot": 0.5,
    "hot_temperature": 1.0,
    "spread": -0.1,
    "nonsense": 1.0,
    "dipole_matrix": 1.0,
    "drive": "0.1",
    "detuning": [0.1, 0.2],
    "n_cold": True,
    "splittings": [[0.0, 0.1]],
    "occupation_ratio": 2.0,
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_value_outside_of_physics_is_refused_by_its_name(name):
    parameter, sentence = ASK.refused("/api/point", asked(**{name: OUTSIDE[name]}))
    assert GRAMMAR.fullmatch(sentence), sentence
    # of two that say one thing the parameter itself is named
    assert parameter == ("n_hot" if name in {"occupation_ratio", "hot_temperature"} else name)


def test_the_sentence_is_that_of_the_library():
    with pytest.raises(ts.ArgumentError) as error:
        ts.ThermalMaser(drive=[0.1, 0.1], n_hot=-1.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    assert ASK.refused("/api/point", asked(n_hot=-1.0))[1] == str(error.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"re": 1.0}, "{re, im}"),
        ({"re": [0.1, 0.2], "im": [0.1]}, "as many"),
        ({"re": "x", "im": 0.0}, "be one number"),
        ([], "up to"),
        ([0.1, None], "up to"),
        ([0.1] * 1000, "up to"),
        (10**400, "be one number"),
        ({}, "{re, im}"),
    ],
)
def test_what_is_no_number_of_a_level_is_refused(value, words):
    parameter, sentence = ASK.refused("/api/point", asked(drive=value))
    assert parameter == "drive"
    assert words in sentence


def test_complex_drives_and_levels_apart_are_values():
    told = ASK.point("maser", **{**MASER, "drive": {"re": [0.1, 0.0], "im": [0.0, 0.1]}, "splittings": [0.0, 0.05]})
    plain = {name: one for name, one in MASER.items() if name not in {"drive", "manifold_levels"}}
    state = ts.steady_state(ts.ThermalMaser([0.1, 0.1j], splittings=[0.0, 0.05], **plain))
    np.testing.assert_allclose(told["density"]["im"], state.density.to_array().imag, atol=1e-15)
    assert told["values"]["drive"] == {"re": [0.1, 0.0], "im": [0.0, 0.1]}


@pytest.mark.parametrize("request_", [{}, {"model": "maser"}, {"model": []}, {"model": "nonsense", "values": {}}])
def test_a_question_without_a_system_is_refused(request_):
    parameter, _ = ASK.refused("/api/point", request_)
    assert parameter in {"model", "n_hot", "drive"}


def test_a_system_too_large_for_a_page_is_refused_before_it_is_built():
    for levels in (_limits.EXPLORED_LEVELS + 1, 10**9, 1e30):
        parameter, sentence = ASK.refused("/api/point", asked(manifold_levels=levels))
        assert parameter == "manifold_levels"
        assert str(_limits.EXPLORED_LEVELS) in sentence
    pair = {"gain_a": 1.0, "loss_a": 1.0, "gain_b": 1.0, "loss_b": 1.0, "cutoff": 50}
    parameter, sentence = ASK.refused("/api/point", {"model": "van_der_pol_pair", "values": pair})
    assert parameter == "cutoff"
    assert str(_limits.EXPLORED_DIMENSION) in sentence


LINES = {
    "axis": ({"axis": None}, {"axis": {**AXIS, "name": "nonsense"}}, {"axis": {**AXIS, "name": ["detuning"]}}),
    "start": ({"axis": {**AXIS, "start": None}}, {"axis": {**AXIS, "log": True}}, {"axis": {**AXIS, "start": "0"}}),
    "stop": ({"axis": {**AXIS, "stop": -1.0}},),
    "count": (
        {"axis": {**AXIS, "count": 1}},
        {"axis": {**AXIS, "count": 10**9}},
        {"axis": {**AXIS, "count": 5.5}},
        {"axis": {**AXIS, "count": True}},
    ),
    "quantities": (
        {"axis": AXIS, "quantities": ["nonsense"]},
        {"axis": AXIS, "quantities": 5},
        {"axis": AXIS, "quantities": ["s_max"] * 50},
        {"axis": AXIS, "quantities": [["s_max"]]},
        {"axis": AXIS, "quantities": ["optima_phases"]},
        {"axis": AXIS, "quantities": []},
    ),
    "manifold_levels": ({"axis": {"name": "manifold_levels", "start": 2, "stop": 10**6, "count": 5}},),
    "n_hot": ({"axis": AXIS, "values": {**MASER, "n_hot": -1.0}},),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_cannot_be_is_refused_by_name(name):
    for one in LINES[name]:
        found = ASK.waited(ASK.job("line", **{"model": "maser", "values": MASER, **one}))
        assert found["state"] == "failed"
        assert found["error"]["parameter"] == name, found
        assert GRAMMAR.fullmatch(found["error"]["sentence"]), found


def test_points_that_are_refused_along_a_line_lose_no_other():
    axis = {"name": "n_hot", "start": -1.0, "stop": 1.0, "count": 5}
    told = ASK.result("line", model="maser", values=MASER, axis=axis)
    assert [one is None for one in told["quantities"]["s_max"]["values"]] == [True, True, False, False, False]
    assert told["status"] == [100, 100, 0, 0, 0]
    assert told["lost"]["count"] == 2
    assert "n_hot" in told["lost"]["sentence"]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("start", {"start": "nonsense"}),
        ("start", {"start": 7}),
        ("start", {"start": ["ground"]}),
        ("duration", {"duration": -1.0}),
        ("duration", {"duration": "long"}),
        ("frames", {"frames": 1}),
        ("frames", {"frames": 10**6}),
        ("seed", {"seed": -1}),
        ("model", {"values": {**MASER, "manifold_levels": 100}}),
        ("state", {"values": {**MASER, "drive": 0.0}}),
    ],
)
def test_time_that_cannot_be_is_refused_by_name(name, more):
    found = ASK.waited(ASK.job("evolve", **{"model": "maser", "values": MASER, **more}))
    assert found["state"] == "failed"
    assert found["error"]["parameter"] == name, found


def test_what_takes_too_long_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(explore_app, "POINT_SECONDS", 0.002)  # the fastest of solves takes more
    slow = {"gain": 1.0, "loss": 0.05, "drive": 0.5}
    parameter, sentence = ASK.refused("/api/point", {"model": "van_der_pol", "values": slow})
    assert parameter == "values"
    assert "fewer levels" in sentence


def test_a_fault_of_ours_is_a_sentence_and_no_traceback(monkeypatch, capsys):
    monkeypatch.setitem(explore_app._POSTED, "/api/point", lambda _: 1 / 0)
    reply = ASK("POST", "/api/point", {})
    assert reply.status == 500
    assert "Zero" not in reply.body.decode()
    assert "ZeroDivisionError" in capsys.readouterr().err
