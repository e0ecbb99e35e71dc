"""Hamiltonian and jump operators of a generator that is known as a matrix only.

A map ρ ↦ Σ C_(ik)(jl) E_ik ρ E_jl† keeps matrices Hermitian where C is Hermitian, and is a Lindblad generator where it
takes the trace to 0 and C, on operators without trace, has no negative eigenvalue (Gorini, Kossakowski and Sudarshan,
J. Math. Phys. 17, 821): the eigenvectors are jump operators.  What C has beside that is one term Gρ + ρG† with
G = −iH − Σ κX†X/2.  Each law is held to what the entries of the matrix are good for, and what breaks one is refused.
"""

import math
from typing import Any, Final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync._memory import require_memory
from torusync._operators import as_operator, precision_of
from torusync._precision import Precision
from torusync.conventions import EPS
from torusync.interop import dims_of, superoperators

_ROUNDINGS: Final = 8.0
"""Of each entry of a generator that was put together in double precision, in ε D times the largest entry: products of
D terms, three of them, and the sum over channels."""

_COARSE: Final = "say so (precision=) if the numbers are of few digits"

Channels = list[tuple[Real, Complex]]


def recovered(
    name: str, value: Any, stated: Precision | None
) -> tuple[Complex, Channels, Precision, tuple[int, ...] | None]:
    """Return Hamiltonian, channels, precision and dims of generators ``(..., D², D²)``, as `from_liouvillian` says."""
    dims = dims_of(name, value)
    given = superoperators(name, value)
    known = precision_of(name, given, stated)
    matrix = as_operator(name, given)
    size = math.isqrt(matrix.shape[-1])
    if size**2 != matrix.shape[-1]:
        raise requirement(name, "act on vec(ρ), of shape (..., D², D²)", f"its shape is {matrix.shape}")
    # the matrix and C, its eigenvectors and what they are worked out with
    what = f"to recover the jumps of {size} levels"
    require_memory(name, 16.0 * 8.0 * matrix.size, what=what, advice="take fewer levels")
    largest = np.abs(matrix).max(axis=(-2, -1))
    off = largest * max(known.entry * math.sqrt(2.0), _ROUNDINGS * size * EPS)
    _require_trace(name, matrix, off * size, known)
    # [i, j, k, l] is what ρ_kl gives to dρ_ij/dt
    choi = _reshuffled(matrix, size)
    _require_hermitian(name, choi, 2.0 * off, known)
    choi = 0.5 * (choi + np.conj(np.swapaxes(choi, -1, -2)))
    rates, vectors, mixed = _split(choi, size)
    _require_positive(name, rates, off * size**2, known, matrix)
    jumps = _real_where_possible(np.swapaxes(vectors, -1, -2)).reshape(*rates.shape, size, size)
    # G is −iH and a Hermitian part; H without trace, which is all that is left open
    mixed = mixed.reshape(*mixed.shape[:-1], size, size)
    hamiltonian = 0.5j * (mixed - np.conj(np.swapaxes(mixed, -1, -2)))
    kept = rates > (off * size**2)[..., np.newaxis]
    channels: Channels = [
        (np.where(kept[..., one], 0.5 * rates[..., one], 0.0), jumps[..., one, :, :])
        for one in range(rates.shape[-1] - 1, -1, -1)
        if kept[..., one].any()
    ]
    return hamiltonian, channels, known, dims


def _reshuffled(matrix: Complex, size: int) -> Complex:
    """Return C_(ik)(jl) of a matrix L_(ij)(kl)."""
    parts = matrix.reshape(*matrix.shape[:-2], size, size, size, size)
    return np.asarray(np.swapaxes(parts, -3, -2).reshape(matrix.shape))


def _split(choi: Complex, size: int) -> tuple[Real, Complex, Complex]:
    """Return eigenvalues and eigenvectors of C on operators without trace, and G but for a real multiple of 1."""
    one = np.eye(size).reshape(-1) / math.sqrt(size)
    basis = np.linalg.qr(np.column_stack([one, np.eye(size**2)[:, 1:]]))[0][:, 1:]
    values, vectors = np.linalg.eigh(basis.T @ choi @ basis)
    return values, basis @ vectors, choi @ one / math.sqrt(size)


def _real_where_possible(rows: Complex) -> Complex:
    """Return vectors, the last axis, each with a phase that makes its largest entry positive."""
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=-1)[..., np.newaxis], axis=-1)
    return np.asarray(rows * np.conj(largest) / np.abs(largest))


def _require_trace(name: str, matrix: Complex, allowed: Real, known: Precision) -> None:
    size = math.isqrt(matrix.shape[-1])
    one = np.eye(size).reshape(-1)
    change = np.abs(one @ matrix).max(axis=-1)
    hint = _COARSE
    if (np.abs(one @ matrix - one).max(axis=-1) <= allowed).all():
        hint = "it is a channel, which keeps a trace as it is; give the generator that it is the exponential of"
    elif (np.abs(matrix @ one).max(axis=-1) <= allowed).all():
        hint = "it takes the identity to 0, as in the Heisenberg picture; give its conjugate transpose"
    _require(name, ("take every trace to 0", "it changes one by", hint), change, allowed, known)


def _require_hermitian(name: str, choi: Complex, allowed: Real, known: Precision) -> None:
    change = np.abs(choi - np.conj(np.swapaxes(choi, -1, -2))).max(axis=(-2, -1))
    hint = f"check the order of rows and columns, or {_COARSE}"
    _require(name, ("keep Hermitian matrices Hermitian", "it breaks that by", hint), change, allowed, known)


def _require_positive(name: str, rates: Real, allowed: Real, known: Precision, matrix: Complex) -> None:
    lowest = -rates.min(axis=-1, initial=0.0)
    hint = _COARSE
    if not (lowest <= allowed).all() and _is_turned(matrix, allowed):
        hint = "its rows are stacked by columns where its columns are not, or the reverse"
    _require(name, ("have no negative rate", "one is below 0 by", hint), lowest, allowed, known)


def _is_turned(matrix: Complex, allowed: Real) -> bool:
    """Whether a matrix is a generator once its rows are read in the other order."""
    size = math.isqrt(matrix.shape[-1])
    swap = np.arange(size**2).reshape(size, size).T.reshape(-1)
    rates = _split(_reshuffled(matrix[..., swap, :], size), size)[0]
    return bool((-rates.min(axis=-1, initial=0.0) <= allowed).all())


def _require(name: str, law: tuple[str, str, str], found: Real, allowed: Real, known: Precision) -> None:
    """Refuse what breaks a law, told as what it says, how it is broken and what to do, at the first point that does."""
    bad = np.asarray(~(found <= allowed))
    if not bad.any():
        return
    must, but, hint = law
    first = tuple(np.argwhere(bad)[0])
    where = f" at point {[int(one) for one in first]}" if first else ""
    may = f"and {known.words} may by {allowed[first]:.2g}"
    raise requirement(
        name,
        f"be a generator of Lindblad form, that is {must}",
        f"{but} {found[first]:.3g}{where}, {may}; {hint}",
        points=bad if bad.ndim else None,
    )
