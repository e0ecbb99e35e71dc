"""The largest pair sum of up to four coherent levels, found by exhaustion and finished in ball arithmetic.

f(z) = ½ z† R z over unit phasors, z_1 = 1.  The last level turns freely, since its best phase is that of (R z)_last, so
what is left is a grid over one or two phases; every summit of the grid is climbed by Newton's method in doubles, the
highest once more in balls.  The value is f at phasors that are exactly on the torus: proven from below, and the global
maximum where the grid sees every basin.
"""

import numpy as np
from flint import acb, acb_mat, arb, arb_mat
from tests.hunts.balls import scaled

GRID = {3: 192, 4: 48}
STARTS = 16
FEW, MOST_STEPS, KEPT = 8, 100, 24
LEVEL = 0.01


def coherences(rho: acb_mat) -> acb_mat:
    """Return R of the excited levels: ρ without level |0> and without its diagonal."""
    size = rho.nrows() - 1
    return acb_mat([[rho[i + 1, j + 1] if i != j else acb(0) for j in range(size)] for i in range(size)])


def _ordered(R: acb_mat) -> acb_mat:
    """Put the weakest level last, to turn freely: on a grid its phase would be a ridge that hides other summits."""
    digits, _ = scaled(R)
    order = np.argsort(-np.abs(digits).sum(axis=-1), kind="stable")
    return acb_mat([[R[int(i), int(j)] for j in order] for i in order])


def _heights(R: np.ndarray, z: np.ndarray) -> np.ndarray:
    return (z.conj() * (z @ R.T)).real.sum(axis=-1)


def _turned(z: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Turn all phases but the first."""
    out = z.copy()
    out[:, 1:] *= np.exp(1j * step)
    return out


def _newton(R: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uphill Newton steps for a pile of phasors (K, M): along level directions, and along all others."""
    Rz = z @ R.T
    hessian = (z.conj()[:, :, None] * R * z[:, None, :]).real[:, 1:, 1:]
    hessian -= (z.conj() * Rz).real[:, 1:, None] * np.eye(len(R) - 1)
    bend, axes = np.linalg.eigh(hessian)
    bend = np.abs(bend)
    along = np.einsum("kij,ki->kj", axes, (z.conj() * Rz).imag[:, 1:]) / np.maximum(bend, 1e-15)
    level = bend < LEVEL * bend.max(axis=-1, keepdims=True)
    step = along.clip(-0.4, 0.4)
    soft, stiff = np.where(level, step, 0.0), np.where(level, 0.0, step)
    return np.einsum("kij,kj->ki", axes, soft), np.einsum("kij,kj->ki", axes, stiff)


def _climb(R: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Newton's method with steps that cannot go down.

    A maximum may lie on a ridge that is curved and level to 1e-9: a step along it is followed by steps back onto it.
    """
    value = _heights(R, z)
    for sweep in range(MOST_STEPS):
        start, best = value, z
        soft, stiff = _newton(R, z)
        for shrink in (1.0, 0.3, 0.1, 0.01):
            turned = _turned(z, shrink * (soft + stiff))
            for _ in range(3 if sweep > FEW else 0):
                turned = _turned(turned, _newton(R, turned)[1])
            height = _heights(R, turned)
            better = height > value
            value, best = np.where(better, height, value), np.where(better[:, None], turned, best)
        z = best
        if sweep > FEW and np.all(value <= start + 1e-16 * np.abs(start)):
            break
        if sweep == FEW:
            order = np.argsort(-value)[:KEPT]
            z, value = z[order], value[order]
    return z


def _starts(R: np.ndarray) -> np.ndarray:
    """Return the summits of the grid, (K, M), each with the last level turned by quarters.

    The pull on a weak last level may vanish beside a summit, which then is two, closer together than the grid sees.
    """
    size = len(R)
    angles = 2 * np.pi * np.arange(GRID[size]) / GRID[size]
    mesh = np.meshgrid(*[angles] * (size - 2), indexing="ij")
    z = np.stack([np.ones_like(mesh[0]), *[np.exp(1j * angle) for angle in mesh]], axis=-1).astype(complex)
    pull = z @ R[-1, :-1]
    height = 0.5 * (z.conj() * (z @ R[:-1, :-1].T)).real.sum(axis=-1) + np.abs(pull)
    top = np.ones(height.shape, bool)
    for axis in range(height.ndim):
        top &= (height >= np.roll(height, 1, axis)) & (height >= np.roll(height, -1, axis))
    z, pull, height = z[top], pull[top], height[top]
    order = np.argsort(-height)[:STARTS]
    z, last = z[order], np.where(np.abs(pull) > 0, pull, 1.0)[order]
    turned = (last / np.abs(last))[:, None] * np.array([1.0, 1j, -1.0, -1j])
    return np.concatenate([np.repeat(z, 4, axis=0), turned.reshape(-1, 1)], axis=-1)


def _value(R: acb_mat, z: list[acb]) -> arb:
    size = len(z)
    terms = (z[i].conjugate() * R[i, j] * z[j] for i in range(size) for j in range(i + 1, size))
    return sum((term.real for term in terms), arb(0))


def _finish(R: acb_mat, angles: list[arb]) -> arb:
    """A few steps of Newton's method in balls from angles known to some fifteen digits; the best value met."""
    size, best = len(angles), None
    for _ in range(6):
        z = [acb(angle.cos(), angle.sin()) for angle in angles]
        value = _value(R, z)
        best = value if best is None or value > best else best
        Rz = [sum((R[i, j] * z[j] for j in range(size)), acb(0)) for i in range(size)]
        pull = [z[i].conjugate() * Rz[i] for i in range(size)]
        rows = arb_mat(size - 1, size - 1)
        for i in range(1, size):
            for j in range(1, size):
                rows[i - 1, j - 1] = (z[i].conjugate() * R[i, j] * z[j]).real - (pull[i].real if i == j else 0)
        try:
            step = rows.solve(arb_mat([[-w.imag] for w in pull[1:]]))
        except ZeroDivisionError:
            break
        angles = [angles[0], *[(angles[i] + step[i - 1, 0]).mid() for i in range(1, size)]]
    assert best is not None
    return best


def pair_sum(rho: acb_mat) -> arb:
    """max Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] over the excited levels of a ball matrix, D ≤ 5."""
    R = _ordered(coherences(rho))
    digits, scale = scaled(R)
    if scale == 0.0 or len(digits) == 1:
        return arb(0)
    if len(digits) == 2:
        return abs(R[0, 1])
    digits = (digits + digits.conj().T) / 2
    z = _climb(digits, _starts(digits))
    heights = (z.conj() * (z @ digits.T)).real.sum(axis=-1)
    best = [_finish(R, [arb(float(x)) for x in np.angle(z[k] / z[k, 0])]) for k in np.argsort(-heights)[:2]]
    return max(best, key=lambda value: float(value / scale))
