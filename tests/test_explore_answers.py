"""Are the numbers that a page is told those of the library, and are labels told as its tables have them?"""

import math

import numpy as np
import pytest

import torusync as ts
from explorer import Client, density, numbers, presets, question
from problems import ENGINE_BATHS
from torusync import papers
from torusync.explore.asked import built, values_of
from torusync.explore.catalogue import catalogue
from torusync.explore.presets import REWORDED
from torusync.models import Kind, known_models
from torusync.quantities import QUANTITIES

ASK = Client()


def solved(preset):
    model = known_models()[preset["model"]]
    return ts.solve(built(model, values_of(model, preset["values"])), throw=False)


def same(told, value):
    if not math.isfinite(value):
        return told is None
    return told == pytest.approx(float(value), rel=1e-9, abs=1e-16)


@pytest.mark.parametrize("name", presets())
def test_a_point_is_what_solve_says(name):
    told, solution = ASK("POST", "/api/point", question(presets()[name])).content, solved(presets()[name])
    sync = solution.synchronization
    assert told["status"]["good"]
    assert told["dimension"] == solution.density.dimension == len(told["populations"]) == len(told["labels"])
    np.testing.assert_allclose(density(told), solution.density.to_array(), atol=1e-14)
    for key in ("s_max", "s_max_bound", "relative_gap", "pair_sum", "order_parameter", "log10_s_max"):
        assert same(told["synchronization"][key], getattr(sync, key)), key
    assert told["synchronization"]["certified"] is bool(sync.certified)
    assert told["synchronization"]["optima_dimension"] == sync.optima_dimension
    assert len(told["distribution"]["phases"]) == len(told["synchronization"]["phases"])
    for one in told["numbers"]:
        value = np.asarray(QUANTITIES[one["name"]].of(solution))[()]
        assert same(one["value"], value) or one["value"] == value, one["name"]
    for key, one in told["sets"].items():
        assert same(one["share"], sync.shares[key])


@pytest.mark.parametrize("name", ["letter-fig2b", "letter-fig3d", "model-spin_one", "model-spin_pair"])
def test_S_follows_from_what_a_point_tells(name, rng):
    told, solution = ASK("POST", "/api/point", question(presets()[name])).content, solved(presets()[name])
    reading = told["distribution"]
    phases = rng.uniform(0.0, 2.0 * np.pi, (50, len(reading["phases"])))
    if reading["levels"]:
        z = np.exp(1j * phases)
        matrix = np.triu(density(told), 1)
        sums = np.einsum("pi,ij,pj->p", np.conj(z), matrix, z).real
    else:
        c = numbers(reading["coefficients"]["re"]) + 1j * numbers(reading["coefficients"]["im"])
        sums = (c * np.exp(1j * phases @ np.array(reading["orders"]).T)).sum(axis=-1).real
    np.testing.assert_allclose(
        reading["factor"] * sums, ts.phase_distribution(solution.state, phases), rtol=1e-9, atol=1e-20
    )


def test_a_verdict_and_the_currents_are_the_library_s():
    values = {"manifold_levels": 2, "drive": 0.1, **ENGINE_BATHS}
    told, solution = ASK.point("maser", **values), ts.solve(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS))
    assert told["verdict"]["name"] == ts.interplay(solution.state).verdict.name.lower() == "compete"
    assert same(told["verdict"]["gain"], solution.interplay.gain)
    factor = solution.synchronization.s_max / solution.synchronization.pair_sum
    for name, one in told["sets"].items():
        assert same(one["alone"], solution.interplay.alone[name] * factor)
    assert told["machine"]["regime"]["name"] == "engine"
    for name in ("power", "heat_hot", "heat_cold", "efficiency", "power_bound_always"):
        assert same(told["machine"][name], solution[name][()])
    assert told["triangle"]["angle"] == pytest.approx(np.pi)
    beside = ASK.result("verdict", model="maser", values=values)
    assert beside["verdict"] == told["verdict"]
    assert {name: one["alone"] for name, one in told["sets"].items()} == beside["alone"]
    assert ASK.point("maser", **{**values, "manifold_levels": 3})["verdict"] is None


def test_a_ratio_of_a_sweep_is_a_value_of_a_point():
    values = {"manifold_levels": 2, "drive": 0.1, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    plain = ASK.point("maser", **values, n_hot=5.0)
    ratio = ASK.point("maser", **values, occupation_ratio=10.0)
    assert ratio["density"] == plain["density"]
    assert ratio["values"]["occupation_ratio"] == 10.0
    assert "n_hot" not in ratio["values"]
    del values["drive"]
    k = ASK.point("maser", **values, occupation_ratio=10.0, dissipation_ratio=3.0)
    np.testing.assert_allclose(density(k), density(plain), atol=1e-15)
    assert plain["derived"]["occupation_ratio"] == 10.0
    assert plain["derived"]["hot_occupation"] == 5.0
    assert plain["derived"]["dissipation_ratio"] == pytest.approx(3.0)
    assert set(ratio["derived"]) == {"dissipation_ratio", "hot_occupation"}
    uneven = ASK.point("maser", **{**values, "drive": [0.1, 0.2], "n_hot": 5.0, "manifold_levels": None})
    assert uneven["derived"] == {"occupation_ratio": 10.0, "hot_occupation": 5.0, "manifold_levels": 2.0}
    twice = {"model": "maser", "values": {**values, "n_hot": 5.0, "occupation_ratio": 1}}
    assert ASK.refused("/api/point", twice)[0] == "n_hot"


@pytest.mark.parametrize(("levels", "k", "closed"), [(3, 1.2, True), (3, 1.0, None), (5, 2.0, False)])
def test_a_walk_stays_at_the_maximum(levels, k, closed):
    baths = {"gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5, "n_hot": 5.0}
    values = {**baths, "manifold_levels": levels, "drive": 0.3 / k}
    told = ASK("POST", "/api/walk", {"model": "maser", "values": values}).content
    state = ts.steady_state(ts.ThermalMaser([0.3 / k] * levels, **baths))
    phases = numbers(told["phases"])
    heights = ts.phases.phase_pair_sum(state, phases)
    sync = ts.synchronization(state)
    assert sync.optima_dimension == levels - 2 > 0
    np.testing.assert_allclose(heights, sync.pair_sum, rtol=1e-9)
    steps = np.abs(np.angle(np.exp(1j * np.diff(phases[:, 1:], axis=0)))).max(axis=-1)
    assert steps.min() > 0.01
    assert steps.max() < 0.5
    assert closed is None or told["closed"] is closed
    assert len(phases) > 30
    if told["closed"]:
        assert np.abs(np.angle(np.exp(1j * (phases[-1, 1:] - phases[0, 1:])))).max() < 0.2


def test_isolated_optima_are_no_walk():
    values = {"manifold_levels": 2, "drive": 0.3, "gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5, "n_hot": 5.0}
    assert "isolated" in ASK.refused("/api/walk", {"model": "maser", "values": values})[1]
    told = ASK.point("maser", **values)["synchronization"]
    assert told["optima_count"] == len(told["optima"]) == 2


def test_the_catalogue_has_every_parameter_and_every_quantity_as_their_tables_do():
    told = ASK("GET", "/api/catalogue").content
    assert [one["name"] for one in told["quantities"]] == list(QUANTITIES)
    for one in told["quantities"]:
        known = QUANTITIES[one["name"]]
        assert (one["symbol"], one["long_name"], one["source"]) == (known.symbol, known.long_name, known.source)
        assert all(each["sentence"] for each in one["codes"] or [])
    for model in told["models"]:
        known = known_models()[model["name"]]
        parameters = {one["name"]: one for one in model["parameters"]}
        for name, one in known.table().items():
            if one.axes > 1 or (one.instead is not None and known.table()[one.instead].kind is Kind.COUNT):
                assert name not in parameters
                continue
            shown = parameters[name]
            assert shown["kind"] == one.kind.name.lower()
            for key in ("symbol", "about", "minimum", "above", "maximum", "complex", "instead"):
                assert shown[key] == getattr(one, key), (name, key)
        for name, one in parameters.items():
            low, high = one["slider"]["minimum"], one["slider"]["maximum"]
            assert low < high
            assert not one["slider"]["log"] or low > 0.0
            assert one["minimum"] is None or low >= one["minimum"], name
            assert one["maximum"] is None or high <= one["maximum"], name
            start = model["start"].get(name)
            assert start is None or low <= start <= high, name
    assert told["limits"]["levels"] >= 200


def test_every_figure_and_every_model_has_a_preset():
    told = catalogue()["presets"]
    assert len({one["name"] for one in told}) == len(told)
    for group in ("letter", "companion"):
        figures = papers.load(group).figures
        assert {one["figure"] for one in told if one["group"] == group} == set(figures)
        for one in (one for one in told if one["group"] == group):
            assert one["title"].startswith(figures[one["figure"]].title)
            said = figures[one["figure"]].said
            assert one["about"] in {said, REWORDED.get(f"{group}-{one['figure']}")} or "(see below)" in said
    assert {one["model"] for one in told if one["group"] == "models"} == {one["name"] for one in catalogue()["models"]}
    solved_by_itself = {name for name, one in known_models().items() if one.__module__.startswith("torusync.")}
    assert {one["name"] for one in catalogue()["models"]} == solved_by_itself - {"lindblad"}


def test_what_is_said_of_a_preset_is_on_the_page():
    told = catalogue()["presets"]
    assert {f"{one['group']}-{one['figure']}" for one in told} >= set(REWORDED)
    for one in told:
        assert "see below" not in one["about"], one["name"]
        assert "batch" not in one["about"], one["name"]


def test_each_map_of_the_companion_is_told_what_it_shows():
    """What is told of where S is largest, as the library finds it."""
    maps = {one["name"]: one for one in catalogue()["presets"] if "ring" in one["name"] or "point" in one["name"]}
    assert len({one["about"] for one in maps.values()}) == len(maps) == 4
    best = {
        name: np.asarray(ASK.point("maser", **one["values"])["synchronization"]["optima"][0], dtype=float)
        for name, one in maps.items()
    }
    for name, near in (("companion-point", 0.5), ("companion-cold-point", 1.5)):
        assert f"near ({'3' if near > 1 else ''}π/2, {'3' if near > 1 else ''}π/2)" in maps[name]["about"]
        assert np.cos(best[name][2:4] - near * np.pi).min() > 0.9, name
    for name, apart in (("companion-ring", np.pi), ("companion-cold-ring", 0.0)):
        assert np.cos(best[name][3] - best[name][2] - apart) > np.cos(np.pi / 4), name


def test_the_present_values_of_a_preset_lie_on_its_line():
    for one in catalogue()["presets"]:
        name, low, high = one["axis"]["name"], *sorted((one["axis"]["start"], one["axis"]["stop"]))
        if isinstance(value := one["values"].get(name), int | float):
            assert low * (1 - 1e-12) <= value <= high or low <= value <= high, one["name"]


def test_the_engine_of_figure_2c_lies_below_its_entrainment_above_the_ratio_that_is_told():
    (fig2c,) = (one for one in catalogue()["presets"] if one["name"] == "letter-fig2c")
    assert "n_h/n_c > 3.7 here" in fig2c["about"]
    for ratio in (1.5, 3.6, 3.7, 10.0, 100.0):
        told = ASK.point("maser", **fig2c["values"] | {"occupation_ratio": ratio})
        assert (told["sets"]["mutual"]["share"] < 0.0) == (ratio >= 3.7)


def test_a_system_without_a_state_is_told_and_breaks_nothing():
    told = ASK.point("maser", manifold_levels=2, drive=0.0, n_hot=1.0, n_cold=1.0, gamma_hot=0.0, gamma_cold=0.0)
    assert not told["status"]["good"]
    assert told["status"]["sentence"]
    assert told["synchronization"]["s_max"] is None
    assert told["density"]["re"][0][0] is None
    assert told["verdict"] is None
    assert told["triangle"] is None


def test_what_underflows_is_told_by_its_logarithm():
    told = ASK.point("maser", manifold_levels=300, drive=0.1, **{**ENGINE_BATHS, "n_hot": 0.2})
    assert told["dimension"] == 302
    assert told["synchronization"]["log10_s_max"] < -200.0
    assert told["synchronization"]["certified"]
