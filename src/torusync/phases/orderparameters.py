"""S_max of a machine with many levels, through a few order parameters, in O(N r²).

Split off level |1> by the gauge z_1 = 1 and write u_l = ρ_1l.  The manifold block R̂ with its natural diagonal, the
deviation of each population from its thermal value, is of low rank and of one sign (physics reference, sections 6, 7):

* engine, −R̂ = W W†:  f(z) ≤ ½ Σ c_l + ½ |s|² + Σ_l |u_l^* − (W s)_l| for every z on the torus and every s, a convex
  function of r complex order parameters.  Each level locks to the field it sees; the minimum is the maximum of f
  wherever no field vanishes, and often where some do (see `disc_maximum`).
* refrigerator, R̂ = W W†:  phases align and Newton steps finish; the dual bound is checked by the inertia of a Schur
  complement of size r + 2 instead of an eigenvalue of size N.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._memory import require_memory
from torusync._rows import in_blocks, tall_qr
from torusync._threads import one_blas_thread
from torusync.conventions import EPS, divide, unit
from torusync.densities import ThermalPlusBlock, ThermalPlusLowRank
from torusync.phases.discs import disc_maximum
from torusync.phases.peak import Bound, Optimum, Peak

_ONE_SIGN: Final = 1e-10
"""Eigenvalues of the wrong sign up to this fraction of the largest are carried into the bound, not refused."""

_NEGLIGIBLE: Final = 1e-17
"""Eigenvalues of R̂ below this fraction of the largest are left out of W; that can only raise the engine's bound."""

_ROUNDING: Final = 4.0 * EPS
"""Relative backward error allowed for W W† against the block it stands for."""

_MOST_L1: Final = 5_000
"""Levels up to which the l1 sum, the only quantity here of order N², is formed."""

_FREE: Final = 1e-7
"""A level that sees less than this fraction of the mean field is free."""

_UNTOLD: Final = 30.0
"""Times the smoothing below which a field is not told from zero."""


@final
@dataclass(frozen=True, eq=False)
class _Manifold:
    """The driven levels of one machine in units of the largest |u|.

    ``live`` says which of the manifold levels they are; u ``(n,)``, W ``(n, r)``, the deviations, what W leaves out.
    """

    live: Boolean

    u: Complex
    w: Complex
    excess: Real
    engine: bool
    left_out: float
    norm: float
    scale: float


def order_parameter_peak(density: ThermalPlusLowRank | ThermalPlusBlock) -> Peak | None:
    """Return the maxima of flat batches, or None where a manifold block has no definite sign."""
    peak = Peak.empty(density.points, density.dimension)
    for point in range(density.points):
        one = density.part(point)
        if not np.isfinite(one.ground):
            peak.value[point] = peak.bound[point] = peak.l1[point] = np.nan
            continue
        manifold = _manifold(one)
        if manifold is None:
            return None
        _solve(peak, point, one, manifold)
    return peak


_COPIES: Final = 5
"""Arrays of the size of W alive at once: the factor, its basis, W, and what one Newton step takes."""


@one_blas_thread
def _manifold(density: ThermalPlusLowRank | ThermalPlusBlock) -> _Manifold | None:
    row = density.row(1)[2:]
    live = row != 0.0
    if not live.any():
        return None
    values, vectors = _spectrum(density, live)
    lowest, highest = float(values[0]), float(values[-1])
    engine = -lowest > highest
    norm = max(-lowest, highest)
    wrong = max(highest if engine else -lowest, 0.0)
    u = row[live]
    scale = float(np.abs(u).max())
    if norm == 0.0 or wrong > _ONE_SIGN * norm:
        return None
    signed = -values if engine else values
    kept = signed > _NEGLIGIBLE * norm
    return _Manifold(
        live=live,
        u=divide(u, np.asarray(scale)),
        w=vectors[:, kept] * np.sqrt(signed[kept] / scale),
        excess=density.excess[1:][live] / scale,
        engine=engine,
        left_out=wrong / scale if engine else 0.0,
        norm=norm / scale,
        scale=scale,
    )


def _spectrum(density: ThermalPlusLowRank | ThermalPlusBlock, live: Boolean) -> tuple[Real, Complex]:
    """Return eigenvalues, ascending, and eigenvectors of R̂ on the levels ``live``, those of its range at least."""
    if isinstance(density, ThermalPlusBlock):
        values, vectors = np.linalg.eigh(density.block[1:, 1:][np.ix_(live, live)])
        return values, vectors
    require_memory(
        "state",
        _COPIES * density.factor.nbytes,
        what=f"S_max of {density.dimension} levels through {density.factor.shape[-1]} order parameters",
        advice="use fewer levels, or a smaller spread",
    )
    rows = density.factor[1:] if live.all() else density.factor[1:][live]
    basis, upper = tall_qr(len(rows), lambda block: rows[block])
    small = upper @ density.core @ np.conj(upper.T)
    values, inner = np.linalg.eigh(0.5 * (small + np.conj(small.T)))
    vectors = np.empty((len(rows), len(values)), dtype=np.complex128)
    in_blocks(len(rows), lambda block: np.matmul(basis.rows(block), inner, out=vectors[block]))
    return values, vectors


@one_blas_thread
def _solve(peak: Peak, point: int, density: ThermalPlusLowRank | ThermalPlusBlock, manifold: _Manifold) -> None:
    count = len(manifold.u)
    if manifold.engine:
        z, bound, free = _engine(manifold)
        peak.proof[point] = Bound.ORDER_PARAMETERS
    else:
        z, bound = _refrigerator(manifold)
        free = np.zeros(count, dtype=np.bool_)
        peak.proof[point] = Bound.EIGENVALUE
    full = np.zeros(density.dimension, dtype=np.complex128)
    full[1] = 1.0
    full[2:][manifold.live] = z
    value = 0.5 * float(np.real(np.conj(full) @ density.coherent_product(full)))
    margin = 0.5 * count * (manifold.left_out + _ROUNDING * manifold.norm)
    peak.value[point], peak.bound[point] = value, max(manifold.scale * (bound + margin), value)
    peak.l1[point] = manifold.scale * _l1(manifold)
    peak.phasors[point, 1:] = np.where(full[1:] != 0.0, full[1:], np.nan)
    # where every level sees a field, the order parameters determine every phase: the optimum is a point, proven
    dimension = max(int(free.sum()) - 2 * manifold.w.shape[-1], 0)
    peak.dimension[point] = dimension
    peak.optimum[point] = Optimum.CONTINUUM if dimension else Optimum.SEVERAL if free.any() else Optimum.POINT
    peak.multiplicity[point] = 0 if dimension else 2 if free.any() else 1
    peak.complete[point] = not free.any()


def _l1(manifold: _Manifold) -> float:
    """Return Σ_{i<j} |ρ_ij|, row chunk by row chunk, or nan where N² entries are too many."""
    if len(manifold.u) > _MOST_L1:
        return float("nan")
    total = 0.0
    step = max(1, 2**22 // len(manifold.u))
    for start in range(0, len(manifold.u), step):
        moduli = np.abs(manifold.w[start : start + step] @ np.conj(manifold.w.T))
        own = np.arange(len(moduli))
        moduli[own, start + own] = 0.0
        total += float(moduli.sum())
    return float(np.abs(manifold.u).sum()) + 0.5 * total


def _engine(manifold: _Manifold) -> tuple[Complex, float, Boolean]:
    """Return phasors, the convex bound, and which levels see no field."""
    count = len(manifold.u)
    scale = float(np.abs(manifold.u).mean())
    target = np.asarray(np.conj(manifold.u) / scale, dtype=np.complex128)
    a = np.asarray(manifold.w * np.sqrt(count / scale), dtype=np.complex128)
    found = disc_maximum(target, a)
    free = found.field <= max(_FREE * float(found.field.mean()), _UNTOLD * found.smoothing)
    rounded = _onto_the_torus(found.z, found.t, a)
    bound = found.lowest * count * scale - 0.5 * float(manifold.excess.sum())
    summed = 8.0 * EPS * (count * scale + float(np.abs(manifold.excess).sum()))
    return rounded, bound + summed, free


def _onto_the_torus(z: Complex, t: Complex, a: Complex) -> Complex:
    """Move z to the unit circles so that A†z/N = t again, turning levels the more the freer they are."""
    count = len(a)
    weight = np.maximum(1.0 - np.abs(z) ** 2, 1e-12)
    z = unit(z, 1.0 + 0.0j)
    for _ in range(30):
        miss = t - np.conj(a.T) @ z / count
        if np.abs(miss).max() < 4.0 * EPS:
            break
        turn = np.conj(a) * (1j * z / count)[:, np.newaxis]
        columns = np.concatenate([turn.real, turn.imag], axis=1)
        gram = columns.T @ (weight[:, np.newaxis] * columns)
        multiplier = np.linalg.lstsq(gram, np.concatenate([miss.real, miss.imag]), rcond=1e-12)[0]
        z = z * np.exp(1j * np.clip(weight * (columns @ multiplier), -0.5, 0.5))
    return z


def _refrigerator(manifold: _Manifold) -> tuple[Complex, float]:
    """Return phasors and the dual bound, by alignment, Newton steps and the inertia of a small matrix."""
    u, w = manifold.u, manifold.w
    z = unit(np.conj(u), 1.0 + 0.0j)
    for step in range(40):
        y = np.conj(u) + w @ (np.conj(w.T) @ z)
        h = np.conj(z) * y
        if np.abs(h.imag).sum() <= 64.0 * EPS * np.abs(h).sum():
            break
        z = unit(y, z) if step < 4 or (h.real <= 0.0).any() else z * np.exp(1j * _phase_step(w, z, h))
    h = np.conj(z) * (np.conj(u) + w @ (np.conj(w.T) @ z))
    nu, corner = h.real, float(np.real(u @ z))
    total = corner + float(nu.sum()) - float(manifold.excess.sum())
    shift = _smallest_shift(u, w, nu, corner)
    rounding = 8.0 * EPS * (abs(corner) + float(np.abs(nu).sum()))
    return z, 0.5 * (total + (len(u) + 1) * shift + rounding)


def _phase_step(w: Complex, z: Complex, h: Complex) -> Real:
    """Return (diag ν − P Pᵀ)⁻¹ Im h with P = [Re z*W, Im z*W], by Woodbury; bounded to half a radian."""
    turned = np.conj(z)[:, np.newaxis] * w
    p = np.concatenate([turned.real, turned.imag], axis=1)
    scaled = p / h.real[:, np.newaxis]
    inner = np.eye(p.shape[1]) - p.T @ scaled
    first = h.imag / h.real
    step = first + scaled @ np.linalg.solve(inner, p.T @ first)
    return np.asarray(np.clip(step, -0.5, 0.5))


def _smallest_shift(u: Complex, w: Complex, nu: Real, corner: float) -> float:
    """Return a τ ≥ 0 for which diag(ν) + τ − R is positive definite beyond rounding, or infinity.

    With D = diag(ν) + τ > 0 and R = U Σ U†, U = [e_1, u^*, W], the matrix is positive definite iff Σ⁻¹ − U† D⁻¹ U has
    as many negative eigenvalues as Σ, namely one (inertia of a Schur complement).
    """
    scale = (corner + float(nu.sum())) / (len(nu) + 1)
    if scale <= 0.0:
        return float("inf")
    rank = w.shape[1]
    length = float(np.linalg.norm(u))
    columns = np.concatenate([np.conj(u)[:, np.newaxis] / length, w], axis=1)
    inverse = np.eye(rank + 2, dtype=np.complex128)
    inverse[:2, :2] = [[0.0, 1.0 / length], [1.0 / length, 0.0]]
    for exponent in range(-15, 1):
        tau = scale * 10.0**exponent
        shifted = nu + tau
        if corner + tau <= 0.0 or (shifted <= 0.0).any():
            continue
        matrix = inverse.copy()
        matrix[0, 0] -= 1.0 / (corner + tau)
        matrix[1:, 1:] -= sum(in_blocks(len(nu), partial(_weighted_gram, columns, shifted)))
        # congruence to unit diagonal: the entries differ by many orders, their rounding is relative to each
        balance = 1.0 / np.sqrt(np.abs(np.diagonal(matrix)) + np.abs(matrix).max(axis=1))
        values = np.linalg.eigvalsh(balance[:, np.newaxis] * matrix * balance)
        if values[0] < 0.0 and values[1] > 256.0 * EPS:
            return tau
    return float("inf")


def _weighted_gram(columns: Complex, weight: Real, block: slice) -> Complex:
    part = columns[block]
    return np.asarray(np.conj(part.T) @ (part / weight[block, np.newaxis]))
