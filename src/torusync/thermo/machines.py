"""Thermal machines as their currents are worked out: points last, so that operations run along maps of few levels.

A quantum from a bath with the ratio r = n/(1 + n) takes −ln r of entropy with it.  The difference of two logarithms
has no digits left between hot baths or baths nearly in balance, while ln(r_j/r_c) from occupations has all of them.
"""

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from torusync._batch import Columns, columns, flattened
from torusync._checks import Boolean, Complex, Real
from torusync.models import ThermalMaser


@final
@dataclass(frozen=True, eq=False)
class Machines(Columns):
    """Flat batches, per level ``(N, points)`` or ``(1, points)``, else ``(1, points)``.

    What belongs to every point is one column.
    """

    drive: Complex
    hot_energy: Real
    cold_energy: Real
    hot_damping: Real
    cold_damping: Real
    hot_ratio: Real
    cold_ratio: Real
    affinity: Real
    """ln(r_2/r_c)."""
    uneven: Real | None
    """ln(r_j/r_2); None where all are 0."""
    hot_surprise: Real | None
    cold_surprise: Real | None
    """−ln r of each bath, one row where that is one of all levels; None where differences are enough."""
    dipoles: Real | None
    """P ``(N, N, points)``, None where dipoles are independent."""
    drive_frequency: Real | None
    mismatch: Real | None
    """δ_j = ω_j − ω_1 − Ω; these two only where the bookkeeping needs them."""
    apart: Real | None
    """ω_j − ω_2 from the splittings, of which energies are rounded sums; None where there are none."""
    summed: Real
    """ω_1 + ω_2 and the largest splitting: energies and their differences are rounded relative to this."""

    @classmethod
    def of(cls, maser: ThermalMaser, *, driven: bool) -> "Machines":
        """Read a batch; ``driven`` where the interaction with the drive counts."""
        block, batch, n_cold = maser.generator(), maser.batch_shape, maser.n_cold[..., np.newaxis]
        first, apart = block.n_hot[..., :1], block.splittings - block.splittings[..., :1]
        hot_surprise = cold_surprise = uneven = None
        with np.errstate(all="ignore"):
            affinity = log_ratio(first, n_cold)
            if block.n_hot.shape[-1] > 1 and not (block.n_hot == first).all():
                uneven = log_ratio(block.n_hot, first)
            if driven or not _all_finite(affinity, uneven):
                hot_surprise, cold_surprise = _surprise(first if uneven is None else block.n_hot), _surprise(n_cold)
        rounded = np.abs(block.splittings).max(axis=-1, keepdims=True)
        per_level: dict[str, Any] = {
            "drive": block.drive,
            "hot_energy": maser.level_energies,
            "cold_energy": maser.omega_cold[..., np.newaxis],
            "hot_damping": block.hot_damping,
            "cold_damping": maser.gamma_cold[..., np.newaxis] * (1.0 + n_cold),
            "hot_ratio": block.hot_ratio,
            "cold_ratio": n_cold / (1.0 + n_cold),
            "affinity": affinity,
            "uneven": uneven,
            "hot_surprise": hot_surprise,
            "cold_surprise": cold_surprise,
            "drive_frequency": maser.drive_frequency[..., np.newaxis] if driven else None,
            "mismatch": block.energies if driven else None,
            "apart": apart if apart.any() else None,
            "summed": (maser.omega_cold + maser.omega_hot)[..., np.newaxis] + rounded,
        }
        dipoles = None if block.dipoles is None else np.moveaxis(flattened(block.dipoles, 2, batch), 0, -1)
        turned: dict[str, Any] = {name: None if one is None else columns(one, batch) for name, one in per_level.items()}
        return cls(dipoles=dipoles, **turned)

    def damped_by_hot(self, row: Complex) -> Complex:
        """Return Σ_l P_jl a_l x_l for x ``(N, points)``: what the hot bath takes from ρ_1j per time."""
        damped = self.hot_damping * row
        return damped if self.dipoles is None else np.asarray(np.einsum("jlp,lp->jp", self.dipoles, damped))

    def pulled_by_hot(self, drive: Complex) -> Complex:
        """Return a_l Σ_j P_jl x_j for x ``(N, points)``, the adjoint of that."""
        pulled = drive if self.dipoles is None else np.einsum("jlp,jp->lp", self.dipoles, drive)
        return np.asarray(self.hot_damping * pulled)

    @property
    def finite(self) -> bool:
        """Whether no bath is empty beside one that is not."""
        return _all_finite(self.affinity, self.uneven)

    @property
    def balanced(self) -> Boolean:
        """Where all occupations are one, so that nothing flows whatever the drive does."""
        still = self.affinity[0] == 0.0
        return np.asarray(still if self.uneven is None else still & ~self.uneven.any(axis=0))


def _all_finite(affinity: Real, uneven: Real | None) -> bool:
    return bool(np.isfinite(affinity).all() and (uneven is None or np.isfinite(uneven).all()))


def log_ratio(one: Real, other: Real) -> Real:
    """Return ln(r_one/r_other) of occupations, to a few ε of itself."""
    low, difference = np.minimum(one, other), one - other
    apart = np.abs(difference) / (1.0 + np.maximum(one, other))
    ratio = apart / low
    size, beyond = np.log1p(ratio), np.isinf(ratio)
    if beyond.any():
        # below 1e-308 the quotient may be too large for a double where its logarithm is not
        size = np.where(beyond & (low > 0.0), np.log(apart) - np.log(low), size)
    return np.asarray(np.where(difference == 0.0, 0.0, np.copysign(size, difference)))


def _surprise(occupation: Real) -> Real:
    """Return −ln r = ln(1 + 1/n), infinite where the bath is empty."""
    inverse = 1.0 / occupation
    return np.asarray(np.where(np.isinf(inverse), -np.log(occupation), np.log1p(inverse)))
