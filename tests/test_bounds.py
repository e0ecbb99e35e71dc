"""Do the bounds by S_max hold where they say so, and fail where they say that they can?"""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

import torusync as ts
from problems import between, exhaustive_maximum, qutip_state, refused
from torusync.thermo.bounds import synchronization_bounds
from torusync.thermo.conditions import Condition
from torusync.thermo.degenerate import competition, competition_window

MACHINES = 10_000
TABLE = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def drawn(rng, count, levels, *, engine, equal=False, split=True, per_level=False, **dipoles):
    """Random machines of one kind: rates, occupations, drives, splittings and detunings over orders of magnitude."""
    drive = between(rng, 1e-2, 10.0, count, 1) * np.ones(levels, dtype=complex)
    if not equal:
        spread = np.exp(rng.normal(size=(count, levels)) * rng.uniform(0.0, 2.0, (count, 1)))
        drive = drive * spread * np.exp(2j * np.pi * rng.random((count, levels)))
    low, high = np.sort(between(rng, 1e-2, 10.0, 2, count), axis=0)
    n_hot, n_cold = (high, low) if engine else (low, high)
    n_hot = n_hot[:, np.newaxis]
    if per_level:
        share = rng.random((count, levels)) ** rng.uniform(0.0, 3.0, (count, 1))
        n_hot = np.minimum(n_hot / share, 1e3) if engine else n_hot * share
    return ts.ThermalMaser(
        drive,
        n_hot=n_hot,
        n_cold=n_cold,
        gamma_hot=between(rng, 1e-2, 10.0, count),
        gamma_cold=between(rng, 1e-2, 10.0, count),
        omega_hot=200.0,
        splittings=between(rng, 1e-3, 1e2, count, 1) * rng.random((count, levels)) if split else 0.0,
        detuning=between(rng, 1e-2, 30.0, count) * rng.choice([-1.0, 1.0], count),
        **dipoles,
    )


def correlations(rng, count, levels, *, most=0.999):
    return np.maximum(rng.uniform(-1.0, 1.0, count) * most, -0.999 / (levels - 1))


def dipole_matrices(rng, count, levels):
    """Correlation matrices of any rank, from nearly independent to nearly aligned dipoles."""
    vectors = rng.normal(size=(count, levels, levels)) * (rng.random((count, 1, levels)) ** 3 + 1e-2)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    matrix = vectors @ np.swapaxes(vectors, -1, -2)
    matrix[:, np.arange(levels), np.arange(levels)] = 1.0
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


def says_nothing(inequality, reason):
    """Assert that a bound is given at no point, and that the reason is."""
    assert not inequality.holds.any()
    assert np.isnan(inequality.bound).all()
    for code in np.unique(inequality.condition_codes):
        assert reason in Condition(int(code)).sentence


def bounds_of(maser):
    """Bounds without random starts, which are not needed for bounds; refused states stay in the batch as nan."""
    state = ts.steady_state(maser, throw=False)
    return state, synchronization_bounds(state, sync=ts.synchronization(state, random_starts=0))


def share(bounds):
    """|P|/(κ_P S_max), at most this."""
    return np.abs(bounds.thermodynamics.power) / (bounds.power_scale * bounds.synchronization.pair_sum)


def kept(inequality):
    small, large = (
        (inequality.quantity, inequality.bound) if inequality.above else (inequality.bound, inequality.quantity)
    )
    return (small <= large)[inequality.holds].all()


# -- the power ---------------------------------------------------------------------------------------------------------

KINDS = [
    pytest.param(2, {"split": False}, Condition.PROVEN, id="degenerate, N = 2"),
    pytest.param(5, {"split": False}, Condition.PROVEN, id="degenerate, N = 5"),
    pytest.param(1, {}, Condition.PROVEN, id="N = 1"),
    pytest.param(2, {}, Condition.PROVEN, id="independent, N = 2"),
    pytest.param(2, {"per_level": True}, Condition.PROVEN, id="independent, N = 2, any occupations"),
    pytest.param(2, {"equal": True, "dipole_correlation": 0.75}, Condition.PROVEN, id="correlated, N = 2"),
    pytest.param(3, {}, Condition.TESTED, id="independent, N = 3"),
    pytest.param(5, {}, Condition.TESTED, id="independent, N = 5"),
    pytest.param(3, {"per_level": True}, Condition.TESTED, id="independent, N = 3, any occupations"),
    pytest.param(8, {"equal": True, "per_level": True}, Condition.TESTED, id="independent, N = 8, any occupations"),
    pytest.param(3, {"equal": True, "dipole_correlation": 0.75}, Condition.TESTED, id="correlated, N = 3"),
    pytest.param(
        5, {"equal": True, "per_level": True, "dipole_correlation": 0.75}, Condition.TESTED, id="correlated, N = 5"
    ),
    pytest.param(
        2, {"equal": True, "per_level": True, "dipole_correlation": 0.75}, Condition.TESTED, id="correlated, any n"
    ),
]


@pytest.mark.parametrize(("levels", "kind", "ground"), KINDS)
def test_refrigerators_keep_the_power_below_the_bound(rng, levels, kind, ground):
    kind = dict(kind)
    if "dipole_correlation" in kind:
        most = kind["dipole_correlation"]
        kind["dipole_correlation"] = np.minimum(correlations(rng, MACHINES, levels), most)
        kind["dipole_correlation"][::10] = most
    _, bounds = bounds_of(drawn(rng, MACHINES, levels, engine=False, **kind))
    cooling = bounds.thermodynamics.regime_codes == ts.Regime.REFRIGERATOR
    assert cooling.mean() > 0.95
    power = bounds.power
    assert (power.condition_codes[cooling] == ground).all()
    assert kept(power)
    assert (power.quantity <= bounds.power_scale * bounds.synchronization.pair_sum * (1.0 + 1e-12))[cooling].all()
    assert np.nanmax(power.tightness) > 0.9
    cop = bounds.cop
    assert kept(cop)
    assert cop.holds.sum() == cooling.sum()
    assert kept(bounds.cop_always)


@pytest.mark.parametrize("levels", [2, 3, 6])
@pytest.mark.parametrize("per_level", [False, True])
def test_refrigerators_reach_the_sum_of_their_resonant_parts(rng, levels, per_level):
    """What the proof for N = 2 gives is more than the bound, and no exception is known at other N.

    ΣS ≥ Σ_j Im(λ_j^* ρ_1j)/|λ_j| over levels that take quanta from the drive, as all do with one occupation.
    """
    maser = drawn(rng, MACHINES, levels, engine=False, per_level=per_level)
    state, bounds = bounds_of(maser)
    parts = (np.conj(maser.drive) * state.density.row(1)[:, 2:]).imag / np.abs(maser.drive)
    takes = (parts > 0.0).all(axis=-1)
    assert takes.all() or (per_level and takes.mean() > 0.5)
    assert (bounds.synchronization.pair_sum_bound >= parts.sum(axis=-1))[takes].all()


def test_the_coherences_themselves_can_exceed_the_pair_sum(rng):
    """The obvious way to the bound, ΣS ≥ Σ_j |ρ_1j| in a refrigerator, is barred."""
    state, bounds = bounds_of(drawn(rng, MACHINES, 2, engine=False))
    assert (bounds.synchronization.pair_sum_bound < np.abs(state.density.row(1)[:, 2:]).sum(axis=-1)).sum() > 10


def test_eigenvectors_of_the_dipole_matrix_count_as_degenerate(rng):
    """Independent of how the matrix is given: equal drives, opposite ones, and eigenvectors of a generic matrix."""
    count, levels = MACHINES // 10, 4
    matrix = dipole_matrices(rng, count, levels)
    values, vectors = np.linalg.eigh(matrix)
    pick = rng.integers(0, levels, count)
    drive = 0.3 * np.take_along_axis(vectors, pick[:, np.newaxis, np.newaxis], axis=-1)[..., 0] * np.exp(0.4j)
    drive[values[np.arange(count), pick] < 1e-3] = np.nan
    fine = np.isfinite(drive).all(axis=-1)
    fixed = {"n_hot": 0.1, "n_cold": 2.0, "gamma_hot": 0.3, "gamma_cold": 0.2, "detuning": 0.1}
    _, bounds = bounds_of(ts.ThermalMaser(drive[fine], dipole_matrix=matrix[fine], **fixed))
    power = bounds.power
    assert fine.sum() > 300
    assert kept(power)
    assert (power.condition_codes == Condition.PROVEN).mean() > 0.9
    for drives in ([0.3, 0.3, 0.3], [0.3, 0.3 * np.exp(2j * np.pi / 3), 0.3 * np.exp(-2j * np.pi / 3)], [0.3, -0.3, 0]):
        _, bounds = bounds_of(ts.ThermalMaser(drives, dipole_correlation=0.9, **fixed))
        assert bounds.power.condition is Condition.PROVEN
    _, bounds = bounds_of(ts.ThermalMaser([0.3, 0.3, -0.3], dipole_correlation=[0.9, 0.0], **fixed))
    assert bounds.power.condition_codes.tolist() == [Condition.CAN_FAIL, Condition.PROVEN]


def test_unequal_occupations_are_no_exact_degeneracy():
    drive = np.full(3, 0.1)
    _, cooling = bounds_of(ts.ThermalMaser(drive, n_hot=[0.1, 0.2, 0.3], **TABLE))
    assert cooling.power.condition is Condition.TESTED
    _, driving = bounds_of(ts.ThermalMaser(drive, n_hot=[5.0, 6.0, 7.0], **TABLE))
    assert driving.condition_codes == Condition.CAN_FAIL


def test_nearly_aligned_dipoles_of_split_levels_exceed_the_bound():
    """Equal drives and equal occupations do not save it: the nearly dark state fills through the splitting."""
    maser = ts.ThermalMaser(
        [0.5, 0.5], n_hot=0.2, splittings=[0.0, 2.0 / 15.0], dipole_correlation=[0.75, 0.76, 0.99, 0.999], **TABLE
    )
    _, bounds = bounds_of(maser)
    assert bounds.synchronization.certified.all()
    assert bounds.power.condition_codes.tolist() == [Condition.PROVEN] + 3 * [Condition.CAN_FAIL]
    assert share(bounds)[0] < 1.0
    assert share(bounds)[2] == pytest.approx(1.18908, abs=1e-5)
    assert np.isnan(bounds.power.bound[1:]).all()
    assert kept(bounds.power_always)


def test_they_exceed_it_by_qutip_and_a_search_over_all_phases_too():
    maser = ts.ThermalMaser([0.5, 0.5], n_hot=0.2, splittings=[0.0, 2.0 / 15.0], dipole_correlation=0.99, **TABLE)
    rho = qutip_state(maser)
    power = -2.0 * sum((maser.level_energies[j] - 1.0) * 0.5 * rho[1, 2 + j].imag for j in (0, 1))
    scale = 2.0 * 0.5 * (maser.level_energies[1] - 1.0)
    assert -power / (scale * exhaustive_maximum(rho[1:, 1:])) == pytest.approx(1.18908, abs=1e-5)


def test_the_same_with_occupations_of_one_temperature():
    maser = ts.ThermalMaser.near_degenerate(
        spread=0.15, hot_temperature=1.67, cold_temperature=0.91, drive=0.5, dipole_correlation=0.99
    )
    _, bounds = bounds_of(maser)
    assert bounds.thermodynamics.regime is ts.Regime.REFRIGERATOR
    assert share(bounds) > 1.1
    says_nothing(bounds.power, "are known that exceed")
    says_nothing(bounds.cop, "are known that exceed")


def test_correlated_dipoles_with_unequal_drives_can_exceed_the_bound(rng):
    _, bounds = bounds_of(drawn(rng, MACHINES, 2, engine=False, dipole_matrix=dipole_matrices(rng, MACHINES, 2)))
    assert (bounds.condition_codes == Condition.CAN_FAIL).mean() > 0.99
    # even with the true S_max below its upper bound
    assert (
        np.abs(bounds.thermodynamics.power) > 1.01 * bounds.power_scale * bounds.synchronization.pair_sum_bound
    ).any()


ALWAYS = [
    pytest.param(levels, engine, kind, id=f"{'engine' if engine else 'refrigerator'}, N = {levels}, {kind}")
    for levels in (2, 3, 5)
    for engine in (True, False)
    for kind in ("independent", "p", "P")
]


@pytest.mark.parametrize(("levels", "engine", "kind"), ALWAYS)
def test_what_holds_always_holds_always(rng, levels, engine, kind):
    """|P| ≤ √N κ_P S_max and |Q_coh| ≤ κ_Q S_max for 18 kinds of machines, and what they say about COP and η."""
    count = MACHINES if levels < 5 else MACHINES // 4
    dipoles = {}
    if kind == "p":
        dipoles["dipole_correlation"] = correlations(rng, count, levels)
    if kind == "P":
        dipoles["dipole_matrix"] = dipole_matrices(rng, count, levels)
    equal = bool(rng.random() < 0.5)
    state, bounds = bounds_of(drawn(rng, count, levels, engine=engine, equal=equal, per_level=True, **dipoles))
    assert state.succeeded.mean() > 0.7
    for inequality in (bounds.power_always, bounds.coherent_heat):
        assert (inequality.holds == state.succeeded).all()
        assert (inequality.condition_codes[~state.succeeded] == Condition.UNDEFINED).all()
        assert kept(inequality)
    assert kept(bounds.efficiency if engine else bounds.cop_always)
    if kind == "independent":
        assert not np.nan_to_num(bounds.coherent_heat.bound).any()


def test_the_pair_sum_of_any_state_is_at_least_the_mean_over_phases(rng):
    """ΣS ≥ Σ_j |ρ_1j|/√N has nothing to do with masers."""
    a = rng.normal(size=(2000, 5, 5)) + 1j * rng.normal(size=(2000, 5, 5))
    a[::2, :, 1:] *= 0.05  # of low rank, so that there are strong coherences
    rho = a @ np.conj(np.swapaxes(a, -1, -2))
    rho /= np.trace(rho, axis1=-2, axis2=-1).real[:, np.newaxis, np.newaxis]
    others = np.abs(rho[:, 0, 1:]).sum(axis=-1)
    assert (ts.synchronization(rho, random_starts=0).pair_sum_bound >= others / 2.0).all()


def test_a_single_level_reaches_the_bound_on_resonance():
    maser = ts.ThermalMaser([[0.3j]], n_hot=[[0.2], [3.0]], detuning=np.zeros((1, 1)), **TABLE)
    _, bounds = bounds_of(ts.ThermalMaser([0.3j], n_hot=[[0.2], [3.0]], **TABLE))
    assert maser.manifold_levels == 1
    assert (bounds.power.condition_codes == Condition.PROVEN).all()
    np.testing.assert_allclose(bounds.power.tightness, 1.0, rtol=1e-12)
    assert kept(bounds.power)


# -- competition in engines --------------------------------------------------------------------------------------------


def degenerate_engine(levels, k, x, p=0.0):
    """Equal drives, with k = π a_h/λ and x = δ/Γ as asked for; arrays of k broadcast."""
    k, eigenvalue, hot, cold = np.asarray(k), 1.0 + (levels - 1) * p, 0.2 * 5.0, 0.3 * 1.2
    drive = eigenvalue * hot / k[..., np.newaxis] * np.ones(levels)
    return ts.ThermalMaser(
        drive,
        n_hot=4.0,
        n_cold=0.2,
        gamma_hot=0.2,
        gamma_cold=0.3,
        detuning=x * (eigenvalue * hot + cold),
        dipole_correlation=p,
    )


@pytest.mark.parametrize("x", [0.0, 0.3, -0.9, 1.3, 4.0])
@pytest.mark.parametrize(("levels", "p"), [(1, 0.0), (2, 0.0), (2, -0.6), (2, 0.7), (3, 0.0), (4, 0.3), (9, 0.0)])
def test_competition_is_what_solved_engines_have(levels, p, x):
    k = np.geomspace(1e-2, 1e3, 60)
    _, bounds = bounds_of(degenerate_engine(levels, k, x, p))
    np.testing.assert_allclose(share(bounds), competition(levels, k, x), rtol=1e-9)
    lower, upper = competition_window(levels, x)
    inside = (k > lower) & (k < upper)
    np.testing.assert_array_equal(bounds.condition_codes, np.where(inside, Condition.COMPETITION, Condition.PROVEN))
    if not inside.all():
        assert kept(bounds.power)


@pytest.mark.parametrize("levels", [2, 3, 7, 30])
def test_competition_is_largest_at_the_root_of_n(levels):
    found = minimize_scalar(lambda k: -float(competition(levels, k)), bounds=(1e-2, 1e2), method="bounded")
    assert found.x == pytest.approx(np.sqrt(levels), rel=1e-3)
    assert -found.fun == pytest.approx(np.sqrt(levels), rel=1e-6)
    assert competition(levels, np.sqrt(levels)) == pytest.approx(np.sqrt(levels), rel=1e-14)
    _, bounds = bounds_of(degenerate_engine(levels, np.sqrt(levels), 0.0))
    assert bounds.power_always.tightness == pytest.approx(1.0, rel=1e-10)
    assert bounds.power_always.quantity <= bounds.power_always.bound


@pytest.mark.parametrize(("levels", "x"), [(2, 0.0), (2, 0.5), (2, 0.9), (3, 0.4), (3, 1.3), (6, 0.7), (6, 2.2)])
def test_the_edges_of_the_window_are_roots_of_solved_engines(levels, x):
    def excess(k):
        return float(share(bounds_of(degenerate_engine(levels, k, x))[1])) - 1.0

    lower, upper = competition_window(levels, x)
    middle = np.sqrt(levels) / np.hypot(1.0, x)
    assert excess(middle) > 0.0
    assert brentq(excess, 1e-3, middle, xtol=1e-12) == pytest.approx(float(lower), rel=1e-8)
    if x == 0.0:
        assert np.isinf(upper)
        assert lower == pytest.approx(levels - np.sqrt(levels**2 - levels), rel=1e-14)
        assert excess(1e4) > 0.0
    else:
        assert brentq(excess, middle, 1e4, xtol=1e-12) == pytest.approx(float(upper), rel=1e-8)


def test_the_window_of_two_levels_is_that_of_the_companion():
    for x in np.linspace(0.01, 0.99, 50):
        square, split = 1.0 + x * x, np.sqrt(2.0 - 2.0 * x * x)
        lower, upper = competition_window(2, x)
        assert lower == pytest.approx((2.0 - split) / square, rel=1e-12)
        first, second = (2.0 + split) / square, 1.0 / (2.0 * (np.sqrt(square) - 1.0))
        wanted = first if first * np.sqrt(square) < 2.0 else second
        assert upper == pytest.approx(wanted, rel=1e-9)


def test_beyond_the_window_there_is_none():
    lower, upper = competition_window(3, [np.sqrt(2.0) * 1.001, 5.0, 0.0])
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, True, False]
    assert np.isnan(competition_window(1, 0.0)[0])


def test_engines_of_other_kinds_can_exceed_the_bound(rng):
    """Split levels or unequal drives: no closed form, so nothing is claimed, and up to √N it is exceeded."""
    for equal in (True, False):
        _, bounds = bounds_of(drawn(rng, MACHINES, 3, engine=True, equal=equal))
        assert (bounds.condition_codes == Condition.CAN_FAIL).all()
        assert 1.5 < np.nanmax(share(bounds)) < np.sqrt(3.0)
        says_nothing(bounds.power, "are known that exceed")


# -- heat, COP and efficiency ------------------------------------------------------------------------------------------


def test_the_constants_of_two_levels_are_those_of_the_companion():
    maser = ts.ThermalMaser.near_degenerate(
        spread=0.1, hot_temperature=5.0, cold_temperature=1.0, drive=[0.1, 0.07j], dipole_correlation=-0.4
    )
    _, bounds = bounds_of(maser)
    assert bounds.kappa_power == pytest.approx(32.0 * np.pi**2 * 0.1 * 2.1, rel=1e-14)
    wanted = 64.0 * np.pi**2 * 0.05 * 0.4 * 3.1 * (1.0 + maser.n_hot[0])
    assert bounds.kappa_heat == pytest.approx(wanted, rel=1e-14)
    limit = bounds.kappa_heat * bounds.synchronization.s_max_bound
    assert bounds.coherent_heat.bound == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize("levels", [2, 4, 6])
def test_the_factor_of_the_coherent_heat_cannot_be_smaller_for_even_n(levels):
    """Strongly driven engine, k → 0: Σ_{i<j}|ρ_ij| → (N − 1) ΣS, and all of it carries heat."""
    _, bounds = bounds_of(degenerate_engine(levels, 1e-5, 0.0, p=0.5))
    assert bounds.coherent_heat.tightness == pytest.approx(1.0, abs=1e-4)
    assert kept(bounds.coherent_heat)


def test_efficiency_where_the_power_is_large_enough(rng):
    dipoles = {"dipole_correlation": correlations(rng, MACHINES, 2)}
    _, bounds = bounds_of(drawn(rng, MACHINES, 2, engine=True, equal=True, **dipoles))
    efficiency, flows = bounds.efficiency, bounds.thermodynamics
    assert kept(efficiency)
    strong = flows.power >= bounds.power_scale * bounds.synchronization.pair_sum
    np.testing.assert_array_equal(efficiency.holds, strong)
    assert (efficiency.condition_codes[~strong] == Condition.WEAK_POWER).all()
    assert strong.sum() > 1000
    assert np.nanmax(efficiency.tightness) > 0.9
    # without the condition it fails
    least = bounds.power_scale * bounds.synchronization.pair_sum
    heat = flows.heat_hot_incoherent + bounds.heat_scale * bounds.synchronization.pair_sum_bound
    assert (flows.efficiency < 0.99 * least / heat)[~strong].sum() > 100


# -- what is asked for where it does not apply -------------------------------------------------------------------------


def test_bounds_of_one_regime_say_nothing_in_another():
    engine, refrigerator = (bounds_of(ts.ThermalMaser([0.1, 0.1], n_hot=n, **TABLE))[1] for n in (5.0, 0.2))
    says_nothing(engine.cop, "another regime")
    says_nothing(engine.cop_always, "another regime")
    says_nothing(engine.power, "compete")
    says_nothing(refrigerator.efficiency, "another regime")
    assert refrigerator.power.holds
    assert engine.efficiency.condition is Condition.PROVEN


def test_an_engine_below_its_least_power_has_no_bound_of_the_efficiency():
    says_nothing(bounds_of(degenerate_engine(2, 0.1, 0.0))[1].efficiency, "below κ_P S_max")


def test_a_mixed_machine_keeps_only_what_holds_always():
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=[0.2, 1.5], splittings=[0.0, 0.1], **TABLE)
    _, bounds = bounds_of(maser)
    assert bounds.thermodynamics.regime is ts.Regime.MIXED
    for call in (bounds.power, bounds.cop, bounds.cop_always, bounds.efficiency):
        says_nothing(call, "neither engine nor refrigerator")
    assert kept(bounds.power_always)
    assert bounds.coherent_heat.holds


def test_a_batch_says_where_a_bound_holds():
    _, bounds = bounds_of(ts.ThermalMaser(np.full((3, 2), 0.1), n_hot=[[0.2], [0.5], [5.0]], **TABLE))
    power = bounds.power
    assert power.condition_codes.tolist() == [Condition.PROVEN, Condition.PROVEN, Condition.COMPETITION]
    assert power.holds.tolist() == [True, True, False]
    assert np.isnan(power.bound).tolist() == [False, False, True]
    cop = bounds.cop
    assert cop.condition_codes.tolist() == [Condition.PROVEN, Condition.OTHER_REGIME, Condition.OTHER_REGIME]
    assert "holds at 2 of 3" in repr(power)


@pytest.mark.parametrize("solver", [ts.Auto(), ts.Block(), ts.Dense()])
@pytest.mark.parametrize("n_hot", [0.2, 0.5, 5.0])
def test_an_undriven_machine_has_nothing_to_bound(n_hot, solver):
    maser = ts.ThermalMaser(np.zeros(2), n_hot=n_hot, splittings=[0.0, 0.1], dipole_correlation=0.3, **TABLE)
    bounds = synchronization_bounds(ts.steady_state(maser, solver=solver))
    for inequality in (bounds.power, bounds.power_always, bounds.coherent_heat):
        assert inequality.condition is Condition.PROVEN
        assert inequality.quantity <= inequality.bound
        assert inequality.quantity == pytest.approx(0.0, abs=1e-16)
        assert inequality.bound == pytest.approx(0.0, abs=1e-16)
    says_nothing(bounds.cop, "another regime")


def test_machines_in_balance_have_nothing_to_bound():
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser([0.1, 0.2j, 0.1], n_hot=0.5, **TABLE)))
    assert bounds.power.quantity == bounds.power.bound == 0.0
    assert np.isnan(bounds.power.tightness)


def test_fully_correlated_dipoles():
    """p = 1 with unequal and p = −1 with equal drives are unique; at p = −1 nothing flows, but phases lock."""
    for n_hot in (0.2, 5.0):
        _, aligned = bounds_of(ts.ThermalMaser([0.1, 0.04], n_hot=n_hot, dipole_correlation=1.0, **TABLE))
        assert kept(aligned.power_always)
        assert kept(aligned.coherent_heat)
        assert aligned.coherent_heat.quantity > 0.0
        assert aligned.condition_codes == Condition.CAN_FAIL
        _, opposed = bounds_of(ts.ThermalMaser([0.1, 0.1], n_hot=n_hot, dipole_correlation=-1.0, **TABLE))
        assert opposed.power_always.quantity == pytest.approx(0.0, abs=1e-15)
        assert opposed.synchronization.pair_sum > 0.01
        assert kept(opposed.power_always)
        assert kept(opposed.coherent_heat)


def test_refused_states_stay_without_bounds():
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=[[0.2], [5.0]], dipole_correlation=1.0, **TABLE)
    state = ts.steady_state(maser, throw=False)
    bounds = synchronization_bounds(state)
    assert (state.status == ts.Status.NOT_UNIQUE).all()
    for call in (bounds.power, bounds.power_always, bounds.coherent_heat, bounds.cop, bounds.efficiency):
        says_nothing(call, "steady state was refused")


def test_states_of_other_systems_are_refused():
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, np.array([[0.0, 1.0], [0.0, 0.0]]))])
    refused(lambda: synchronization_bounds(ts.steady_state(qubit)), "`state`", "ThermalMaser")
    refused(lambda: synchronization_bounds(np.eye(4) / 4), "`state`", "ThermalMaser")
    one, two = (ts.steady_state(ts.ThermalMaser([0.1, 0.1], n_hot=n, **TABLE)) for n in (0.2, 5.0))
    refused(lambda: synchronization_bounds(one, sync=ts.synchronization(two)), "`sync`", "another state")


def test_an_empty_batch_is_no_error():
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser(np.zeros((0, 2)), n_hot=0.2, **TABLE)))
    assert bounds.power.bound.shape == bounds.cop.bound.shape == (0,)


def test_every_condition_says_what_it_means():
    assert len({one.sentence for one in Condition}) == len(Condition)
    maser = ts.ThermalMaser([0.1, 0.1], n_hot=0.2, **TABLE)
    assert repr(bounds_of(maser)[1].power).endswith("proven>")


def test_bounds_of_very_many_levels():
    """S_max underflows beyond 400 levels, the pair sum does not."""
    drive = 0.01 * np.exp(1j * np.arange(2000.0))
    bounds = synchronization_bounds(ts.steady_state(ts.ThermalMaser(drive, n_hot=[[0.2], [5.0]], **TABLE)))
    assert np.isinf(bounds.kappa_power).all()
    assert bounds.power.condition_codes.tolist() == [Condition.PROVEN, Condition.COMPETITION]
    assert kept(bounds.power)
    assert kept(bounds.power_always)
