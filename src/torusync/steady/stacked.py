"""Small Lindblad systems, as many as there are, in stacked calls: one inverse of the bordered L a point.

A map of a hundred thousand points of three levels is one of a hundred thousand matrices of nine rows.  Their inverses
take a tenth of the time of their singular values, and say as much: the state is a column of the inverse, it is the only
one because the inverse exists, and its error is the residual times the norm of the inverse, which is there in full.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._batch import flattened
from torusync._checks import Complex, Real, requirement
from torusync._lapack import eigenvalues, inverses
from torusync._limits import INVERTED_LEVELS, STACK_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, one_blas_thread, side_by_side
from torusync.conventions import EPS
from torusync.generators import Generator, LindbladGenerator
from torusync.generators.superoperator import Pairs
from torusync.steady.answer import ALONE, Answer, unfit

_NOISE: Final = 64.0
"""Entries below 64 ε times the largest are set to zero: kept, they would give phases to levels that have none."""

_SINGULAR: Final = 1e-14
"""Reciprocals of ‖L‖ ‖M⁻¹‖ below which no decay can be told from none."""

_ROOT: Final = 2.0**0.5


@final
@dataclass(frozen=True)
class Stacked:
    """Inverses of stacks of small Lindblad systems, up to 10 levels.

    The error is proven as in `Dense`, with the norm of the inverse in place of the second singular value.
    """

    @np.errstate(all="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, chunk by chunk on all cores."""
        if not isinstance(generator, LindbladGenerator):
            raise unfit("Stacked() needs a LindbladSystem; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.dimension
        if size > INVERTED_LEVELS:
            raise requirement("system", f"have at most {INVERTED_LEVELS} levels in Stacked()", f"it has {size}")
        require_memory("system", 48.0 * points * size**2, what=f"Stacked() for {points} points of {size} levels")
        rho, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((6, points))
        form, unsure = _Form.of(generator), flattened(generator.liouvillian_rounding(), 0, batch)

        def task(chunk: slice) -> None:
            rho[chunk], evidence[:, chunk] = _inverted(form, chunk, unsure[chunk])

        side_by_side(task, chunks(points, max(1, STACK_BYTES // (8 * size**4))))
        return Answer.of_matrices(rho, evidence, batch, solver=self)


@final
@dataclass(frozen=True, eq=False)
class _Form:
    """L of all points in the real numbers of Hermitian matrices: constant, with weights, and point by point.

    Parameters
    ----------
    pairs : all pairs of levels
    weights : (points, k)
    terms : (k, D⁴), of which L is the sum with those weights
    generator : of the operators that differ from point to point, flat; None where there are none
    """

    pairs: Pairs
    weights: Real
    terms: Real
    generator: LindbladGenerator | None

    @classmethod
    def of(cls, generator: LindbladGenerator) -> "_Form":
        """Return the form of a batch."""
        size, batch = generator.dimension, generator.batch_shape
        pairs = Pairs(np.zeros(size, dtype=np.int64))
        if generator.points == 1:  # its own L is less work than what each number of H would add to it
            return cls(pairs, np.zeros((1, 0)), np.zeros((0, size**4)), generator.flat(batch))
        i, j = pairs.upper
        energies = flattened(generator.hamiltonian, 2, batch)
        above = energies[:, i, j]
        diagonal = np.diagonal(energies, axis1=1, axis2=2).real
        weights = [diagonal, above.real, above.imag]
        terms = [_energy_terms(pairs)]
        varied = []
        for rate, jump in zip(generator.rates, generator.operators, strict=True):
            if jump.ndim > 2:
                varied.append((rate, jump))
                continue
            alone = LindbladGenerator(np.zeros((size, size), dtype=np.complex128), (np.ones(()),), (jump,))
            terms.append(_real(pairs, alone.liouvillian()[np.newaxis]).reshape(1, -1))
            weights.append(flattened(rate, 0, batch)[:, np.newaxis])
        rest = None
        if varied:
            rates, jumps = zip(*varied, strict=True)
            none = np.zeros((size, size), dtype=np.complex128)
            rest = LindbladGenerator(none, rates, jumps).flat(batch)
        return cls(pairs, np.concatenate(weights, axis=1), np.concatenate(terms), rest)

    def part(self, chunk: slice) -> Real:
        """Return L of some points, ``(k, D², D²)``."""
        found = (self.weights[chunk] @ self.terms).reshape(-1, self.pairs.size, self.pairs.size)
        if self.generator is not None:
            found += _real(self.pairs, self.generator.part(chunk).liouvillian())
        return found


def _energy_terms(pairs: Pairs) -> Real:
    """Return what each real number of H adds to L, ``(D², D⁴)``."""
    size, (i, j) = pairs.levels, pairs.upper
    basis = np.zeros((pairs.size, size, size), dtype=np.complex128)
    level, pair = np.arange(size), size + np.arange(len(i))
    basis[level, level, level] = 1.0
    basis[pair, i, j] = basis[pair, j, i] = 1.0
    basis[pair + len(i), i, j], basis[pair + len(i), j, i] = 1j, -1j
    return _real(pairs, LindbladGenerator(basis, (), ()).liouvillian()).reshape(pairs.size, -1)


def _real(pairs: Pairs, matrices: Complex) -> Real:
    """Return stacked L on row-major vec(ρ) in the real numbers of Hermitian matrices."""
    size, (i, j) = pairs.levels, pairs.upper
    level, above, below = np.arange(size) * (size + 1), i * size + j, j * size + i
    rows = matrices[:, np.concatenate([level, above])]
    real, turned = rows[..., above] + rows[..., below], 1j * (rows[..., above] - rows[..., below])
    columns = np.concatenate([rows[..., level], real / _ROOT, turned / _ROOT], axis=-1)
    return np.concatenate([columns[:, :size].real, columns[:, size:].real * _ROOT, columns[:, size:].imag * _ROOT], 1)


def _inverted(form: _Form, chunk: slice, unsure: Real) -> tuple[Complex, Real]:
    """Return ρ and the rows residual, scale, smallest eigenvalue, error, error of the coherences, nullity."""
    pairs = form.pairs
    matrices, size = form.part(chunk), pairs.levels
    if size == 1:  # nothing moves, and nothing is there to be inverted
        return np.ones((len(matrices), 1, 1), dtype=np.complex128), np.outer(ALONE, np.ones(len(matrices)))
    norm = np.sqrt((matrices**2).sum(axis=(1, 2)))
    strength = np.where(norm > 0.0, norm, 1.0)
    edged = matrices.copy()
    edged[:, 0, :size] += strength[:, np.newaxis]
    inverse = inverses(edged)
    # the inverse as it came, times M, is 1 but for rounding, and that is part of its norm
    missed = edged @ inverse
    missed[:, np.arange(pairs.size), np.arange(pairs.size)] -= 1.0
    length = np.sqrt((inverse**2).sum(axis=(1, 2)))
    slack = np.sqrt((missed**2).sum(axis=(1, 2))) + (pairs.size + 4) * EPS * (1.0 + size**0.5) * norm * length
    reach = np.where(slack < 0.5, length / (1.0 - np.minimum(slack, 0.5)), np.inf)
    values: Real = strength[:, np.newaxis] * inverse[:, :, 0]
    values -= (inverse @ (matrices @ values[..., np.newaxis]))[..., 0]
    values /= values[:, :size].sum(axis=1, keepdims=True)
    values[np.abs(values) <= _NOISE * EPS * np.abs(values).max(axis=1, keepdims=True)] = 0.0
    change = (matrices @ values[..., np.newaxis])[..., 0]
    residual = np.linalg.norm(change, axis=1) + unsure + (pairs.size + 16) * EPS * norm * np.linalg.norm(values, axis=1)
    nullity = np.where(reach * norm < 1.0 / _SINGULAR, 1, 2)
    error = np.where(nullity == 1, size**0.5 * reach * residual + (size + 4) * EPS, np.inf)
    error = np.where(np.isfinite(error), error, np.inf)
    rho = _matrices(pairs, values)
    return rho, np.stack([residual, norm, eigenvalues(rho)[:, 0], error, 2.0 * error, nullity])


def _matrices(pairs: Pairs, values: Real) -> Complex:
    """Return the Hermitian matrices of stacked real numbers."""
    size, (i, j) = pairs.levels, pairs.upper
    rho = np.zeros((len(values), size, size), dtype=np.complex128)
    rho[:, np.arange(size), np.arange(size)] = values[:, :size]
    above = (values[:, size : size + len(i)] + 1j * values[:, size + len(i) :]) / _ROOT
    rho[:, i, j], rho[:, j, i] = above, np.conj(above)
    return rho
