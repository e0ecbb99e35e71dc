"""Are values right that a result once contradicted?  Each comes from the balls of `tests.hunts`, asked again here.

Digits are typed out, so that neither the library nor the reference can move both sides of an equation.
"""

import numpy as np
import pytest
from flint import arb, ctx
from tests.hunts import balls, torus
from tests.hunts.flows import flows
from tests.hunts.machines import Machine, machine, stacked

import torusync as ts
from problems import ENGINE_BATHS
from torusync.steady import Status
from torusync.thermo import Regime

RADIUS = arb("1e-300")

SLOW = machine([0.1, 0.1], n_hot=0.2, n_cold=0.5, gamma_hot=1e-8, gamma_cold=1e-8, splittings=[0.0, 1e-8], detuning=0.1)
WEAK_COLD = machine([0.1, 0.1], **(ENGINE_BATHS | {"gamma_cold": 1e-10}))
WEAKER_COLD = machine([0.1, 0.1], **(ENGINE_BATHS | {"gamma_cold": 1e-15}), dipole_correlation=0.5)
TINY_DRIVE = machine([1e-12, 1e-12], **(ENGINE_BATHS | {"gamma_cold": 0.1}))
TINIER_DRIVE = machine([1e-15, 1e-15], **ENGINE_BATHS)
ONCE_SINGULAR = machine(
    [786333351.738864, 706200319.8467962],
    n_hot=1.0,
    n_cold=0.5,
    gamma_hot=1.0,
    gamma_cold=1.0,
    splittings=[0.0, 1.0],
)
FAR = machine([0.1 + 0.05j, 0.02 - 0.1j], **ENGINE_BATHS, detuning=1e6)
STRONG = machine([1e4, 2e4, 3e4], **ENGINE_BATHS, splittings=[0.0, 0.1, 0.3])
ALIGNED = {p: machine([0.3, 0.1], **ENGINE_BATHS, dipole_correlation=p) for p in (1.0, -1.0)}
UNDAMPED = machine([0.1, 0.1], **ENGINE_BATHS, dipole_correlation=-1.0)
NEARLY_UNDAMPED = machine([0.1, 0.1], **ENGINE_BATHS, dipole_correlation=-1.0, splittings=[0.0, 1e-10])
UNCOUPLED = machine([0.9, 0.6, 0.4], n_hot=8.4, n_cold=7.2, gamma_hot=1.0, gamma_cold=0.0, detuning=-1.1)

VALUES = {
    "rates of 1e-8": (SLOW, 0.0462459194776934949, -1.17519042437431384e-9, -2.35038085462457963e-9),
    "cold bath of 1e-10": (WEAK_COLD, 1.78571428163265303e-10, 4.28571427591836752e-11, 8.57142855183673504e-11),
    "cold bath of 1e-15": (
        WEAKER_COLD,
        1.90476190476184517e-15,
        4.28571428571415186e-16,
        8.57142857142830373e-16,
    ),
    "drives of 1e-12": (TINY_DRIVE, 7.40740740739506117e-13, 1.48148148148148134e-24, 2.96296296296296268e-24),
    "drives of 1e-15": (TINIER_DRIVE, 5.55555555555554642e-16, 1.11111111111111122e-30, 2.22222222222222244e-30),
    "drives of 1e8": (ONCE_SINGULAR, 0.0150644166339438083, 0.121212121212121212, 0.296541218676995482),
    "drives of 1e4": (STRONG, 0.0326090217372150170, 0.0391304347806920655, 0.0869254658341441398),
    "far detuned": (FAR, 3.56306277238797713e-8, 4.57999999999793243e-15, 9.15999999999586486e-15),
    "aligned dipoles": (ALIGNED[1.0], 0.111111111111111114, 0.0222222222222222216, 0.0444444444444444432),
    "opposed dipoles": (ALIGNED[-1.0], 0.120689655172413793, 0.00689655172413792982, 0.0137931034482758596),
    "nearly undamped": (NEARLY_UNDAMPED, 0.100000000003571429, 1.60714285714285717e-21, 3.21428571436607148e-21),
    "undamped": (UNDAMPED, 0.1, 0.0, 0.0),
    "cold bath uncoupled": (UNCOUPLED, 0.0, 0.0, 0.0),
}
"""Pair sum, flux and power."""

CLOSE = {"cold bath of 1e-10", "cold bath of 1e-15", "drives of 1e-12", "far detuned", "aligned dipoles"}
"""Machines whose currents small numbers cost no digits."""


def solve(item: Machine) -> tuple[ts.SteadyState, ts.Synchronization, ts.Thermodynamics]:
    state = ts.steady_state(stacked([item]), throw=False)
    assert state.status_codes[0] == Status.SUCCESS.value
    return state, ts.synchronization(state), ts.thermodynamics(state)


@pytest.mark.parametrize("name", VALUES)
def test_the_typed_values_are_those_of_the_balls(name):
    item, pair_sum, flux, power = VALUES[name]
    true = balls.truth(item, RADIUS)
    with ctx.workprec(true.bits):
        found = flows(item, true.rho)
        assert float(torus.pair_sum(true.rho)) == pytest.approx(pair_sum, rel=1e-15, abs=1e-290)
        assert float(found.flux) == pytest.approx(flux, rel=1e-15, abs=1e-290)
        assert float(found.power) == pytest.approx(power, rel=1e-15, abs=1e-290)


@pytest.mark.parametrize("name", VALUES)
def test_every_value_is_right_within_its_error(name):
    item, pair_sum, flux, power = VALUES[name]
    state, sync, found = solve(item)
    rounding = 8 * np.finfo(float).eps
    assert state.error[0] <= 1e-10
    assert abs(sync.pair_sum[0] - pair_sum) <= sync.pair_sum_error[0] + rounding * pair_sum
    assert bool(sync.certified[0])
    assert abs(found.flux[0] - flux) <= found.flux_error[0]
    assert abs(found.power[0] - power) <= found.power_error[0]


@pytest.mark.parametrize("name", sorted(CLOSE))
def test_small_numbers_keep_their_digits(name):
    item, pair_sum, flux, power = VALUES[name]
    _, sync, found = solve(item)
    assert sync.pair_sum[0] == pytest.approx(pair_sum, rel=1e-10)
    assert found.flux[0] == pytest.approx(flux, rel=1e-10)
    assert found.power[0] == pytest.approx(power, rel=1e-10)
    assert Regime(int(found.regime_codes[0])) is Regime.ENGINE


def test_a_tiny_drive_is_an_engine():
    """P/λ² = 80/27 at λ = 1e-12."""
    _, _, found = solve(TINY_DRIVE)
    assert found.power[0] / 1e-24 == pytest.approx(2.962962962963, rel=1e-12)
    assert Regime(int(found.regime_codes[0])) is Regime.ENGINE


@pytest.mark.parametrize("p", [1.0, -1.0])
def test_aligned_dipoles_keep_the_efficiency(p):
    """Incoherent and coherent heat cancel; at exact degeneracy η = 1 − ω_1/ω_2 whatever the dipoles."""
    _, _, found = solve(ALIGNED[p])
    assert found.efficiency[0] == pytest.approx(2 / 3, rel=1e-12)
    assert found.efficiency_error[0] <= 1e-10


def test_a_cold_bath_that_is_not_coupled_leaves_equilibrium():
    """Every excited level has the hot ratio 8.4/9.4: ρ_00 = 94/430, ρ_jj = 84/430, and nothing else."""
    state, sync, found = solve(UNCOUPLED)
    rho = state.rho[0]
    assert np.diag(rho).real == pytest.approx([94 / 430] + 4 * [84 / 430], rel=1e-14)
    assert np.count_nonzero(rho - np.diag(np.diag(rho))) == 0
    assert sync.s_max[0] == 0
    assert np.isnan(sync.phases[0]).all()
    assert found.flux[0] == found.power[0] == 0
    assert Regime(int(found.regime_codes[0])) is Regime.IDLE
    assert np.isnan(found.efficiency[0])
    assert np.isnan(found.cop[0])
    assert bool(found.first_law_holds[0])
    assert bool(found.second_law_holds[0])


@pytest.mark.parametrize(("n_hot", "coherence"), [(5.0, -1 / 10), (0.2, 1 / 22)])
def test_a_bright_state_that_nothing_damps_is_idle_but_synchronized(n_hot, coherence):
    """ρ_23 = (r_c − r_h) ρ_00/2; no flux, so ρ_1j = 0, and yet S_max is not."""
    _, sync, found = solve(machine([0.1, 0.1], **(ENGINE_BATHS | {"n_hot": n_hot}), dipole_correlation=-1.0))
    assert sync.pair_sum[0] == pytest.approx(abs(coherence), rel=1e-12)
    assert abs(found.flux[0]) <= found.flux_error[0]
    assert Regime(int(found.regime_codes[0])) is Regime.IDLE
    assert np.isnan(found.efficiency[0])
    assert np.isnan(found.cop[0])


def test_beside_it_the_sign_of_the_flux_is_right_or_left_open():
    _, _, found = solve(NEARLY_UNDAMPED)
    regime = Regime(int(found.regime_codes[0]))
    assert regime is Regime.ENGINE or abs(found.flux[0]) <= found.flux_error[0]
    assert regime is not Regime.REFRIGERATOR


def test_a_hot_bath_that_is_not_coupled_is_refused_where_dark_states_are_frozen():
    """Nullity 1 + (N − 1)² at exact degeneracy."""
    one = machine([0.1], **(ENGINE_BATHS | {"gamma_hot": 0.0}))
    two = machine([0.1, 0.1], **(ENGINE_BATHS | {"gamma_hot": 0.0}))
    assert solve(one)[0].status_codes[0] == Status.SUCCESS.value
    assert ts.steady_state(stacked([two]), throw=False).status_codes[0] == Status.NOT_UNIQUE.value


def test_one_odd_machine_does_not_end_a_map():
    """Drives of 1e8 once raised LinAlgError, with throw=False too; beside it an ordinary point keeps its value."""
    beside = machine([0.1, 0.1], n_hot=1.0, n_cold=0.5, gamma_hot=1.0, gamma_cold=1.0, splittings=[0.0, 1.0])
    state = ts.steady_state(stacked([ONCE_SINGULAR, beside]), throw=False)
    alone = ts.steady_state(stacked([beside]))
    assert state.status_codes[1] == Status.SUCCESS.value
    assert np.abs(state.rho[1] - alone.rho[0]).max() <= state.error[1] + alone.error[0]


def test_a_weak_cold_bath_is_not_ill_conditioned():
    """Its slowest rate is 0.18, though a bare rate is 1e-10: ρ_1j = −1.07142857e-10 i."""
    state, _, _ = solve(WEAK_COLD)
    assert state.coherence(1, 2)[0] == pytest.approx(-1.07142856897959182e-10j, rel=1e-10)
    assert state.coherence_error[0] <= 1e-13
