"""Is the largest value found, is efficiency at maximum power the known one, and is the evidence what it says?

Dorfman, Xu and Cao (PRE 97, 042120; arXiv:1711.10557) have the limits of efficiency at maximum power for hot baths and
a strong resonant drive: with η_C = 1 − T_c/T_h, optimising ω_1 at given ω_2 leads from η_C/2 (γ_c ≫ γ_h) to Curzon and
Ahlborn's 1 − sqrt(1 − η_C) (γ_h ≫ γ_c), and optimising ω_2 at given ω_1 on from there (γ_c ≫ γ_h) to η_C/(2 − η_C)
(γ_h ≫ γ_c).
"""

import numpy as np
import pytest

import torusync as ts
from problems import most_power
from torusync.conventions import bose
from torusync.quantities import Largest, Place
from torusync.thermo import Bookkeeping

WARM = {"hot_temperature": 10.0, "cold_temperature": 1.0}
COLD, HOT = "omega_cold", "omega_hot"

HALF, CURZON_AHLBORN, UPPER = (
    lambda tau: (1.0 - tau) / 2.0, lambda tau: 1.0 - np.sqrt(tau), lambda tau: (1.0 - tau) / (1.0 + tau)
)  # fmt: skip
"""The limits by τ = T_c/T_h = 1 − η_C."""


def eta(found):
    return float(found.solution.thermodynamics.efficiency)


def limit(free, *, ratio, tau=0.25, heat=1e7, strength=1e4, levels=1, width=1.0):
    """A resonant machine with baths hot against its energies and a drive strong against its damping.

    ω_2 = 1 or ω_1 = 1 is fixed, the other one free; ratio is γ_h/γ_c.
    """
    machine = {
        "manifold_levels": levels, "spread": 0.0, "hot_temperature": heat, "cold_temperature": tau * heat,
        "gamma_cold": 1.0, "gamma_hot": ratio, "drive": strength * np.sqrt(ratio) * heat,
    }  # fmt: skip
    if free == COLD:
        return most_power(machine | {HOT: width}, {COLD: (0.05 * width, 0.999 * width)})
    return most_power(machine | {COLD: width}, {HOT: (1.001 * width, 12.0 * width)})


def at_any_ratio(free, ratio, tau=0.25):
    """η where T → ∞ and λ → ∞: P ∝ (ω_2 − ω_1)(ω_1 − τω_2)/(gω_1 + τω_2) with g = γ_h/γ_c, maximised by hand.

    J = 2ρ_00 γ_h γ_c (n_h − n_c)/(γ_h(1 + n_h) + γ_c(1 + n_c)) with ρ_00 → 1/(N + 2) and n → T/ω.  The zero of the
    derivative solves a quadratic equation in ω_1/ω_2.
    """
    g = ratio
    if free == COLD:
        return 1.0 - (-tau + np.sqrt(tau**2 + g * tau * (1.0 + tau + g))) / g
    return 1.0 - tau / (-g + np.sqrt(g**2 + g * (1.0 + tau) + tau))


@pytest.mark.parametrize(
    ("free", "ratios", "value", "slope"),
    [
        # the term of first order in the small ratio, from the formula above with τ = 1 − η_C
        (COLD, (1e-2, 1e-3, 1e-4), HALF, lambda tau: (1 - tau) ** 2 / (8 * tau)),
        (COLD, (1e2, 1e3, 1e4), CURZON_AHLBORN, lambda tau: -0.5 * np.sqrt(tau) * (1 - np.sqrt(tau)) ** 2),
        (HOT, (1e-2, 1e-3, 1e-4), CURZON_AHLBORN, lambda tau: 0.5 * (1 - np.sqrt(tau)) ** 2 / np.sqrt(tau)),
        (HOT, (1e2, 1e3, 1e4), UPPER, lambda tau: -0.5 * tau * (1 - tau) ** 2 / (1 + tau) ** 2),
    ],
    ids=["half", "curzon-ahlborn of ω_1", "curzon-ahlborn of ω_2", "upper"],
)
@pytest.mark.parametrize("tau", [0.25, 0.7])
def test_the_limits_of_dorfman_xu_and_cao(free, ratios, value, slope, tau):
    """η_C/2, 1 − sqrt(1 − η_C) and η_C/(2 − η_C): the distance is proportional to the smaller of γ_h/γ_c, γ_c/γ_h."""
    distances = []
    for ratio in ratios:
        found = limit(free, ratio=ratio, tau=tau)
        small = min(ratio, 1.0 / ratio)
        distance = eta(found) - value(tau)
        # what is left is of second order in the ratio, of first order in ω/T, and of second in γT/(ωλ)
        assert distance == pytest.approx(small * slope(tau), abs=3.0 * small**2 + 5e-8)
        distances.append(abs(distance))
        assert found.inside
    assert distances[0] / distances[1] == pytest.approx(10.0, rel=0.1)
    assert distances[1] / distances[2] == pytest.approx(10.0, rel=0.02)


@pytest.mark.parametrize("free", [COLD, HOT])
@pytest.mark.parametrize("ratio", [0.1, 1.0, 7.0])
def test_hotter_baths_and_stronger_drives_lead_to_the_closed_form(free, ratio):
    """Corrections of first order in ω/T (1 + n against n), and of second in the damping over the drive."""
    expected = at_any_ratio(free, ratio)
    hot = [abs(eta(limit(free, ratio=ratio, heat=heat, strength=1e5)) - expected) for heat in (1e3, 1e4, 1e5)]
    np.testing.assert_allclose(np.array(hot[:-1]) / hot[1:], 10.0, rtol=0.02)
    # both γn and λ are measured against the same T here
    weak = [abs(eta(limit(free, ratio=ratio, heat=1e9, strength=s)) - expected) for s in (10.0, 100.0, 1000.0)]
    np.testing.assert_allclose(np.array(weak[:-1]) / weak[1:], 100.0, rtol=0.02)
    assert weak[-1] < 1e-7


@pytest.mark.parametrize("levels", [2, 5, 40])
@pytest.mark.parametrize(("free", "ratio"), [(COLD, 1e-3), (COLD, 1e3), (HOT, 1.0)])
def test_more_levels_have_the_same_limits(levels, free, ratio):
    """Dark states only take population, ρ_00 → 1/(N + 2) whatever the energies: P changes by a factor."""
    one, many = limit(free, ratio=ratio), limit(free, ratio=ratio, levels=levels)
    assert eta(many) == pytest.approx(eta(one), abs=1e-6)
    assert many.value / one.value == pytest.approx(3.0 / (levels + 2.0), rel=1e-6)


def test_the_unit_of_energy_is_free():
    """All frequencies, rates and temperatures in another unit: power scales by its square, efficiency stays."""
    one = most_power({"manifold_levels": 2, **WARM}, {HOT: (1.5, 20.0)})
    other = most_power(
        {
            "manifold_levels": 2, "spread": 0.05e3, "hot_temperature": 1e4, "cold_temperature": 1e3, "drive": 0.05e3,
            "gamma_hot": 0.05e3, "gamma_cold": 0.2e3, COLD: 1e3,
        },
        {HOT: (1.5e3, 20.0e3)},
    )  # fmt: skip
    assert eta(other) == pytest.approx(eta(one), rel=1e-9)
    assert other.value == pytest.approx(1e6 * one.value, rel=1e-12)


def flows_of(machine, bookkeeping=Bookkeeping.BARE, **changes):
    state = ts.steady_state(ts.ThermalMaser.near_degenerate(**{**machine, **changes}))
    return ts.thermodynamics(state, bookkeeping=bookkeeping)


def power_of(machine, bookkeeping=Bookkeeping.BARE, **changes):
    flows = flows_of(machine, bookkeeping, **changes)
    return flows.heat_hot + flows.heat_cold


@pytest.mark.parametrize("bookkeeping", Bookkeeping)
@pytest.mark.parametrize("correlation", [0.0, 0.3])
def test_nothing_on_a_fine_grid_is_higher(bookkeeping, correlation):
    machine = {"manifold_levels": 3, "spread": 0.3, "drive": 0.4, "dipole_correlation": correlation, **WARM}
    ranges = {HOT: (1.5, 30.0), "detuning": (-0.5, 0.9), "gamma_hot": (1e-3, 3.0)}
    found = most_power(machine, ranges, bookkeeping=bookkeeping)
    rng = np.random.default_rng(5)
    anywhere = {name: rng.uniform(*ends, 3000) for name, ends in ranges.items()}
    near = {name: found.parameters[name] + 0.01 * np.ptp(ends) * rng.normal(size=3000) for name, ends in ranges.items()}
    near = {name: np.clip(near[name], *ends) for name, ends in ranges.items()}
    for tried in (anywhere, near):
        assert (power_of(machine, bookkeeping, **tried) <= found.value * (1.0 + 1e-12)).all()
    assert power_of(machine, bookkeeping, **found.parameters) == pytest.approx(found.value, rel=1e-13)
    flows = found.solution.thermodynamics
    assert flows.bookkeeping is bookkeeping
    assert eta(found) == flows.power / flows.heat_hot
    assert flows.power == found.value
    for name, place in found.places.items():
        assert place in {Place.INSIDE, Place.UPPER, Place.LOWER}
        if place is Place.INSIDE:
            assert abs(found.slopes[name]) <= 1e-9
        else:
            assert found.slopes[name] * place > 0.0


def test_the_best_dipole_correlation_is_the_known_one():
    """p_opt = −1 + (√2 λ/a_h) sqrt[(1 + 3n_c + 2n_h + 4n_c n_h)/(1 + 2n_c + 3n_h + 4n_c n_h)] (companion paper)."""
    machine = {"manifold_levels": 2, "spread": 0.0, "drive": 0.06, **WARM}
    found = most_power(machine, {"dipole_correlation": (-0.99, 0.99)})
    n_h, n_c = float(found.solution.system.n_hot[0]), float(found.solution.system.n_cold)
    root = (1 + 3 * n_c + 2 * n_h + 4 * n_c * n_h) / (1 + 2 * n_c + 3 * n_h + 4 * n_c * n_h)
    assert found.parameters["dipole_correlation"] == pytest.approx(
        -1 + np.sqrt(2) * 0.06 / (0.05 * (1 + n_h)) * np.sqrt(root), abs=1e-10
    )
    assert found.inside


def test_a_summit_at_the_end_of_a_range_is_told():
    """Power saturates with the drive: more is better up to the end, however little it brings."""
    machine = {"manifold_levels": 3, "spread": 0.0, **WARM}
    for high in (10.0, 1e4):
        found = most_power(machine, {HOT: (1.5, 60.0), "drive": (1e-3, high)})
        assert found.places == {HOT: Place.INSIDE, "drive": Place.UPPER}
        assert found.parameters["drive"] == high
        assert found.slopes["drive"] > 10.0 * found.slope_errors["drive"] > 0.0
        assert not found.inside
        assert found.brackets["drive"][1] == high
        assert "drive 10 (upper)" in repr(found) or "drive 10000 (upper)" in repr(found)
    low = most_power({"manifold_levels": 2, "spread": 0.0, **WARM}, {"dipole_correlation": (-0.3, 0.5)})
    assert low.places["dipole_correlation"] is Place.LOWER
    assert low.slopes["dipole_correlation"] < 0.0


@pytest.mark.parametrize(("high", "logarithmic"), [(0.3, True), (0.03, False)])
def test_slopes_at_an_end_are_those_of_differences(high, logarithmic):
    """dlnP/du, u on a logarithmic scale where the range spans more than a factor of 100."""
    machine = {"manifold_levels": 2, "spread": 0.1, **WARM}
    found = most_power(machine, {"drive": (1e-3, high)})
    lengths = high * np.log(high / 1e-3) if logarithmic else high - 1e-3
    # second order, one-sided
    one, two, three = (np.log(power_of(machine, drive=high * (1 - step))) for step in (0.0, 1e-5, 2e-5))
    slope = (3 * one - 4 * two + three) / (2e-5 * high)
    assert found.slopes["drive"] == pytest.approx(slope * lengths, rel=1e-6)
    assert found.places["drive"] is Place.UPPER


def test_a_plateau_that_reaches_an_end_is_no_inside():
    """From λ = 10⁹ on, λ changes nothing that a double could hold."""
    found = most_power({"manifold_levels": 1, **WARM}, {"drive": (1e9, 1.01e9)})
    assert found.places["drive"] is Place.FLAT
    found = most_power({"manifold_levels": 1, **WARM}, {"drive": (1e-1, 1e9)})
    assert found.places["drive"] is Place.UPPER
    assert not found.inside


def test_a_parameter_without_influence_is_told():
    found = most_power({"manifold_levels": 1, **WARM}, {"spread": (0.0, 1.0), HOT: (1.5, 20.0)})
    assert found.places == {"spread": Place.FLAT, HOT: Place.INSIDE}
    assert found.brackets["spread"] == (0.0, 1.0)
    assert found.slopes["spread"] == 0.0
    assert found.inside


@pytest.mark.parametrize("levels", [1, 3, 160])
def test_brackets_hold_the_maximum(levels):
    """The power at their ends is smaller, and the summit between them is known better than they are wide."""
    machine = {"manifold_levels": levels, "spread": 0.2, "drive": 3.0, **WARM}
    # beyond, where few quanta come, many levels are solved a second way, which takes a minute
    found = most_power(machine, {HOT: (1.5, 60.0 if levels < 100 else 12.0)}, points=100)
    low, high = found.brackets[HOT]
    at = found.parameters[HOT]
    assert low < at < high
    flows = flows_of(machine, **{HOT: np.array([low, at, high])})
    falls = flows.power[1] - flows.power[[0, 2]]
    # by more than either may be off, and the next narrower ones, with a quarter of the fall, do not
    unknown = flows.power_error[1] + flows.power_error[[0, 2]]
    assert (falls > unknown).all()
    assert (falls < 4.5 * unknown + 1e-12 * found.value).all()
    assert high - low < 1e-4 or levels == 160
    steps = np.array([-3e-3, -1e-3, 1e-3, 3e-3])
    power = power_of(machine, **{HOT: at + steps})
    assert (power < found.value).all()
    # the parabola through neighbours has its top there, up to their third differences
    bend = np.polyfit(steps, power / found.value, 3)
    assert at + np.roots(np.polyder(bend))[-1] == pytest.approx(at, abs=1e-6)


def test_a_range_of_the_drive_is_one_for_all_levels():
    machine = {"manifold_levels": 3, "spread": 0.2, "detuning": 0.3, **WARM}
    found = most_power(machine, {"drive": (0.001, 5.0)})
    np.testing.assert_array_equal(found.solution.system.drive, np.full(3, found.parameters["drive"]))


def test_both_energies_may_be_free_though_not_every_pair_is_a_machine():
    found = most_power({"manifold_levels": 2, **WARM}, {HOT: (1.5, 30.0), COLD: (1.5, 30.0)})
    assert found.inside
    assert found.parameters[HOT] > found.parameters[COLD]
    assert 0.0 < eta(found) < 0.9


def test_a_narrow_engine_between_grid_points_is_climbed_to():
    """Engines only between ω_2 = 1 and 1.01, two points of the grid apart, refrigerators everywhere else."""
    found = most_power(
        {"manifold_levels": 1, "hot_temperature": 1.01, "cold_temperature": 1.0}, {HOT: (1.001, 20.0)}, points=1500
    )
    assert found.inside
    assert eta(found) == pytest.approx(HALF(1.0 / 1.01), rel=0.01)


def test_temperatures_may_be_free():
    """A level that is filled more makes the machine damp its own coherence: there is a best hot bath."""
    found = most_power({"manifold_levels": 2, "cold_temperature": 1.0}, {"hot_temperature": (1.0, 50.0)})
    assert found.inside
    assert found.solution.system.n_hot[0] == bose(3.0, found.parameters["hot_temperature"])


def test_the_same_question_has_the_same_answer():
    one, two = (most_power({"manifold_levels": 2, **WARM}, {HOT: (1.5, 20.0), "drive": (1e-3, 1.0)}) for _ in range(2))
    assert isinstance(one, Largest)
    assert repr(one) == repr(two)
    assert one.parameters == two.parameters
    assert (one.evaluations, one.brackets) == (two.evaluations, two.brackets)
    assert 4096 < one.evaluations < 10000


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.99])
def test_analytic_limits_are_in_order(tau):
    found = limit(COLD, ratio=1.0, tau=tau)
    assert HALF(tau) < eta(found) < CURZON_AHLBORN(tau) < eta(limit(HOT, ratio=1.0, tau=tau)) < UPPER(tau) < 1 - tau
