"""The steady state, its change in time and its pair sum in 40 digits or in balls, from the formulas alone."""

import itertools

import flint
import mpmath as mp
import numpy as np

mp.mp.dps = 40

BITS = 133
"""Forty digits."""


def exact(matrix):
    return mp.matrix([[mp.mpc(complex(x)) for x in row] for row in matrix])


def exact_pair_sum(rho, phases):
    """Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] as a ball of 40 digits."""
    with flint.ctx.workprec(BITS):
        z = [flint.acb(0, float(p)).exp() if np.isfinite(p) else flint.acb(0) for p in phases]
        upper = flint.acb_mat(np.triu(rho, 1).astype(complex).tolist())
        pulls = (upper * flint.acb_mat([[one] for one in z])).entries()
        return sum((one.conjugate() * pull).real for one, pull in zip(z, pulls, strict=True))


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
    """The steady state from the parameters alone, in balls: the excited block with ρ_00 = 1, then the trace."""
    flint.ctx.prec = 300
    count, block = maser.manifold_levels, maser.manifold_levels + 1
    shifts = [flint.arb(float(x)) for x in np.broadcast_to(maser.splittings, count)]
    n = [flint.arb(float(x)) for x in np.broadcast_to(maser.n_hot, count)]
    n_c, g_h, g_c, detuning = (
        flint.arb(float(getattr(maser, x))) for x in ("n_cold", "gamma_hot", "gamma_cold", "detuning")
    )
    p = np.eye(count) if maser.dipoles is None else maser.dipoles
    a, s = ([[flint.acb(0)] * block for _ in range(block)] for _ in "as")
    a[0][0], s[0][0] = -flint.acb(g_c * (1 + n_c)), flint.acb(2 * g_c * n_c)
    for j in range(count):
        drive = flint.acb(complex(maser.drive[j]))
        a[0][j + 1], a[j + 1][0] = flint.acb(0, -1) * drive, flint.acb(0, -1) * drive.conjugate()
        a[j + 1][j + 1] = flint.acb(0, -1) * (shifts[j] - sum(shifts) / count - detuning)
        for i in range(count):
            rate = g_h * float(p[i, j])
            a[i + 1][j + 1] -= rate * (1 + n[j])
            s[i + 1][j + 1] = flint.acb(rate * (n[i] + n[j]))
    both = flint.acb_mat(block**2, block**2)
    for i, j, k in itertools.product(range(block), repeat=3):
        both[i * block + j, k * block + j] += a[i][k]
        both[i * block + j, i * block + k] += a[j][k].conjugate()
    x = both.solve(flint.acb_mat(block**2, 1, [-one for row in s for one in row])).entries()
    ground = 1 / (1 + sum(x[i * block + i].real for i in range(block)))
    rho = np.zeros((block + 1, block + 1), dtype=complex)
    rho[0, 0] = float(ground)
    rho[1:, 1:] = np.reshape([complex(ground * one) for one in x], (block, block))
    return rho
