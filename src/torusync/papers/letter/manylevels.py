"""Heights of S_max over N, for drives drawn as in Fig. 3 and levels that may lie apart, and their local exponents.

They are sweeps of which heights alone are kept, so a million levels fit into memory.  What the large-N laws predict for
such draws stands here too, derived without a solver.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from torusync._checks import Integer, Real
from torusync.conventions import PAIR_TO_SCALED
from torusync.figures.record import numbers
from torusync.papers.letter.parameters import BATHS, DRAWS, DRIVE, N_HOT, PRINTED, study
from torusync.papers.letter.scaling import drawn
from torusync.sweeps import Study

REGIMES: Final = tuple(PRINTED)


def decades(mantissas: Sequence[int], last: int) -> tuple[int, ...]:
    """Return N ≥ 2 up to ``last`` that are one of ``mantissas`` times a power of ten."""
    powers = [10**k for k in range(len(str(last)))]
    return tuple(m * power for power in powers for m in mantissas if 2 <= m * power <= last)


def spread_gain(n_hot: float, spread: float) -> float:
    """Return lim 𝕊(spread)/𝕊(0) for N → ∞ in the engine, drives uniform on [0, 1], to leading order in Δ/a_h.

    S_max rests on the amplitude ψ of a machine kicked into |1>, ΣS ∝ max_φ [∫|ψ|² − ∫|<φ|ψ>|²].  For N → ∞ it
    oscillates between |1> and the bright state at sqrt(Λ), as cos(sqrt(Λ)t) exp(−Γt/2) in |1>, and leaves
    s_j [cos(sqrt(Λ)t) exp(−Γt/2) − exp(−a_h t)] in the levels, s_j = λ_j (e_j − ē)/Λ.  Degenerate levels cannot
    answer the cosine and keep half of ∫|ψ|² = 1/Γ.  Levels apart have Σ z_j s_j = −x at will, up to
    x = Σ|s_j| = 3Δ/(8λ), which turns ∫|<φ|ψ>|² into (1 − x)²/2Γ + x²/2a_h, least at x = a_h/(Γ + a_h).
    """
    a_h = BATHS["gamma_hot"] * (1.0 + n_hot)
    damping = a_h + BATHS["gamma_cold"] * (1.0 + BATHS["n_cold"])
    x = min(0.375 * spread / DRIVE, a_h / (damping + a_h))
    return 2.0 - (1.0 - x) ** 2 - x**2 * damping / a_h


@final
@dataclass(frozen=True, eq=False)
class Series:
    """Heights over N: arrays of shape (regime, N), means over as many draws as ``draws`` says at each N.

    ``deviation`` is that of the draws about their mean, nan where there is one draw.
    """

    levels: Integer
    draws: Integer
    mean: Real
    upper: Real
    deviation: Real

    @property
    def steps(self) -> Real:
        """Geometric means of neighbouring N."""
        return np.asarray(np.sqrt(self.levels[1:] * self.levels[:-1].astype(np.float64)))

    @property
    def exponents(self) -> Real:
        """Local exponents d log 𝕊/d log N, from each N to the next."""
        return np.asarray(np.diff(np.log(self.mean)) / np.diff(np.log(self.levels)))

    @property
    def exponent_errors(self) -> Real:
        """Standard errors of the exponents, the draws at different N being independent, and what is not proven.

        Where no draw differs from another, as in the engine of matched damping, their scatter is rounding of rounding;
        no height is known better than its bound lies above it, which has the rounding of the height in it.
        """
        variance, gap = (self.deviation / self.mean) ** 2 / self.draws, (self.upper - self.mean) / self.mean
        error = np.sqrt(variance[:, 1:] + variance[:, :-1]) + gap[:, 1:] + gap[:, :-1]
        return np.asarray(error / np.diff(np.log(self.levels)))


def draws_of(levels: ArrayLike, shared: int) -> Integer:
    """Return how many draws of each N keep ``shared`` levels in all, between 1 and 100."""
    return np.asarray(np.clip(shared // np.asarray(levels), 1, DRAWS))


def machines(levels: ArrayLike, draws: ArrayLike, spread: float) -> Study:
    """Return both regimes at each N for some draws, levels apart by ``spread`` in all."""
    axes = {"n_hot": [N_HOT[regime] for regime in REGIMES], "machine": drawn(levels, draws)}
    apart: dict[str, Any] = {"spread": spread} if spread else {}
    return study(axes, "scaled", "pair_sum_bound", **apart)


def series(parts: Iterable[xr.Dataset]) -> Series:
    """Return the heights of swept machines over N."""
    held = list(parts)
    count = np.concatenate([part["manifold_levels"].to_numpy() for part in held])
    scaled, upper = (
        np.concatenate([numbers(part, name) for part in held], axis=1) for name in ("scaled", "pair_sum_bound")
    )
    levels, first, draws = np.unique(count, return_index=True, return_counts=True)
    ends = [slice(begin, begin + number) for begin, number in zip(first, draws, strict=True)]
    mean, most = (
        np.stack([one[:, end].mean(axis=1) for end in ends], axis=1) for one in (scaled, PAIR_TO_SCALED * upper)
    )
    alone = np.full(len(REGIMES), np.nan)
    deviation = [scaled[:, end].std(axis=1, ddof=1) if end.stop - end.start > 1 else alone for end in ends]
    return Series(levels, draws, mean, most, np.stack(deviation, axis=1))
