"""Slow modes of any Lindblad system of many levels, whose generator is too large to be taken as one matrix.

L is cut into the blocks that it does not join, which are charge sectors where something is conserved; a small block
has all its eigenvalues, of a large one those next to a shift come out of Arnoldi's iteration on its factors.  Modes
that turn fast are far from that shift: the same iteration on a polynomial of L that is nearly e^{Lt}, which damps them
no more than others, says where they are, and factors next to there make them as certain.  Nothing proves that there is
no slower one, so that what is found bounds the gap from above; where all blocks were small the list is complete.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from scipy.sparse import eye_array
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, splu

from torusync._checks import ArgumentError, Complex, Real, as_count, requirement, scalar
from torusync._lapack import inverses, modes
from torusync._limits import SLOW_LEVELS
from torusync._memory import require_memory
from torusync._results import Result
from torusync._show import span
from torusync._threads import one_blas_thread, stop_if_told
from torusync.conventions import EPS
from torusync.dynamics.sectors import Sectors
from torusync.generators import LindbladGenerator
from torusync.models import System

_DENSE_ROWS: Final = 200
"""Rows up to which all eigenvectors of a block cost less than factors and iterations."""

_ASIDE: Final = 1e-3
"""How far right of the imaginary axis shifts are, in units of the fastest decay of a population: no eigenvalue is."""

_VECTORS: Final = 40
"""Arnoldi vectors at least: slow modes crowd."""

_TERMS: Final = 8
_STABLE: Final = 2.0
"""Terms of the series of e^{Lh}, and ‖L‖h, up to which it damps what decays and is of size 1 for what only turns."""

_DAMPED: Final = 3.0
"""Decays of the slowest modes over which e^{Lt} is applied, so that e⁻³ is left of them and less of all others."""

_SECONDS: Final = 30.0
"""Time that modes that turn are worth, a guess."""

_NEW: Final = 1e-3
_ALIKE: Final = 1e-9
_KNOWN: Final = 1e-3
"""Relative distance of an eigenvalue that was not known; of two that are one; part of a mode outside of those known."""

_FILL: Final = 60.0
"""Entries of the factors of a block over those of the block itself, by which memory is judged."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class SlowModes(Result):
    """Eigenvalues of a generator next to the imaginary axis, with their modes.

    Parameters
    ----------
    eigenvalues : (K,) by falling real part, in units of ω_1; the first is the 0 of the steady state
    error : (K,)
        How far the true eigenvalue may be, to first order in the residual and rounding: their sum times the condition.
    residual : (K,) ‖L x − λ x‖_F of the mode x as found, with ‖x‖_F = 1
    condition : (K,)
        1 over the overlap of the mode with its left partner: 1 for normal generators.  A state may hold this much more
        of the mode than its own size, so that it seems to relax faster or slower than the eigenvalue says for a while.
    modes : (K, D, D) x
    blocks : number of blocks that L falls into
    complete
        Whether all eigenvalues were worked out, so that there is none slower than those that are listed.
    turning
        Whether modes that turn, however fast, were looked for as well, if not proven to be all there: not where that
        would take more than half a minute.
    """

    eigenvalues: Complex
    error: Real
    residual: Real
    condition: Real
    modes: Complex
    blocks: int
    complete: bool
    turning: bool

    AXES: ClassVar = {"modes": 2}

    @property
    def gap_bound(self) -> Real:
        """Slowest decay that was found beside the steady state, its error added: the gap is no larger.

        It may be smaller where the list is not complete: nothing proves that an iteration misses none.
        """
        slowest = -self.eigenvalues[1:].real + self.error[1:]
        return scalar(np.asarray(slowest.min() if slowest.size else np.inf))

    def _in_words(self) -> str:
        kind = "all of them known" if self.complete else f"next to shifts, {self.blocks} blocks"
        return f"{np.size(self.error)} of real parts {span(self.eigenvalues.real)}, {kind}"


@one_blas_thread
def slow_modes(system: System, *, count: int = 6) -> SlowModes:
    """Return eigenvalues of a generator next to the imaginary axis, with residuals, conditions and modes.

    Parameters
    ----------
    system
        One `LindbladSystem`, or another system with channels, of at most 100 levels.
    count
        How many; of large blocks no more than these are looked for in each.

    Raises
    ------
    ArgumentError
        If the system is a batch or of another kind, is too large, or an iteration does not converge.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a LindbladSystem", f"it is {type(system).__name__}")
    generator, wanted = system.generator(), as_count("count", count, minimum=1)
    if not isinstance(generator, LindbladGenerator):
        raise requirement("system", "have channels", "it is a machine; ask for its liouvillian_gap")
    if generator.batch_shape:
        raise requirement("system", "be one system", f"its batch shape is {generator.batch_shape}")
    size = generator.dimension
    if size > SLOW_LEVELS:
        raise requirement("system", f"have at most {SLOW_LEVELS} levels for its slow modes", f"it has {size}")
    cut = Sectors.of(generator)
    dense = cut.largest <= _DENSE_ROWS
    kept = cut.largest / size**2 * cut.matrix.nnz
    require_memory("system", 48.0 * cut.largest**2 if dense else 16.0 * _FILL * kept, what=f"{size} levels")
    aside = _ASIDE * generator.sparse().border()
    values, vectors, partners, turning = _of_blocks(cut, wanted, aside=aside)
    order = np.argsort(-values.real, kind="stable")[:wanted]
    found = values[order], vectors[:, order], partners[order]
    return _judged(generator, cut, found, dense=dense, turning=turning)


def _judged(
    generator: LindbladGenerator, cut: Sectors, found: tuple[Complex, Complex, Real], *, dense: bool, turning: bool
) -> SlowModes:
    (values, vectors, condition), size, matrix = found, generator.dimension, cut.matrix
    astray = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    longest = float(np.diff(matrix.indptr).max())
    rounding = np.linalg.norm(abs(matrix) @ np.abs(vectors), axis=0) + np.abs(values)
    unsure = cut.rounding + (longest + 8.0) * EPS * rounding
    condition = np.where(np.isfinite(condition), condition, np.inf)
    error = 2.0 * condition * (astray + unsure)
    shown = vectors.T.reshape(-1, size, size)
    return SlowModes(values, error, astray, condition, shown, cut.number, dense, dense or turning)


def _of_blocks(cut: Sectors, wanted: int, *, aside: float) -> tuple[Complex, Complex, Real, bool]:
    """Return eigenvalues, modes as columns, and conditions, of every block, and whether those that turn are there."""
    rows, size, turning = len(cut.labels), round(len(cut.labels) ** 0.5), True
    values, columns, conditions = [], [], []
    for block, kept, mirror in cut.blocks():
        if len(kept) <= _DENSE_ROWS:
            found = _all(block)
        else:
            found, looked = with_turning(block, _nearest(block, wanted, aside, _own_shift(block)), wanted, aside)
            turning = turning and looked
        best = np.argsort(-found[0].real, kind="stable")[:wanted]
        whole = np.zeros((rows, len(best)), dtype=np.complex128)
        whole[kept] = found[1][:, best]
        values.append(found[0][best])
        columns.append(whole)
        conditions.append(found[2][best])
        if mirror is not None:
            values.append(np.conj(values[-1]))
            columns.append(np.conj(whole[np.arange(rows).reshape(size, size).T.reshape(-1)]))
            conditions.append(conditions[-1])
    return np.concatenate(values), np.concatenate(columns, axis=1), np.concatenate(conditions), turning


Found = tuple[Complex, Complex, Real]
"""Eigenvalues, modes as columns, and conditions."""


def with_turning(block: Any, found: Found, wanted: int, aside: float) -> tuple[Found, bool]:
    """Return what was found and the modes that turn beside it, and whether these were looked for."""
    slow = np.sort(-found[0].real)[:wanted]
    seen, all_of_them = _damped_least(block, wanted, float(slow[-1]), float(np.abs(found[0]).max()))
    while len(seen):
        stop_if_told()
        apart = np.abs(seen[:, np.newaxis] - found[0]).min(axis=-1)
        seen = seen[apart > _NEW * np.abs(seen)]
        # as slow as what is asked for; each of them once
        slow = np.sort(-found[0].real)[:wanted]
        seen = seen[-seen.real <= slow[-1] * (1.0 + _NEW)]
        if len(seen):
            one, seen = complex(seen[0]), seen[1:]
            try:
                found = _merged(found, _nearest(block, wanted, aside, complex(aside, one.imag)))
            except ArgumentError:  # an iteration beside it does not end
                return found, False
    return found, all_of_them


def _damped_least(block: Any, wanted: int, slow: float, far: float) -> tuple[Complex, bool]:
    """Return about where eigenvalues of largest real part are, however fast they turn, and whether as many as asked."""
    norm = float(np.sqrt(abs(block).sum(axis=0).max() * abs(block).sum(axis=1).max()))
    length, rows = _STABLE / norm, block.shape[0]
    number = int(np.ceil(_DAMPED / max(slow, 1e-3 * far, 1e-9 * norm) / length))
    arnoldi = max(_VECTORS, 4 * (wanted + 2))
    each = _TERMS * number * (5e-6 + 1.5e-9 * block.nnz + 1e-8 * rows)
    if 3.0 * arnoldi * each > _SECONDS:
        return np.zeros(0, dtype=np.complex128), False

    def damped(x: Complex) -> Complex:
        stop_if_told()
        for _ in range(number):
            term = total = x
            for order in range(1, _TERMS + 1):
                term = (block @ term) * (length / order)
                total = total + term
            x = total
        return x

    start = np.exp(2j * np.pi * np.random.default_rng(1).uniform(size=rows))
    operator: Any = LinearOperator(block.shape, damped, dtype=np.complex128)
    right: Any
    try:
        _, right = eigs(operator, k=wanted + 2, ncv=arnoldi, v0=start, tol=1e-6, maxiter=20)
    except ArpackNoConvergence as error:
        right = error.eigenvectors
    values = ((np.conj(right) * (block @ right)).sum(axis=0)) / (np.abs(right) ** 2).sum(axis=0)
    missed = np.linalg.norm(block @ right - right * values, axis=0) / np.linalg.norm(right, axis=0)
    good = missed <= _NEW * np.abs(values).max(initial=0.0)
    return np.asarray(values[good]), int(good.sum()) >= wanted


def _merged(found: Found, other: Found) -> Found:
    """Return modes of two lists once each: what is in the span of modes of one eigenvalue is known."""
    values, conditions = found[0], found[2]
    vectors: Any = found[1]
    scale = float(np.abs(np.concatenate([values, other[0]])).max())
    for value, vector, condition in zip(other[0], other[1].T, other[2], strict=True):
        alike = vectors[:, np.abs(values - value) <= _ALIKE * scale * max(1.0, float(condition) ** 0.5)]
        left = vector
        if alike.shape[1]:
            basis = np.linalg.qr(alike)[0]
            left = vector - basis @ (np.conj(basis.T) @ vector)
        if np.linalg.norm(left) > _KNOWN * np.linalg.norm(vector):
            values, conditions = np.append(values, value), np.append(conditions, condition)
            vectors = np.column_stack([vectors, vector])
    return values, vectors, conditions


def _own_shift(block: Any) -> complex:
    """Return iω of the entry that decays most slowly by itself."""
    own = block.diagonal()
    return complex(0.0, float(own[int(own.real.argmax())].imag))


def _all(block: Any) -> Found:
    """Return all eigenvalues of a block, modes of norm 1, and conditions."""
    values, vectors = modes(np.asarray(block.toarray(), dtype=np.complex128))
    return values, vectors, np.linalg.norm(inverses(vectors), axis=-1)


def _nearest(block: Any, wanted: int, aside: float, beside: complex) -> Found:
    """Return the same of those next to a point of the imaginary axis, from a shift a little to the right of it."""
    shape, shift = block.shape, complex(aside, beside.imag)
    factors: Any = splu((block - eye_array(shape[0], dtype=np.complex128) * shift).tocsc())
    forward: Any = LinearOperator(shape, factors.solve, dtype=np.complex128)
    back: Any = LinearOperator(shape, lambda x: factors.solve(x, trans="H"), dtype=np.complex128)
    start = np.exp(2j * np.pi * np.random.default_rng(0).uniform(size=shape[0]))
    count = min(wanted + 2, shape[0] - 2)
    keywords: dict[str, Any] = {"k": count, "ncv": min(shape[0], max(_VECTORS, 4 * count)), "v0": start}
    try:
        turned, right = eigs(forward, **keywords)
        _, left = eigs(back, **keywords)
    except ArpackNoConvergence as error:
        but = f"Arnoldi's iteration did not converge for a block of {shape[0]} rows"
        raise requirement("count", "be fewer", but) from error
    # partners of several modes that are one eigenvalue are told apart by the inverse of all overlaps
    partners = inverses(np.conj(left.T) @ right) @ np.conj(left.T)
    return shift + 1.0 / turned, right, np.linalg.norm(partners, axis=-1) * np.linalg.norm(right, axis=0)
