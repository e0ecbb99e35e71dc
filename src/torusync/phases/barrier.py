"""The dual of the semidefinite relaxation by an interior-point path, for points where ascent over vectors crawls.

Near a degeneracy the maximum over vectors is flat along a whole manifold, and a conjugate-gradient step knows nothing
of it.  The dual min ½ Σ ν, diag ν − R ⪰ 0 has n unknowns; with the barrier −t log det its Newton matrix is t |Z⁻¹|²
entry by entry, Z = diag ν − R, and damped steps stay inside by self-concordance (Nesterov and Nemirovskii 1994), so
that no line search is needed: every iterate is a bound.  On the path, t Z⁻¹ is the Gram matrix of the vectors.
"""

from typing import Final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import inverses, solutions
from torusync.conventions import EPS

_INSIDE: Final = 1.2
"""Times Σ_j |R_ij| for a start, which diagonal dominance makes positive definite."""

_SHORTER: Final = 0.1
"""Factor by which t falls where the centre is near."""

_CENTRED: Final = 0.5
"""Newton decrement below which it is."""

_DAMPED: Final = 0.25
"""Newton decrement above which a step is shortened to 1/(1 + decrement)."""

_LAST: Final = 32.0 * EPS
"""t in units of the mean multiplier at the end: n t is what the bound is too high by."""

_SHARP: Final = 1e-11
"""t in units of the mean multiplier down to which Gram matrices are kept: further on their diagonal is rounding."""

_ITERATIONS: Final = 150


def dual_path(coherences: Complex) -> tuple[Real, Complex]:
    """Follow the path for connected coherences ``(points, n, n)``, to multipliers ``(points, n)`` and Gram matrices."""
    points, size = coherences.shape[:2]
    index = np.arange(size)
    nu = _INSIDE * np.abs(coherences).sum(axis=-1)
    t = nu.mean(axis=-1)
    last, blunt = _LAST * t, _SHARP * t
    gram = np.broadcast_to(np.eye(size, dtype=np.complex128), coherences.shape).copy()
    active = np.arange(points)
    for _ in range(_ITERATIONS):
        matrix = -coherences[active]
        matrix[:, index, index] += nu[active]
        inverse = inverses(matrix)
        weight = t[active, np.newaxis]
        slope = 1.0 - weight * inverse[:, index, index].real
        curvature = inverse.real**2 + inverse.imag**2
        step = -solutions(curvature, slope) / weight
        # singular but for rounding: the multipliers reached so far stand
        lost = ~np.isfinite(step).all(axis=-1)
        step[lost], inverse[lost] = 0.0, 0.0
        decrement = np.sqrt(np.maximum(-(step * slope).sum(axis=-1), 0.0) / t[active])
        length = np.where(decrement > _DAMPED, 1.0 / (1.0 + decrement), 1.0)
        sharp = (decrement < _CENTRED) & (t[active] >= blunt[active]) & ~lost
        gram[active[sharp]] = _gram(weight[sharp], inverse[sharp], step[sharp])
        nu[active] += length[:, np.newaxis] * step
        centred = decrement < _CENTRED
        done = centred & (t[active] <= last[active])
        t[active] = np.where(centred, np.maximum(_SHORTER * t[active], last[active]), t[active])
        active = active[~(done | lost)]
        if not active.size:
            break
    return nu, gram


def _gram(weight: Real, inverse: Complex, step: Real) -> Complex:
    """Return t (Z⁻¹ − Z⁻¹ diag(step) Z⁻¹): positive semidefinite near the path, its diagonal 1 by Newton's equation."""
    # the inverse of so ill-conditioned a matrix is Hermitian to five digits only
    inverse = 0.5 * (inverse + np.conj(np.swapaxes(inverse, -1, -2)))
    return np.asarray(weight[..., np.newaxis] * (inverse - (inverse * step[:, np.newaxis]) @ inverse))
