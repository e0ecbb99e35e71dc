"""The semidefinite bound on the pair sum, by an interior-point path of its dual.

Let every phasor be a unit vector of C^n: then ½ Re Σ R_ij <v_i, v_j> has a maximum no lower than that over the torus,
and the Gram matrix of the vectors there gives starts that pass by most local maxima.  To climb over the vectors is the
obvious way, but near a degeneracy the top is flat along a manifold, of which a step knows nothing.  The dual
min ½ Σ ν, diag ν − R ⪰ 0 has n unknowns and no such manifold: with the barrier −t log det its Newton matrix is t |Z⁻¹|²
entry by entry, Z = diag ν − R (Nesterov and Nemirovskii 1994).  On the path, t Z⁻¹ is the Gram matrix.

Every iterate would be a bound but for rounding: its multipliers are a claim, until the eigenvalue test has been made.
"""

from typing import Final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import inverses, solutions
from torusync.conventions import EPS

_INSIDE: Final = 1.2
"""Times Σ_j |R_ij| for a start, which diagonal dominance makes positive definite."""

_LEVEL: Final = 0.1
"""Times their mean for a start where that is more: on the path every ν_i is larger than t, and the inverse of levels
that hang by 1e-200 would overflow when it is squared."""

_SHORTER: Final = 0.03
"""Factor by which t falls where the centre is near, found by trials: at 0.1 a few levels take twice the steps, at
0.01 a hundred take more."""

_CENTRED: Final = 0.5
"""Newton decrement below which it is: two full steps more would square it to rounding."""

_NEAR: Final = 0.65
_FAR: Final = 0.95
_SMALL: Final = 0.3
"""Parts of the way to the border that a step may go, if it goes the whole or at most 0.3 of its length: with a part x
and a length a the barrier falls where −x − log(1 − x) ≤ x²/a, which is so for 0.65 and 1, and for 0.95 and 0.3."""

_LAST: Final = 256.0 * EPS
"""t in units of the mean multiplier at the end: n t is what the bound is too high by, 6e-14 of it.  Further on Z is
rounding."""

_SHARP: Final = 1e-11
"""t in units of the mean multiplier down to which Gram matrices are kept: further on their diagonal is rounding."""

_ITERATIONS: Final = 200
"""Some 50 are taken; those that are left then go to and fro by rounding."""


def dual_path(coherences: Complex) -> tuple[Real, Complex]:
    """Follow the path for connected coherences ``(points, n, n)``, to multipliers ``(points, n)`` and Gram matrices.

    They should be Hermitian, of zero diagonal, scaled to entries of order one.
    """
    points, size = coherences.shape[:2]
    index = np.arange(size)
    weight = np.abs(coherences).sum(axis=-1)
    nu = _INSIDE * np.maximum(weight, _LEVEL * weight.mean(axis=-1, keepdims=True))
    t = nu.mean(axis=-1)
    last, blunt = _LAST * t, _SHARP * t
    gram = np.broadcast_to(np.eye(size, dtype=np.complex128), coherences.shape).copy()
    active, inner = np.arange(points), nu.copy()
    for _ in range(_ITERATIONS):
        matrix = -coherences[active]
        matrix[:, index, index] += nu[active]
        inverse = inverses(matrix)
        # near the border it is Hermitian to a few digits only, and its square would not be positive
        inverse = 0.5 * (inverse + np.conj(np.swapaxes(inverse, -1, -2)))
        scale, diagonal = t[active, np.newaxis], inverse[:, index, index].real
        slope = 1.0 - scale * diagonal
        step = -solutions(inverse.real**2 + inverse.imag**2, slope) / scale
        fall = -(step * slope).sum(axis=-1)
        # where rounding is as large as what is left: beyond the border, which shows on the diagonal first, or uphill
        lost = ~(fall >= 0.0) | ~(diagonal > 0.0).all(axis=-1) | ~np.isfinite(step).all(axis=-1)
        nu[active[lost]] = inner[active[lost]]
        inner[active] = nu[active]
        step[lost], inverse[lost], fall[lost] = 0.0, 0.0, 0.0
        decrement = np.sqrt(fall / t[active])
        centred = decrement < _CENTRED
        sharp = centred & (t[active] >= blunt[active]) & ~lost
        gram[active[sharp]] = _gram(scale[sharp], inverse[sharp], step[sharp])
        nu[active] += _length(inverse, step, decrement)[:, np.newaxis] * step
        done = centred & (t[active] <= last[active])
        t[active] = np.where(centred, np.maximum(_SHORTER * t[active], last[active]), t[active])
        active = active[~(done | lost)]
        if not active.size:
            break
    return nu, gram


def _length(inverse: Complex, step: Real, decrement: Real) -> Real:
    """Return the part of a step to take: Z stays positive, and the barrier falls.

    Z + a diag(step) is positive for a λ < 1, λ the largest eigenvalue of M = s Z⁻¹ s, s² what the step takes from ν.
    Two numbers bound λ: the fourth root of the norm of M⁴, by a few per cent too high where every ν falls; and the
    decrement, which self-concordance goes by, too high by the root of the number of directions that matter.
    """
    taken = np.sqrt(np.maximum(-step, 0.0))
    power = taken[:, :, np.newaxis] * inverse * taken[:, np.newaxis]
    for _ in range(2):
        power = power @ power
    fourth = np.linalg.norm(power, axis=(-2, -1))
    border = np.maximum(np.minimum(np.sqrt(np.sqrt(fourth)), decrement), EPS)
    return np.asarray(np.where(_SMALL * border > _FAR, _FAR / border, np.minimum(_NEAR / border, 1.0)))


def _gram(weight: Real, inverse: Complex, step: Real) -> Complex:
    """Return t (Z⁻¹ − Z⁻¹ diag(step) Z⁻¹): positive semidefinite near the path, its diagonal 1 by Newton's equation."""
    return np.asarray(weight[..., np.newaxis] * (inverse - (inverse * step[:, np.newaxis]) @ inverse))
