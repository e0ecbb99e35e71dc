"""Is the set of optimal phases what we say it is?"""

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.phases import Optimum
from torusync.steady import LowRank, Status


def both_routes(drive, n_hot):
    """The closed form on the structured state, and the search on its matrix."""
    state = ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS))
    return state, (ts.synchronization(state), ts.synchronization(state.rho))


@pytest.mark.parametrize("levels", [3, 4, 6, 10])
def test_the_engine_below_k_equals_n_has_a_continuum(levels):
    """|Σ e^{iφ}| = k leaves N − 2 free directions; k = 2.5 here."""
    _, routes = both_routes(np.full(levels, 0.05 * 6 / 2.5), 5.0)
    for sync in routes:
        assert sync.optimum is Optimum.CONTINUUM
        assert sync.optima_dimension == levels - 2
        assert sync.optima_count == 0
        assert abs(np.exp(1j * sync.phases[2:]).sum()) == pytest.approx(2.5, rel=1e-6)
    assert routes[0].order_parameter == pytest.approx(2.5 / levels, rel=1e-9)


def test_two_levels_below_k_equals_two_have_two_optima():
    _, routes = both_routes([0.2, 0.2], 5.0)
    for sync in routes:
        assert sync.optimum is Optimum.SEVERAL
        assert sync.optima_count == 2
        assert sync.optima_dimension == 0


@pytest.mark.parametrize("levels", [2, 3, 5])
def test_the_border_k_equals_n_is_a_single_point(levels):
    """Flat to second order, and still one peak."""
    _, routes = both_routes(np.full(levels, 0.3 / levels), 5.0)
    for sync in routes:
        assert sync.optimum is Optimum.POINT
        assert sync.optima_dimension == 0
        assert sync.certified


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0])
def test_strong_dissipation_aligns_all_phases(n_hot):
    _, routes = both_routes(np.full(4, 0.03), n_hot)
    for sync in routes:
        assert sync.optimum is Optimum.POINT
        assert sync.optima_count == 1
        # a search pins phases to the square root of rounding
        np.testing.assert_allclose(sync.phases[2:], 0.5 * np.pi if n_hot > 0.5 else 1.5 * np.pi, atol=1e-6)


def test_a_dominating_level_opposes_the_rest():
    """2 max|λ| > Σ|λ|: the field cannot be balanced, and the others turn against the largest."""
    state, routes = both_routes([2.0, 0.3, 0.4], 5.0)
    for sync in routes:
        assert sync.optimum is Optimum.POINT
        assert sync.certified
        np.testing.assert_allclose(np.mod(sync.phases[3:] - sync.phases[2], 2 * np.pi), np.pi, atol=1e-6)
    assert routes[0].pair_sum == pytest.approx(float(routes[1].pair_sum), rel=1e-12)
    assert state.residual < 1e-13


def test_one_level_has_one_phase():
    _, routes = both_routes([3.0], 5.0)
    for sync in routes:
        assert sync.optimum is Optimum.POINT
        assert sync.certified
        assert sync.frustration == pytest.approx(0.0, abs=1e-12)
        assert sync.phases[2] == pytest.approx(0.5 * np.pi, abs=1e-9)


def test_undriven_levels_have_no_phase():
    _, routes = both_routes([0.1, 0.0, 0.2, 0.0], 5.0)
    for sync in routes:
        np.testing.assert_array_equal(np.isnan(sync.phases), [True, False, False, True, False, True])
        assert 0.0 <= sync.order_parameter <= 1.0 or np.isnan(sync.order_parameter)


@pytest.mark.parametrize("drive", [[0.3, 0.4, 0.5], [1.0, 1.0, 1.0, 0.2], [0.2, 0.9, 0.8, 0.4, 0.3]])
def test_every_phase_set_with_the_right_field_is_optimal(drive, rng):
    """Random members of the continuum reach the same height: the claim of a continuum is not an artefact."""
    state, (sync, _) = both_routes(drive, 5.0)
    assert sync.optimum is Optimum.CONTINUUM
    weights = np.array(drive)
    field = np.sum(weights * np.exp(1j * sync.phases[2:]))
    for _ in range(5):
        phases = _with_field(weights, field, rng)
        full = np.concatenate([[0.0, 0.0], phases])
        assert ts.phase_distribution(state, full) == pytest.approx(float(sync.s_max), rel=1e-9)


def _with_field(weights, field, rng):
    """Phases with Σ w e^{iφ} = field by Newton steps from a random start near no symmetric point."""
    for _ in range(200):
        phases = rng.uniform(0, 2 * np.pi, len(weights))
        for _ in range(60):
            z = weights * np.exp(1j * phases)
            miss = field - z.sum()
            slope = np.stack([(1j * z).real, (1j * z).imag])
            phases = phases + np.linalg.pinv(slope) @ [miss.real, miss.imag]
        if abs(field - np.sum(weights * np.exp(1j * phases))) < 1e-12:
            return phases
    raise AssertionError("no such phases found")


def test_ties_in_a_plain_matrix_are_counted():
    """A frustrated triangle of three equal negative couplings: two chiral orders, phases 0, ±2π/3."""
    rho = np.full((3, 3), -0.1) + np.eye(3) * (1 / 3 + 0.1)
    sync = ts.synchronization(rho)
    assert sync.optimum is Optimum.SEVERAL
    assert sync.optima_count == 2
    assert sync.pair_sum == pytest.approx(0.15, rel=1e-12)
    assert sync.certified


def test_a_split_graph_has_a_free_phase():
    """Two pairs of levels without coherence between them: their relative phase is free."""
    rho = np.eye(4) / 4 + 0.0j
    rho[0, 1] = rho[1, 0] = 0.1
    rho[2, 3], rho[3, 2] = 0.05j, -0.05j
    sync = ts.synchronization(rho)
    assert sync.pair_sum == pytest.approx(0.15, rel=1e-12)
    assert sync.optimum is Optimum.CONTINUUM
    assert sync.optima_dimension == 1
    assert sync.certified


def test_near_degenerate_engines_are_certified_where_first_order_methods_stall():
    rng = np.random.default_rng(5)
    drive = (
        rng.uniform(0, 0.2, (200, 10)) * np.exp(2j * np.pi * rng.random((200, 10))) * 10 ** rng.uniform(-2, 1, (200, 1))
    )
    maser = ts.ThermalMaser(
        drive, n_hot=10 ** rng.uniform(0, 2, (200, 1)), n_cold=0.5, gamma_hot=10 ** rng.uniform(-2, 0, 200),
        gamma_cold=10 ** rng.uniform(-2, 0, 200),
        splittings=rng.uniform(0, 1, (200, 10)) * 10 ** rng.uniform(-4, 0, (200, 1)),
    )  # fmt: skip
    sync = ts.synchronization(ts.steady_state(maser))
    assert sync.certified.all()


def near_degenerate(levels, spread, strength, n_hot, seed, **options):
    rng = np.random.default_rng([seed, levels])
    drive = strength * rng.random(levels) * np.exp(2j * np.pi * rng.random(levels))
    return ts.ThermalMaser(drive, n_hot=n_hot, splittings=np.linspace(0.0, spread, levels), **BATHS, **options)


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0], ids=["refrigerator", "unmatched engine", "engine"])
@pytest.mark.parametrize("strength", [0.01, 0.1, 3.0])
@pytest.mark.parametrize(("levels", "spread"), [(2, 0.1), (5, 0.1), (20, 0.5), (80, 0.5), (80, 5.0)])
def test_order_parameters_and_the_search_over_all_phases_meet(levels, spread, strength, n_hot):
    """Two routes that share no code: a convex problem in r fields, and an ascent over N phases."""
    state = ts.steady_state(near_degenerate(levels, spread, strength, n_hot, 1), solver=LowRank(), throw=False)
    if state.status is not Status.SUCCESS:
        pytest.skip("the spread is beyond what low rank covers; Auto() falls back to Cauchy() there")
    few, all_phases = ts.synchronization(state), ts.synchronization(state.rho)
    assert few.pair_sum == pytest.approx(float(all_phases.pair_sum), rel=1e-10)
    assert min(few.pair_sum_bound, all_phases.pair_sum_bound) >= max(few.pair_sum, all_phases.pair_sum)
    assert few.certified
    assert few.l1_coherence == pytest.approx(float(all_phases.l1_coherence), rel=1e-12)


@pytest.mark.parametrize("n_hot", [0.2, 2.0, 5.0], ids=["refrigerator", "unmatched engine", "engine"])
def test_twenty_thousand_levels_are_certified(n_hot):
    state = ts.steady_state(near_degenerate(20_000, 0.5, 0.1, n_hot, 2))
    sync = ts.synchronization(state)
    assert state.solver == LowRank()
    assert sync.certified
    assert sync.entrainment == 0.0, "S_max underflows"
    assert np.isnan(sync.l1_coherence), "no sum over all pairs"
    moduli = np.abs(np.exp(1j * sync.phases[2:]))
    np.testing.assert_allclose(moduli, 1.0)
    total = sum(float(share) for share in sync.pair_shares.values())
    assert total == pytest.approx(float(sync.pair_sum), rel=1e-9)


def test_the_order_parameter_bound_holds_for_any_phases_tried(rng):
    """Alignment, uniform spread, random and perturbed optimal phases: none reaches above the bound."""
    for n_hot in (0.2, 2.0, 5.0):
        state = ts.steady_state(near_degenerate(100, 0.3, 0.3, n_hot, 3))
        sync = ts.synchronization(state)
        best = np.nan_to_num(sync.phases)
        trials = [np.zeros(102), best, np.linspace(0, 2 * np.pi, 102)]
        trials += [best + 0.1 * rng.normal(size=102) for _ in range(20)]
        trials += [rng.uniform(0, 2 * np.pi, 102) for _ in range(20)]
        heights = ts.phase_distribution(state, np.array(trials))
        assert (heights <= sync.s_max_bound).all()


def test_a_batch_of_order_parameter_peaks_equals_its_points():
    drive = np.stack([near_degenerate(70, 0.2, 0.1, 5.0, seed).drive for seed in range(3)])
    options = {"n_hot": 5.0, "splittings": np.linspace(0.0, 0.2, 70), **BATHS}
    together = ts.synchronization(ts.steady_state(ts.ThermalMaser(drive, **options)))
    for point in range(3):
        alone = ts.synchronization(ts.steady_state(ts.ThermalMaser(drive[point], **options)))
        assert together.pair_sum[point] == pytest.approx(float(alone.pair_sum), rel=1e-12)
        assert together.certified[point]
