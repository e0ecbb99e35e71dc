"""Do all results speak one grammar: numbers for one point, an index for the points of a batch, one line, one table?"""

import inspect
import xml.etree.ElementTree as ET
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pytest

import torusync as ts
from problems import refused
from torusync import analysis, densities, maxima, measures, steady, thermo
from torusync._results import Result
from torusync.models import Kind, Model, Parameter
from torusync.phases import husimi
from torusync.steady import Status
from torusync.thermo import Regime

BATHS = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
DETUNING = np.array([[0.0], [0.03], [0.1]])
OCCUPATION = np.array([5.0, 0.2])[:, np.newaxis]
"""An engine and a refrigerator: a batch (3, 2) with the detuning."""

DOWN = np.diag([1.0, 1.4], 1)


def masers(**changes):
    return ts.ThermalMaser(
        **{"drive": [0.1, 0.2j, 0.15], "n_hot": OCCUPATION, "detuning": DETUNING, **BATHS, **changes}
    )


APART = {"splittings": [0.0, 0.05, 0.08]}
FORMS = {
    "collective": (masers(), steady.Collective(), densities.ThermalPlusCollective),
    "cauchy": (masers(**APART), steady.Cauchy(), densities.ThermalPlusBlock),
    "low rank": (masers(**APART), steady.LowRank(), densities.ThermalPlusLowRank),
    "block": (masers(**APART, dipole_correlation=0.3), steady.Block(), densities.ThermalPlusBlock),
    "dense": (masers(**APART), steady.Dense(), densities.DenseDensity),
}
LINDBLAD = ts.LindbladSystem(
    np.diag([0.0, 1.0, 2.1]) + 0.1 * DETUNING[..., np.newaxis, np.newaxis] * (DOWN + DOWN.T),
    [([0.3, 0.2], DOWN), (0.1, DOWN.T)],
)


def everything(solution):
    """All results of a solution, and those that they hold, by name."""
    found = {"solution": solution, "state": solution.state, "sync": solution.synchronization}
    found |= {"peak": found["sync"].peak, "triangles": solution.triangles}
    if isinstance(solution.system, ts.ThermalMaser):
        bounds, counted, found["interplay"] = solution.bounds, solution.fluctuations, solution.interplay
        found |= {"bare": solution.thermodynamics, "bounds": bounds, "counted": counted, "hot": counted.hot}
        found |= {"driven": ts.thermodynamics(solution.state, bookkeeping=thermo.Bookkeeping.DRIVEN)}
        found |= {"drive": counted.drive, "always": bounds.power_always, "cop": bounds.cop, "eta": bounds.efficiency}
    return found


@pytest.fixture(scope="module")
def solved():
    """Batches of states by their form, and what follows from them."""
    whole = {name: ts.Solution(ts.steady_state(system, solver=solver)) for name, (system, solver, _) in FORMS.items()}
    return whole | {"lindblad": ts.solve(LINDBLAD)}


def members(result):
    """Every public field and property by name, mappings entry by entry, what is neither number nor code left out."""
    if isinstance(result, ts.Solution):
        return {}
    names = [one.name for one in fields(result)]
    names += [
        name for name, one in inspect.getmembers_static(type(result)) if isinstance(one, (property, cached_property))
    ]
    found = {}
    for name in names:
        value = None if name.startswith("_") or name == "bookkeeping" else getattr(result, name)
        several = value if isinstance(value, MappingProxyType) else {"": value}
        found |= {
            f"{name} {key}": one for key, one in several.items() if isinstance(one, (np.ndarray, np.generic, IntEnum))
        }
    return found


def evidence(name):
    """Whether a number says how well another is known, and so is rounding itself."""
    return any(word in name for word in ("error", "residual", "gap"))


# One point


@pytest.mark.parametrize("form", [*FORMS, "lindblad"])
def test_one_point_gives_numpy_scalars_where_a_batch_gives_arrays(solved, form):
    """An array without axes is no number: it prints as one and cannot be a key."""
    whole = solved[form]
    alone = everything(ts.Solution(ts.steady_state(whole.system[1, 1], solver=whole.state.solver)))
    picked = everything(whole[1, 1])
    count = 0
    for kind, result in everything(whole).items():
        for name, values in members(result).items():
            own = values.shape[2:]
            if values.shape[:2] != (3, 2):
                assert isinstance(values, np.generic) or name.startswith("levels"), (kind, name)
                continue
            count += 1
            assert isinstance(values, np.ndarray), (kind, name)
            for one in (members(alone[kind])[name], members(picked[kind])[name]):
                if isinstance(one, IntEnum):
                    continue
                assert type(one) is (np.ndarray if own else values.dtype.type), (kind, name)
                assert one.shape == own, (kind, name)
                assert one.dtype == values.dtype, (kind, name)
    assert count >= (80 if form != "lindblad" else 40)


def test_numbers_of_one_point_are_numbers():
    state = ts.steady_state(masers()[0, 0])
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    for value in (state.error, sync.s_max, sync.gap, sync.entrainment, flows.power, flows.efficiency, flows.heat_hot):
        assert isinstance(value, float)
        assert {value: 1}[float(value)] == 1
    assert isinstance(sync.certified, np.bool_)
    assert isinstance(sync.optima_count, np.int64)
    assert isinstance(state.coherence(1, 2), np.complex128)
    assert isinstance(ts.phase_distribution(state, np.zeros(5)), float)
    assert isinstance(husimi(state, np.full(4, 0.3), np.zeros(5)), float)
    assert isinstance(measures.l1_coherence(state), float)
    assert isinstance(measures.relative_entropy_of_coherence(state), float)
    assert isinstance(maxima.maximum(state.rho).bound, float)
    assert isinstance(ts.solve(masers()[0, 0])["power"], float)
    equal = masers(drive=[0.1, 0.1, 0.1])[0, 0]
    assert isinstance(thermo.optimal_correlation(equal).inside, np.bool_)
    assert isinstance(thermo.optimal_levels(equal).power, float)


# Points of a batch


@pytest.mark.parametrize("form", FORMS)
def test_a_point_of_a_batch_is_what_it_is_alone(solved, form):
    system, solver, store = FORMS[form]
    whole = solved[form]
    assert type(whole.state.density) is store
    for index in np.ndindex(3, 2):
        picked = everything(whole[index])
        alone = everything(ts.Solution(ts.steady_state(system[index], solver=solver)))
        assert type(picked["state"].density) is store
        assert picked["state"].system == system[index]
        np.testing.assert_allclose(picked["state"].rho, alone["state"].rho, rtol=1e-11, atol=1e-15)
        for kind, result in alone.items():
            assert type(picked[kind]) is type(result)
            found = members(picked[kind])
            for name, value in members(result).items():
                if not evidence(name):
                    np.testing.assert_allclose(
                        found[name], value, rtol=1e-8, atol=1e-13, err_msg=f"{kind} {name} at {index}"
                    )


@pytest.mark.parametrize(
    "index", [1, -1, (2, 0), (..., 0), slice(1, 3), np.array([[True, False]] * 3), ([0, 2], 1), None]
)
@pytest.mark.parametrize("form", [*FORMS, "lindblad"])
def test_results_are_indexed_as_their_arrays_are(solved, form, index):
    whole = everything(solved[form])
    for kind, result in whole.items():
        found = result[index]
        assert type(found) is type(result)
        assert found.batch_shape == np.empty((3, 2))[index].shape
        picked = members(found)
        for name, values in members(result).items():
            if values.shape[:2] == (3, 2):
                expected = values.reshape(6, *values.shape[2:])[np.arange(6).reshape(3, 2)[index]]
                np.testing.assert_allclose(picked[name], expected, rtol=1e-12, atol=1e-15, err_msg=f"{kind} {name}")
            else:
                np.testing.assert_array_equal(picked[name], values, err_msg=f"{kind} {name}")


def test_batches_are_counted_and_walked_through(solved):
    for result in everything(solved["block"]).values():
        assert len(result) == 3
        assert bool(result)
        rows = list(result)
        assert [type(one) for one in rows] == [type(result)] * 3
        assert [one.batch_shape for one in rows] == [(2,)] * 3
        assert np.asarray(result).shape == ()
        point = rows[0][1]
        assert bool(point)
        with pytest.raises(TypeError, match=f"one {type(result).__name__} is no batch and has no len"):
            len(point)
        with pytest.raises(TypeError, match="no batch"):
            iter(point)
        with pytest.raises(IndexError):
            result[3]
        with pytest.raises(IndexError):
            result[0, 0, 0]
        assert result[:0].batch_shape == (0, 2)


def test_a_point_without_a_state_is_picked_with_the_reason():
    system = ts.ThermalMaser([0.1, 0.1], n_hot=5.0, dipole_correlation=[0.0, 1.0], **BATHS)
    solution = ts.solve(system, throw=False)
    good, bad = solution
    assert good.state.status is Status.SUCCESS
    assert bad.state.status is Status.NOT_UNIQUE
    assert np.isnan([bad["s_max"], bad["power"]]).all()
    assert bad.thermodynamics.regime is Regime.UNDEFINED
    assert repr(bad.synchronization)
    assert repr(solution.state).startswith("<SteadyState: N = 2, batch (2,), Block, 1 SUCCESS, 1 NOT_UNIQUE, ")
    for result in (solution, bad, bad.state, bad.synchronization, bad.thermodynamics):
        assert table(result)


def test_without_a_drive_nothing_of_a_factor_of_rank_zero_is_lost():
    system = ts.ThermalMaser([0.0, 0.0], n_hot=5.0, splittings=[0.0, 0.1], detuning=[0.0, 0.1], **BATHS)
    state = ts.steady_state(system, solver=steady.LowRank())
    assert state.density.factor.shape[-1] == 0
    np.testing.assert_array_equal(state[1].rho, state.rho[1])
    assert ts.synchronization(state)[1].s_max == 0.0


@dataclass(frozen=True)
class Foreign:
    """A system with an equation of motion that is no `Model`."""

    inner: ts.LindbladSystem
    dimension = 3
    batch_shape = (3, 2)

    def generator(self):
        return self.inner.generator()


def test_states_of_a_system_that_has_no_points_are_not_picked():
    state = ts.steady_state(Foreign(LINDBLAD))
    refused(lambda: state[0], "`system` must be indexed together with its states", "Foreign", "Model")
    assert ts.synchronization(state)[0].batch_shape == (2,)


def test_points_of_a_solution_work_nothing_out_again(monkeypatch):
    solution = ts.solve(masers())
    whole = {name: getattr(solution, name) for name in ("synchronization", "thermodynamics", "bounds", "interplay")}
    for name in ("synchronization", "thermodynamics", "synchronization_bounds", "interplay"):
        monkeypatch.setattr(f"torusync.quantities.solution.{name}", None)
    one = solution[2, 1]
    assert one.synchronization.s_max == whole["synchronization"].s_max[2, 1]
    assert one["power"] == solution["power"][2, 1]
    assert one.bounds.power_always.bound == whole["bounds"].power_always.bound[2, 1]
    assert one.interplay.verdict == whole["interplay"].verdict[2, 1]
    # one state, as every function that takes both insists on
    assert one.synchronization.density is one.state.density is one.bounds.synchronization.density


def test_points_of_a_users_own_matrices():
    matrices = np.stack([np.eye(3) / 3, [[0.4, 0.1, 0.1j], [0.1, 0.3, 0.05], [-0.1j, 0.05, 0.3]]])
    solution = ts.Solution(matrices, sets={"a": [(0, 1), (1, 2)], "b": [(0, 2)]})
    assert [one["s_max"] for one in solution] == [0.0, pytest.approx(float(ts.synchronization(matrices[1]).s_max))]
    assert solution[1].interplay.pair_sum == solution.interplay.pair_sum[1]
    assert repr(solution) == "<Solution: D = 3, batch (2,), density matrix>"


# One line


def test_lines_show_first_what_people_ask_for():
    engine, fridge = masers()[1, 0], masers()[1, 1]
    state = ts.steady_state(engine)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    assert repr(state).startswith(f"<SteadyState: N = 3, Collective, SUCCESS, error {state.error:.1e}, ")
    assert repr(ts.solve(engine)).startswith(f"<Solution: N = 3, Collective, SUCCESS, error {state.error:.1e}, ")
    assert repr(sync).startswith(f"<Synchronization: S_max {sync.s_max:.6g}, at most {sync.s_max_bound:.6g} (gap ")
    assert "certified by COLLECTIVE" in repr(sync)
    told = f"<Thermodynamics: engine, power {flows.power:.6g}, efficiency {flows.efficiency:.6g}, "
    assert repr(flows).startswith(told)
    flows = ts.thermodynamics(ts.steady_state(fridge))
    assert repr(flows).startswith(f"<Thermodynamics: refrigerator, power {flows.power:.6g}, COP {flows.cop:.6g}, ")
    assert repr(ts.steady_state(LINDBLAD)).startswith("<SteadyState: D = 3, batch (3, 2), Stacked, SUCCESS, ")
    both = ts.thermodynamics(ts.steady_state(masers()))
    assert repr(both).startswith("<Thermodynamics: batch (3, 2), 3 engine, 3 refrigerator, power ")
    least, most = both.power.min(), both.power.max()
    assert f"power {least:.6g} … {most:.6g}, " in repr(both)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (masers()[0, 0], "N = 3, |drive| = 0.1 … 0.2, n_hot = 5, BATHS"),
        (
            ts.ThermalMaser([0.1j], n_hot=2.0, omega_hot=4.0, dipole_matrix=[[1.0]], **BATHS),
            "N = 1, drive = 0+0.1j, n_hot = 2, BATHS, omega_hot = 4, dipole_matrix of 1 × 1",
        ),
        (
            masers(drive=[0.1, 0.1, 0.3]),
            "N = 3, batch (3, 2), drive = 0.1 … 0.3, n_hot = 0.2 … 5, BATHS, detuning = 0 … 0.1",
        ),
        (LINDBLAD, "D = 3, batch (3, 2), hamiltonian of 3 × 3, 2 channels"),
    ],
    ids=["one", "complex", "batch", "lindblad"],
)
def test_a_model_shows_its_size_and_what_is_not_default(model, told):
    told = told.replace("BATHS", "n_cold = 0.5, gamma_hot = 0.05, gamma_cold = 0.2")
    assert repr(model) == f"<{type(model).__name__}: {told}>"


def test_everything_is_one_line(solved):
    for whole in solved.values():
        for solution in (whole, whole[0], whole[0, 1], whole[:0]):
            for result in [*everything(solution).values(), solution.system]:
                line = repr(result)
                assert line.startswith(f"<{type(result).__name__}")
                assert line.endswith(">")
                assert "\n" not in line
                assert "array(" not in line
                assert len(line) < 400
    assert repr(solved["block"][0, 0].synchronization.optima()) == "<Optima: 1 known, 1 different, complete>"


# One table


def table(result):
    """Name, value and evidence of every row of a result's table."""
    tree = ET.fromstring(result._repr_html_())  # noqa: S314  (our own)
    return {row[0].text: (row[1].text, row[2].text) for row in tree.iter("tr")}


def test_tables_hold_values_with_their_evidence(solved):
    one = solved["collective"][1, 0]
    sync, flows, state = one.synchronization, one.thermodynamics, one.state
    rows = table(sync)
    assert rows["S_max"][0] == f"{sync.s_max:.6g}"
    assert rows["S_max"][1].startswith(f"at most {sync.s_max_bound:.6g} ± ")
    assert rows["certified"] == ("yes", "COLLECTIVE")
    assert rows["share of mutual"][0] == f"{sync.mutual:.6g}"
    rows = table(flows)
    assert rows["regime"] == ("engine", "bare energies")
    assert rows["power"] == (f"{flows.power:.6g}", f"± {flows.power_error:.2g}")
    assert rows["COP"][0] == "–"
    assert rows["second law"][0] == "yes"
    rows = table(state)
    assert rows["status"] == ("SUCCESS", Status.SUCCESS.advice)
    assert rows["error"] == (f"{state.error:.1e}", f"of the coherences {state.coherence_error:.1e}")
    whole = solved["collective"]
    assert table(whole.synchronization)["certified"][0] == "6 of 6"
    assert table(whole.thermodynamics)["regime"][0] == "3 engine, 3 refrigerator"
    assert table(whole.thermodynamics)["first law"][0] == "6 of 6"
    for one in (whole, whole[:0]):
        for result in (one.state, one.synchronization, one.thermodynamics, one):
            assert table(result)


class Marked(Model, name="marked"):
    PARAMETERS = (Parameter("decay", "γ", Kind.RATE, "decay", minimum=0.0),)
    dimension = 2

    def generator(self):
        return ts.LindbladSystem(np.diag([0.0, 1.0]), [(self.decay, np.diag([1.0], 1))]).generator()


def test_tables_are_escaped():
    Marked.__name__ = "<b>bold</b>&"
    state = ts.steady_state(Marked(decay=0.1))
    assert table(state)["system"][0].startswith("<b>bold</b>&: D = 2, decay = 0.1")
    assert "<b>" not in state._repr_html_()


# Names


def kinds():
    return sorted(set(Result.__subclasses__()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_what_is_worked_out_is_a_property_never_a_method(kind):
    rooms = ts, analysis, maxima, measures, thermo, ts.dynamics, ts.steady
    assert kind in {getattr(room, kind.__name__, None) for room in rooms}
    for name, member in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith(("_", "to_")):  # to_qutip hands it to another library
            assert len(inspect.signature(member).parameters) > 1, f"{kind.__name__}.{name} asks for nothing"
