"""Operators and density matrices of the user's own, checked once, at the door, to the precision that they came in.

What passes is Hermitian to the last bit.  How far its entries may be off is not forgotten: `Precision` says it, and
whoever takes the matrix carries it on as an error.
"""

import math
from typing import Any, Final

import numpy as np

from torusync._checks import ArgumentError, Complex, Real, as_array, as_complex, as_count, requirement, shown
from torusync._precision import DOUBLE, Precision
from torusync.interop import plain

_NEAR: Final = 0.1
"""How far from 1 the trace, and from 0 the norm of what is not Hermitian, may be in a state that was measured: more is
another unit, or another matrix."""

_ROUNDING: Final = 1e-14
"""What sums over a level leave of numbers that are exact, a level."""

_PROJECT: Final = "take the nearest state (--project, densities.nearest_state) if it was measured"
_COARSE: Final = "say so (--precision, precision=) if the numbers are of single precision or of few digits"


def as_operator(name: str, value: Any) -> Complex:
    """Return ``value`` as square matrices ``(..., D, D)``; operators of other libraries are taken as what they are."""
    array = as_complex(name, plain(name, value))
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise requirement(name, "be square matrices of shape (..., D, D)", f"its shape is {array.shape}")
    if array.shape[-1] == 0:
        raise requirement(name, "have at least one level", f"its shape is {array.shape}")
    return array


def as_dims(name: str, value: object, size: int | None) -> tuple[int, ...]:
    """Return the dimensions of the factors of a space of so many levels: numbers, or two equal rows as QuTiP has them.

    Tensor products are in the order of these factors, the last one running fastest.
    """
    must = "be the numbers of levels of the parts, (2, 3)"
    if isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(one, list | tuple) for one in value):
        if list(value[0]) != list(value[1]):
            raise requirement(name, must, f"it leads from one space to another, {shown(value)}")
        value = value[0]
    if not isinstance(value, list | tuple) or not value:
        raise requirement(name, must, f"it is {shown(value)}")
    found = tuple(as_count(f"{name}[{index}]", one, minimum=1) for index, one in enumerate(value))
    if size is not None and math.prod(found) != size:
        raise requirement(name, f"have the product {size}, the levels of the Hamiltonian", f"it is {shown(found)}")
    return found


def precision_of(name: str, value: Any, stated: Precision | None = None) -> Precision:
    """Return the precision that is stated, or that of the numbers in ``value``."""
    if stated is not None:
        return stated
    try:
        return Precision.of(as_array(name, plain(name, value)))
    except ArgumentError:  # what is no array, which the checks refuse
        return DOUBLE


def as_hermitian(name: str, value: Any, *, unit: float = 0.0, precision: Precision | None = None) -> Complex:
    """Return ``value`` as Hermitian matrices ``(..., D, D)``, made exactly so.

    Deviations are judged against the largest entry, or against ``unit`` where that is larger, to the precision of the
    numbers, or the one that is stated.
    """
    given = plain(name, value)
    array = as_operator(name, given)
    allowed = precision_of(name, given, precision)
    dagger = np.conj(np.swapaxes(array, -1, -2))
    deviation = np.max(np.abs(array - dagger), axis=(-2, -1), initial=0.0)
    scale = np.maximum(unit, np.max(np.abs(array), axis=(-2, -1), initial=0.0))
    if (deviation > allowed.asymmetry() * scale).any():
        raise requirement(
            name,
            "be Hermitian",
            f"it differs from its adjoint by {deviation.max():.3g}, and {allowed.words} may by "
            f"{allowed.asymmetry() * scale.max():.2g}; check row and column order, or {_COARSE}",
        )
    return np.asarray(0.5 * (array + dagger), dtype=np.complex128)


def as_density_matrix(name: str, value: Any, *, precision: Precision | None = None) -> Complex:
    """Return ``value`` as density matrices ``(..., D, D)``: Hermitian, of unit trace, positive semidefinite."""
    return as_known_density(name, value, precision=precision)[0]


def as_known_density(name: str, value: Any, *, precision: Precision | None = None) -> tuple[Complex, Precision, Real]:
    """Return the same, its precision, and how far it may be off the true state, in the trace norm.

    That is what the precision leaves open.  Where the nearest state is further away than that, the numbers are worse
    than their precision, and the distance to it is added: it is what eigenvalues below 0 and a trace that is not 1 cost
    at least, Σ|λ_-| + |tr ρ − 1 + Σ|λ_-||, with what is not the conjugate of its mirror image beside it.
    """
    given = plain(name, value)
    array = as_hermitian(name, given, unit=1.0, precision=precision)
    allowed, size = precision_of(name, given, precision), array.shape[-1]
    trace = np.trace(array, axis1=-2, axis2=-1).real
    bad = np.abs(trace - 1.0) > allowed.trace(size)
    if bad.any():
        raise requirement(name, "have unit trace", _about_trace(float(np.ravel(trace)[np.ravel(bad)][0]), allowed))
    values = np.linalg.eigvalsh(array)
    smallest, below = values[..., 0], np.maximum(-values, 0.0).sum(axis=-1)
    if (smallest < -allowed.negative(size)).any():
        raise requirement(
            name,
            "be positive semidefinite",
            f"its smallest eigenvalue is {smallest.min():.3g}, and {allowed.words} may have "
            f"{-allowed.negative(size):.2g}; {_PROJECT}, or {_COARSE}",
        )
    skew = np.sqrt(size) * np.linalg.norm(array - np.asarray(given), axis=(-2, -1))
    seen, left = below + np.abs(trace - 1.0 + below) + skew, allowed.trace_norm(size)
    seen = np.where(seen > _ROUNDING * size, seen, 0.0)
    return array, allowed, np.asarray(np.where(seen > left, seen + left, left))


def _about_trace(trace: float, allowed: Precision) -> str:
    if abs(trace) <= allowed.entry or abs(trace) < 1e-12:
        return "its trace is 0: it is no state, and no multiple of one"
    if abs(trace - 1.0) > _NEAR:
        return f"its trace is {trace:.9g}; divide by it if it is a state of another norm"
    return f"its trace is {trace:.9g}; divide by it, {_PROJECT}, or {_COARSE}"


def as_nearest(name: str, value: Any) -> tuple[Complex, Real, Real]:
    """Return the density matrices nearest to matrices that are nearly ones, and how far these were moved.

    Nearest in the Frobenius norm; the distances are in that norm and in the trace norm, of the shape of the batch.
    """
    array = as_operator(name, value)
    dagger = np.conj(np.swapaxes(array, -1, -2))
    hermitian, rest = 0.5 * (array + dagger), 0.5 * (array - dagger)
    trace = np.trace(hermitian, axis1=-2, axis2=-1).real
    bad = np.abs(trace - 1.0) > _NEAR
    if bad.any():
        first = float(np.ravel(trace)[np.ravel(bad)][0])
        raise requirement(name, f"have a trace within {_NEAR:g} of 1 to be projected", f"its trace is {first:.6g}")
    astray = np.linalg.norm(rest, axis=(-2, -1))
    if (astray > _NEAR).any():
        raise requirement(
            name, "be nearly Hermitian to be projected", f"what is not has the norm {astray.max():.3g}; check its order"
        )
    nearest = nearest_states(hermitian)
    moved = nearest - array
    return nearest, np.linalg.norm(moved, axis=(-2, -1)), np.linalg.svd(moved, compute_uv=False).sum(axis=-1)


def nearest_states(estimates: Complex) -> Complex:
    """Return the density matrices nearest in Frobenius norm to Hermitian ones, ``(..., D, D)``.

    Eigenvalues are projected onto the probability simplex (Smolin, Gambetta and Smith, PRL 108, 070502).
    """
    values, vectors = np.linalg.eigh(estimates)
    descending = values[..., ::-1]
    excess = (np.cumsum(descending, axis=-1) - 1.0) / np.arange(1, values.shape[-1] + 1)
    kept = (descending - excess > 0.0).sum(axis=-1, keepdims=True)
    shift = np.take_along_axis(excess, kept - 1, axis=-1)
    projected = np.clip(values - shift, 0.0, None)
    nearest = (vectors * projected[..., np.newaxis, :]) @ np.conj(np.swapaxes(vectors, -1, -2))
    # exactly Hermitian, so that differences at the level of rounding are too
    return np.asarray(0.5 * (nearest + np.conj(np.swapaxes(nearest, -1, -2))))
