"""Do the models of known synchronizers do what is in print of them?

Every sentence that is tested here was read in an abstract or a text, which is named; no number of these was worked out
by this library.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

import torusync as ts
from torusync.dynamics import emission_spectrum
from torusync.models import MaserPair, QubitPair, Spin, SpinChain, SpinOne, SpinPair, VanDerPol, VanDerPolPair
from torusync.phases import SU2, Joint, Relative

RELATIVE = Relative(SU2(1), SU2(1))


def first(system, distribution):
    """The first harmonic 2|c_1| of S."""
    return np.abs(distribution.harmonics(ts.steady_state(system).density).coefficients[..., 0]) / np.pi


def part(number, parts=2):
    return Joint(SU2(1), dims=(3,) * parts, parts=(number,))


# Spin-1 limit cycle


def test_a_spin_one_can_be_phase_locked():
    """PRL 121, 053601, abstract: a spin 1 can be phase-locked. Undriven it has a limit cycle, |0>, of free phase."""
    free, driven = ts.solve(SpinOne(1.0, 10.0)), ts.solve(SpinOne(1.0, 10.0, [0.05, 0.1, 0.2]))
    np.testing.assert_allclose(free.state.populations, [0.0, 1.0, 0.0], atol=1e-15)
    assert free["s_max"] == 0.0
    assert (driven["optima_count"] == 1).all()
    assert (np.diff(driven["s_max"]) > 0.0).all()


def test_equal_gain_and_damping_leave_two_maxima_and_no_one_to_one_locking():
    """arXiv:2405.05182, abstract."""
    blocked = SpinOne.blockaded([0.02, 0.1, 0.5])
    assert (first(blocked, SU2(1)) < 1e-15).all()
    assert (ts.solve(blocked)["optima_count"] == 2).all()
    assert (first(SpinOne(1.0, 2.0, [0.02, 0.1, 0.5]), SU2(1)) > 1e-4).all()


def test_the_synchronization_of_a_spin_one_has_a_fundamental_maximum():
    """arXiv:1812.09172, abstract; for this S it is ½(1/4π + √(1/16π² + 9/64)), an eigenvalue of the 3 × 3 matrix."""
    most = 0.5 * (1 / (4 * np.pi) + np.sqrt(1 / (16 * np.pi**2) + 9 / 64))
    rates, drive = np.logspace(-3, 3, 13), np.logspace(-3, 1, 17)[:, np.newaxis]
    found = ts.solve(SpinOne(1.0, rates, drive), throw=False)
    assert found.state.succeeded.all()
    assert (found["s_max_bound"] + found["s_max_error"] < most).all()


# Spins above 1, arXiv:2208.12766, abstract


def most(spin, centre):
    """The largest S_max at a weak drive, over the ratio of rates."""
    return ts.solve(Spin(1.0, np.logspace(-1, 1, 21), spin=spin, drive=0.03, centre=centre))["s_max"].max()


def test_the_same_mechanism_gives_very_different_levels_to_whole_and_half_integer_spins():
    """One level is left to the one, and a mixture to the other."""
    assert most(1.5, 0.0) < 0.05 * most(1.0, 0.0)


def test_with_a_limit_cycle_of_its_own_a_half_integer_spin_is_comparable():
    assert most(1.5, 0.5) == pytest.approx(most(1.0, 0.0), rel=0.1)
    assert most(2.5, 0.5) == pytest.approx(most(2.0, 0.0), rel=0.2)


# Two of them


def test_two_that_nothing_drives_lock_to_each_other():
    """PRL 121, 063601, abstract: two spins 1 phase-lock, even where a semiclassical signal would not lock them."""
    pair = SpinPair.identical([0.03, 0.1, 0.3])
    assert (ts.solve(pair)["s_max"] > 5e-5).all()
    for number in (0, 1):
        assert (ts.synchronization(ts.steady_state(pair), distribution=part(number)).s_max < 1e-13).all()
    assert (first(SpinOne.blockaded([0.03, 0.1, 0.3]), SU2(1)) < 1e-15).all()


def test_two_identical_ones_block_each_other():
    """arXiv:2405.05182, abstract: two maxima, and no 1:1 locking, of identical oscillators."""
    alike = SpinPair.identical(0.1, gain=[1.0, 2.0, 0.3], damping=[1.0, 1.0, 3.0])
    assert (first(alike, RELATIVE) < 1e-14).all()
    assert (ts.solve(alike)["optima_count"] == 2).all()
    assert first(SpinPair(1.0, 2.0, 2.0, 1.0, coupling=0.1j), RELATIVE) > 1e-3


def test_a_driven_spin_keeps_its_blockade_and_hands_the_signal_on():
    """arXiv:2405.05182, abstract: the driven one stays blocked, the undriven one locks 1:1."""
    pair = SpinPair.driven([0.01, 0.1, 0.5])
    assert (first(pair, part(0)) < 1e-14).all()
    assert (first(pair, part(1)) > 1e-4).all()
    second = ts.synchronization(ts.steady_state(pair), distribution=part(1))
    assert (second.optima_count == 1).all()


def test_what_is_handed_on_is_linear_in_a_weak_signal():
    """arXiv:2405.05182, abstract."""
    strengths = np.array([1e-4, 1e-3, 1e-2])
    found = first(SpinPair.driven(strengths), part(1))
    np.testing.assert_allclose(found / strengths, found[0] / strengths[0], rtol=2e-3)


def test_the_ends_of_a_chain_lock_through_a_blockaded_middle():
    """arXiv:2405.05182, abstract."""
    chain = SpinChain([0.2, 0.5])
    assert (first(chain, chain.distribution) > 1e-3).all()
    for pair in ((0, 1), (1, 2)):
        assert (first(chain, Relative(SU2(1), SU2(1), dims=(3, 3, 3), parts=pair)) < 1e-14).all()


def test_no_spin_of_an_undriven_chain_has_a_phase_of_its_own():
    """arXiv:2405.05182: what locks are phases relative to each other."""
    chain = ts.steady_state(SpinChain(0.5, gain=[1.0, 2.0, 3.0]))
    for number in range(3):
        assert ts.synchronization(chain, distribution=part(number, 3)).s_max < 1e-13


# Quantum van der Pol oscillator


def test_many_quanta_are_those_of_the_mean_field():
    """PRR 5, 023021, Eq. (3) and after: |α|² = κ_1/2κ_2."""
    loss = np.array([0.2, 0.05, 0.0125])
    state = ts.steady_state(VanDerPol(1.0, loss))
    quanta = state.populations @ np.arange(state.dimension)
    off = np.abs(quanta / (0.5 / loss) - 1.0)
    assert (np.diff(off) < 0.0).all()
    assert off[-1] < 0.02


def test_two_levels_are_left_by_a_strong_loss():
    """Two thirds and a third, quoted from PRL 111, 234101."""
    state = ts.steady_state(VanDerPol.quantum_limit(0.0, loss=[1e3, 1e5]))
    np.testing.assert_allclose(state.populations[..., :2], [[2 / 3, 1 / 3]] * 2, atol=2e-3)
    np.testing.assert_allclose(state.populations[1, :2], [2 / 3, 1 / 3], atol=2e-5)


def test_a_drive_pulls_the_frequency_and_never_locks_it():
    """arXiv:1307.7044, abstract: quantum noise allows no strict frequency locking."""
    levels = 20
    lowering, lines = np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.linspace(-0.3, 0.5, 161)
    peaks = []
    for drive in (0.0, 0.2, 0.4, 0.6):
        mode = VanDerPol(1.0, 0.2, drive, 0.2, cutoff=levels)
        found = emission_spectrum(mode, lines, operator=lowering)
        peaks.append(lines[found.density.argmax()])
    assert peaks[0] == pytest.approx(0.2, abs=0.003)
    assert (np.diff(peaks) < 0.0).all()
    assert peaks[-1] > 0.1


# Two of them


@pytest.fixture(scope="module")
def detuned():
    """Two alike, coupled dissipatively, at several detunings; 14 levels leave a tail of 1e-10."""
    return ts.solve(VanDerPolPair.alike(dissipative=0.5, detuning=[0.0, 0.5, 2.0], cutoff=14))


def test_dissipative_coupling_makes_a_crossover_and_no_strict_locking(detuned):
    """arXiv:1406.7134, abstract: with detuning the relative phase goes on being preferred, less and less."""
    assert (np.diff(detuned["s_max"]) < 0.0).all()
    assert (detuned["s_max"] > 1e-3).all()
    assert (detuned["optima_count"] == 1).all()


def entanglement(dissipative, detuning):
    """√λ_1 − √λ_2 − √λ_3 − √λ_4 of Wootters for the two lowest levels: positive where they are entangled."""
    state = ts.steady_state(VanDerPolPair.alike(loss=1e5, dissipative=dissipative, detuning=detuning, cutoff=5))
    two = state.rho.reshape(5, 5, 5, 5)[:2, :2, :2, :2].reshape(4, 4)
    flip = np.fliplr(np.diag([-1.0, 1.0, 1.0, -1.0]))
    roots = np.sqrt(np.maximum(np.linalg.eigvals(two @ flip @ two.conj() @ flip).real, 0.0))
    return 2.0 * roots.max() - roots.sum()


def test_entanglement_needs_a_coupling_above_a_value_that_grows_with_detuning():
    """arXiv:1312.3630, abstract.  The values are (O) of two routes: 8.664, 8.770, 9.072, 10.138, 13.250."""
    critical = [brentq(entanglement, 6.0, 16.0, args=(one,), xtol=1e-5) for one in (0.0, 1.0, 2.0, 4.0, 8.0)]
    assert (np.diff(critical) > 0.0).all()
    np.testing.assert_allclose(critical, [8.664, 8.770, 9.072, 10.138, 13.250], atol=6e-4)
    assert entanglement(0.5 * critical[0], 0.0) < 0.0 < entanglement(2.0 * critical[0], 0.0)


def test_exchange_locks_two_alike_between_zero_and_pi():
    """Vigneshwar et al. (2025), abstract in an index: bosonic exchange leaves 0 and π, both stable."""
    solved = ts.solve(VanDerPolPair.alike(reactive=0.3, cutoff=14))
    tops = np.sort(np.angle(np.exp(1j * (solved.synchronization.optima().phases[:, 0] + 0.5))) - 0.5)
    np.testing.assert_allclose(np.abs(np.exp(1j * tops) ** 2 - 1.0), 0.0, atol=1e-6)
    assert len(tops) == 2


# Two qubits


def responses(rates, exchange, qubit):
    """Im or Re, whichever there is, of <S_+>/ε of one qubit on resonance, signed."""
    state = ts.steady_state(QubitPair(*rates, exchange=exchange, drive=1e-4))
    raised = np.array([[0.0, 1.0], [0.0, 0.0]])
    own = np.kron(raised, np.eye(2)) if qubit == 0 else np.kron(np.eye(2), raised)
    value = np.einsum("ij,...ji->...", own, state.rho) / 1e-4
    return value.imag if qubit == 0 else value.real


@pytest.mark.parametrize(
    ("rates", "zeros"),
    [((0.4, 0.6, 0.75, 0.25), 1), ((0.7, 0.3, 0.2, 0.8), 1), ((0.4, 0.6, 0.25, 0.75), 0), ((0.7, 0.3, 0.8, 0.2), 0)],
)
def test_a_response_vanishes_at_some_coupling_only_between_inverted_baths(rates, zeros):
    """arXiv:2306.04205, text: where w_A > γ_A and w_B < γ_B, or the reverse, with a jump of π of its phase there."""
    exchange = np.linspace(0.02, 3.0, 150)
    for qubit in (0, 1):
        signs = np.sign(responses(rates, exchange, qubit))
        assert np.count_nonzero(np.diff(signs)) == zeros


def test_a_detuned_drive_removes_the_zero_and_one_detuning_of_the_qubits_restores_it():
    """arXiv:2306.04205, text: at nearly the same coupling."""
    exchange, difference = np.linspace(0.80, 0.95, 61), np.linspace(-0.1, 0.1, 81)[:, np.newaxis]

    def smallest(detuning, differences):
        state = ts.steady_state(QubitPair.inverted(exchange, 1e-4, detuning=detuning, difference=differences))
        rho = state.rho
        return np.abs(rho[..., 2, 0] + rho[..., 3, 1]).min() / 1e-4

    assert smallest(0.1, 0.0) > 5.0 * smallest(0.1, difference)
    assert smallest(0.1, 0.0) > 2e-3


# Two thermal masers


def coherence(**values):
    return np.abs(ts.steady_state(MaserPair(2.0, 0.5, 1.0, 0.5, exchange=1e-3, **values)).coherence(7, 5))


def test_coherence_needs_energies_that_are_conserved():
    """arXiv:2104.04383, abstract: energy conservation and degeneracy decide; far off resonance nothing is left."""
    found = coherence(detuning=[0.0, 1.0, 10.0, 100.0])
    assert (np.diff(found) < 0.0).all()
    assert found[-1] < 0.02 * found[0]


def test_only_degenerate_transitions_become_coherent():
    """The same: of all coherences of the pair, the one between the states that exchange a quantum alone is there."""
    rho = ts.steady_state(MaserPair(2.0, 0.5, 1.0, 0.5, exchange=0.1)).rho
    beside = rho - np.diag(np.diag(rho))
    assert abs(beside[5, 7]) > 1e-3
    beside[5, 7] = beside[7, 5] = 0.0
    assert np.abs(beside).max() < 1e-16
