"""Is a reported residual or smallest eigenvalue ever better than the truth?

Truth here is extended precision (mpmath, 40 digits).
"""

import mpmath as mp
import numpy as np
import pytest

import torusync as ts
from exact import exact, exact_maser_residual
from problems import BATHS, random_maser
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank


@pytest.mark.parametrize("correlated", [False, True])
def test_the_residual_is_not_below_the_truth_by_more_than_its_own_rounding(correlated):
    rng = np.random.default_rng(12)
    for levels in (1, 3, 5):
        maser = random_maser(rng, correlated=correlated, per_level=True, levels=levels)
        arrows = () if correlated else (LowRank(), Cauchy())
        for solver in (Block(), Dense(), *arrows):
            state = ts.steady_state(maser, solver=solver)
            truth = float(exact_maser_residual(maser, state.rho))
            scale = float(np.abs(maser.generator().liouvillian()).max())
            assert truth <= state.residual + 1e-15 * scale
            assert truth <= 1e-14 * scale


def test_the_residual_of_the_closed_form_is_honest():
    rng = np.random.default_rng(13)
    for levels in (1, 2, 5):
        drive = rng.normal(size=levels) + 1j * rng.normal(size=levels)
        maser = ts.ThermalMaser(drive, n_hot=2.0, **BATHS, detuning=0.3)
        state = ts.steady_state(maser)
        truth = float(exact_maser_residual(maser, state.rho))
        assert truth <= state.residual + 2e-15
        assert state.residual <= 1e-14


def test_a_wrong_state_shows_in_the_residual():
    """Spoil one closed-form state by 1e-6: the residual must say so."""
    from dataclasses import replace

    from torusync.steady.collective import Degenerate, evidence

    maser = ts.ThermalMaser([0.1, 0.2j], n_hot=2.0, **BATHS, detuning=0.3)
    density = ts.steady_state(maser).density
    machines = Degenerate.of(maser.generator()).flat()
    for name in ("ground", "cold_ratio", "hot_ratio", "first", "link", "pair"):
        spoiled = replace(density, **{name: getattr(density, name) * (1 + 1e-6)})
        truth = float(exact_maser_residual(maser, spoiled.to_array()))
        found = float(evidence(machines, spoiled.flat())[0][0])
        assert found >= truth * (1 - 1e-6)
        assert found == pytest.approx(truth, rel=1.0)
        assert truth > 1e-9


def test_smallest_eigenvalues_agree_with_extended_precision():
    rng = np.random.default_rng(14)
    for levels in (2, 4):
        for split in (0.0, 0.1):
            maser = ts.ThermalMaser(
                rng.normal(size=levels), n_hot=0.01, n_cold=20.0, gamma_hot=0.05, gamma_cold=0.2,
                splittings=split * np.arange(levels),
            )  # fmt: skip
            for solver in (Block(), Dense(), *((Collective(),) if split == 0.0 else ())):
                state = ts.steady_state(maser, solver=solver)
                truth = min(mp.eighe(exact(state.rho), eigvals_only=True))
                assert float(state.min_eigenvalue) == pytest.approx(float(truth), abs=1e-15)


@pytest.mark.parametrize("max_rank", [4, 8, 16])
def test_low_rank_that_is_too_low_says_so(max_rank):
    """Stopped early, the residual reported is at least the true one, and the state is refused."""
    from torusync.steady.answer import Answer

    rng = np.random.default_rng(2)
    maser = ts.ThermalMaser(rng.random(60), n_hot=2.0, **BATHS, splittings=5.0 * rng.random(60))
    answer = LowRank(max_rank=max_rank).solve(maser.generator())
    assert isinstance(answer, Answer)
    block, rho = maser.generator(), answer.density.to_array()
    excited = rho[1:, 1:]
    change = block.drift() @ excited
    truth = np.linalg.norm(change + change.conj().T + rho[0, 0] * block.pump())
    assert answer.residual >= truth
    assert answer.residual <= 30.0 * truth
    with pytest.raises(ts.SteadyStateError, match="max_rank"):
        ts.steady_state(maser, solver=LowRank(max_rank=max_rank))


def test_the_lowest_eigenvalue_of_a_low_rank_state_is_a_lower_bound():
    rng = np.random.default_rng(3)
    for n_hot in (0.05, 2.0, 5.0):
        for even in (True, False):
            n = np.full(30, n_hot) if even else n_hot * (1 + 0.3 * rng.random(30))
            maser = ts.ThermalMaser(2.0 * rng.random(30), n_hot=n, **BATHS, splittings=rng.random(30))
            state = ts.steady_state(maser, solver=LowRank())
            truth = np.linalg.eigvalsh(state.rho)[0]
            assert 0.0 < state.min_eigenvalue <= truth * (1 + 1e-10)


def test_the_residual_of_low_rank_states_is_honest():
    rng = np.random.default_rng(24)
    for levels in (2, 5):
        for strength in (0.1, 1e-7):
            maser = ts.ThermalMaser(
                strength * rng.normal(size=levels), n_hot=rng.uniform(1, 3, levels), n_cold=0.3, gamma_hot=0.05,
                gamma_cold=0.2, splittings=rng.random(levels),
            )  # fmt: skip
            for rank in (2, 400):
                answer = LowRank(max_rank=rank).solve(maser.generator())
                truth = float(exact_maser_residual(maser, answer.density.to_array()))
                assert truth <= answer.residual + 1e-15


@pytest.mark.parametrize("solver", [Block(), Dense(), LowRank()], ids=lambda one: type(one).__name__)
def test_no_solver_reports_a_better_smallest_eigenvalue_than_the_state_has(solver):
    rng = np.random.default_rng(25)
    for correlated in (False, True) if not isinstance(solver, LowRank) else (False,):
        for _ in range(3):
            maser = random_maser(rng, correlated=correlated, per_level=True, levels=3)
            state = ts.steady_state(maser, solver=solver)
            truth = float(min(mp.eighe(exact(state.rho), eigvals_only=True)))
            assert state.min_eigenvalue <= truth + 1e-15
            assert state.min_eigenvalue > 0.0


def test_lindblad_systems_are_right_or_refused():
    """Random generators with rates over eight orders of magnitude: residual and positivity against 40 digits."""
    rng = np.random.default_rng(28)
    for size in (2, 3, 4):
        for _ in range(4):
            h = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
            channels = [(10.0 ** rng.uniform(-6, 2), rng.normal(size=(size, size))) for _ in range(3)]
            state = ts.steady_state(ts.LindbladSystem(h + h.conj().T, channels))
            r, hamiltonian = exact(state.rho), exact(h + h.conj().T)
            change = -1j * (hamiltonian * r - r * hamiltonian)
            for rate, operator in channels:
                x = exact(operator)
                change += mp.mpf(rate) * (2 * x * r * x.H - x.H * x * r - r * x.H * x)
            truth = float(mp.sqrt(mp.fsum(abs(entry) ** 2 for entry in change)))
            scale = float(np.abs(state.system.generator().liouvillian()).max())
            assert truth <= state.residual + 4e-15 * scale
            assert state.min_eigenvalue <= float(min(mp.eighe(r, eigvals_only=True))) + 1e-15
