"""Does the Python that a page copies run as it stands, and give the numbers that the page shows?"""

import contextlib
import io

import numpy as np
import pytest

from explorer import Client, density, numbers, presets, question
from torusync.explore.catalogue import catalogue

ASK = Client()


def run(code):
    """Execute a text in a namespace of its own, and return that."""
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(compile(code, "copied", "exec"), names)  # noqa: S102
    assert said.getvalue()
    return names


def copied(**view):
    return run(ASK("POST", "/api/code", {"view": view}).content["code"])


@pytest.mark.parametrize("name", presets())
def test_the_code_of_a_point_gives_its_numbers(name):
    told = ASK("POST", "/api/point", question(presets()[name])).content
    solution = run(told["code"])["solution"]
    assert float(solution.synchronization.s_max) == pytest.approx(told["synchronization"]["s_max"], rel=1e-12)
    np.testing.assert_allclose(solution.density.to_array(), density(told), atol=1e-15)
    again = copied(kind="point", **question(presets()[name]))["solution"]
    assert again.synchronization.s_max == solution.synchronization.s_max


@pytest.mark.parametrize("name", presets())
def test_the_code_of_a_line_gives_its_numbers(name):
    preset = presets()[name]
    asked = [one for one in preset["quantities"] if one != "verdict"]
    view = {**question(preset), "axis": {**preset["axis"], "count": 4}, "quantities": asked}
    told, ds = ASK.result("line", **view), copied(kind="line", **view)["ds"]
    np.testing.assert_array_equal(told["axes"][0]["values"], ds[told["axes"][0]["name"]])
    for key in asked:
        shown = numbers(told["quantities"][key]["values"])
        np.testing.assert_allclose(shown, ds[key].to_numpy(), rtol=1e-8, atol=1e-30, err_msg=key)


def test_the_code_of_a_tongue_gives_its_numbers():
    for name in ("letter-tongue", "model-qubit_pair"):
        preset = presets()[name]
        axes = [{**one, "count": count} for one, count in zip(preset["tongue"]["axes"], (4, 3), strict=True)]
        view = {**question(preset), "axes": axes, "quantity": "s_max"}
        told, ds = ASK.result("tongue", **view), copied(kind="tongue", **view)["ds"]
        np.testing.assert_allclose(numbers(told["quantities"]["s_max"]["values"]), ds["s_max"], rtol=1e-9, atol=1e-20)


@pytest.mark.parametrize("model", [one["name"] for one in catalogue()["models"]])
def test_the_code_of_states_in_time_gives_them(model):
    start = next(one for one in catalogue()["models"] if one["name"] == model)["start"]
    start = {**start, **({"spins": 2} if model == "spin_chain" else {})}
    for begin in ("turned", "ground") if model in {"maser", "spin_one"} else ("turned",):
        view = {"model": model, "values": start, "start": begin, "frames": 5, "seed": 2, "duration": 1.5}
        told, names = ASK.result("evolve", **view), copied(kind="evolve", **view)
        np.testing.assert_allclose(names["path"].rho, density(told), atol=1e-12)
        np.testing.assert_allclose(names["sync"].s_max, numbers(told["s_max"]), rtol=1e-6, atol=1e-12)
        drifting = told["frozen"]["drifting"]
        assert names["frozen"].shape == (1, 5, drifting + told["frozen"]["locked"])


def test_code_holds_values_of_physics_alone():
    nasty = {"drive": "__import__('os')", "n_hot": 1.0}
    for kind in ("point", "line", "tongue", "evolve"):
        view = {"kind": kind, "model": "maser", "values": nasty, "axis": None}
        assert ASK("POST", "/api/code", {"view": view}).status == 400
    for view in ({}, {"kind": "nonsense"}, {"kind": "point", "model": "os"}, 5):
        assert ASK("POST", "/api/code", {"view": view}).status == 400
    base = question(presets()["letter-tongue"])
    axis = {"name": "detuning", "start": 0.0, "stop": 1.0, "count": 3}
    for more in (
        {"quantities": ["s_max'); import os; print('"]},
        {"axis": {**axis, "name": 'detuning": 1}); import os; print({"'}},
        {"axis": {**axis, "start": "0); import os; print("}},
        {"axis": {**axis, "count": "3"}},
    ):
        assert ASK("POST", "/api/code", {"view": {"kind": "line", **base, "axis": axis, **more}}).status == 400
    for more in ({"start": "ground'\nimport os\n'"}, {"seed": "1"}, {"duration": "1"}, {"frames": "3"}):
        assert ASK("POST", "/api/code", {"view": {"kind": "evolve", **base, **more}}).status == 400
