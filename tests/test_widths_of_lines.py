"""Is the width of an observed line that to the nearest points that are half as high, where dips lie between lines?"""

import numpy as np
import pytest

import torusync as ts

CASES = {
    "a dip to one side": {
        "drive": [0.0708] * 3, "n_hot": 1.158, "n_cold": 0.2073, "gamma_hot": 0.1552, "gamma_cold": 0.00483,
        "splittings": [1.8232, 2.5606, 2.9287],
    },
    "dips to both sides": {
        "drive": [0.9604 - 0.7744j, 1.0792 - 0.6169j], "n_hot": [3.403, 4.108], "n_cold": 1.0264, "gamma_hot": 0.2493,
        "gamma_cold": 0.02486, "splittings": [0.3935, 0.7541], "detuning": 0.2832,
    },
    "one line": {
        "drive": [0.1, 0.1], "n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "detuning": 0.3,
    },
}  # fmt: skip


def spectrum(maser, frequencies):
    """2 Re tr[d† (iω − L)⁻¹ (d − <d>)ρ] from all D² eigenvectors of L, channel by channel."""
    hamiltonian, size = np.zeros((maser.dimension,) * 2, dtype=complex), maser.dimension
    hamiltonian[1:, 1:] = maser.generator().hamiltonian()
    one = np.eye(size)
    whole = -1j * (np.kron(hamiltonian, one) - np.kron(one, hamiltonian.T))
    occupied = np.broadcast_to(maser.n_hot, maser.manifold_levels)
    hot, cold = float(maser.gamma_hot), float(maser.gamma_cold)
    baths = [(cold, float(maser.n_cold), 1), *((hot, float(n), 2 + k) for k, n in enumerate(occupied))]
    for gamma, n, level in baths:
        for rate, i, j in ((gamma * (1.0 + n), 0, level), (gamma * n, level, 0)):
            jump, inside = np.outer(one[i], one[j]), np.outer(one[j], one[j])
            whole = whole + rate * (2.0 * np.kron(jump, jump) - np.kron(inside, one) - np.kron(one, inside))
    bordered = np.vstack([whole, one.reshape(1, -1)])
    rho = np.linalg.lstsq(bordered, np.append(np.zeros(size**2), 1.0))[0].reshape(size, size)
    lowering = np.zeros((size, size))
    lowering[1, 2:] = 1.0
    values, vectors = np.linalg.eig(whole)
    start = (lowering - np.trace(lowering @ rho) * one) @ rho
    parts = (lowering.reshape(-1) @ vectors) * np.linalg.solve(vectors, start.reshape(-1))
    moving = np.abs(values) > 1e-9
    return 2.0 * (parts[moving] / (1j * frequencies[:, np.newaxis] - values[moving])).sum(axis=-1).real


@pytest.mark.parametrize("case", list(CASES))
def test_a_width_goes_to_the_nearest_points_that_are_so_low(case):
    maser = ts.ThermalMaser(**CASES[case])
    solution = ts.solve(maser)
    at, width, error = (float(solution[f"observed_{name}"]) for name in ("frequency", "linewidth", "linewidth_error"))
    lines = at + np.linspace(-1.3, 1.3, 200_001) * width
    density = spectrum(maser, lines)
    assert density.max() <= density[100_000] * (1.0 + 1e-9)
    low = lines[density < 0.5 * density[100_000]]
    crossings = int(np.abs(np.diff(density < 0.5 * density[100_000])).sum())
    assert (crossings > 2) == ("dip" in case)
    found = low[low > at].min() - low[low < at].max()
    assert found == pytest.approx(width, abs=error + 2.0 * (lines[1] - lines[0]))
