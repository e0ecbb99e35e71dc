"""What is largest over some parameters: are other quantities and models served alike, and is what is none refused?"""

import numpy as np
import pytest

import torusync as ts
from problems import most_power, refused
from torusync.conventions import bose
from torusync.models import Kind, Model, Parameter
from torusync.quantities import QUANTITIES, Place, Quantity, largest, register
from torusync.quantities import quantity as module

WARM = {"hot_temperature": 10.0, "cold_temperature": 1.0}
HOT = "omega_hot"
ENGINE = WARM | {"gamma_hot": 0.05, "gamma_cold": 0.2}
LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])

N = "manifold_levels"


def brute(name, machine, ranges, each):
    """Return a quantity on a fine grid, nan where it is not defined, and the grid."""
    axes = [np.linspace(*ends, each) for ends in ranges.values()]
    grid = dict(zip(ranges, (one.ravel() for one in np.meshgrid(*axes, indexing="ij")), strict=True))
    free = {key: value[:, np.newaxis] if key == "drive" else value for key, value in grid.items()}
    return ts.solve(ts.ThermalMaser.near_degenerate(**machine | free), throw=False)[name], grid


@pytest.mark.parametrize(
    ("name", "machine", "ranges"),
    [
        ("s_max", {N: 2, "spread": 0.3}, {"drive": (1e-2, 0.9), "detuning": (-0.5, 0.7)}),
        (
            "s_max",
            {N: 3, "spread": 0.2, "hot_temperature": 0.8},
            {"drive": (1e-2, 0.9), "gamma_hot": (0.01, 1)},
        ),
        (
            "pair_sum",
            {N: 4, "dipole_correlation": 0.4},
            {"drive": (1e-2, 0.9), "detuning": (-0.5, 0.7)},
        ),
        ("efficiency", {N: 2, "spread": 0.3}, {"drive": (1e-2, 0.9), "omega_hot": (2.0, 12.0)}),
        ("cop", {N: 2, "spread": 0.1}, {"omega_hot": (9.0, 20.0), "gamma_hot": (0.02, 0.9)}),
        ("flux", {N: 3}, {"drive": (1e-2, 0.9), "omega_hot": (1.5, 12.0)}),
        ("entropy_production", {N: 3}, {"detuning": (-0.5, 0.7), "omega_hot": (1.5, 12.0)}),
        ("log10_s_max", {N: 2, "spread": 0.3}, {"drive": (1e-2, 0.9), "detuning": (-0.5, 0.7)}),
    ],
)
def test_nothing_on_a_fine_grid_is_larger(name, machine, ranges):
    preset = {N: 2, "spread": 0.05, "drive": 0.05, **ENGINE}
    fixed = {key: value for key, value in preset.items() if key not in ranges} | machine
    found = largest(ts.ThermalMaser, name, over=ranges, fixed=fixed, points=900)
    values, grid = brute(name, fixed, ranges, 120)
    known = np.isfinite(values)
    assert known.any()
    assert values[known].max() <= found.value + 1e-12 * abs(found.value)
    assert float(found.solution[name]) == found.value
    best = np.argmax(np.where(known, values, -np.inf))
    for one, (low, high) in ranges.items():
        assert abs(grid[one][best] - found.parameters[one]) <= 0.1 * (high - low)
        if found.places[one] is Place.INSIDE:
            assert abs(found.slopes[one]) <= found.slope_errors[one] + 1e-9
            assert found.slope_errors[one] < 1e-5
            left, right = found.brackets[one]
            assert low <= left < found.parameters[one] < right <= high


def test_efficiency_is_largest_where_the_engine_ends():
    """η = 1 − ω_1/ω_2 of a degenerate engine, which ends at Carnot's, ω_2 = ω_1 T_h/T_c: that is no inside."""
    fixed = {N: 2, "spread": 0.0, "drive": 0.05, **ENGINE}
    found = largest(ts.ThermalMaser, "efficiency", over={HOT: (1.5, 20.0)}, fixed=fixed)
    assert found.places[HOT] is Place.UPPER
    assert not found.inside
    assert found.value == pytest.approx(1.0 - 1.0 / found.parameters[HOT], rel=1e-12)
    assert found.value == pytest.approx(0.9, abs=1e-8)
    assert found.brackets[HOT][1] == 20.0


def test_the_largest_may_be_negative_or_zero():
    """Power of a refrigerator is least taken at its weakest drive; an idle machine has none to climb."""
    found = most_power({**WARM, "hot_temperature": 1.0}, {"drive": (0.1, 0.4)})
    assert found.value < 0.0
    assert found.places["drive"] is Place.LOWER
    assert found.slopes["drive"] < -found.slope_errors["drive"] < 0.0
    idle = most_power({**WARM, "drive": 0.0}, {HOT: (2.0, 3.0)}, points=16)
    assert idle.value == 0.0
    assert idle.places[HOT] is Place.FLAT
    assert np.isnan(idle.slopes[HOT])
    assert np.isnan(idle.slope_errors[HOT])


def test_occupations_and_splittings_may_be_free():
    """Parameters of the table and shorthands alike; one value for all levels."""
    fixed = {"drive": [0.1, 0.2], "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
    found = largest(ts.ThermalMaser, "power", over={"n_hot": (0.5, 60.0)}, fixed=fixed)
    n_hot = np.linspace(0.5, 60.0, 3000)[:, np.newaxis]
    assert ts.solve(ts.ThermalMaser(**fixed, n_hot=n_hot))["power"].max() <= found.value * (1.0 + 1e-13)
    assert found.inside


class Decaying(Model, name="decaying"):
    """A driven qubit that decays: with s = 2·(Ω/2)²/(Γ² + Δ²), ρ_11 = s/(2 + 2s) and |ρ_01| = sqrt(s/2)/(1 + s)."""

    PARAMETERS = (
        Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency"),
        Parameter("decay", "Γ", Kind.RATE, "decay rate, of the channel (Γ, |0><1|)", minimum=0.0, default=1.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
    )
    dimension = 2

    def generator(self):
        hamiltonian = np.multiply.outer(self.rabi, 0.5 * (LOWERING + LOWERING.T))
        hamiltonian = hamiltonian + np.multiply.outer(self.detuning, np.diag([0.0, 1.0]))
        return ts.LindbladSystem(hamiltonian, [(self.decay, LOWERING)]).generator()


@pytest.fixture
def toy():
    """Register quantities of a state; they are forgotten afterwards."""
    before = set(QUANTITIES)

    def add(name, of, **more):
        about = {"symbol": "", "long_name": "a toy", "part": QUANTITIES["populations"].part, "source": "definition"}
        register(Quantity(name=name, of=of, **about, **more))
        return name

    yield add
    for name in set(QUANTITIES) - before:
        module._REGISTERED.pop(name)


@pytest.fixture
def coherence(toy):
    return toy("toy_coherence", lambda one: np.abs(one.density.coherence(0, 1)))


@pytest.mark.parametrize("role", ["bound", "error", ""])
def test_what_may_be_off_by_a_hundredth_falls_where_it_falls_by_two(toy, role):
    """1 − (Ω − 1/2)² is smaller for sure where (Ω − 1/2)² > 0.02, of the widths tried first at 1/4."""
    hill = lambda one: 1.0 - (one.system.rabi - 0.5) ** 2  # noqa: E731
    toy("toy_off", lambda one: hill(one) + 0.01 if role == "bound" else np.full(one.batch_shape, 0.01))
    found = largest(Decaying, toy("toy_hill", hill, **({role: "toy_off"} if role else {})), over={"rabi": (0.0, 1.0)})
    assert found.parameters["rabi"] == pytest.approx(0.5, abs=1e-9)
    assert found.places["rabi"] is Place.INSIDE
    if role:
        assert found.brackets["rabi"] == pytest.approx((0.25, 0.75), abs=1e-9)
        assert found.slope_errors["rabi"] >= 2 * 0.01 / (2 * 0.02)
    else:
        low, high = found.brackets["rabi"]
        assert low < 0.5 < high < low + 1e-6
        assert found.slope_errors["rabi"] < 1e-9


def test_beyond_a_gap_nothing_is_proven(toy):
    """Rising up to where it is not defined, and low behind: there may be more in between."""
    name = toy("toy_cliff", lambda one: np.select([(x := one.system.rabi) <= 0.5, x < 0.6], [1.0 + x, np.nan], -1.0))
    found = largest(Decaying, name, over={"rabi": (0.1, 1.0)}, points=50)
    assert 1.5 - 1e-8 < found.value <= 1.5
    assert found.places["rabi"] is Place.UPPER
    assert found.brackets["rabi"][1] == 1.0
    assert found.brackets["rabi"][0] == pytest.approx(0.5, abs=1e-7)
    assert not found.inside
    for name, of, place in (("up", np.less, Place.UPPER), ("down", np.greater, Place.LOWER)):
        half = toy(f"toy_{name}", lambda one, of=of: np.where(of(one.system.rabi, 0.5), 1.0, np.nan))
        plateau = largest(Decaying, half, over={"rabi": (0.1, 1.0)}, points=50)
        assert plateau.places["rabi"] is place
        assert not plateau.inside


def test_what_is_not_finite_is_not_the_largest(toy):
    name = toy("toy_pole", lambda one: np.where((x := one.system.rabi) == 0.5, np.inf, np.sin(3.0 * x)))
    found = largest(Decaying, name, over={"rabi": (0.0, 1.0)}, points=101)
    assert found.value == pytest.approx(1.0, rel=1e-14)
    assert found.parameters["rabi"] == pytest.approx(np.pi / 6.0, abs=1e-9)
    never = toy("toy_never", lambda one: np.full(one.batch_shape, np.nan))
    refused(
        lambda: largest(Decaying, never, over={"rabi": (0.0, 1.0)}, points=9), "'toy_never' is defined", "none of 9"
    )


def test_a_quantity_and_a_model_of_ones_own(coherence):
    """|ρ_01| is at most 1/√8, where s = 1: Ω² = 2 (Γ² + Δ²)."""
    found = largest(Decaying, coherence, over={"rabi": (1e-3, 10.0)}, fixed={"decay": 0.4, "detuning": -0.3})
    assert found.parameters["rabi"] == pytest.approx(np.sqrt(2.0 * 0.25), rel=1e-9)
    assert found.value == pytest.approx(8.0**-0.5, rel=1e-12)
    assert found.inside
    assert repr(found).startswith("<Largest: toy_coherence 0.353553 at rabi 0.707107 (inside); ")
    found = largest(Decaying, coherence, over={"rabi": (1e-3, 0.3), "detuning": (-0.2, 0.3)})
    assert found.places == {"rabi": Place.UPPER, "detuning": Place.INSIDE}
    assert found.parameters["detuning"] == pytest.approx(0.0, abs=1e-9)


def test_points_that_are_none_are_left_out(coherence):
    """Without decay there is no unique state, and a correlation below −1/(N − 1) is no machine."""
    found = largest(Decaying, coherence, over={"decay": (0.0, 3.0)}, fixed={"rabi": 1.0}, points=64)
    assert found.parameters["decay"] == pytest.approx(0.5**0.5, rel=1e-9)
    found = most_power({N: 4, "spread": 0.0, **WARM}, {"dipole_correlation": (-1.0, 0.9)}, points=100)
    assert found.parameters["dipole_correlation"] >= -1.0 / 3.0 - 1e-12
    with pytest.raises(ts.SteadyStateError):
        largest(Decaying, coherence, over={"rabi": (0.1, 1.0)}, fixed={"decay": 0.0}, points=64)


def test_what_is_no_quantity_or_model_is_refused():
    def asked(model=ts.ThermalMaser, quantity="power", **fixed):
        over = {"rabi": (0.1, 1.0)} if model is Decaying else {"drive": (0.1, 1.0)}
        return lambda: largest(model, quantity, over=over, fixed=fixed or ({} if model is Decaying else ENGINE))

    refused(asked(quantity="powr"), "registered quantities", "did you mean power")
    refused(asked(quantity="populations"), "`quantity`", "one real number", "'populations' is a row")
    refused(asked(quantity="regime"), "`quantity`", "one real number", "codes")
    refused(asked(quantity="certified"), "`quantity`", "one real number", "bool")
    refused(asked(model=Decaying), "`quantities`", "'power' does not for a Decaying")
    refused(asked(model=ts.ThermalMaser([0.1], n_hot=1.0, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0)), "`model`")
    refused(asked(model=ts.LindbladSystem), "LindbladSystem has no such parameter")
    refused(asked(quantity="cop", **ENGINE), "`over`", "'cop' is defined", "none of 4096")
    refused(lambda: largest(ts.ThermalMaser, "power", over={"drive": (0.1, 1.0)}, fixed="maser"), "`fixed`", "by name")
    refused(lambda: largest(ts.ThermalMaser, "power", over=None), "`over`", "None")


@pytest.mark.parametrize(
    ("machine", "over", "words"),
    [
        (WARM | {"spread": [[0.1, 0.2]]}, {HOT: (2.0, 3.0)}, ("`fixed`", "one system", "`spread`", "(1, 2)")),
        (WARM | {"omega": 1.0}, {HOT: (2.0, 3.0)}, ("`omega`", "omega_hot", "no such parameter")),
        (WARM | {"detuning": [0.0, 0.1]}, {HOT: (2.0, 3.0)}, ("`fixed`", "one system", "`detuning`", "(2,)")),
        (WARM | {"drive": [[0.1, 0.1]]}, {HOT: (2.0, 3.0)}, ("`fixed`", "one system", "`drive`", "(1, 2)")),
        (WARM | {"drive": [0.1] * 3}, {HOT: (2.0, 3.0)}, ("`drive`", "length 2")),
        (WARM | {N: 1.5}, {HOT: (2.0, 3.0)}, ("`manifold_levels`", "1.5")),
        (WARM, {}, ("`over`", "ranges", "{}")),
        (WARM, {N: (1, 3)}, ("`over`", "omega_hot", "'manifold_levels'")),
        (WARM, {"ω": (1.0, 3.0)}, ("`over`", "'ω'")),
        (WARM, {"cold_temperature": (1.0, 3.0)}, ("`over`", "`fixed` gives 'cold_temperature'")),
        (WARM, {HOT: (3.0, 2.0)}, ("`over`", "from low to high", "[3.0, 2.0]")),
        (WARM, {HOT: (3.0, 3.0)}, ("`over`", "[3.0, 3.0]")),
        (WARM, {HOT: (1.0, 2.0, 3.0)}, ("`over`", "(low, high)", "[1.0, 2.0, 3.0]")),
        (WARM, {HOT: 2.0}, ("`over`", "(low, high)")),
        (WARM, {HOT: (2.0, np.inf)}, ("`omega_hot`", "finite", "inf")),
        (WARM, {HOT: (np.nan, 3.0)}, ("`omega_hot`", "finite", "nan")),
        (WARM, {HOT: ("low", "high")}, ("`omega_hot`", "numbers")),
        (WARM, {HOT: (-1.0, 3.0)}, ("`omega_hot`", "greater than 0")),
        (WARM, {HOT: (0.2, 0.9)}, ("`omega_hot`", "above `omega_cold`")),
        (WARM, {"gamma_hot": (-0.1, 3.0)}, ("`gamma_hot`", "at least 0")),
        (WARM, {"dipole_correlation": (-2.0, 0.0)}, ("`dipole_correlation`", "-1")),
        ({"cold_temperature": 1.0}, {HOT: (2.0, 3.0)}, ("`n_hot`", "hot_temperature", "neither")),
        ({"hot_temperature": 1.0}, {HOT: (2.0, 3.0)}, ("`n_cold`", "cold_temperature", "neither")),
        ({"cold_temperature": 1.0}, {"hot_temperature": (0.0, 3.0)}, ("`hot_temperature`", "greater than 0")),
        (WARM | {"hot_temperature": 0.0}, {HOT: (2.0, 3.0)}, ("`hot_temperature`", "greater than 0", "it is 0")),
        (WARM | {"cold_temperature": -1.0}, {HOT: (2.0, 3.0)}, ("`cold_temperature`", "greater than 0", "it is -1")),
        (WARM | {"hot_temperature": np.inf}, {HOT: (2.0, 3.0)}, ("`hot_temperature`", "finite", "inf")),
        (WARM | {"cold_temperature": np.nan}, {HOT: (2.0, 3.0)}, ("`cold_temperature`", "finite", "nan")),
        (WARM, {"drive": (0.1, 0.2), "n_hot": (1.0, 2.0)}, ("`n_hot`", "hot_temperature", "both")),
        (WARM, {"dipole_matrix": (0.1, 0.2)}, ("`over`", "'dipole_matrix'")),
        (WARM, {"drive": (0.1, 1j)}, ("`drive`", "real")),
        (WARM | {"drive": 0.1}, {"drive": (0.1, 1.0)}, ("`over`", "`fixed` gives 'drive'")),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(machine, over, words):
    refused(lambda: most_power(machine, over), *words)


def test_other_wrong_arguments_are_refused(monkeypatch):
    over = {HOT: (2.0, 3.0), "drive": (0.1, 1.0)}
    refused(lambda: most_power(WARM, over, bookkeeping="bare"), "`bookkeeping`", "Bookkeeping.DRIVEN", "'bare'")
    refused(lambda: most_power(WARM, over, points=24), "`points`", "25 for 2 parameters", "24")
    refused(lambda: most_power(WARM, over, points=1e3), "`points`", "whole number")
    monkeypatch.setattr("torusync._memory.available", lambda: 2.0**20)
    refused(lambda: most_power(WARM, over, points=10**9), "`points`", "GiB", "take fewer")


def test_machines_without_a_unique_state_say_so():
    """Two aligned dipoles, driven alike, have a dark state wherever the levels are."""
    machine = {N: 2, "spread": 0.0, "dipole_correlation": 1.0, **WARM}
    with pytest.raises(ts.SteadyStateError, match="dark states"):
        most_power(machine, {HOT: (2.0, 5.0)}, points=100)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf, [1.0, 0.0], None, "1", 1j], ids=repr)
def test_temperatures_are_positive_and_finite(value):
    """Of the preset and of the occupation alike, in one sentence."""
    refused(lambda: ts.ThermalMaser.near_degenerate(**(WARM | {"hot_temperature": value})), "`hot_temperature`")
    refused(lambda: ts.ThermalMaser.near_degenerate(**(WARM | {"cold_temperature": value})), "`cold_temperature`")
    refused(lambda: bose(1.0, value), "`temperature`")
