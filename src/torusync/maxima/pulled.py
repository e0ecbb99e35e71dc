"""S_max of many machines of low rank whose levels mostly pull, as in refrigerators: one climb each and its proof.

What `orderparameters` makes of such a machine, phases that climb to second order and the dual bound at their
multipliers by inertia, in stacks of points: alone, it is four parts of Python to one of arithmetic.  A machine that
this does not settle, by one optimum that is proven, is left to itself.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from torusync.conventions import EPS
from torusync.maxima.ensembles import climbs_along
from torusync.maxima.inertiastacks import BorderedStack
from torusync.maxima.manifolds import Manifold
from torusync.maxima.peak import Found, Optimum, Proof
from torusync.maxima.ridges import NULL

SUMMED: Final = 32.0 * EPS
"""Relative rounding of pairwise sums of up to 2^24 terms, each of a handful of products."""

ALIGNED: Final = 2
"""How often levels are set to the fields they see before Newton steps."""


def pulled_maxima(manifolds: Sequence[Manifold]) -> list[Found | None]:
    """Return the maxima of manifolds of one size, None where a stack does not settle it."""
    rank = max(one.spectrum.w.shape[1] for one in manifolds)
    u, excess = (np.stack([getattr(one, name) for one in manifolds]) for name in ("u", "excess"))
    w, sigma = np.zeros((len(u), rank, u.shape[-1]), dtype=np.complex128), np.ones((len(u), rank))
    for row, one in enumerate(manifolds):
        count = one.spectrum.w.shape[1]
        w[row, :count], sigma[row, :count] = one.spectrum.w.T, one.spectrum.sign
    z = climbs_along(u, w, sigma, aligned=ALIGNED)
    bordered = BorderedStack(u, np.conj(w), sigma, z)
    # W†z, and the fields y = u* + R̂ z without u*
    pulls = -bordered.x * sigma
    inner = ((-bordered.x)[:, np.newaxis] @ w)[:, 0]
    corner = (u.real * z.real - u.imag * z.imag).sum(axis=-1)
    nu = np.real(np.conj(z) * (np.conj(u) + inner))
    value = 0.5 * (corner + nu.sum(axis=-1) - excess.sum(axis=-1))
    added = bordered.first_shift(nu, corner)
    single = bordered.single(nu, corner, null=NULL)
    moduli = np.abs(corner) + np.abs(nu).sum(axis=-1) + np.abs(excess).sum(axis=-1)
    bound = 0.5 * (corner + nu.sum(axis=-1) - excess.sum(axis=-1) + added + SUMMED * moduli)
    squares, settled = (pulls.real**2 + pulls.imag**2).sum(axis=-1), single & np.isfinite(bound)
    found: list[Found | None] = []
    for row, one in enumerate(manifolds):
        stretch, slack = one.slack(float(squares[row])) if settled[row] else (0.0, 0.0)
        peak = Found(z[row], float(value[row]), float(bound[row]) + slack, Proof.EIGENVALUE, Optimum.POINT)
        found.append(peak if settled[row] and stretch == 0.0 and not peak.open else None)
    return found
