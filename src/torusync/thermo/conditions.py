"""For which thermal masers |P| ≤ κ_P S_max is proven, tested, or known to fail.

Let ρ_1j = i λ_j w_j and w_j = x_j + i y_j, so that |P| = 2 |Σ_j g_j |λ_j|² x_j| with the gaps g_j.  In the pair sum the
claim is |P| ≤ 2λg ΣS with the largest modulus λ and gap g.

*Exact degeneracy*, λ an eigenvector of the dipole matrix: the refrigerator's phases are compatible, ΣS ≥ Σ_j |ρ_1j|.
The engine is known in closed form, see `torusync.thermo.degenerate.competition`.

*N = 2, independent dipoles*, any splitting, detuning and occupations, P < 0.  If one x_j < 0, |P| is below what the
other level takes, and ΣS ≥ max |ρ_1j| is enough.  Else choose the gauge λ_j > 0 and labels with ω = ω_2 − ω_3 ≥ 0.
By the equation of motion ρ_23 = λ_2 λ_3 (w_3 + w_2^*)/(A + iω), A > 0.  At the phases of a resonant machine,
e^{iφ_j} = −i, the pair sum is λ_2 x_2 + λ_3 x_3 + Re ρ_23: enough, if Re ρ_23 ≥ 0.  If not, arg ρ_23 = −(b + c) with
tan c = ω/A, tan b = (y_2 − y_3)/(x_2 + x_3) and b + c > π/2; to turn one phase by t = b + c − π/2 < b makes the last
term vanish.  Of y_2/x_2 and −y_3/x_3 one is not below their mediant tan b: turned by t, the right way, that level's own
term λ(x cos t + |y| sin t) is not below λx.  (There is no room for more: ΣS ≥ Σ_j |ρ_1j| can fail, by 22 %.)

*N = 2, correlation p ≤ 3/4, equal λ, equal n*, P < 0.  With X = x_2 + x_3, Y = y_2 − y_3, the equations of motion of
ρ_23 and of the populations give ρ_23 [4a²(1−p²) + ω²] = λ² {2a(1−p)X − ωY − i [2a(1−p²)Y + ω(1−p)X]}.  The same way
ends at tan t < Y/((1−p)X), now half of it for each level: X cos(t/2) + Y sin(t/2) ≥ X as long as t ≤ 4 atan(Y/X), and
tan 4s ≥ 4 tan s.  Near p = 1 a small splitting fills the nearly dark state, and the claim fails.
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
    shape, levels = regimes.shape, maser.manifold_levels
    aligned, eigenvalue = _eigenvector(maser)
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
    # what is at rest has no power
    codes = np.full(shape, Condition.PROVEN, dtype=np.int64)
    for regime, found in (
        (Regime.REFRIGERATOR, cooling),
        (Regime.ENGINE, driving),
        (Regime.MIXED, Condition.MIXED),
        (Regime.UNDEFINED, Condition.UNDEFINED),
    ):
        codes = np.where(regimes == regime, found, codes)
    return codes


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
