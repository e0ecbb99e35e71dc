"""Are the measures of shared information those of textbooks, and is no error of theirs too good?"""

import numpy as np
import pytest
import qutip
from scipy.linalg import logm, solve_continuous_lyapunov, sqrtm

import torusync as ts
from problems import refused
from torusync.densities import DenseDensity
from torusync.measures import (
    coherence_entropy,
    concurrence,
    mutual_information,
    negativity,
    phase_information,
    relative_entropy_of_coherence,
)
from torusync.models import QubitPair, SpinOne, SpinPair, VanDerPolPair

DIMS = [(2, 2), (2, 3), (3, 3)]
BELL = np.zeros((4, 4))
BELL[np.ix_([0, 3], [0, 3])] = 0.5


def drawn(rng, size, rank=None):
    amplitudes = rng.normal(size=(size, rank or size)) + 1j * rng.normal(size=(size, rank or size))
    rho = amplitudes @ amplitudes.conj().T
    return rho / np.trace(rho).real


def turned(rng, size):
    return np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]


def entropy(rho):
    return -np.trace(rho @ logm(rho)).real


# by other routes


@pytest.mark.parametrize("dims", DIMS)
def test_mutual_information_is_a_relative_entropy(dims):
    """I = tr ρ (ln ρ − ln ρ_A ⊗ ρ_B)."""
    rho = drawn(np.random.default_rng(1), dims[0] * dims[1])
    parts = qutip.Qobj(rho, dims=[list(dims)] * 2)
    product = qutip.tensor(parts.ptrace(0), parts.ptrace(1)).full()
    found = mutual_information(rho, dims=dims)
    assert found.value == pytest.approx(np.trace(rho @ (logm(rho) - logm(product))).real, abs=1e-11)
    assert coherence_entropy(rho).value == pytest.approx(entropy(np.diag(np.diag(rho).real)) - entropy(rho), abs=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_concurrence_and_negativity_are_qutip_s(seed):
    rng = np.random.default_rng(seed)
    rho = 0.6 * drawn(rng, 4, 1) + 0.4 * drawn(rng, 4, 1 + seed % 3)
    one = qutip.Qobj(rho, dims=[[2, 2]] * 2)
    assert concurrence(rho, dims=(2, 2)).value == pytest.approx(qutip.concurrence(one), abs=1e-7)
    assert negativity(rho, dims=(2, 2)).value == pytest.approx(qutip.negativity(one, 0), abs=1e-12)


@pytest.mark.parametrize("size", [2, 4, 7])
def test_fisher_information_by_the_logarithmic_derivative_and_by_fidelity(size):
    """F = tr ρL² with ρL + Lρ = −2i[G, ρ], and 8(1 − √fidelity)/dφ²."""
    rng = np.random.default_rng(size)
    rho, generator = drawn(rng, size), np.arange(float(size))
    found = phase_information(rho, generator)
    turning = np.diag(generator)
    derivative = -1j * (turning @ rho - rho @ turning)
    logarithmic = solve_continuous_lyapunov(rho, 2.0 * derivative)
    assert found.value == pytest.approx(np.trace(rho @ logarithmic @ logarithmic).real, rel=1e-9)
    step, root = 2e-3, sqrtm(rho)
    phase = np.diag(np.exp(-1j * step * generator))
    fidelity = np.trace(sqrtm(root @ phase @ rho @ phase.conj().T @ root)).real
    assert found.value == pytest.approx(8.0 * (1.0 - fidelity) / step**2, rel=1e-4)
    np.testing.assert_allclose(phase_information(rho, turning).value, found.value, rtol=1e-12)


# laws


def test_known_states_have_known_measures():
    assert mutual_information(BELL, dims=(2, 2)).value == pytest.approx(2.0 * np.log(2.0), abs=1e-14)
    assert negativity(BELL, dims=(2, 2)).value == pytest.approx(0.5, abs=1e-14)
    assert concurrence(BELL, dims=(2, 2)).value == pytest.approx(1.0, abs=1e-14)
    assert coherence_entropy(BELL).value == pytest.approx(np.log(2.0), abs=1e-14)
    for mixed in (0.2, 1.0 / 3.0, 0.5, 0.9):  # Werner's states are entangled above 1/3
        rho = mixed * np.array([[0, 0, 0, 0], [0, 0.5, -0.5, 0], [0, -0.5, 0.5, 0], [0, 0, 0, 0]])
        rho = rho + (1.0 - mixed) * np.eye(4) / 4.0
        assert concurrence(rho, dims=(2, 2)).value == pytest.approx(max(0.0, 1.5 * mixed - 0.5), abs=1e-12)
        assert negativity(rho, dims=(2, 2)).value == pytest.approx(max(0.0, 0.75 * mixed - 0.25), abs=1e-12)


@pytest.mark.parametrize("dims", DIMS)
def test_products_share_nothing_and_local_turns_change_nothing(dims):
    rng = np.random.default_rng(7)
    a, b = drawn(rng, dims[0]), drawn(rng, dims[1])
    for measure in (mutual_information, negativity):
        found = measure(np.kron(a, b), dims=dims)
        assert found.value <= found.error
    rho, local = drawn(rng, dims[0] * dims[1], 2), np.kron(turned(rng, dims[0]), turned(rng, dims[1]))
    for measure in (mutual_information, negativity):
        here, there = measure(rho, dims=dims), measure(local @ rho @ local.conj().T, dims=dims)
        assert here.value == pytest.approx(there.value, abs=1e-12)
        assert here.value > here.error


@pytest.mark.parametrize("dims", DIMS)
def test_ranges_are_kept_and_reached(dims):
    rng = np.random.default_rng(3)
    small = min(dims)
    ket = np.zeros(dims)
    ket[np.arange(small), np.arange(small)] = small**-0.5
    top = np.outer(ket.reshape(-1), ket.reshape(-1))
    assert mutual_information(top, dims=dims).value == pytest.approx(2.0 * np.log(small), abs=1e-13)
    assert negativity(top, dims=dims).value == pytest.approx(0.5 * (small - 1.0), abs=1e-13)
    stack = np.stack([drawn(rng, dims[0] * dims[1], 1 + k % 4) for k in range(40)])
    for measure, most in ((mutual_information, 2.0 * np.log(small)), (negativity, 0.5 * (small - 1.0))):
        found = measure(stack, dims=dims)
        assert ((found.value >= 0.0) & (found.value <= most)).all()
        one = measure(stack[3], dims=dims)
        assert (found[3].value, found[3].error) == pytest.approx((one.value, one.error), abs=1e-13)


def test_fisher_information_of_pure_states_is_four_variances_and_of_diagonal_ones_nothing():
    rng = np.random.default_rng(5)
    generator = np.arange(6.0)
    ket = rng.normal(size=6) + 1j * rng.normal(size=6)
    ket = ket / np.linalg.norm(ket)
    weights = np.abs(ket) ** 2
    variance = weights @ generator**2 - (weights @ generator) ** 2
    assert phase_information(np.outer(ket, ket.conj()), generator).value == pytest.approx(4.0 * variance, rel=1e-9)
    assert phase_information(np.diag(weights), generator).value == 0.0
    edge = np.zeros((6, 6))
    edge[np.ix_([0, 5], [0, 5])] = 0.5
    assert phase_information(edge, generator).value == pytest.approx(25.0, rel=1e-12)
    rho, sigma = drawn(rng, 6), drawn(rng, 6)
    mixed = phase_information(0.3 * rho + 0.7 * sigma, generator).value
    assert mixed <= 0.3 * phase_information(rho, generator).value + 0.7 * phase_information(sigma, generator).value
    assert phase_information(rho, generator + 3.0).value == pytest.approx(phase_information(rho, generator).value)


# errors

MEASURES = {
    "mutual information": lambda one: mutual_information(one, dims=(2, 2)),
    "negativity": lambda one: negativity(one, dims=(2, 2)),
    "concurrence": lambda one: concurrence(one, dims=(2, 2)),
    "coherence": coherence_entropy,
    "Fisher information": lambda one: phase_information(one, np.arange(4.0)),
}


def known_to(rho, error):
    return DenseDensity(np.asarray(rho, dtype=complex), coherence_error=np.float64(error))


@pytest.mark.parametrize("name", MEASURES)
def test_no_error_is_too_good(name):
    """States of every rank, and neighbours at every distance, mixed with pure states: those move them most."""
    rng, measure, nearest = np.random.default_rng(11), MEASURES[name], 0.0
    for draw in range(300):
        rank, size = 1 + draw % 4, 10.0 ** rng.uniform(-12, 0)
        # real ones, and near products, where roots are steep
        rho = drawn(rng, 4, rank)
        if draw % 3 == 0:
            ket = np.kron(*[one / np.linalg.norm(one) for one in rng.normal(size=(2, 2))])
            rho = np.outer(ket, ket)
        mixed = drawn(rng, 4, 1)
        if draw % 2:  # a neighbour by a small turn, which is as far away as it is turned
            spin = drawn(rng, 4) * size
            values, vectors = np.linalg.eigh(spin)
            turn = (vectors * np.exp(1j * values)) @ vectors.conj().T
            other = turn @ rho @ turn.conj().T
        else:
            other = (1.0 - size) * rho + size * mixed
        apart = np.linalg.norm(rho - other, "nuc")
        here, there = measure(known_to(rho, apart)), measure(known_to(other, 0.0))
        off = abs(here.value - there.value)
        assert off <= here.error + there.error, (draw, off, here.error)
        nearest = max(nearest, off / here.error)
    assert nearest > 1e-3


def test_errors_of_entropies_are_attained():
    """Audenaert's bound is sharp: a pure state against (1 − T, T/(d−1), …)."""
    for apart in (1e-10, 1e-4, 0.1):
        rho, other = np.diag([1.0, 0, 0, 0]), np.diag([1.0 - apart, *[apart / 3.0] * 3])
        # of a diagonal state the coherence is 0, and S(ρ) alone moves with a turn
        change = -(1 - apart) * np.log(1 - apart) - apart * np.log(apart / 3.0)
        found = mutual_information(known_to(np.kron(rho, [[1.0]]), 2.0 * apart), dims=(4, 1))
        assert found.value == 0.0
        off = coherence_entropy(known_to(other, 2.0 * apart)).error
        assert off == pytest.approx(min(2.0 * change, np.log(4.0)), rel=1e-3)


def test_the_error_of_mutual_information_is_that_of_three_entropies():
    """No fewer will do for proof: all three may move, whatever the parts."""

    def fannes(levels, apart):
        return apart * np.log(levels - 1.0) - apart * np.log(apart) - (1.0 - apart) * np.log(1.0 - apart)

    found = mutual_information(known_to(0.9 * BELL + 0.025 * np.eye(4), 2e-6), dims=(2, 2))
    assert found.error == pytest.approx(2.0 * fannes(2, 1e-6) + fannes(4, 1e-6), rel=1e-4)


def test_the_error_of_fisher_information_holds_between_a_cat_and_its_mixture():
    """(|0> + |5>)/√2 has all of it, and the mixture of both, 1 away in the trace norm, has none."""
    cat = np.zeros((6, 6))
    cat[np.ix_([0, 5], [0, 5])] = 0.5
    found = phase_information(known_to(np.diag(np.diag(cat)), 1.0), np.arange(6.0))
    assert found.value == 0.0
    assert found.error >= 25.0 * (1.0 - 1e-12)
    ket = np.arange(1.0, 7.0) / np.linalg.norm(np.arange(1.0, 7.0))
    weights = ket**2
    exact = 4.0 * (weights @ np.arange(6.0) ** 2 - (weights @ np.arange(6.0)) ** 2)
    pure = phase_information(np.outer(ket, ket), np.arange(6.0))
    assert abs(pure.value - exact) <= pure.error < 1e-3
    below = np.diag([0.5, 0.5 + 4e-9, -4e-9, 0.0])
    assert phase_information(below, np.arange(4.0)).error >= 4.0 * 9.0 * 4e-9**0.5


@pytest.mark.parametrize("seed", range(3))
def test_rounding_of_spectra_is_in_the_error(seed):
    """A state that is exactly rank one, turned: its entropy is 0 in exact arithmetic, and that of a product, too."""
    rng = np.random.default_rng(seed)
    ket = np.kron(*[one / np.linalg.norm(one) for one in rng.normal(size=(2, 6))])
    rho = np.outer(ket, ket)
    for found in (mutual_information(rho, dims=(6, 6)), negativity(rho, dims=(6, 6))):
        assert found.value <= found.error < 1e-9


# systems


def test_solved_pairs_know_their_parts_and_their_error():
    state = ts.steady_state(SpinPair(1, 2, 2, 1, coupling=0.1j))
    found = mutual_information(state)
    assert found.value > 1e-4
    assert 0.0 < found.error < 1e-8
    assert found.value == pytest.approx(mutual_information(state.rho, dims=(3, 3)).value, abs=1e-14)
    batch = ts.steady_state(QubitPair.inverted([0.1, 0.3, 2.0], 0.2))
    assert concurrence(batch).value.shape == (3,)
    assert (mutual_information(batch).value > 0.0).all()


@pytest.mark.parametrize(("detuning", "critical"), [(0.0, 8.664), (2.0, 9.072)])
def test_two_modes_in_the_quantum_limit_are_entangled_beyond_a_critical_coupling(detuning, critical):
    """κ_2/κ_1 = 1e5, cut-off 4: of the two lowest levels, at V/κ_1 = 8.664 and 9.072."""
    couplings = critical + np.array([-2e-3, 2e-3])
    pair = VanDerPolPair.alike(loss=1e5, dissipative=couplings, detuning=detuning, cutoff=4)
    found = concurrence(ts.steady_state(pair), lowest=(0, 1))
    assert found.value[0] == 0.0
    assert found.value[1] > 0.0
    assert (found.kept > 0.999).all()
    assert (found.kept < 1.0).all()


def test_a_map_keeps_nan_where_there_is_no_state():
    stack = np.stack([BELL, np.full((4, 4), np.nan)]).astype(complex)
    for measure in MEASURES.values():
        found = measure(DenseDensity(stack))
        assert np.isfinite(found.value[0])
        assert np.isnan(found.value[1])
        assert np.isnan(found.error[1])


def test_what_has_no_parts_is_refused():
    refused(lambda: mutual_information(np.eye(4) / 4), "`dims`")
    refused(lambda: mutual_information(np.eye(4) / 4, dims=(4,)), "two parts")
    refused(lambda: negativity(np.eye(4) / 4, dims=(2, 3)), "multiply")
    refused(lambda: concurrence(np.eye(6) / 6, dims=(2, 3)), "(2, 2)")
    refused(lambda: concurrence(np.eye(6) / 6, dims=(2, 3), lowest=(0, 2)), "`lowest`")
    refused(lambda: phase_information(np.eye(4) / 4, np.arange(3.0)), "4 levels")
    refused(lambda: phase_information(np.eye(4) / 4, np.triu(np.ones((4, 4)))), "Hermitian")
    assert coherence_entropy(BELL).value == relative_entropy_of_coherence(BELL)


def test_solutions_hold_them_where_a_system_has_two_parts_or_a_phase():
    pair = ts.solve(QubitPair.inverted(0.3, 0.1))
    data = pair.to_dataset()
    for name, measure in (("mutual_information", mutual_information), ("concurrence", concurrence)):
        found = measure(pair.state)
        assert float(data[name]) == found.value
        assert float(data[data[name].attrs["error"]]) == found.error
    assert "phase_information" not in data
    spin = ts.solve(SpinOne(1, 10, [0.1, 0.2])).to_dataset()
    assert spin["phase_information"].shape == (2,)
    assert "negativity" not in spin
    assert "concurrence" not in ts.solve(SpinPair.identical(0.1)).to_dataset()
    modes = ts.solve(VanDerPolPair.alike(loss=1e5, dissipative=9.0, cutoff=4))
    assert modes["concurrence_kept"] == pytest.approx(1.0, abs=1e-3)
    assert modes["concurrence"] > 0.0
