"""What two parts of a system know of each other, and what a state knows of a phase; each with the error that is left.

A state is known up to its error ε in the trace norm, and entropies are steep where a state is pure: every bound here is
proven for any state that may be meant, and none is made smaller by what the state looks like, but where its smallest
eigenvalue says so.  With T = ε/2 and d levels:

    entropy       |ΔS| ≤ T ln(d − 1) + h(T), T ≤ 1 − 1/d                     (Audenaert, J. Phys. A 40, 8127)
    negativity    |ΔN| ≤ ½ min(d_A, d_B, √d) ε, the norm of a partial transposition
    concurrence   |ΔC| ≤ Σ|Δλ_i| ≤ 2 ‖√ρ − √σ‖_2 ≤ 2 min(√ε, ε/√p_min)       (Powers and Størmer; Mirsky)
    information   |ΔF| ≤ 4 (g_max − g_min)² √ε, by Uhlmann's purifications, see `phase_information`

Rounding is added to ε: an eigenvalue is off by d ε_0 and some, d of them by d² ε_0.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Real, as_real, requirement
from torusync._lapack import spectra
from torusync._operators import as_hermitian
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import density_of
from torusync.densities.parts import as_dims, as_parts, partial_trace, require_dims
from torusync.measures.coherence import relative_entropy_of_coherence

_ROUNDED: Final = 16.0
"""Roundings of an eigenvalue for each level: of ten thousand random states no spectrum was off by a tenth of that."""

_FLIP: Final = np.fliplr(np.diag([-1.0, 1.0, 1.0, -1.0]))
"""σ_y ⊗ σ_y."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class Measured(Result):
    """A measure of states, and how far it may be off; arrays of the batch shape, nan where there is no state.

    Parameters
    ----------
    value : (...)
    error : (...) how far it may be from that of the true state, in its own units
    kept : (...) weight of the levels that are looked at, 1 where it is all of them
    """

    value: Real
    error: Real
    kept: Real

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.value)

    def _in_words(self) -> str:
        return f"{batch_in_words(self.batch_shape)}{span(self.value)} ± {span(self.error, 2)}"

    @classmethod
    def of(cls, value: Real, error: Real, most: Real | float, *, kept: Real | float = 1.0) -> "Measured":
        """Return what was found, within [0, most], and no error larger than that range."""
        shown = np.clip(value, 0.0, most)  # keeps nan
        off = np.where(np.isnan(value), np.nan, np.minimum(error, most))
        return cls(np.asarray(shown), np.asarray(off), np.asarray(np.broadcast_to(kept, np.shape(value)).copy()))


def mutual_information(state: object, *, dims: object = None, parts: object = None) -> Measured:
    """Return I = S(ρ_A) + S(ρ_B) − S(ρ_AB) in nats, between 0 and 2 ln min(d_A, d_B); 0 for products alone.

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    dims
        Numbers of levels of the parts, where the state does not say.
    parts
        Which two; the first two by default.  All others are traced out.

    Raises
    ------
    ArgumentError
        If there are no two parts, or the dims do not fit.
    """
    matrix, error, sizes = _two_parts(state, dims, parts)
    entropies, off = [], np.zeros(matrix.shape[:-2])
    for one in ((0,), (1,), (0, 1)):
        part = partial_trace(matrix, sizes, one)
        value, unsure = _entropy(part, error)
        entropies.append(value)
        off = off + unsure
    return Measured.of(entropies[0] + entropies[1] - entropies[2], off, 2.0 * np.log(min(sizes)))


def negativity(state: object, *, dims: object = None, parts: object = None) -> Measured:
    """Return N = (‖ρ^{T_A}‖_1 − 1)/2, between 0 and (min(d_A, d_B) − 1)/2; 0 for separable states (PRA 65, 032314).

    Arguments as for `mutual_information`.
    """
    matrix, error, sizes = _two_parts(state, dims, parts)
    batch, size = matrix.shape[:-2], matrix.shape[-1]
    split = matrix.reshape(*batch, *sizes, *sizes)
    turned = np.swapaxes(split, -4, -2).reshape(*batch, size, size)
    values = _spectrum(turned)[0]
    steepest = min(*sizes, size**0.5)
    off = 0.5 * steepest * error + _ROUNDED * EPS * size**2
    return Measured.of(np.maximum(-values, 0.0).sum(axis=-1), off, 0.5 * (min(sizes) - 1.0))


def concurrence(state: object, *, dims: object = None, parts: object = None, lowest: object = None) -> Measured:
    """Return the concurrence of two qubits, between 0 and 1 (Wootters, PRL 80, 2245).

    Arguments as for `mutual_information`, and

    Parameters
    ----------
    lowest
        Where parts have more levels: which two are looked at, such as ``(0, 1)`` of modes.  Others are projected out of
        both, and what is left is not normalised again, so that it is what of the entanglement survives such a
        projection in the mean; ``kept`` is its weight.

    Raises
    ------
    ArgumentError
        If a part has not two levels and none are named.
    """
    matrix, error, sizes = _two_parts(state, dims, parts)
    kept: Real = np.ones(matrix.shape[:-2])
    if lowest is not None:
        levels = as_parts("lowest", lowest, (1,) * min(sizes), count=2)
        rows = [i * sizes[1] + j for i in levels for j in levels]
        matrix = matrix[..., rows, :][..., rows]
        kept = np.trace(matrix, axis1=-2, axis2=-1).real
    elif sizes != (2, 2):
        must = "be (2, 2) for a concurrence, or beside `lowest`, which names two levels of each part"
        raise requirement("dims", must, f"they are {sizes}")
    values, vectors = _spectrum(matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., np.newaxis, :]
    found = _singular(np.swapaxes(root, -1, -2) @ _FLIP @ root)
    value = 2.0 * found[..., 0] - found.sum(axis=-1)
    # eigenvalues below 0 are taken off, and rounding of the spectrum is off beside
    unsure = error + np.maximum(-values, 0.0).sum(axis=-1) + _ROUNDED * EPS * 16.0
    least = np.maximum(values[..., 0] - _ROUNDED * EPS * 4.0, 0.0)
    with np.errstate(divide="ignore"):
        off = 2.0 * np.minimum(np.sqrt(unsure), unsure / np.sqrt(least))
    return Measured.of(value, off + _ROUNDED * EPS * 4.0, 1.0, kept=kept)


def coherence_entropy(state: object) -> Measured:
    """Return the relative entropy of coherence S(diag ρ) − S(ρ) in nats, between 0 and ln D (PRL 113, 140401).

    As `relative_entropy_of_coherence`, with its error; ``state`` is a solved state or density matrices ``(..., D, D)``.
    """
    density, value = density_of(state), relative_entropy_of_coherence(state)
    size, error = density.dimension, _error_of(state, density.batch_shape)
    return Measured.of(np.asarray(value), 2.0 * entropy_error(size, error), np.log(size))


def phase_information(state: object, generator: object) -> Measured:
    """Return the quantum Fisher information F of a phase φ written in by e^{−iφG}, between 0 and (g_max − g_min)².

    F = 2 Σ_ij (p_i − p_j)²/(p_i + p_j) |G_ij|² in the eigenbasis of ρ (Braunstein and Caves, PRL 72, 3439): no
    measurement of ν copies knows φ better than 1/√(νF).  0 for states that G leaves alone, 4 variances for pure ones.

    F(ρ) = min_h 4 <ψ|(G ⊗ 1 − 1 ⊗ h)²|ψ> for any purification ψ, at h_ij = G_ij 2√(p_i p_j)/(p_i + p_j), and 1/cosh is
    of positive type, so that ‖h‖ ≤ ‖G‖: the same h bounds F of a state ε away, whose purification is √ε away in half
    the trace norm, by 4 · 4 ‖G‖² √ε more, with ‖G‖ = (g_max − g_min)/2 after a shift that F does not feel.

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    generator : (D, D) Hermitian, or (D,), its diagonal
        G, such as the number of quanta ``np.arange(D)``, whose phase is that of a mode.

    Raises
    ------
    ArgumentError
        If G is not Hermitian, or of another size.
    """
    density = density_of(state)
    size, matrix = density.dimension, density.to_array()
    given = np.asarray(generator)
    turning = np.diag(as_real("generator", given)) if given.ndim == 1 else as_hermitian("generator", given)
    if turning.shape != (size, size):
        raise requirement("generator", f"act on the {size} levels of the state", f"its shape is {given.shape}")
    span_of = np.ptp(np.linalg.eigvalsh(turning))
    values, vectors = _spectrum(matrix)
    p = np.maximum(values, 0.0)
    inside = np.abs(np.conj(np.swapaxes(vectors, -1, -2)) @ turning @ vectors) ** 2
    total = p[..., :, np.newaxis] + p[..., np.newaxis, :]
    apart = (p[..., :, np.newaxis] - p[..., np.newaxis, :]) ** 2
    value = 2.0 * (apart / np.where(total > 0.0, total, 1.0) * inside).sum(axis=(-2, -1))
    off = _error_of(state, density.batch_shape) + np.maximum(-values, 0.0).sum(axis=-1) + _ROUNDED * EPS * size**2
    return Measured.of(value, 4.0 * span_of**2 * np.sqrt(off), span_of**2)


def entropy_error(size: int, error: Real) -> Real:
    """Return by how much the entropies of two states of d levels differ at most, ε apart in the trace norm."""
    most = 1.0 - 1.0 / size
    apart = np.minimum(0.5 * error + _ROUNDED * EPS * size**2, most)
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = -apart * np.log(apart) - (1.0 - apart) * np.log1p(-apart)
    return np.asarray(apart * np.log(max(size - 1.0, 1.0)) + np.nan_to_num(mixed))


def _entropy(matrix: Complex, error: Real) -> tuple[Real, Real]:
    values = np.maximum(_spectrum(matrix)[0], 0.0)
    value = -(values * np.log(np.where(values > 0.0, values, 1.0))).sum(axis=-1)
    return np.asarray(value), entropy_error(matrix.shape[-1], error)


@one_blas_thread
def _spectrum(matrix: Complex) -> tuple[Real, Complex]:
    """Return eigenvalues and eigenvectors; nan where a map has no state."""
    return spectra(matrix)


def _singular(matrix: Complex) -> Real:
    known = np.asarray(np.isfinite(matrix).all(axis=(-2, -1), keepdims=True))
    return np.asarray(np.where(known[..., 0], np.linalg.svd(np.where(known, matrix, 0.0), compute_uv=False), np.nan))


def _error_of(state: object, batch: tuple[int, ...]) -> Real:
    """Return how far states may be off, in the trace norm: all of them, and not their coherences alone."""
    judged: Any = state if hasattr(state, "density") else density_of(state)
    found = getattr(judged, "error", getattr(judged, "coherence_error", 0.0))
    return np.asarray(np.broadcast_to(np.asarray(found), batch), dtype=np.float64)


def _two_parts(state: object, dims: object, parts: object) -> tuple[Complex, Real, tuple[int, int]]:
    """Return the states of two parts, their error, and the numbers of levels of both."""
    density = density_of(state)
    told: Any = getattr(state, "dims", None) if dims is None else dims
    if told is None or (dims is None and len(told) < 2):
        raise requirement("dims", "be given for a state that does not name its parts", "it is not")
    sizes = as_dims("dims", told)
    require_dims(sizes, density.dimension)
    if len(sizes) < 2:
        raise requirement("dims", "name two parts at least", f"it is {sizes}")
    kept = as_parts("parts", (0, 1) if parts is None else parts, sizes, count=2)
    matrix = partial_trace(density.to_array(), sizes, kept)
    return matrix, _error_of(state, density.batch_shape), (sizes[kept[0]], sizes[kept[1]])
