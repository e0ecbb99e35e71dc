"""Are single trajectories those of their rates in any unit, and do their jumps come as often as the equation says?"""

import numpy as np
import pytest
from scipy.linalg import expm

import torusync as ts
from problems import LOWERING
from torusync import interop
from torusync.dynamics import Unravelling, unravel

ENERGIES = np.array([[0.0, 0.6], [0.6, 0.5]])
CHANNELS = [(0.2, LOWERING), (0.1, LOWERING.T)]
START = np.array([[0.7, 0.2], [0.2, 0.3]])
TIMES = np.linspace(0.0, 6.0, 7)


def system(unit, offset=0.0):
    return ts.LindbladSystem(unit * ENERGIES + offset * np.eye(2), [(unit * rate, jump) for rate, jump in CHANNELS])


def expected_jumps():
    """∫ Σ tr(C†C ρ) dt with C = sqrt(2Γ) X, of ρ that a matrix exponential takes along."""
    one = np.eye(2)
    whole = -1j * (np.kron(ENERGIES, one) - np.kron(one, ENERGIES))
    seen = np.zeros((2, 2))
    for rate, jump in CHANNELS:
        inside = jump.T @ jump
        whole = whole + rate * (2.0 * np.kron(jump, jump) - np.kron(inside, one) - np.kron(one, inside))
        seen = seen + 2.0 * rate * inside
    # what is summed up is one more row of the equation
    summed = np.zeros((5, 5), dtype=complex)
    summed[:4, :4], summed[4, :4] = whole, seen.reshape(-1)
    return (expm(TIMES[-1] * summed) @ np.append(START.reshape(-1), 0.0))[4].real


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6])
def test_jumps_come_as_often_as_the_equation_says(unit):
    found = unravel(system(unit), START, TIMES / unit, trajectories=1500, seed=3)
    error = found.jumps.std() / len(found.jumps) ** 0.5
    assert error < 0.05
    assert abs(found.jumps.mean() - expected_jumps()) <= 3.5 * error


@pytest.mark.parametrize("kind", list(Unravelling))
@pytest.mark.parametrize(("unit", "offset"), [(1e-9, 0.0), (1e3, 0.0), (1e12, 0.0), (1.0, 1e6), (1e9, -1e14)])
def test_a_seed_is_one_run_in_any_unit_and_of_any_zero_of_energy(unit, offset, kind):
    usual, other = (
        unravel(one, START, TIMES / scale, trajectories=8, seed=5, kind=kind)
        for one, scale in ((system(1.0), 1.0), (system(unit, offset), unit))
    )
    assert np.abs(usual.coherence(0, 1) - other.coherence(0, 1)).max() < 1e-3
    assert usual.jumps.tolist() == other.jumps.tolist()
    np.testing.assert_array_equal(other.times, TIMES / unit)


def test_times_may_begin_anywhere():
    usual, later = (unravel(system(1.0), START, TIMES + shift, trajectories=5, seed=2) for shift in (0.0, 1e4))
    assert np.abs(usual.coherence(0, 1) - later.coherence(0, 1)).max() < 1e-6


def far_apart(seed):
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 5))
    shape = (size, size)
    channels = [(10.0 ** rng.uniform(-6.0, 3.0), rng.normal(size=shape)) for _ in range(3)]
    half = rng.normal(size=shape)
    return ts.LindbladSystem(half + half.T, channels)


@pytest.mark.parametrize("seed", [4, 12, 14, 18])
def test_rates_far_apart_find_their_jumps(seed, monkeypatch):
    """Between jumps a norm falls fast and then hardly at all, so that a line through its logarithm misses."""
    times = np.linspace(0.0, 0.2, 4)
    found = unravel(far_apart(seed), 0, times, trajectories=4, seed=seed)
    np.testing.assert_allclose(np.linalg.norm(found.kets, axis=-1), 1.0, atol=1e-12)
    monkeypatch.setattr(interop, "_SOUGHT", 5)  # as many as QuTiP 5.1 takes
    with pytest.raises(RuntimeError, match="collapse time"):
        unravel(far_apart(seed), 0, times, trajectories=4, seed=seed)


def test_one_trajectory_tells_no_error():
    found = unravel(system(1.0), START, TIMES, trajectories=2)
    assert np.isfinite(found.rho_error).all()
    assert np.isinf(found[0].rho_error).all()
