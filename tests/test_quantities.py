"""Does one list of quantities serve the command line, datasets and every reader, each thing worked out once?"""

import copy
import pickle
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import xarray as xr

import torusync as ts
from command import as_json, run, worded
from problems import ENGINE_BATHS, refused
from torusync import thermo
from torusync.analysis import interplay
from torusync.phases import pair_sums_of
from torusync.quantities import QUANTITIES, Quantity, register, solution
from torusync.quantities import quantity as module
from torusync.quantities.summary import describe
from torusync.thermo import Bookkeeping

WORDS = worded(ENGINE_BATHS)


def engine(**changes):
    return ts.ThermalMaser(**{"drive": [0.1, 0.2], **ENGINE_BATHS, **changes})


# Each thing once


def test_each_thing_is_worked_out_once_and_only_when_asked(monkeypatch):
    names = ("synchronization", "thermodynamics", "synchronization_bounds", "counting_statistics", "interplay")
    spies = {name: mock.Mock(wraps=getattr(solution, name)) for name in names}
    for name, spy in spies.items():
        monkeypatch.setattr(solution, name, spy)
    solved = ts.solve(engine())
    assert not any(spy.called for spy in spies.values())
    for _ in range(2):
        describe(solved)
        solved.to_dataset()
    assert {name: spy.call_count for name, spy in spies.items()} == dict.fromkeys(names, 1)


def test_what_is_inside_is_not_worked_out_again(monkeypatch):
    """Bounds, counting statistics and interplay take what the solution has; a matrix is checked once."""
    from torusync import _operators, densities
    from torusync.thermo import currents

    solved = ts.solve(engine())
    assert solved.synchronization.certified
    assert solved.thermodynamics.first_law_holds
    for home, name in ((pair_sums_of.__globals__, "synchronization"), (vars(currents), "thermodynamics")):
        monkeypatch.setitem(home, name, mock.Mock(side_effect=AssertionError(f"{name} is worked out again")))
    describe(solved)
    checked = mock.Mock(wraps=_operators.as_known_density)
    monkeypatch.setattr(densities.dense, "as_known_density", checked)
    describe(ts.Solution(ts.steady_state(engine()).rho, sets={"one": [(1, 2)]}))
    assert checked.call_count == 1


@pytest.mark.parametrize("bookkeeping", Bookkeeping)
def test_bounds_and_fluctuations_are_of_bare_energies(bookkeeping):
    solved = ts.solve(engine(detuning=0.3), bookkeeping=bookkeeping)
    assert solved.bounds.thermodynamics.bookkeeping is Bookkeeping.BARE
    assert solved.thermodynamics.bookkeeping is bookkeeping
    assert solved.bounds.power_always.quantity == abs(ts.thermodynamics(solved.state).power)
    assert ("interaction_hot" in solved.to_dataset()) == (bookkeeping is Bookkeeping.DRIVEN)


def test_currents_of_another_batch_or_bookkeeping_are_refused():
    state, other = ts.steady_state(engine()), ts.steady_state(engine(detuning=[0.1, 0.2]))
    for call in (thermo.synchronization_bounds, thermo.counting_statistics):
        refused(lambda call=call: call(state, flows=ts.thermodynamics(other)), "`flows`", "batch shape (2,)")
        driven = ts.thermodynamics(state, bookkeeping=Bookkeeping.DRIVEN)
        refused(lambda call=call, driven=driven: call(state, flows=driven), "`flows`", "bare levels")
    refused(lambda: interplay(state, sync=ts.synchronization(other)), "`sync`", "another state")


# The registry


def test_a_name_is_registered_once():
    refused(lambda: register(QUANTITIES["s_max"]), "`quantities`", "'s_max' is registered already")
    refused(lambda: register(replace(QUANTITIES["s_max"], name="S max")), "names that Python could use")


def test_an_unknown_name_is_one_sentence_with_a_hint():
    refused(lambda: ts.solve(engine())["s_mx"], "`quantities`", "did you mean s_max?")
    refused(lambda: ts.solve(engine()).to_dataset(["power", "zzzz"]), "known are status, error")


def test_what_a_quantity_points_to_is_registered():
    for one in QUANTITIES.values():
        for role in (one.bound, one.error):
            assert not role or QUANTITIES[role].part is one.part
        assert one.long_name
        assert one.source


def test_quantities_and_their_parts_are_found_again_by_name():
    for one in QUANTITIES.values():
        assert pickle.loads(pickle.dumps(one)) is one  # noqa: S301
        assert pickle.loads(pickle.dumps(one.part)) is one.part  # noqa: S301


def test_a_quantity_is_for_some_systems():
    matrix = ts.Solution(ts.steady_state(engine()).rho)
    refused(lambda: matrix["power"], "`quantities`", "'power' does not for a density matrix")
    qubit = ts.solve(ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))]))
    refused(lambda: qubit.to_dataset(["power"]), "'power' does not for a LindbladSystem")
    assert "power" not in qubit.to_dataset()
    assert qubit["s_max"] == 0.0


def test_a_quantity_of_ones_own_shows_everywhere():
    purity = Quantity(
        "purity", "Tr ρ²", "purity", lambda one: np.trace(one.state.rho @ one.state.rho, axis1=-2, axis2=-1).real,
        QUANTITIES["populations"].part, source="definition",
    )  # fmt: skip
    register(purity)
    try:
        value = float(np.trace(np.linalg.matrix_power(ts.steady_state(engine()).rho, 2)).real)
        assert as_json("solve", "--drive", "0.1,0.2", *WORDS)["density"]["purity"] == pytest.approx(value, rel=1e-14)
        assert "purity" in run("solve", "--drive", "0.1,0.2", *WORDS, "--full").stdout
        solved = ts.solve(engine(detuning=[0.0, 0.1]))
        dataset = solved.to_dataset(dims=["detuning"])
        assert dataset.purity.dims == ("detuning",)
        assert dataset.purity[0] == pytest.approx(value, rel=1e-14)
        assert dataset.purity.attrs == {"long_name": "purity", "units": "1", "symbol": "Tr ρ²", "source": "definition"}
        np.testing.assert_array_equal(solved["purity"], dataset.purity)
        assert "purity (Tr ρ²)" in solved._repr_html_()
    finally:
        module._REGISTERED.pop("purity")


# Datasets


def test_a_dataset_carries_evidence_units_and_sources(tmp_path):
    solved = ts.solve(engine(drive=np.array([[0.1, 0.2]]) * np.linspace(0.5, 1.5, 4)[:, np.newaxis]))
    dataset = solved.to_dataset(["s_max", "power", "regime"], dims=["drive"])
    assert list(dataset) == ["s_max", "s_max_bound", "s_max_error", "power", "power_error", "regime"]
    assert dataset.s_max.dims == ("drive",)
    assert dataset.power.attrs["units"] == "hbar omega_1^2"
    assert dataset.s_max.attrs["source"] == "Eq. (4) of PRL 131, 030401"
    assert dataset.s_max.attrs["bound"] == "s_max_bound"
    np.testing.assert_array_equal(dataset.power, ts.thermodynamics(solved.state).power)
    meanings = dict(
        zip(dataset.regime.attrs["flag_values"], dataset.regime.attrs["flag_meanings"].split(), strict=True)
    )
    assert meanings[int(dataset.regime[0])] == "engine"
    assert (dataset.attrs["system"], dataset.attrs["solver"]) == ("ThermalMaser", "Collective")
    whole = solved.to_dataset(dims=["drive"])
    assert whole.shares.dims == ("drive", "set")
    assert whole.shares.sel(set="mutual").shape == (4,)
    assert whole.phases.dims == ("drive", "level")
    whole.to_netcdf(tmp_path / "map.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "map.nc", engine="h5netcdf") as back:
        xr.testing.assert_identical(back.load(), whole)


def test_batch_axes_are_named_one_by_one():
    solved = ts.solve(engine(detuning=[[0.0, 0.1]]))
    assert solved.to_dataset(["s_max"]).s_max.dims == ("axis_0", "axis_1")
    for dims in (["one"], ["one", "one"], "ab", ["one", None], ["one", " "], ["one", "level"], ["s_max", "one"]):
        refused(lambda dims=dims: solved.to_dataset(["s_max"], dims=dims), "`dims`", "name 2 batch axes")


def test_what_came_in_hertz_leaves_in_watt():
    """P = 2 π f h f per ħ ω_1²: one quantum of f a 1/(2 π f)."""
    plain = ts.solve(engine())
    solved = ts.solve(engine().measured_in(5e9))
    h = 6.62607015e-34
    dataset = solved.to_dataset(["power", "flux", "s_max"])
    assert dataset.power.attrs["units"] == "W"
    assert float(dataset.power) == pytest.approx(float(plain["power"]) * h * 2 * np.pi * 5e9**2, rel=1e-15)
    assert dataset.flux.attrs["units"] == "1/s"
    assert float(dataset.flux) == pytest.approx(float(plain["flux"]) * 2 * np.pi * 5e9, rel=1e-15)
    assert float(dataset.s_max) == float(plain["s_max"])


@pytest.mark.parametrize("driven", [[], ["--driven"]], ids=["bare", "driven"])
def test_units_are_of_numbers_that_are_there(driven):
    content = as_json("solve", "--drive", "0.1,0.2", *WORDS, *driven)
    given = {name for part in set(content) - {"units", "summary"} for name in content[part]}
    assert set(content["units"]) <= given
    assert ("interaction_hot" in given) == bool(driven)


@pytest.mark.parametrize("hertz", ["5e9", 0.0, -1.0, np.nan, np.inf, [1.0, 2.0]])
def test_a_frequency_that_is_none_is_refused(hertz):
    refused(lambda: engine().measured_in(hertz), "`hertz`")


def test_the_unit_of_frequency_goes_with_the_system_wherever_it_goes(tmp_path):
    batch = engine(detuning=[0.0, 0.1]).measured_in(5e9)
    assert batch != engine(detuning=[0.0, 0.1])
    assert batch == engine(detuning=[0.0, 0.1]).measured_in(5e9)
    assert batch.measured_in(None) == engine(detuning=[0.0, 0.1])
    assert "unit 5 GHz" in repr(batch)
    state = ts.steady_state(batch)
    state.save(tmp_path / "state.npz")
    for found in (batch[1], ts.load_state(tmp_path / "state.npz").system, copy.deepcopy(batch), state[0].system):
        assert found.hertz == 5e9
    lindblad = ts.LindbladSystem([[[0.0, 0.1], [0.1, 1.0]]], [(0.1, [[0.0, 1.0], [0.0, 0.0]])]).measured_in(1e6)
    assert lindblad[0].hertz == 1e6
    assert ts.solve(lindblad).to_dataset(["residual"]).residual.attrs["units"] == "1/s"


def test_points_without_a_state_stay_in_the_map():
    solved = ts.solve(engine(drive=[0.1, 0.1], dipole_correlation=[0.5, 1.0]), throw=False)
    dataset = solved.to_dataset()
    assert dataset.status.values.tolist() == [0, 1]
    assert np.isnan(dataset.s_max.values).tolist() == [False, True]
    assert dataset.regime.values.tolist() == [1, 4]
