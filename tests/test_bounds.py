"""Do the bounds by S_max on power, heat and efficiency hold where they say so, and fail where they say they can?"""

import numpy as np
import pytest

import torusync as ts
from bounded import (
    MACHINES,
    bounds_of,
    correlations,
    degenerate_engine,
    dipole_matrices,
    drawn,
    kept,
    says_nothing,
    share,
)
from problems import BATHS, exhaustive_maximum, qutip_state
from torusync.thermo import Regime
from torusync.thermo.conditions import Condition

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
    cooling = bounds.thermodynamics.regime_codes == Regime.REFRIGERATOR
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
    _, cooling = bounds_of(ts.ThermalMaser(drive, n_hot=[0.1, 0.2, 0.3], **BATHS))
    assert cooling.power.condition is Condition.TESTED
    _, driving = bounds_of(ts.ThermalMaser(drive, n_hot=[5.0, 6.0, 7.0], **BATHS))
    assert driving.condition_codes == Condition.CAN_FAIL


def test_nearly_aligned_dipoles_of_split_levels_exceed_the_bound():
    """Equal drives and equal occupations do not save it: the nearly dark state fills through the splitting."""
    maser = ts.ThermalMaser(
        [0.5, 0.5], n_hot=0.2, splittings=[0.0, 2.0 / 15.0], dipole_correlation=[0.75, 0.76, 0.99, 0.999], **BATHS
    )
    _, bounds = bounds_of(maser)
    assert bounds.synchronization.certified.all()
    assert bounds.power.condition_codes.tolist() == [Condition.PROVEN] + 3 * [Condition.CAN_FAIL]
    assert share(bounds)[0] < 1.0
    assert share(bounds)[2] == pytest.approx(1.18908, abs=1e-5)
    assert np.isnan(bounds.power.bound[1:]).all()
    assert kept(bounds.power_always)


def test_they_exceed_it_by_qutip_and_a_search_over_all_phases_too():
    maser = ts.ThermalMaser([0.5, 0.5], n_hot=0.2, splittings=[0.0, 2.0 / 15.0], dipole_correlation=0.99, **BATHS)
    rho = qutip_state(maser)
    power = -2.0 * sum((maser.level_energies[j] - 1.0) * 0.5 * rho[1, 2 + j].imag for j in (0, 1))
    scale = 2.0 * 0.5 * (maser.level_energies[1] - 1.0)
    assert -power / (scale * exhaustive_maximum(rho[1:, 1:])) == pytest.approx(1.18908, abs=1e-5)


def test_the_same_with_occupations_of_one_temperature():
    maser = ts.ThermalMaser.near_degenerate(
        spread=0.15, hot_temperature=1.67, cold_temperature=0.91, drive=0.5, dipole_correlation=0.99
    )
    _, bounds = bounds_of(maser)
    assert bounds.thermodynamics.regime is Regime.REFRIGERATOR
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
    maser = ts.ThermalMaser([[0.3j]], n_hot=[[0.2], [3.0]], detuning=np.zeros((1, 1)), **BATHS)
    _, bounds = bounds_of(ts.ThermalMaser([0.3j], n_hot=[[0.2], [3.0]], **BATHS))
    assert maser.manifold_levels == 1
    assert (bounds.power.condition_codes == Condition.PROVEN).all()
    np.testing.assert_allclose(bounds.power.tightness, 1.0, rtol=1e-12)
    assert kept(bounds.power)


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
