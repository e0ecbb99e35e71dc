"""For which thermal masers |P| ≤ κ_P S_max is proven, tested, or known to fail.

Proven, see docs/derivations.md: the refrigerator at exact degeneracy with λ an eigenvector of the dipole matrix, and of
N = 2 with independent dipoles, or with one p ≤ 3/4, equal λ and equal n.  Near p = 1 a small splitting fills the nearly
dark state, and the claim fails.  The degenerate engine is known in closed form, see `torusync.thermo.competition`.
"""

from typing import Final

import numpy as np

from torusync._checks import LARGEST, Boolean, Complex, Integer, Real
from torusync._show import Code
from torusync.conventions import EPS
from torusync.models import ThermalMaser
from torusync.thermo.degenerate import competition
from torusync.thermo.flows import Regime

_EQUAL: Final = 8.0 * EPS
"""Relative difference of numbers that are meant to be equal, such as moduli of e^{iχ}."""

_MOST_CORRELATED: Final = 0.75
"""The p up to which the proof for correlated dipoles goes; the first failure is found near 0.85."""


class Condition(Code):
    """Whether a bound holds at a point, and why or why not; ``sentence`` is for people."""

    PROVEN = 0, "The bound follows for every machine of this kind."
    TESTED = 1, "No proof is known, and no exception in more than 10⁴ random machines of this kind."
    CAN_FAIL = 2, "Machines of this kind are known that exceed κ_P S_max."
    COMPETITION = 3, "Phases compete in this engine, which lowers S_max until the power exceeds κ_P S_max."
    OTHER_REGIME = 4, "The machine works in another regime than the one that the bound is about."
    MIXED = 5, "Some currents run against the others, and the machine is neither engine nor refrigerator."
    WEAK_POWER = 6, "The power of this engine is below κ_P S_max."
    UNDEFINED = 7, "The steady state was refused."


def power_conditions(maser: ThermalMaser, regimes: Integer) -> Integer:
    """Return codes of `Condition` for |P| ≤ κ_P S_max, of the batch shape; ``regimes`` are codes of `Regime`."""
    levels, (aligned, eigenvalue) = maser.manifold_levels, _eigenvector(maser)
    degenerate = _same(maser.level_energies) & _same(maser.n_hot) & aligned
    independent, moderate = _correlation(maser)
    equal = _close(maser.drive, maser.drive[..., :1])
    proven, tested = degenerate | (levels == 1), independent | (equal & moderate)
    if levels == 2:
        proven = proven | independent | (equal & moderate & _same(maser.n_hot))
    cooling = np.where(proven, Condition.PROVEN, np.where(tested, Condition.TESTED, Condition.CAN_FAIL))
    known = degenerate & _close(np.abs(maser.drive), np.abs(maser.drive[..., :1]))
    kept = np.where(_exceeds(maser, eigenvalue), Condition.COMPETITION, Condition.PROVEN)
    driving = np.where(known | (levels == 1), kept, Condition.CAN_FAIL)
    modes = [regimes == one for one in (Regime.REFRIGERATOR, Regime.ENGINE, Regime.MIXED, Regime.UNDEFINED)]
    found = [np.asarray(one, dtype=np.int64) for one in (cooling, driving, Condition.MIXED, Condition.UNDEFINED)]
    # what is at rest has no power
    return np.asarray(np.select(modes, found, default=Condition.PROVEN))


def _same(values: Real) -> Boolean:
    """Whether a number is exactly the same at all levels."""
    values = np.atleast_1d(values)
    return np.asarray((values == values[..., :1]).all(axis=-1))


def _close(values: Real | Complex, others: Real | Complex) -> Boolean:
    """Whether numbers agree at all levels, up to rounding of the largest."""
    size = np.abs(values).max(axis=-1, keepdims=True)
    return np.asarray((np.abs(values - others) <= _EQUAL * values.shape[-1] * size).all(axis=-1))


def _eigenvector(maser: ThermalMaser) -> tuple[Boolean, Real]:
    """Return where λ is an eigenvector of the dipole matrix, and its eigenvalue π."""
    if maser.dipoles is None:
        return np.ones((), dtype=np.bool_), np.ones(())
    turned = (maser.dipoles @ maser.drive[..., np.newaxis])[..., 0]
    overlap = (np.conj(maser.drive) * turned).sum(axis=-1).real
    strength = (np.abs(maser.drive) ** 2).sum(axis=-1)
    eigenvalue = np.maximum(0.0, overlap / np.where(strength > 0.0, strength, 1.0))
    size = maser.manifold_levels * np.abs(maser.drive).max(axis=-1, keepdims=True)
    away = np.abs(turned - eigenvalue[..., np.newaxis] * maser.drive)
    return np.asarray((away <= _EQUAL * size).all(axis=-1)), eigenvalue


def _correlation(maser: ThermalMaser) -> tuple[Boolean, Boolean]:
    """Return where the dipoles are independent, and where all pairs have one correlation of at most 3/4."""
    if maser.dipoles is None:
        return np.ones((), dtype=np.bool_), np.ones((), dtype=np.bool_)
    row, column = np.nonzero(~np.eye(maser.manifold_levels, dtype=np.bool_))
    pairs = maser.dipoles[..., row, column]
    return np.asarray((pairs == 0.0).all(axis=-1)), _same(pairs) & (pairs.max(axis=-1) <= _MOST_CORRELATED)


def _exceeds(maser: ThermalMaser, eigenvalue: Real) -> Boolean:
    """Whether an exactly degenerate engine with homogeneous drive has more power than κ_P S_max."""
    block = maser.generator()
    damping = eigenvalue * block.hot_damping[..., 0]
    drive = np.abs(maser.drive[..., 0])
    runs = (drive > 0.0) & (damping > 0.0)
    with np.errstate(over="ignore"):  # a drive of the smallest numbers is none beside any damping
        ratio = np.minimum(np.where(runs, damping / np.where(runs, drive, 1.0), 1.0), LARGEST)
    width = np.where(runs, damping + block.cold_damping, 1.0)
    return np.asarray(competition(maser.manifold_levels, ratio, maser.detuning / width) > 1.0)
