"""Are the classical limit cycles of van der Pol oscillators and their tongue those of their equations of motion?"""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import torusync as ts
from torusync.dynamics import mean_field, mean_field_pair
from torusync.models import SpinOne, VanDerPol, VanDerPolPair

CASES = [  # κ_1, κ_2, E, Δ: on both sides of the folds, of the Hopf bifurcation, and where both bound the tongue
    (1.0, 0.1, 0.3, 0.1), (1.0, 0.1, 0.3, 0.2), (1.0, 0.1, 0.6, -0.24), (1.0, 0.1, 0.55, -0.27), (2.0, 0.3, 1.5, 0.9),
    (2.0, 0.3, 1.5, 1.3), (0.5, 2.0, -0.2, 0.3), (0.5, 2.0, -0.05, 0.3), (1.0, 1.0, 0.1, 0.0),
    (1.0, 1.0, 0.187, 0.27), (1.0, 1.0, 0.176, 0.27),
]  # fmt: skip


def drift(alpha, gain, loss, drive, detuning):
    return (0.5 * gain - 1j * detuning - loss * abs(alpha) ** 2) * alpha - drive


def run(velocity, start, time):
    """Return the complex amplitudes in the last tenth of a long time, by another integrator."""
    size = len(start)

    def real(_, y):
        v = velocity(y[:size] + 1j * y[size:])
        return np.concatenate([v.real, v.imag])

    times = np.linspace(0.9 * time, time, 40)
    y = solve_ivp(
        real, (0.0, time), np.concatenate([start.real, start.imag]), "DOP853", times, rtol=1e-10, atol=1e-12
    ).y
    return (y[:size] + 1j * y[size:]).T


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_long_run_ends_where_it_is_stable_or_nowhere(case):
    found = mean_field(VanDerPol(*case))
    starts = found.radius * np.array([0.05 + 0.01j, 0.9 - 0.5j, -1.3 + 0.1j])
    ends = [run(lambda z: np.array([drift(z[0], *case)]), np.array([one]), 400.0 / case[0]) for one in starts]
    at_rest = [np.ptp(one.real) + np.ptp(one.imag) < 1e-6 for one in ends]
    assert any(at_rest) == found.locked
    reached = found.amplitudes[found.stable]
    for one, still in zip(ends, at_rest, strict=True):
        if still:
            assert np.abs(reached - one[-1, 0]).min() < 1e-6 * found.radius


def test_fixed_points_are_the_roots_of_a_cubic_and_their_stability_that_of_a_jacobian(rng):
    gain, loss = rng.uniform(0.2, 3.0, (2, 400))
    drive, detuning = gain * np.sqrt(gain / loss) * rng.normal(0.0, 0.4, 400), gain * rng.normal(0.0, 0.35, 400)
    found = mean_field(VanDerPol(gain, loss, drive, detuning))
    counts = set()
    for point, case in enumerate(zip(gain, loss, drive, detuning, strict=True)):
        a, b, e, d = case[0] / 2.0, *case[1:]
        roots = np.roots([b * b, -2.0 * a * b, a * a + d * d, -e * e])
        quanta = np.sort(roots.real[np.abs(roots.imag) < 1e-9 * np.abs(roots).max()])
        there = np.isfinite(found.amplitudes[point])
        alpha = found.amplitudes[point][there]
        counts.add(len(alpha))
        assert np.abs(alpha) ** 2 == pytest.approx(quanta, rel=1e-7)
        assert np.abs(drift(alpha, *case)).max() < 1e-12 * (a + b) * (1.0 + np.abs(alpha).max() ** 3)
        for z, attracts in zip(alpha, found.stable[point][there], strict=True):
            step = 1e-6
            across, along = ((drift(z + h, *case) - drift(z - h, *case)) / (2.0 * step) for h in (step, 1j * step))
            jacobian = np.array([[across.real, along.real], [across.imag, along.imag]])
            assert attracts == (np.linalg.eigvals(jacobian).real.max() < 0.0)
    assert counts == {1, 3}


def test_the_tongue_is_where_a_fixed_point_attracts(rng):
    ratio = 10.0 ** rng.uniform(-2.5, 0.8, 3000)
    detuning = ratio * rng.uniform(0.3, 1.3, 3000)
    found = mean_field(VanDerPol(2.0, 0.7, ratio, detuning))
    clear = np.abs(np.abs(detuning) - found.locking_range) > 1e-9 * detuning
    assert clear.all()
    assert np.array_equal(found.locked, detuning < found.locking_range)
    assert np.array_equal(found.locked, ratio > found.locking_drive)
    assert 0.2 < found.locked.mean() < 0.8


@pytest.mark.parametrize("drive", [1e-8, 1e-3, 0.2, 0.4, 0.42, 0.44, 0.46, 0.4969, 0.5, 3.0])
def test_range_and_drive_are_inverse_to_each_other_on_all_of_the_edge(drive):
    edge = mean_field(VanDerPol(2.0, 1.0, drive)).locking_range
    assert mean_field(VanDerPol(2.0, 1.0, 0.0, edge)).locking_drive == pytest.approx(drive, rel=1e-12)
    inside, outside = mean_field(VanDerPol(2.0, 1.0, drive, edge * np.array([1.0 - 1e-7, 1.0 + 1e-7]))).locked
    assert inside
    assert not outside


def test_a_weak_drive_locks_by_the_equation_of_adler():
    found = mean_field(VanDerPol(1.0, 0.1, 1e-6))
    assert found.radius == pytest.approx(np.sqrt(5.0), rel=1e-15)  # κ_1/2κ_2: Wächtler and Platero, PRR 5, 023021
    assert found.locking_range == pytest.approx(1e-6 / np.sqrt(5.0), rel=1e-9)
    assert mean_field(VanDerPol(1.0, 0.1)).locking_range == 0.0
    assert not mean_field(VanDerPol(1.0, 0.1)).locked


def test_the_equation_is_that_of_coherent_states_under_the_master_equation():
    """Normally ordered, a†a a has no other expectation in |α> than |α|²α: signs and factors are those of the model."""
    levels, alpha, case = 24, 1.1 - 0.6j, (1.3, 0.4, 0.7, -0.5)
    ket = np.cumprod(np.concatenate([[1.0], alpha / np.sqrt(np.arange(1.0, levels))]))
    ket /= np.linalg.norm(ket)
    change = VanDerPol(*case, cutoff=levels).generator().liouvillian() @ np.outer(ket, ket.conj()).reshape(-1)
    lowering = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
    assert np.trace(lowering @ change.reshape(levels, levels)) == pytest.approx(drift(alpha, *case), abs=1e-12)


def test_a_quantum_oscillator_of_many_quanta_comes_close():
    apart = []
    for loss in (0.4, 0.2, 0.1, 0.05):
        system = VanDerPol(1.0, loss, 0.3 / np.sqrt(loss), 0.2)
        state, found = ts.steady_state(system), mean_field(system)
        amplitude = np.trace(np.diag(np.sqrt(np.arange(1.0, state.dimension)), 1) @ state.rho)
        (expected,) = found.amplitudes[found.stable]
        apart.append(abs(amplitude - expected) / abs(expected))
    assert np.diff(apart).max() < 0.0
    assert apart[-1] < 0.06
    assert ts.synchronization(state).phases[0] == pytest.approx(np.angle(expected) % (2.0 * np.pi), abs=0.05)


@pytest.mark.parametrize(
    ("coupling", "detuning"), [(0.5, 0.3), (0.5, -0.45), (0.5, 0.6), (1.6, 1.3), (1.6, 1.55), (1.6, 2.0)]
)
def test_two_end_locked_at_rest_or_nowhere(coupling, detuning):
    gain, loss = 1.0, 0.8
    found = mean_field_pair(VanDerPolPair.alike(gain=gain, loss=loss, dissipative=coupling, detuning=detuning))

    def velocity(z):
        pull = 0.5 * coupling * (z[0] - z[1])
        own = (0.5 * gain - loss * np.abs(z) ** 2) * z
        return own + np.array([-pull, pull - 1j * detuning * z[1]])

    last = run(velocity, np.array([0.3 + 0.1j, -0.2j]), 250.0)
    relative = last[:, 0] * last[:, 1].conj()
    still = np.ptp(relative.real) + np.ptp(relative.imag) < 1e-7
    assert still == (found.locked or found.dead)
    assert found.locked == (abs(detuning) < found.locking_range)
    if found.locked:
        assert np.angle(relative[-1]) == pytest.approx(found.phase, abs=1e-6)
        assert np.abs(last[-1]) == pytest.approx(found.radius, rel=1e-6)
    assert found.dead == (np.abs(last[-1]).max() < 1e-4)
    assert (found.radius == 0.0) == found.dead


def test_points_of_a_batch_are_those_of_one():
    many = mean_field(VanDerPol(1.0, 0.1, np.array([0.1, 0.4])[:, None], np.array([0.05, 0.2, 0.5])))
    one = mean_field(VanDerPol(1.0, 0.1, 0.4, 0.2))
    assert many.batch_shape == many.locked.shape == (2, 3)
    np.testing.assert_array_equal(many[1, 1].amplitudes, one.amplitudes)
    assert isinstance(one.locking_range, float)
    assert "locked: no, for |Δ| < 0.182177" in repr(one)
    pairs = mean_field_pair(VanDerPolPair.alike(dissipative=0.5, detuning=[0.2, 0.8]))
    assert np.array_equal(pairs.locked, [True, False])
    assert np.isnan(pairs.phase[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_field(SpinOne(1.0, 1.0)), "`system` must be a VanDerPol"),
        (lambda: mean_field(VanDerPol([0.0, 1.0], 0.1)), "have a limit cycle, which takes a gain above 0"),
        (lambda: mean_field_pair(VanDerPol(1.0, 0.1)), "`system` must be a VanDerPolPair"),
        (lambda: mean_field_pair(VanDerPolPair(1.0, 1.0, 0.5, 1.0)), "be of two oscillators alike"),
        (lambda: mean_field_pair(VanDerPolPair.alike(reactive=0.3)), "have a dissipative coupling alone"),
        (lambda: mean_field_pair(VanDerPolPair.alike(gain=0.0)), "have a limit cycle"),
    ],
)
def test_what_has_no_classical_limit_cycle_here_is_refused(call, message):
    with pytest.raises(ts.ArgumentError, match=message):
        call()
