"""The coherent levels of one machine, cut out of its state: what the order parameters are found from.

Units are those of the largest coherence with |1>, or deviation of a population, whichever is larger.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, final

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import eigenvalues, spectra
from torusync._limits import PAIRED_LEVELS, STRIP_NUMBERS, STRIP_ROWS
from torusync._memory import require_memory
from torusync._rows import in_blocks, tall_qr
from torusync.conventions import EPS, divide, unit
from torusync.densities import ThermalPlusLowRank
from torusync.maxima.fields import LowRankForm

NEGLIGIBLE: Final = 1e-16
"""Eigenvalues of R̂ below this fraction of the largest are left out of W and carried into the bound."""

ROUNDING: Final = 4.0 * EPS
"""Backward error of the eigenvalues of a small matrix, relative to the largest."""

_PRODUCTS: Final = 8.0 * EPS
"""Rounding of products and factorisations in few columns, relative to the moduli that enter them."""

_STRETCHES: Final = (1e-12, 1e-11, 1e-10)
"""By how much eigenvalues may be stretched to take up rounding beside them: a tenth of a certified gap at most."""

_COPIES: Final = 5
"""Arrays of the size of W alive at once: the factor, its basis, W, and what one Newton step takes."""


@final
@dataclass(frozen=True, eq=False)
class Spectrum:
    """R̂ = W Σ W† but for what is left out: w ``(n, r)``, sign ``(r)``.

    ``negative`` and ``positive`` are the extreme moduli of the two signs, ``left_out`` the largest positive eigenvalue
    that W lacks.  What R̂ differs by from the block that is stored, E, is bounded in the basis of its eigenvectors and
    of what is orthogonal to them: Re x†Ex ≤ |x|ᵀ ``rounding`` |x|, ``moduli`` being those of the eigenvalues there.
    """

    w: Complex
    sign: Real
    negative: float
    positive: float
    left_out: float
    rounding: Real
    moduli: Real

    @property
    def norm(self) -> float:
        """‖R̂‖."""
        return max(self.negative, self.positive)

    def error(self, stretch: float) -> float:
        """Return σ with E ⪯ stretch W W† + σ.

        The factor of a steady state adds up terms a hundred times larger than their sum, and so is the rounding of R̂:
        but nearly all of it lies along the few large eigenvalues, of which it is a tiny part.  What is left beside a
        little more of them is found from a matrix of nonnegative entries, which bounds E entry by entry.
        """
        largest = float(eigenvalues(self.rounding - stretch * np.diag(self.moduli))[-1])
        return max(largest, 0.0) + ROUNDING * self.norm if np.isfinite(largest) else float("inf")


class Pairs(NamedTuple):
    """Σ_{i<j} |ρ_ij|, nan where the levels are too many, and the largest |ρ_ij| known with its levels, |1> = 0."""

    total: float
    largest: float
    pair: tuple[int, int]


@final
@dataclass(frozen=True, eq=False)
class Manifold:
    """The coherent levels beside |1>: ``live`` says which; u ``(n)`` = ρ_1l; ``excess`` ``(n)`` the diagonal of R̂."""

    density: ThermalPlusLowRank
    live: Boolean
    u: Complex
    excess: Real
    scale: float

    @classmethod
    def of(cls, density: ThermalPlusLowRank) -> "Manifold | None":
        """Return that of one point, or None where nothing is coherent."""
        factor, left = density.factor[1:], density.factor[0] @ density.core

        def own(block: slice) -> tuple[Complex, Real]:
            part = factor[block]
            return np.conj(part) @ left, np.einsum("mr,mr->m", part @ density.core, np.conj(part)).real

        # in blocks, because F alone may fill half the memory
        row, excess = (np.concatenate(parts) for parts in zip(*in_blocks(len(factor), own), strict=True))
        live = row != 0.0
        if not live.any():
            return None
        u, excess = row[live], excess[live]
        scale = max(float(np.abs(u).max()), float(np.abs(excess).max()))
        return cls(density, live, divide(u, np.asarray(scale)), excess / scale, scale)

    @cached_property
    def form(self) -> LowRankForm:
        """The quadratic form whose height is climbed."""
        return LowRankForm(self.u, self.spectrum.w, self.spectrum.sign)

    @cached_property
    def spectrum(self) -> Spectrum:
        """R̂ by its eigenvalues."""
        density = self.density
        require_memory(
            "state",
            _COPIES * density.factor.nbytes,
            what=f"S_max of {density.dimension} levels through {density.factor.shape[-1]} order parameters",
            advice="use fewer levels, or a smaller spread",
        )
        rows = density.factor[1:] if self.live.all() else density.factor[1:][self.live]
        basis, upper = tall_qr(len(rows), lambda block: rows[block])
        small = upper @ density.core @ np.conj(upper.T)
        values, inner = spectra(0.5 * (small + np.conj(small.T)) / self.scale)
        if not np.isfinite(values).all():
            raise np.linalg.LinAlgError("the eigenvalues of a manifold block did not converge")
        kept = np.abs(values) > NEGLIGIBLE * np.abs(values).max()
        turn = inner[:, kept] * np.sqrt(np.abs(values[kept]))
        w = np.empty((len(rows), turn.shape[1]), dtype=np.complex128)
        in_blocks(len(rows), lambda block: np.matmul(basis.rows(block), turn, out=w[block]))
        lowest, highest = max(-float(values[0]), 0.0), max(float(values[-1]), 0.0)
        left_out = float(np.max(values[~kept], initial=0.0))
        return Spectrum(w, np.sign(values[kept]), lowest, highest, left_out, *self._rounding(upper, values, inner))

    def _rounding(self, upper: Complex, values: Real, inner: Complex) -> tuple[Real, Real]:
        """Return what bounds the rounding of R̂ from F = Q R and the eigenvectors of R C R†, and the moduli there.

        R C R† is off by a part of |R| |C| |R†|, entry by entry; R by a part of each column of F, in any direction; and
        W by a part of each of its columns.
        """
        core, turn, moduli = np.abs(self.density.core) / self.scale, np.abs(inner).T, np.abs(values)
        through = turn @ np.abs(upper) @ core
        rank = len(values)
        out = np.zeros((rank + 1, rank + 1))
        out[:rank, :rank] = through @ np.abs(upper).T @ turn.T
        out[:rank, rank] = out[rank, :rank] = through @ np.linalg.norm(upper, axis=0) + moduli
        return _PRODUCTS * out, np.append(moduli, 0.0)

    def slack(self, pulls: float) -> tuple[float, float]:
        """Return by how much W W† is best stretched, and what of rounding may then still add to f.

        ``pulls`` is |W†z|² where the bound is to be sharp: what stretching costs there is weighed against the rest.
        """
        half = 0.5 * len(self.u)
        cost, stretch = half * self.spectrum.error(0.0), 0.0
        # below what the least stretch costs nothing is gained by one
        for one in _STRETCHES if cost > 0.5 * _STRETCHES[0] * pulls else ():
            cost, stretch = min((cost, stretch), (half * self.spectrum.error(one) + 0.5 * one * pulls, one))
        # u and the diagonal of R̂ are rounded, too: lengths of the columns of F bound both
        factor, core = self.density.factor[1:], np.abs(self.density.core) / self.scale
        length = np.sqrt(sum(in_blocks(len(factor), lambda block: _squares(factor[block]))))
        first = np.sqrt(len(self.u)) * float(length @ core @ np.abs(self.density.factor[0]))
        given = _PRODUCTS * (first + 0.5 * float(length @ core @ length))
        return stretch, cost - 0.5 * stretch * pulls + half * self.spectrum.left_out + given

    def crude_bound(self) -> float:
        """Return a bound on f that takes no eigenvalue: Σ|u| + ½ Σ_jl (|F| |C| |F|†)_jl."""
        factor = self.density.factor[1:]
        summed = sum(in_blocks(len(factor), lambda block: np.abs(factor[block]).sum(axis=0)))
        total = float(summed @ np.abs(self.density.core) @ summed) / self.scale
        # of the diagonal nothing is known to the second form but that it is there
        return (1.0 + 64.0 * EPS * len(self.u)) * float(np.abs(self.u).sum() + np.abs(self.excess).sum() + 0.5 * total)

    def height_in_the_state(self, z: Complex) -> float:
        """Return f at phasors z from the state as it is stored, without a spectrum."""
        full = np.zeros(self.density.dimension, dtype=np.complex128)
        full[1] = 1.0
        full[2:][self.live] = z
        return 0.5 * float(np.vdot(full, self.density.coherent_product(full)).real) / self.scale

    def pairs(self) -> "Pairs":
        """Return what is known of all pairs; of more than `PAIRED_LEVELS` levels, of those with |1>."""
        count, row = len(self.u), np.abs(self.u)
        total, largest, pair = float(row.sum()), float(row.max()), (0, 1 + int(row.argmax()))
        if count > PAIRED_LEVELS:
            return Pairs(float("nan"), largest, pair)
        step, w, sign = max(1, min(STRIP_NUMBERS // count, STRIP_ROWS)), self.spectrum.w, self.spectrum.sign
        for begin in range(0, count, step):
            # the upper triangle, and the block on the diagonal as a whole
            rows = slice(begin, begin + step)
            part = np.abs((w[rows] * sign) @ np.conj(w[begin:].T))
            height = len(part)
            part[np.arange(height), np.arange(height)] = 0.0
            total += 0.5 * float(part[:, :height].sum()) + float(part[:, height:].sum())
            if float(part.max()) > largest:
                first, second = np.unravel_index(int(part.argmax()), part.shape)
                largest, pair = float(part.max()), (1 + begin + int(first), 1 + begin + int(second))
        return Pairs(total, largest, pair)

    def greedy(self, pair: tuple[int, int]) -> Complex:
        """Return phasors at which f is no lower than the coherence of ``pair``, levels counted from |1> = 0.

        The two are set first and then one level after the other, each to the field of those before it: no step falls.
        """
        z, first = np.zeros(len(self.u), dtype=np.complex128), 0.0 + 0.0j
        w, sign = self.spectrum.w, self.spectrum.sign
        inner = np.zeros(len(sign), dtype=np.complex128)
        others = (level for level in range(len(self.u) + 1) if level not in pair)
        for level in (*sorted(pair), *others):
            if level == 0:
                first = complex(unit(np.asarray(self.u @ z), 1.0))
                continue
            field = np.conj(self.u[level - 1]) * first + w[level - 1] @ inner
            z[level - 1] = complex(unit(np.asarray(field), 1.0))
            inner += sign * np.conj(w[level - 1]) * z[level - 1]
        return np.asarray(z * np.conj(first))


def _squares(rows: Complex) -> Real:
    """Return the sum of |.|² down each column."""
    return np.asarray((rows.real**2 + rows.imag**2).sum(axis=0))
