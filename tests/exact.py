"""The steady state, its change in time and its pair sum in 40 digits, from the formulas alone."""

import mpmath as mp
import numpy as np

mp.mp.dps = 40


def exact(matrix):
    return mp.matrix([[mp.mpc(complex(x)) for x in row] for row in matrix])


def exact_pair_sum(rho, phases):
    """Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] in 40 digits."""
    z = [mp.expj(mp.mpf(float(p))) if np.isfinite(p) else mp.mpf(0) for p in phases]
    rows = (mp.fdot(map(mp.mpc, map(complex, row[i + 1 :])), z[i + 1 :]) for i, row in enumerate(rho))
    return mp.fsum((mp.conj(one) * row).real for one, row in zip(z, rows, strict=True))


def exact_maser_residual(maser, rho):
    """‖dρ/dt‖ of one maser in 40 digits, from the formulas of the physics, level by level."""
    count, size = maser.manifold_levels, maser.dimension
    r = exact(rho)
    e = [mp.mpf(float(x)) for x in np.broadcast_to(maser.generator().energies, count)]
    lam = [mp.mpc(complex(x)) for x in maser.drive]
    n = [mp.mpf(float(x)) for x in maser.level_occupations.ravel()]
    n_c, g_h, g_c = (mp.mpf(float(getattr(maser, x))) for x in ("n_cold", "gamma_hot", "gamma_cold"))
    h = mp.zeros(size)
    for j in range(count):
        h[j + 2, j + 2], h[1, j + 2], h[j + 2, 1] = e[j], lam[j], mp.conj(lam[j])
    p = mp.eye(count) if maser.dipoles is None else exact(maser.dipoles)
    s = []
    for j in range(count):
        one = mp.zeros(size)
        one[0, j + 2] = 1
        s.append(one)
    d = -1j * (h * r - r * h)
    c = mp.zeros(size)
    c[0, 1] = 1
    for rate, x in ((g_c * (1 + n_c), c), (g_c * n_c, c.H)):
        d += rate * (2 * x * r * x.H - x.H * x * r - r * x.H * x)
    for i in range(count):
        for j in range(count):
            if p[i, j] == 0:
                continue
            a, b = s[i], s[j]
            fall = a * r * b.H + b * r * a.H - b.H * a * r - r * a.H * b
            rise = a.H * r * b + b.H * r * a - b * a.H * r - r * a * b.H
            d += g_h * p[i, j] * ((1 + n[i]) * fall + n[i] * rise)
    return mp.sqrt(mp.fsum(abs(x) ** 2 for x in d))


def exact_steady_state(maser):
    """The steady state in 40 digits from the parameters alone: the excited block with ρ_00 = 1, then the trace."""
    count, block = maser.manifold_levels, maser.manifold_levels + 1
    shifts = [mp.mpf(float(x)) for x in np.broadcast_to(maser.splittings, count)]
    n = [mp.mpf(float(x)) for x in np.broadcast_to(maser.n_hot, count)]
    n_c, g_h, g_c, detuning = (
        mp.mpf(float(getattr(maser, x))) for x in ("n_cold", "gamma_hot", "gamma_cold", "detuning")
    )
    p = mp.eye(count) if maser.dipoles is None else exact(maser.dipoles)
    a, s = mp.zeros(block), mp.zeros(block)
    a[0, 0], s[0, 0] = -g_c * (1 + n_c), 2 * g_c * n_c
    for j in range(count):
        drive = mp.mpc(complex(maser.drive[j]))
        a[0, j + 1], a[j + 1, 0] = -1j * drive, -1j * mp.conj(drive)
        a[j + 1, j + 1] = -1j * (shifts[j] - mp.fsum(shifts) / count - detuning)
        for i in range(count):
            a[i + 1, j + 1] -= g_h * p[i, j] * (1 + n[j])
            s[i + 1, j + 1] = g_h * p[i, j] * (n[i] + n[j])
    size = block + 1
    kron = mp.zeros(block * block)
    for i in range(block):
        for j in range(block):
            for k in range(block):
                for m in range(block):
                    value = (a[i, k] if j == m else 0) + (mp.conj(a[j, m]) if i == k else 0)
                    kron[i * block + j, k * block + m] = value
    x = mp.lu_solve(kron, mp.matrix([-s[i, j] for i in range(block) for j in range(block)]))
    ground = 1 / (1 + mp.fsum(x[i * block + i] for i in range(block)).real)
    rho = np.zeros((size, size), dtype=complex)
    rho[0, 0] = float(ground)
    for i in range(block):
        for j in range(block):
            rho[i + 1, j + 1] = complex(ground * x[i * block + j])
    return rho
