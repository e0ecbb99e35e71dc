"""Numbers of small synchronizers, read by the library off systems built here and its models, and by another route.

The other route solves the master equation by NumPy alone, and reads S off the matrix by the printed sums on a fine
grid, refined by a parabola.  Printed numbers are those of two more routes, QuTiP's `steadystate` and direct sums.
None of them counts as published; what is in print stands in `test_published_synchronizers.py`.
"""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import hyp1f1, poch

import torusync as ts
from torusync.dynamics import emission_spectrum
from torusync.models import MaserPair, QubitPair, SpinOne, SpinPair, VanDerPol, VanDerPolPair
from torusync.phases import SU2, Fock, Joint, Relative

ROOT2 = math.sqrt(2.0)
RAISING = ROOT2 * np.diag([1.0, 1.0], 1)
S_Z = np.diag([1.0, 0.0, -1.0])
LOWERING = RAISING.T
ONE = np.eye(3)


def steady(hamiltonian, jumps):
    """The steady state of dρ/dt = −i[H, ρ] + Σ (CρC† − ½{C†C, ρ}), by least squares."""
    size = len(hamiltonian)
    eye = np.eye(size)
    generator = -1j * (np.kron(hamiltonian, eye) - np.kron(eye, hamiltonian.T))
    for jump in jumps:
        square = jump.conj().T @ jump
        generator = generator + np.kron(jump, jump.conj())
        generator = generator - 0.5 * (np.kron(square, eye) + np.kron(eye, square.T))
    rows = np.concatenate([generator, eye.reshape(1, -1)])
    found = np.linalg.lstsq(rows, np.concatenate([np.zeros(size**2), [1.0]]), rcond=None)[0]
    return found.reshape(size, size)


def solved(hamiltonian, jumps):
    return ts.steady_state(ts.LindbladSystem(hamiltonian, [(0.5, jump) for jump in jumps]))


def spin_jumps(gain, damping):
    return [math.sqrt(gain / 2) * RAISING @ S_Z, math.sqrt(damping / 2) * LOWERING @ S_Z]


def spin_one(gain, damping, drive, detuning=0.0):
    """H = ΔS_z + εS_y."""
    return detuning * S_Z + drive * (RAISING - LOWERING) / 2j, spin_jumps(gain, damping)


C_SPIN = {(0, 1): 3 / (16 * ROOT2), (1, 2): 3 / (16 * ROOT2), (0, 2): 1 / (4 * math.pi)}


def printed(rho, phi):
    """S of a spin 1 by the printed prefactors."""
    return sum(2 * c * (rho[i, j] * np.exp(1j * (j - i) * phi)).real for (i, j), c in C_SPIN.items())


def largest_on_grid(height, points=20001):
    phi = np.linspace(-np.pi, np.pi, points)
    values = height(phi)
    place = int(values[1:-1].argmax()) + 1
    low, top, high = values[place - 1 : place + 2]
    return top + (high - low) ** 2 / (8 * (2 * top - high - low))


CYCLE = {
    (1, 10, 0.1, 0): (0.03200599, 0.0),
    (10, 1, 0.1, 0): (0.03200599, math.pi),
    (1, 1, 0.1, 0): (0.00294731, math.pi / 2),
    (1, 1, 0.1, 0.3): (0.00222597, None),
    (1, 100, 0.1, 0): (0.03565236, None),
    (1, 0.1, 0.03, 0): (0.06978916, None),
}


@pytest.mark.parametrize("point", CYCLE)
def test_a_spin_one_locks_as_printed(point):
    height, phase = CYCLE[point]
    sync = ts.synchronization(solved(*spin_one(*point)), distribution=SU2(1))
    assert sync.certified
    assert sync.s_max == pytest.approx(height, abs=6e-9)
    rho = steady(*spin_one(*point))
    assert largest_on_grid(lambda phi: printed(rho, phi)) == pytest.approx(float(sync.s_max), abs=1e-11)
    assert 0.0 < sync.s_max_error < 1e-10
    if phase is not None:
        # of two tops at ±π/2 either is the one
        off = np.exp(1j * sync.phases[0]) - np.exp(1j * phase)
        assert min(abs(off), abs(np.exp(1j * sync.phases[0]) - np.exp(-1j * phase))) < 1e-7


def test_equal_gain_and_damping_leave_two_tops():
    sync = ts.synchronization(solved(*spin_one(1, 1, 0.1)), distribution=SU2(1))
    harmonics = SU2(1).harmonics(sync.density)
    assert abs(harmonics.coefficients[0]) < 1e-15
    assert sync.optima_count == 2
    assert sync.optima_complete
    np.testing.assert_allclose(sync.density.populations * 54, [1, 52, 1], rtol=1e-12)


def test_a_coherent_spin_state_peaks_at_its_phase():
    phi, spin = 0.8, 1.0
    ket = np.array([math.sqrt(math.comb(2, k)) / 2 * np.exp(-1j * (spin - k) * phi) for k in range(3)])
    assert ts.synchronization(ket, distribution=SU2(1)).phases[0] == pytest.approx(phi, abs=1e-7)


def two_spins(strength, gain_a, damping_a, gain_b, damping_b):
    """H = i(ε/2)(S_+ S_− − h.c.)."""
    exchange = np.kron(RAISING, LOWERING)
    jumps = [np.kron(one, ONE) for one in spin_jumps(gain_a, damping_a)]
    jumps += [np.kron(ONE, one) for one in spin_jumps(gain_b, damping_b)]
    return 0.5j * strength * (exchange - exchange.T), jumps


PAIRS = {
    (1, 1, 1, 1): (0.00073683, {0.5, 1.5}),
    (1, 2, 2, 1): (0.00983128, {1.0}),
    (1, 100, 100, 1): (0.02100723, {1.0}),
    (100, 1, 1, 100): (0.02100723, {0.0, 2.0}),
}


@pytest.mark.parametrize("rates", PAIRS)
def test_two_spins_lock_to_each_other_as_printed(rates):
    height, phases = PAIRS[rates]
    state = solved(*two_spins(0.1, *rates))
    sync = ts.synchronization(state, distribution=Relative(SU2(1), SU2(1)))
    assert sync.certified
    assert sync.s_max == pytest.approx(height, abs=6e-9)
    assert min(abs(sync.phases[0] / np.pi - one) for one in phases) < 1e-7
    # local first harmonics vanish: a weak U(1)
    for part in (0, 1):
        local = Joint(SU2(1), dims=(3, 3), parts=(part,)).harmonics(state.density)
        assert abs(local.coefficients[0]) < 1e-14


def test_the_blockade_of_two_spins_is_exact_or_of_first_order_only():
    relative = Relative(SU2(1), SU2(1))
    for rates in ((1, 1, 1, 1), (2, 1, 2, 1), (1, 1, 3, 3)):
        found = relative.harmonics(solved(*two_spins(0.1, *rates)).density)
        assert abs(found.coefficients[0]) < 1e-14
    # condition met, but neither of these: what is left is of third order
    for strength, size in ((0.1, 5.3e-5), (0.01, 5.5e-8), (0.001, 5.5e-11)):
        found = relative.harmonics(solved(*two_spins(strength, 3, 1, 4, 2)).density)
        assert abs(found.coefficients[0]) / math.pi == pytest.approx(size, rel=0.01)


def driven_pair(drive, exchange=0.5):
    """H = εS_x of A + (g/2)(S_+ S_− + h.c.), all rates 1."""
    coupling = np.kron(RAISING, LOWERING)
    s_x = (RAISING + LOWERING) / 2
    jumps = [np.kron(one, ONE) for one in spin_jumps(1, 1)] + [np.kron(ONE, one) for one in spin_jumps(1, 1)]
    return drive * np.kron(s_x, ONE) + 0.5 * exchange * (coupling + coupling.T), jumps


@pytest.mark.parametrize(("drive", "height"), [(0.01, 5.044140e-4), (0.1, 4.994059e-3), (0.5, 1.868396e-2)])
def test_the_driven_spin_keeps_its_blockade_and_the_other_locks(drive, height):
    state = solved(*driven_pair(drive))
    first, second = (
        Joint(SU2(1), dims=(3, 3), parts=(part,)).harmonics(state.density).coefficients[0] / math.pi for part in (0, 1)
    )
    assert abs(first) < 1e-14
    assert abs(second) == pytest.approx(height, rel=1e-6)


def test_of_three_spins_in_a_row_the_ends_lock_through_the_middle():
    """H = (g/2)(S_+^1 S_−^2 + S_+^2 S_−^3 + h.c.), g = .5, undriven, all rates 1."""
    coupling = np.kron(RAISING, LOWERING)
    bonds = np.kron(coupling, ONE) + np.kron(ONE, coupling)
    jumps = [
        np.kron(np.kron(np.eye(3**before), one), np.eye(3 ** (2 - before)))
        for before in range(3)
        for one in spin_jumps(1, 1)
    ]
    state = solved(0.25 * (bonds + bonds.T), jumps)
    first = {
        pair: abs(Relative(SU2(1), SU2(1), dims=(3, 3, 3), parts=pair).harmonics(state.density).coefficients[0])
        / math.pi
        for pair in ((0, 1), (1, 2), (0, 2))
    }
    assert first[0, 1] < 1e-14
    assert first[1, 2] < 1e-14
    assert first[0, 2] == pytest.approx(8.79e-3, abs=5e-6)


def test_a_van_der_pol_mode_locks_as_printed():
    """κ_2 = 1, E = .1, Δ = 0, cut-off 20."""
    a = np.diag(np.sqrt(np.arange(1.0, 20.0)), 1)
    hamiltonian = 0.1j * (a - a.T)
    sync = ts.synchronization(solved(hamiltonian, [a.T, a @ a]), distribution=Fock())
    assert sync.s_max == pytest.approx(0.03591445, abs=6e-9)
    assert sync.phases[0] == pytest.approx(math.pi, abs=1e-7)
    assert sync.certified


def test_all_that_shows_a_state_shows_its_phases(tmp_path):
    jumps = spin_jumps(1, 10)
    hamiltonian = np.multiply.outer([0.1, 0.2], spin_one(1, 10, 1.0)[0])
    system = ts.LindbladSystem(hamiltonian, [(0.5, jump) for jump in jumps])
    solution = ts.solve(system, distribution=SU2(1))
    dataset = solution.to_dataset()
    assert dataset.phases.dims == ("axis_0", "phase")
    assert dataset.s_max.attrs["bound"] == "s_max_bound"
    assert dataset.s_max.attrs["error"] == "s_max_error"
    assert dataset.s_max.attrs["source"] == SU2.source
    assert (dataset.s_max_error > 0).all()
    dataset.to_netcdf(tmp_path / "spins.nc", engine="h5netcdf")
    html = solution.synchronization._repr_html_() + solution._repr_html_()
    assert "nan" not in html
    assert "ΣS" not in html
    assert "TAYLOR" in repr(solution.synchronization[0])
    solution.state.save(tmp_path / "state.npz")
    again = ts.synchronization(ts.load_state(tmp_path / "state.npz"), distribution=SU2(1))
    np.testing.assert_array_equal(again.s_max, solution.synchronization.s_max)


# The models


def mode(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1)


def first_harmonic(state, distribution):
    """2|c_1|."""
    return np.abs(distribution.harmonics(state.density).coefficients[..., 0]) / math.pi


def test_the_contract_holds():
    spin = SpinOne(gain=1.0, damping=10.0, drive=0.1, detuning=0.0)
    assert ts.synchronization(ts.steady_state(spin)).s_max == pytest.approx(0.03200599, abs=6e-9)
    sync = ts.synchronization(ts.steady_state(VanDerPol(gain=1.0, loss=0.1, drive=1.0, detuning=0.0)))
    assert sync.s_max == pytest.approx(0.75029595, abs=6e-9)
    assert sync.phases == pytest.approx([math.pi], abs=1e-7)
    found = [ts.synchronization(ts.steady_state(SpinOne(*point))).s_max for point in CYCLE]
    np.testing.assert_allclose(found, [height for height, _ in CYCLE.values()], atol=6e-9)
    rates = np.array(list(PAIRS), dtype=float).T
    pairs = ts.synchronization(ts.steady_state(SpinPair(*rates, coupling=0.1j)))
    np.testing.assert_allclose(pairs.s_max, [height for height, _ in PAIRS.values()], atol=6e-9)


@pytest.mark.parametrize(
    ("damping", "detuning", "slope"), [(10.0, 0.0, 0.3375), (0.1, 0.0, 3.375), (3.0, 0.7, 0.1316771)]
)
def test_a_weak_drive_locks_by_the_first_order(damping, detuning, slope):
    """(3/16)|1/(γ_g/2 + iΔ) − 1/(γ_d/2 + iΔ)|: of 2|c_1|, since S_max has a second harmonic of order ε²."""
    derived = 3 / 16 * abs(1 / (0.5 + 1j * detuning) - 1 / (damping / 2 + 1j * detuning))
    state = ts.steady_state(SpinOne(1.0, damping, 1e-5, detuning))
    assert first_harmonic(state, SU2(1)) / 1e-5 == pytest.approx(derived, rel=5e-8)
    assert derived == pytest.approx(slope, rel=4e-7)


@pytest.mark.parametrize("rates", [(1.0, 2.0, 2.0, 1.0), (1.0, 5.0, 0.3, 2.0)])
def test_a_weak_coupling_locks_two_spins_by_the_first_order(rates):
    """(9π/128)|1/Γ_1 − 1/Γ_2|, with Γ_1 = (γ_d^A + γ_g^B)/2 and Γ_2 = (γ_g^A + γ_d^B)/2."""
    gain_a, damping_a, gain_b, damping_b = rates
    derived = 9 * math.pi / 128 * abs(2 / (damping_a + gain_b) - 2 / (gain_a + damping_b))
    state = ts.steady_state(SpinPair(*rates, coupling=1e-5j))
    assert first_harmonic(state, Relative(SU2(1), SU2(1))) / 1e-5 == pytest.approx(derived, rel=1e-7)


def test_undriven_modes_are_those_of_the_closed_form():
    """p_n = [r^n/(r)_n] 1F1(1+n; r+n; r)/1F1(1; r; 2r), and <n> = 1F1(2; r+1; 2r)/1F1(1; r; 2r)."""
    loss = np.array([0.05, 0.1, 0.5, 2.0, 10.0])
    state = ts.steady_state(VanDerPol(1.0, loss))
    r, n = 1 / loss[:, np.newaxis], np.arange(state.dimension)
    closed = r**n / poch(r, n) * hyp1f1(1 + n, r + n, r) / hyp1f1(1, r, 2 * r)
    np.testing.assert_allclose(state.populations, closed, atol=1e-13)
    quanta = state.populations @ n
    np.testing.assert_allclose(quanta, (hyp1f1(2, r + 1, 2 * r) / hyp1f1(1, r, 2 * r))[:, 0], rtol=1e-11)
    np.testing.assert_allclose(quanta, [10.50091206, 5.51311406, 1.53731472, 0.70059442, 0.41767104], atol=6e-9)


def test_a_driven_mode_has_the_amplitude_of_two_routes():
    for loss, drive, relative, height in ((0.1, 1.0, 0.91946724, 0.75029595), (1.0, 0.1, 0.14522584, 0.03591445)):
        state = ts.steady_state(VanDerPol(1.0, loss, drive))
        a = mode(state.dimension)
        amplitude, quanta = np.trace(a @ state.rho), np.trace(a.T @ a @ state.rho).real
        assert abs(amplitude) / math.sqrt(quanta) == pytest.approx(relative, abs=6e-9)
        assert ts.synchronization(state).s_max == pytest.approx(height, abs=6e-9)


def test_two_levels_respond_as_derived():
    """κ_2 → ∞, E → 0: <a> = −(E/3)/(3κ_1/2 + iΔ), and S_max = |<a>|/π; at 10⁵ off by some 10⁻⁴."""
    state = ts.steady_state(VanDerPol.quantum_limit(1e-3, detuning=[0.0, 0.3]))
    amplitude = np.einsum("ij,pji->p", mode(state.dimension), state.rho)
    derived = -(1e-3 / 3) / (1.5 + 1j * np.array([0.0, 0.3]))
    np.testing.assert_allclose(amplitude, derived, rtol=3e-4)
    np.testing.assert_allclose(ts.synchronization(state).s_max, np.abs(derived) / math.pi, rtol=3e-4)


def test_the_incoherent_peak_is_pulled_as_printed():
    lines, lowering = np.linspace(0.1, 0.22, 121), mode(20)
    for drive, place in ((0.0, 0.200), (0.2, 0.194), (0.4, 0.176), (0.6, 0.140)):
        found = emission_spectrum(VanDerPol(1.0, 0.2, drive, 0.2, cutoff=20), lines, operator=lowering)
        assert lines[found.density.argmax()] == pytest.approx(place, abs=1.5e-3)


REACTIVE = {0.0: 0.0014529, 0.5: 0.0014015}
DISSIPATIVE = {0.0: (0.0569954, 0.0), 0.5: (0.0527495, 0.352)}


def test_two_modes_lock_as_printed():
    """κ_1 = κ_2 = 1, with 14 levels; printed with 12 and 14."""
    alike = ts.solve(VanDerPolPair.alike(reactive=0.3, detuning=list(REACTIVE), cutoff=14))
    np.testing.assert_allclose(alike["s_max"], list(REACTIVE.values()), atol=6e-8)
    assert (first_harmonic(alike.state, alike.reading) < 1e-14).all()
    opposite = ts.phase_distribution(alike.state, alike["phases"] + math.pi, distribution=alike.reading)
    np.testing.assert_allclose(opposite, alike["s_max"], rtol=1e-10)  # two tops at any detuning
    unequal = ts.solve(VanDerPolPair(1.0, 1.0, 0.5, 1.0, reactive=0.3, cutoff=14))
    assert unequal["s_max"] == pytest.approx(0.0121055, abs=6e-8)
    assert unequal["phases"] == pytest.approx([math.pi / 2], abs=1e-6)
    assert unequal["optima_count"] == 1
    assert first_harmonic(unequal.state, unequal.reading) / 2 == pytest.approx(6.7553e-3, abs=6e-8)
    friction = ts.solve(VanDerPolPair.alike(dissipative=0.5, detuning=list(DISSIPATIVE), cutoff=14))
    np.testing.assert_allclose(friction["s_max"], [height for height, _ in DISSIPATIVE.values()], atol=6e-8)
    np.testing.assert_allclose(friction["phases"][:, 0], [phase for _, phase in DISSIPATIVE.values()], atol=5e-4)


def raised(exchange, drive=1e-4, **detunings):
    """<S_+>/ε of both qubits."""
    rho = ts.steady_state(QubitPair.inverted(exchange, drive, **detunings)).rho
    return (rho[..., 2, 0] + rho[..., 3, 1]) / drive, (rho[..., 1, 0] + rho[..., 3, 2]) / drive


def test_two_qubits_respond_as_printed():
    first, second = raised(0.0)
    assert first == pytest.approx(0.2j, abs=1e-7)
    assert abs(second) < 1e-12
    assert brentq(lambda g: raised(g)[0].imag, 0.6, 1.0, xtol=1e-9) == pytest.approx(0.870843, abs=2e-6)
    assert brentq(lambda g: raised(g)[1].real, 0.9, 1.2, xtol=1e-9) == pytest.approx(1.065308, abs=2e-6)
    for detuning, exchange, difference in ((0.1, 0.87137, -0.03707), (0.3, 0.87564, -0.11194)):
        restored = abs(raised(exchange, detuning=detuning, difference=difference)[0])
        assert restored < 5e-6
        assert abs(raised(exchange, detuning=detuning)[0]) > 100 * restored
    equal = ts.steady_state(QubitPair(0.5, 0.5, 0.75, 0.25, exchange=0.0, drive=1e-4)).rho
    assert abs(equal[2, 0] + equal[3, 1]) < 1e-15


def test_two_masers_become_coherent_by_the_first_order():
    """ρ_{21,12} = −ig(p^A_1 p^B_2 − p^A_2 p^B_1)/(Γ_A + Γ_B − iΔ), with the populations of each alone."""
    n, gamma, g, detuning = ((2.0, 0.5), (1.0, 0.7)), (0.05, 0.2), 1e-4, 0.13

    def alone(hot, cold):
        ratios = np.array([1.0, cold / (1 + cold), hot / (1 + hot)])
        return ratios / ratios.sum(), gamma[0] * (1 + hot) + gamma[1] * (1 + cold)

    (a, width_a), (b, width_b) = alone(*n[0]), alone(*n[1])
    derived = -1j * g * (a[1] * b[2] - a[2] * b[1]) / (width_a + width_b - 1j * detuning)
    rho = ts.steady_state(MaserPair(*n[0], *n[1], exchange=g, detuning=detuning)).rho
    assert rho[7, 5] == pytest.approx(derived, rel=1e-6)
    local = np.einsum("ajbj->ab", rho.reshape(3, 3, 3, 3))
    assert np.abs(local - np.diag(np.diag(local))).max() < 1e-16
    assert ts.solve(MaserPair.identical(2.0, 0.5, exchange=0.1))["s_max"] < 1e-15
    # zero where the inversion ratios p_2/p_1 agree, (2/3)/(1/3) = (1/2)/(1/4), though nothing else does
    other = MaserPair(2.0, 0.5, 1.0, 1 / 3, exchange=g)
    assert abs(ts.steady_state(other).coherence(7, 5)) < 1e-10 * g
