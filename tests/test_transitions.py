"""Is the phase of a line what is left of the letter's, and do two masers exchange what they are read and said to?"""

import numpy as np
import pytest

import torusync as ts
from problems import random_state, refused
from torusync.analysis import Cycle, Finding
from torusync.models import MaserPair, machine_of
from torusync.phases import SU2, SUD, Fock, Joint, Relative, Transition

LINE = Transition(1, 2)


def state_of(levels):
    return random_state(np.random.default_rng(levels), levels, levels)


@pytest.mark.parametrize(("levels", "pair"), [(2, (0, 1)), (3, (1, 2)), (3, (2, 0)), (4, (1, 3))])
def test_it_is_the_letter_s_distribution_integrated_over_all_other_phases(levels, pair):
    rho, (lower, upper) = state_of(levels), pair
    grid = 2.0 * np.pi * np.arange(5) / 5.0  # exact for harmonics below 5
    others = [level for level in range(levels) if level not in {lower, upper}]
    mesh = np.meshgrid(*[grid] * len(others), indexing="ij")
    angle = np.linspace(-3.0, 3.0, 13)
    phases = np.zeros((13, *(5,) * len(others), levels))
    phases[..., upper] = angle.reshape(-1, *(1,) * len(others))
    for level, values in zip(others, mesh, strict=True):
        phases[..., level] = values
    mean = ts.phase_distribution(rho, phases, distribution=SUD()).reshape(13, -1).mean(axis=1)
    found = ts.phase_distribution(rho, angle[:, np.newaxis], distribution=Transition(lower, upper))
    np.testing.assert_allclose(found, (2.0 * np.pi) ** len(others) * mean, atol=1e-15)
    np.testing.assert_allclose(found, 0.25 * np.real(rho[lower, upper] * np.exp(1j * angle)), atol=1e-16)


def test_two_levels_are_a_spin_half():
    rho = state_of(2)
    line, spin = (ts.synchronization(rho, distribution=one) for one in (Transition(0, 1), SU2(0.5)))
    assert line.s_max == pytest.approx(float(spin.s_max), rel=1e-14)
    np.testing.assert_allclose(line.phases, spin.phases, atol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3, 7])
def test_the_largest_s_is_that_of_a_spin_half(dimension):
    assert Transition(0, 1).largest(dimension) == pytest.approx(0.125, rel=1e-14)


def test_other_levels_are_not_read():
    """Neither their coherences nor how many there are."""
    rho = np.zeros((5, 5), dtype=complex)
    rho[1:4, 1:4] = state_of(3)
    rho = rho + np.diag([0.5, 0.0, 0.0, 0.0, 0.5])
    rho /= 2.0
    beside = rho.copy()
    beside[1, 3] = beside[3, 1] = beside[2, 3] = beside[3, 2] = 0.0
    for one in (rho, beside):
        found = ts.synchronization(one, distribution=LINE)
        assert found.s_max == pytest.approx(0.25 * abs(rho[1, 2]), rel=1e-14)


def test_lines_are_read_against_other_parts():
    """π/4 of a line and 1 of a mode, whatever the levels between: the order of 0 → 2 is one rung."""
    ket = np.zeros((3, 2))
    ket[0, 1] = ket[2, 0] = 0.5**0.5
    rho = np.outer(ket, ket)
    found = ts.synchronization(rho, distribution=Relative(Transition(0, 2), Fock(), dims=(3, 2)))
    assert found.s_max == pytest.approx(0.5 * 0.25, rel=1e-14)
    assert found.optima_count == 1
    alone = ts.synchronization(rho, distribution=Joint(Transition(0, 2), dims=(3, 2)))
    assert alone.s_max == 0.0


PAIR = {"n_hot_a": 5.0, "n_cold_a": 0.5, "n_hot_b": 2.0, "n_cold_b": 0.4, "gamma_hot": 0.05, "gamma_cold": 0.2}


def test_two_masers_are_read_line_against_line():
    state = ts.steady_state(MaserPair(**PAIR, exchange=[0.05, 0.3], detuning=0.2))
    sync = ts.synchronization(state)
    np.testing.assert_allclose(sync.s_max, np.pi / 16.0 * np.abs(state.rho[:, 5, 7]), rtol=1e-13)
    np.testing.assert_allclose(np.exp(1j * sync.phases[:, 0]), np.exp(-1j * np.angle(state.rho[:, 5, 7])), atol=1e-12)
    found = ts.explain(state.system[0])
    assert (found.finding, found.cycle) == (Finding.NEUTRAL, Cycle.UNORDERED)
    assert "nothing to agree with" in found.text


@pytest.mark.parametrize("detuning", [0.0, 0.3, -0.4])
def test_their_heat_is_counted_in_quanta_of_each_bath(detuning):
    """By populations alone: 2γ[n p_0 − (1+n) p_j] quanta a time from each bath, and as many through both machines."""
    low, high = 1.2, 3.1
    pair = MaserPair(**PAIR, exchange=0.2, detuning=detuning, omega_cold=low, omega_hot=high)
    state = ts.steady_state(pair)
    heats = ts.thermodynamics(state)
    whole = np.diag(state.rho).real.reshape(3, 3)
    quanta = {}
    for name, p, hot, cold in (("a", whole.sum(axis=1), 5.0, 0.5), ("b", whole.sum(axis=0), 2.0, 0.4)):
        quanta[f"hot_{name}"] = 2.0 * 0.05 * (hot * p[0] - (1.0 + hot) * p[2])
        quanta[f"cold_{name}"] = 2.0 * 0.2 * (cold * p[0] - (1.0 + cold) * p[1])
    carried = {"hot_a": high, "cold_a": low, "hot_b": high + detuning, "cold_b": low}
    assert list(heats.heats) == list(carried)
    for name, one in carried.items():
        assert heats.heats[name] == pytest.approx(one * quanta[name], rel=1e-9)
    flow = quanta["hot_a"]
    np.testing.assert_allclose([-quanta["cold_a"], -quanta["hot_b"], quanta["cold_b"]], flow, rtol=1e-9)
    assert heats.power == pytest.approx(-detuning * flow, rel=1e-8, abs=1e-15)
    # ln of how much likelier a jump is than its reverse, along the cycle of both
    force = np.log(1.2) - np.log(3.0) - np.log(1.5) + np.log(3.5)
    assert heats.entropy_production == pytest.approx(-flow * force, rel=1e-8)
    assert heats.entropy_production > 0.0


def test_no_state_depends_on_the_levels_that_heat_is_counted_in():
    states = ts.steady_state(MaserPair(**PAIR, exchange=0.2, omega_hot=[2.0, 5.0], omega_cold=[1.0, 0.3]))
    np.testing.assert_array_equal(states.rho[0], states.rho[1])


def test_they_are_typed_with_units():
    """In units of ω_1 = 100 MHz, and heat leaves in W."""
    typed = {name: one for name, one in PAIR.items() if name.startswith("n_")}
    typed |= {"exchange": "20 MHz", "gamma_hot": "5 MHz", "gamma_cold": "20 MHz"}
    typed |= {"omega_cold": "100 MHz", "omega_hot": "300 MHz"}
    system = machine_of(typed, MaserPair).system
    assert system == MaserPair(**PAIR, exchange=0.2).measured_in(1e8)
    plain, with_unit = ts.solve(MaserPair(**PAIR, exchange=0.2)), ts.solve(system)
    watts = 1.054571817e-34 * (2.0 * np.pi * 1e8) ** 2
    data = with_unit.to_dataset(["heat"])
    assert data["heat"].attrs["units"] == "W"
    np.testing.assert_allclose(data["heat"], plain["heat"] * watts, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Transition(1, 1), ("`upper`", "another level", "1")),
        (lambda: Transition(-1, 1), ("`lower`", "at least 0")),
        (lambda: Transition(0.5, 1), ("`lower`", "whole number")),
        (lambda: ts.synchronization(np.eye(2) / 2, distribution=LINE), ("`distribution`", "1 and 2", "has 2")),
        (LINE.largest, ("`dimension`", "be given")),
        (lambda: Relative(LINE, LINE), ("`dims`", "modes and transitions")),
        (lambda: Relative(LINE, LINE, dims=(3, 2)), ("`distribution`", "1 and 2")),
    ],
)
def test_what_is_no_line_is_refused(call, words):
    refused(call, *words)
