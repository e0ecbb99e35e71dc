"""Does every error of a current, and every border that a regime or a law is judged at, do what it is there for?

States are spoiled by a known amount in the direction that hurts most, and the currents of the true state come from
balls; results are made by hand where the number that decides must lie on one side of a border or on the other.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pytest
from flint import ctx
from tests.hunts import balls
from tests.hunts.flows import CURRENTS, driven_flows, flows
from tests.hunts.machines import Machine, machine

import torusync as ts
from torusync.densities import ThermalPlusBlock
from torusync.steady import Block
from torusync.thermo import Bookkeeping, Regime
from torusync.thermo.currents import _regime
from torusync.thermo.flows import Thermodynamics

EPS = np.finfo(float).eps
R = Regime


@dataclass
class Spoiled:
    """A state as the currents see it."""

    density: ThermalPlusBlock
    coherence_error: np.ndarray
    system: ts.ThermalMaser


MACHINES = {
    "strong": machine([0.8, 0.5j], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2),
    "weak": machine([1e-5, 2e-5j], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2),
    "split": machine([0.8, 0.5j], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2, splittings=[0.1, 0.5]),
    "weak, split": machine([1e-5, 2e-5], n_hot=[3.0, 2.0], n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2,
                           splittings=[0.1, 0.7], detuning=0.3),
    "weak for the cold bath": machine([1e-3, 2e-3], n_hot=3.0, n_cold=0.4, gamma_hot=1e-3, gamma_cold=40.0,
                                      splittings=[0.0, 0.5]),
    "weak for the hot bath": machine([1e-3, 2e-3], n_hot=0.2, n_cold=0.4, gamma_hot=40.0, gamma_cold=1e-3,
                                     splittings=[0.0, 0.5]),
    "unequal": machine([0.8, 0.5, 0.3], n_hot=[3.0, 1.0, 2.0], n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2,
                       splittings=[0.0, 0.2, 0.5], detuning=-0.4),
    "correlated": machine([0.8, 0.5], n_hot=3.0, n_cold=0.4, gamma_hot=0.5, gamma_cold=0.2, splittings=[0.0, 0.5],
                          dipole_correlation=0.9),
    "uneven at resonance": machine([80.0, 50.0], n_hot=[5.0, 0.1], n_cold=0.4, gamma_hot=0.5, gamma_cold=0.2),
    "three correlated": machine([0.8, 0.5, 0.3], n_hot=3.0, n_cold=0.4, gamma_hot=0.5, gamma_cold=0.2,
                                splittings=[0.0, 0.1, 0.5], dipole_correlation=0.98),
    "aligned": machine([0.8, 0.5], n_hot=3.0, n_cold=0.4, gamma_hot=0.5, gamma_cold=0.2, dipole_correlation=1.0),
    "refrigerator": machine([0.8, 0.5], n_hot=0.2, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2, splittings=[0.0, 0.1]),
}  # fmt: skip


def maser_of(item: Machine) -> ts.ThermalMaser:
    options = {"splittings": item.splittings if item.splittings.any() else 0.0}
    if item.dipole_correlation:
        options["dipole_correlation"] = item.dipole_correlation
    names = ("n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "detuning")
    return ts.ThermalMaser(item.drive, n_hot=item.n_hot, **{name: getattr(item, name) for name in names}, **options)


def directions(item: Machine) -> dict[str, np.ndarray]:
    """Hermitian matrices of the excited block with trace norm 1: what an error may look like at its worst."""
    size = item.manifold_levels + 1
    out = {}
    for j in range(size):
        one = np.zeros((size, size), complex)
        one[j, j] = 1.0
        out[f"population {j + 1}"] = one
    unit = item.drive / np.linalg.norm(item.drive)
    for name, phase in (("in phase", 1.0), ("in quadrature", 1j)):
        one = np.zeros((size, size), complex)
        one[0, 1:] = 0.5 * phase * unit
        out[f"row of 1 {name}"] = one + one.conj().T
        for j in range(1, size):
            one = np.zeros((size, size), complex)
            one[0, j] = 0.5 * phase * unit[j - 1] / abs(unit[j - 1])
            out[f"1 and {j + 1} {name}"] = one + one.conj().T
    for i, j in combinations(range(1, size), 2):
        one = np.zeros((size, size), complex)
        one[i, j] = one[j, i] = 0.5
        out[f"{i + 1} and {j + 1}"] = one
    whole = np.ones((size, size), complex)
    whole[0] = whole[:, 0] = 0.0
    out["all levels"] = whole / (size - 1)
    return out


def spoiled(maser: ts.ThermalMaser, delta: np.ndarray, size: float) -> Spoiled:
    """Return the state with an error of known trace norm."""
    density = ts.steady_state(maser, solver=Block()).density
    return Spoiled(
        ThermalPlusBlock(density.ground, density.ratios, density.block + size * delta), np.asarray(size), maser
    )


def exchanged(item: Machine, rho: np.ndarray) -> tuple[float, float]:
    """Return Q_inc and Q_coh of a state, as the docstrings of the library define them."""
    omega, n, levels = item.omega_hot + item.splittings, item.n_hot, range(item.manifold_levels)
    direct = 2 * item.gamma_hot * omega * (n * rho[0, 0].real - (1 + n) * np.diag(rho)[2:].real)
    crossed = sum(
        -item.gamma_hot * item.dipole_correlation * ((1 + n[i]) * omega[j] + (1 + n[j]) * omega[i])
        * 2 * rho[i + 2, j + 2].real
        for i in levels for j in levels if i < j
    )  # fmt: skip
    return float(direct.sum()), float(crossed)


@pytest.mark.parametrize("name", MACHINES)
def test_no_current_of_a_spoiled_state_is_further_off_than_it_says(name):
    """‖Δ‖_1 = 1e-5, in every direction; and for the worst direction errors are no more than a few times the truth."""
    item, size = MACHINES[name], 1e-5
    if "weak" in name:
        size = 1e-9
    maser, truth = maser_of(item), balls.truth(item)
    with ctx.workprec(truth.bits):
        true = {Bookkeeping.BARE: flows(item, truth.rho), Bookkeeping.DRIVEN: driven_flows(item, truth.rho)}
    inc, coh = exchanged(item, truth.doubles)
    reached = dict.fromkeys(CURRENTS, 0.0)
    driven, reached_exchange = dict.fromkeys(CURRENTS, 0.0), 0.0
    for delta in directions(item).values():
        for books, sign in product(Bookkeeping, (1.0, -1.0)):
            state = spoiled(maser, sign * delta, size)
            found = ts.thermodynamics(state, bookkeeping=books)
            for key in reached:
                off = abs(float(getattr(found, key)) - float(getattr(true[books], key)))
                stated = float(getattr(found, f"{key}_error"))
                assert off <= stated * (1 + 1e-9), (name, key, books)
                if books is Bookkeeping.BARE:
                    reached[key] = max(reached[key], off / stated)
                else:
                    driven[key] = max(driven[key], off / stated)
            off = abs(float(found.heat_hot_incoherent) - inc), abs(float(found.heat_hot_coherent) - coh)
            assert max(off) <= found.exchange_error * (1 + 1e-9) + 1e-14
            reached_exchange = max(reached_exchange, max(off) / float(found.exchange_error))
            assert found.first_law_holds
    assert reached["flux"] > 0.45
    assert reached["power"] > 0.2
    assert min(reached.values()) > 0.1
    assert min(driven.values()) > 0.4
    assert reached_exchange > 0.1


def by_hand(**given) -> Thermodynamics:
    """Return a result with what is not given at zero; ω_1 = 1 and a gap of 2."""
    values = dict.fromkeys(
        ("power", "heat_hot_incoherent", "heat_hot_coherent", "interaction_hot", "interaction_cold", "heat_cold",
         "flux", "entropy_production", "gross", "flux_error", "power_error", "exchange_error", "interaction_hot_error",
         "interaction_error", "entropy_production_error"),
        0.0,
    )  # fmt: skip
    values |= {"cold_energy": 1.0, "first_gap": 2.0, "regime_codes": R.ENGINE, "bookkeeping": Bookkeeping.BARE} | given
    books = values.pop("bookkeeping")
    return Thermodynamics(**{key: np.asarray(value) for key, value in values.items()}, bookkeeping=books)


def worst(corners: list[Fraction], middle: float) -> float:
    return float(max(abs(corner - Fraction(middle)) for corner in corners))


@pytest.mark.parametrize("flux_error", [0.0, 1e-9, 0.05, 0.3])
@pytest.mark.parametrize("spread_error", [0.0, 1e-9, 0.03, 0.2])
@pytest.mark.parametrize("spread", [0.0, 0.5, -0.7, 8.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_ratios_with_bare_energies_hold_for_every_flux_and_spread_within_their_errors(
    flux_error, spread_error, spread, sign
):
    """P = 2J + S: η = P/(P + J) and COP = J/P at the four corners; what J is off by cancels without a spread."""
    # J = 4: powers of two, so that a quotient taken for a product is seen
    flux, gap = sign * 4.0, 2.0
    flux_error, spread_error, spread = 4.0 * flux_error, 4.0 * spread_error, 4.0 * spread
    power = gap * flux + sign * spread
    found = by_hand(
        flux=flux, power=power, heat_cold=-flux, flux_error=flux_error,
        power_error=gap * flux_error + spread_error, regime_codes=R.ENGINE if sign > 0 else R.REFRIGERATOR,
    )  # fmt: skip
    corners = []
    for a, b in product((-1, 1), repeat=2):
        j = Fraction(flux) + a * Fraction(flux_error)
        p = Fraction(gap) * j + Fraction(sign * spread) + b * Fraction(spread_error)
        corners.append(p / (p + j) if sign > 0 else j / p)
    value, stated = (found.efficiency, found.efficiency_error) if sign > 0 else (found.cop, found.cop_error)
    off = worst(corners, float(value))
    assert off <= stated
    # nothing is claimed to be worse than it is by much: first order is exact but for signs
    if max(flux_error, spread_error) <= 1e-3:
        assert stated <= 1.1 * off + 40 * EPS * value
    if not spread and not spread_error:
        assert stated <= 40 * EPS * value
    other = found.cop if sign > 0 else found.efficiency
    assert np.isnan(other)


@pytest.mark.parametrize("power_error", [0.0, 1e-9, 0.1, 1.0])
@pytest.mark.parametrize("cold_error", [0.0, 1e-9, 0.1, 0.4])
@pytest.mark.parametrize("sign", [1, -1])
def test_ratios_with_driven_energies_hold_for_every_power_and_heat_within_their_errors(power_error, cold_error, sign):
    found = by_hand(
        flux=sign, power=2.0 * sign, heat_cold=-1.0 * sign, power_error=power_error, interaction_error=cold_error,
        regime_codes=R.ENGINE if sign > 0 else R.REFRIGERATOR, bookkeeping=Bookkeeping.DRIVEN,
    )  # fmt: skip
    value, stated = (found.efficiency, found.efficiency_error) if sign > 0 else (found.cop, found.cop_error)
    corners = []
    for a, b in product((-1, 1), repeat=2):
        if sign > 0:
            heat = 3 + b * (Fraction(power_error) + Fraction(cold_error))
            corners.append((2 + a * Fraction(power_error)) / heat)
        else:
            corners.append((1 + a * Fraction(cold_error)) / (2 + b * Fraction(power_error)))
    off = worst(corners, float(value))
    assert off <= stated <= 1.001 * off + 40 * EPS * value


def test_a_divisor_that_may_be_zero_leaves_a_ratio_without_bound():
    for books in Bookkeeping:
        engine = by_hand(flux=1.0, power=2.0, heat_cold=-1.0, flux_error=0.2, power_error=3.5, bookkeeping=books)
        cooling = by_hand(
            flux=-1.0, power=-2.0, heat_cold=1.0, flux_error=1.0, power_error=2.0, regime_codes=R.REFRIGERATOR,
            bookkeeping=books,
        )  # fmt: skip
        assert engine.efficiency_error == np.inf
        assert cooling.cop_error == np.inf
        assert np.isnan(engine.cop_error)
        assert np.isnan(cooling.efficiency_error)
    # a power that may be half of what it is, in bare energies: not known, and just below: known
    for spread_error, known in ((1.05, False), (0.95, True)):
        one = by_hand(flux=1.0, power=2.0, heat_cold=-1.0, power_error=spread_error)
        assert np.isfinite(one.efficiency_error) == known
    # the flux itself
    for flux_error, known in ((1.0, False), (0.2, True)):
        one = by_hand(flux=1.0, power=3.0, heat_cold=-1.0, flux_error=flux_error, power_error=2 * flux_error)
        assert np.isfinite(one.efficiency_error) == known


def test_heats_add_up_what_flux_and_power_may_be_off_by():
    found = by_hand(flux=2.0, power=3.0, heat_cold=-4.0, flux_error=0.1, power_error=0.01, interaction_error=0.001,
                    cold_energy=2.0)  # fmt: skip
    assert found.heat_hot == 7.0
    assert found.heat_cold_error == pytest.approx(0.201, rel=1e-12)
    assert found.heat_hot_error == pytest.approx(0.211, rel=1e-12)
    exact = by_hand(flux=0.1, power=0.7, heat_cold=-0.3)
    # 0.7 + 0.3 in doubles is rounded
    off = abs(Fraction(0.7) + Fraction(0.3) - Fraction(float(exact.heat_hot)))
    assert off <= Fraction(float(exact.heat_hot_error)) <= 4 * Fraction(EPS)


def test_without_heat_or_work_there_is_no_ratio():
    assert by_hand(flux=1.0, power=2.0, heat_cold=-1.0).efficiency == pytest.approx(2 / 3)
    # η is P over all heat that is taken in, which the cold bath may give, too
    for power, cold in ((0.0, -1.0), (-1.0, -3.0), (1.0, 1.0), (1.0, 2.0)):
        assert np.isnan(by_hand(flux=1.0, power=power, heat_cold=cold).efficiency)
        assert np.isnan(by_hand(flux=1.0, power=power, heat_cold=cold).efficiency_error)
    cooling = {"regime_codes": R.REFRIGERATOR, "flux": -1.0}
    assert by_hand(power=-2.0, heat_cold=1.0, **cooling).cop == 0.5
    for power, cold in ((0.0, 1.0), (1.0, 1.0), (-1.0, 0.0), (-1.0, -1.0)):
        assert np.isnan(by_hand(power=power, heat_cold=cold, **cooling).cop)
    for code in (R.IDLE, R.MIXED, R.UNDEFINED):
        some = by_hand(flux=1.0, power=2.0, heat_cold=-1.0, regime_codes=code)
        assert np.isnan(some.efficiency)
        assert np.isnan(some.cop)


LAW = {"power": 1.0, "heat_cold": -1.0, "heat_hot_coherent": 0.5}


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({"gross": 1e6}, 1e-6),
        ({"exchange_error": 1e-3}, 2e-3),
        ({"interaction_error": 1e-3}, 1e-3),
        ({"interaction_hot_error": 1e-3}, 1e-3),
        ({"power_error": 1e-3}, 1e-3),
        ({"flux_error": 1e-3}, 1e-3),
        ({"gross": 1e6, "exchange_error": 1e-6, "power_error": 1e-6}, 4e-6),
    ],
)
def test_the_first_law_is_judged_by_rounding_and_by_the_errors_of_its_terms(given, allowed):
    """Q_inc + Q_coh + Q_c − P, where Q_inc and Q_coh are each off by the error of an exchange."""
    for sign in (1, -1):
        for share, holds in ((0.98, True), (1.02, False)):
            found = by_hand(heat_hot_incoherent=1.5 + sign * share * allowed, **LAW, **given)
            assert found.first_law_residual == pytest.approx(sign * share * allowed, rel=1e-6)
            assert bool(found.first_law_holds) is holds
    assert by_hand(heat_hot_incoherent=1.25, interaction_hot=0.25, **LAW).first_law_holds
    assert not by_hand(heat_hot_incoherent=1.5, interaction_hot=0.25, **LAW).first_law_holds
    # numbers below all normal ones
    assert by_hand(power=1e-310).first_law_holds
    assert not by_hand(power=1e-290).first_law_holds


def test_the_second_law_is_judged_by_the_error_of_the_entropy_production():
    for error in (0.0, 1e-300, 1e-6, 3.0):
        for code in R:
            for share, holds in ((0.98, True), (1.0, True), (1.02, error == 0.0)):
                found = by_hand(
                    entropy_production=-share * error, entropy_production_error=error, gross=1e6, regime_codes=code
                )
                assert bool(found.second_law_holds) is holds
    assert not by_hand(entropy_production=-1e-310).second_law_holds
    assert not by_hand(entropy_production=-np.inf).second_law_holds
    assert by_hand(entropy_production=-1.0, entropy_production_error=np.inf).second_law_holds
    assert by_hand(entropy_production=np.inf).second_law_holds
    assert not by_hand(entropy_production=np.nan).second_law_holds


def judged(flux, power, *, hot=(0.7,), cold=0.3, errors=(1.0, 1.0)):
    """Return the regime of one flux and one power, each beside its error."""
    one = SimpleNamespace(cold_ratio=np.array([[cold]]), hot_ratio=np.array(hot)[:, np.newaxis])
    pair = ((np.array([value]), np.array([error])) for value, error in zip((flux, power), errors, strict=True))
    return R(int(_regime(*pair, one)[0]))


ABOVE, BELOW = np.nextafter(1.0, 2.0), np.nextafter(1.0, 0.0)


def test_no_sign_is_taken_from_what_is_not_larger_than_its_error():
    table = {
        (ABOVE, ABOVE): R.ENGINE, (-ABOVE, -ABOVE): R.REFRIGERATOR, (ABOVE, -ABOVE): R.MIXED, (-ABOVE, ABOVE): R.MIXED,
        (1.0, ABOVE): R.UNDEFINED, (ABOVE, 1.0): R.UNDEFINED, (-1.0, -ABOVE): R.UNDEFINED, (-ABOVE, -1.0): R.UNDEFINED,
        (1.0, 1.0): R.IDLE, (-1.0, -1.0): R.IDLE, (BELOW, -BELOW): R.IDLE, (0.0, 0.0): R.IDLE,
        (np.nan, np.nan): R.UNDEFINED, (np.inf, 0.0): R.UNDEFINED,
    }  # fmt: skip
    for (flux, power), expected in table.items():
        assert judged(flux, power) is expected, (flux, power)
    # each by its own error
    assert judged(3.0, 3.0, errors=(2.0, 4.0)) is R.UNDEFINED
    assert judged(3.0, 3.0, errors=(4.0, 2.0)) is R.UNDEFINED
    assert judged(3.0, 3.0, errors=(4.0, 4.0)) is R.IDLE
    assert judged(0.0, 0.0, errors=(0.0, 0.0)) is R.IDLE
    assert judged(5e-324, 5e-324, errors=(0.0, 0.0)) is R.ENGINE


def test_mixed_are_levels_on_both_sides_of_the_cold_transition_unless_nothing_flows():
    for hot, mixed in (((0.2, 0.4), True), ((0.3, 0.4), False), ((0.2, 0.3), False), ((0.4, 0.5), False)):
        for sign, mode in ((1, R.ENGINE), (-1, R.REFRIGERATOR)):
            assert judged(sign * 2.0, sign * 2.0, hot=hot) is (R.MIXED if mixed else mode)
        assert judged(0.5, 0.5, hot=hot) is R.IDLE
        assert judged(2.0, 0.5, hot=hot) is R.UNDEFINED


def test_a_flux_near_the_smallest_double_has_no_sign():
    item = machine([1e-160, 1e-160], n_hot=3.0, n_cold=0.4, gamma_hot=0.05, gamma_cold=0.2)
    found = ts.thermodynamics(ts.steady_state(maser_of(item)))
    assert found.regime is R.IDLE
    assert found.flux_error >= abs(found.flux)


def test_what_is_not_a_solved_maser_is_told_what_it_is():
    maser = maser_of(MACHINES["strong"])
    with pytest.raises(ts.ArgumentError, match=r"it is a ThermalMaser; solve it first, with steady_state\(…\)"):
        ts.thermodynamics(maser)
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(1.0, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    with pytest.raises(ts.ArgumentError, match="LindbladSystem has none; give its channels to baths"):
        ts.thermodynamics(ts.steady_state(system))
    with pytest.raises(ts.ArgumentError, match="it is a float"):
        ts.thermodynamics(1.0)


def test_a_pair_sum_of_a_matrix_is_exact_and_that_of_a_state_is_off_by_what_the_state_is():
    """½ (z†Δz − tr Δ) with ‖Δ‖_1 = ε is at most ½ (D + 1) ε."""
    state = ts.steady_state(maser_of(MACHINES["split"]))
    sync, plain = ts.synchronization(state), ts.synchronization(state.rho)
    assert plain.pair_sum_error == plain.s_max_error == 0.0
    assert sync.pair_sum_error > 0.0
    assert sync.s_max_error > 0.0
    assert sync.pair_sum_error == pytest.approx(0.5 * 5 * float(state.coherence_error), rel=1e-12)
    # s_max_error is pair_sum_error in units of S, rounded up
    unit = Fraction(float(sync.s_max)) / Fraction(float(sync.pair_sum))
    assert Fraction(float(sync.s_max_error)) >= Fraction(float(sync.pair_sum_error)) * unit * (1 - Fraction(4 * EPS))
    # what z sees of Δ = −ε e_j e_j† is nothing, of zz†/D all of it less its trace: both lie within
    for delta in directions(MACHINES["split"]).values():
        z = np.exp(1j * np.angle(np.linalg.eigh(delta)[1][:, -1]))
        change = 0.5 * (np.vdot(z, delta @ z).real - np.trace(delta).real)
        assert abs(change) * float(state.coherence_error) <= sync.pair_sum_error
