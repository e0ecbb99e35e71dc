"""Classical limit cycles of van der Pol oscillators, and where they lock: what the quantum ones are held against.

Noise left out, <a†a a> → |α|²α, the modes of `VanDerPol` and `VanDerPolPair` obey

    α' = (κ_1/2 − iΔ − κ_2|α|²) α − E                                           one, under a drive
    α' = (κ_1/2 − κ_2|α|²) α − V(α − β)/2,   β' = (κ_1/2 − iΔ − κ_2|β|²) β + V(α − β)/2        two alike

In units of the free cycle, x = |α|² 2κ_2/κ_1, δ = 2Δ/κ_1, e² = 8κ_2E²/κ_1³, the fixed points of the one are the roots
of x[(1 − x)² + δ²] = e²; one is stable iff x > 1/2 and 1 − 4x + 3x² + δ² > 0, trace and determinant of its Jacobian.
They lose their stability in folds, e² = 2x²(1 − x) with δ² = (1 − x)(3x − 1), up to e² = 8/27, and in Hopf
bifurcations, e² = (1/4 + δ²)/2: all of the tongue is in closed form.  A quantum oscillator is pulled there, and never
strictly locked.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real, as_instance, requirement, scalar
from torusync._results import Result
from torusync._show import batch_in_words, span, yes_or_no
from torusync.models import VanDerPol, VanDerPolPair

_HALVINGS: Final = 70
"""Of an interval, until its ends are neighbouring floats."""

_CUSP: Final = 8.0 / 27.0
"""e² where both folds meet, at x = 2/3 and δ² = 1/3."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class MeanField(Result):
    """The classical oscillator under its drive.

    A stable fixed point is an oscillation at the frequency of the drive with a fixed phase.  Beyond the Hopf
    bifurcation the phase may still follow the drive on average, about no fixed point: that is not called locked here.

    Parameters
    ----------
    radius : (...) |α| of the limit cycle without drive, √(κ_1/2κ_2)
    amplitudes : (..., 3) α at the fixed points, by rising modulus; nan where there are fewer
    stable : (..., 3) which of them attract
    locked : (...) whether one does
    locking_range : (...) |Δ| below which one does, at this drive
    locking_drive : (...) |E| above which one does, at this detuning
    """

    radius: Real
    amplitudes: Complex
    stable: Boolean
    locked: Boolean
    locking_range: Real
    locking_drive: Real

    AXES: ClassVar = {"amplitudes": 1, "stable": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.locked)

    def _in_words(self) -> str:
        where = f"{batch_in_words(self.batch_shape)}limit cycle |α| = {span(self.radius)}"
        return f"{where}, locked: {yes_or_no(self.locked)}, for |Δ| < {span(self.locking_range)}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class MeanFieldPair(Result):
    """Two classical oscillators alike that are coupled dissipatively.

    Parameters
    ----------
    radius : (...) |α| = |β| where they are locked; 0 where both are at rest, nan where they drift
    phase : (...) φ_A − φ_B where they are locked, arcsin(Δ/V); nan elsewhere
    locked : (...) whether a stable state of fixed relative phase exists
    dead : (...) whether rest is stable: the coupling damps both
    locking_range : (...) |Δ| below which they lock, V up to V = κ_1 and √(κ_1(2V − κ_1)) beyond
    """

    radius: Real
    phase: Real
    locked: Boolean
    dead: Boolean
    locking_range: Real

    AXES: ClassVar = {}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.locked)

    def _in_words(self) -> str:
        where = (
            f"{batch_in_words(self.batch_shape)}locked: {yes_or_no(self.locked)}, for |Δ| < {span(self.locking_range)}"
        )
        return f"{where}, φ = {span(self.phase)}"


def mean_field(system: VanDerPol) -> MeanField:
    """Return the classical limit cycle of a van der Pol oscillator, its fixed points under the drive, and its tongue.

    Parameters
    ----------
    system
        A `VanDerPol`, or a batch of them; its cut-off plays no part, and may be any where an oscillator is too large
        for one to be chosen.

    Raises
    ------
    ArgumentError
        If it is another system, or has no gain and so no limit cycle.

    References
    ----------
    A. Pikovsky, M. Rosenblum and J. Kurths, Synchronization (Cambridge, 2001), Ch. 7; S. Walter et al., PRL 112,
    094102.
    """
    as_instance("system", system, VanDerPol, "a VanDerPol")
    half, loss, drive, detuning = np.broadcast_arrays(0.5 * system.gain, system.loss, system.drive, system.detuning)
    _require_gain(half)
    square, push = (detuning / half) ** 2, (drive / half) ** 2 * (loss / half)
    x = _roots(square, push)
    with np.errstate(invalid="ignore"):
        stable = (x > 0.5) & (1.0 - 4.0 * x + 3.0 * x * x + square[..., np.newaxis] > 0.0)
        direction = (1.0 - x) + 1j * (detuning / half)[..., np.newaxis]
    turn = np.where(drive < 0.0, -1.0, 1.0)[..., np.newaxis] * np.exp(1j * np.angle(direction))
    radius = np.sqrt(half / loss)
    return MeanField(
        radius=scalar(radius),
        amplitudes=radius[..., np.newaxis] * np.sqrt(x) * turn,
        stable=stable,
        locked=scalar(stable.any(axis=-1)),
        locking_range=scalar(half * np.sqrt(_widest(push))),
        locking_drive=scalar(half * radius * np.sqrt(_weakest(square))),
    )


def mean_field_pair(system: VanDerPolPair) -> MeanFieldPair:
    """Return how two classical van der Pol oscillators alike lock to each other by a dissipative coupling.

    In the frame turning at Δ/2 the locked state has equal amplitudes, Δ = V sin φ and κ_2|α|² = κ_1/2 − V(1 − cos φ)/2;
    its eigenvalues −V cos φ, −2κ_2|α|² and −2κ_2|α|² − V cos φ are negative wherever it exists.

    Parameters
    ----------
    system
        A `VanDerPolPair` of equal rates, without reactive coupling and drive, or a batch of them.

    Raises
    ------
    ArgumentError
        If it is another system or another coupling, or has no gain.

    References
    ----------
    D. G. Aronson, G. B. Ermentrout and N. Kopell, Physica D 41, 403 (1990).
    """
    as_instance("system", system, VanDerPolPair, "a VanDerPolPair")
    if not (np.all(system.gain_a == system.gain_b) and np.all(system.loss_a == system.loss_b)):
        raise requirement("system", "be of two oscillators alike", "their gains or losses differ")
    if np.any(system.reactive) or np.any(system.drive):
        raise requirement("system", "have a dissipative coupling alone", "it has a reactive one or a drive")
    gain, loss, coupling, detuning = np.broadcast_arrays(
        system.gain_a, system.loss_a, system.dissipative, system.detuning
    )
    _require_gain(gain)
    beyond = np.where(coupling > gain, gain * (2.0 * coupling - gain), 0.0)
    reach = np.where(coupling > gain, np.sqrt(beyond), coupling)
    locked = np.abs(detuning) < reach
    dead = (coupling > gain) & (np.abs(detuning) > reach)
    sine = np.divide(detuning, coupling, out=np.full(np.shape(locked), np.nan), where=locked)
    quanta = 0.5 * (gain - coupling * (1.0 - np.sqrt((1.0 - sine) * (1.0 + sine)))) / loss
    return MeanFieldPair(
        radius=scalar(np.where(dead, 0.0, np.sqrt(np.maximum(quanta, 0.0)))),
        phase=scalar(np.arcsin(sine)),
        locked=scalar(locked),
        dead=scalar(dead),
        locking_range=scalar(reach),
    )


def _require_gain(gain: Real) -> None:
    if not (gain > 0.0).all():
        raise requirement("system", "have a limit cycle, which takes a gain above 0", "somewhere there is none")


def _roots(square: Real, push: Real) -> Real:
    """Return the roots x ``(..., 3)`` of x[(1 − x)² + δ²] = e², one on each branch between folds; nan where none is."""
    root = np.sqrt(np.maximum(1.0 - 3.0 * square, 0.0))
    folded = square < 1.0 / 3.0
    # δ²/(1 + …) and not 2 − …, which is all rounding at small δ
    first = np.where(folded, (1.0 + square) / (2.0 + root), 0.0)
    second = np.where(folded, (2.0 + root) / 3.0, 0.0)
    last = 1.0 + np.cbrt(push)
    low = np.stack([np.zeros_like(first), first, second], axis=-1)
    high = np.stack([first, second, np.maximum(last, second)], axis=-1)
    aim, width = push[..., np.newaxis], square[..., np.newaxis]
    rising = np.array([1.0, -1.0, 1.0])
    ends = [rising * (one * ((1.0 - one) ** 2 + width) - aim) for one in (low, high)]
    there = (ends[0] <= 0.0) & (ends[1] >= 0.0) & (folded[..., np.newaxis] | np.array([False, False, True]))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        below = rising * (middle * ((1.0 - middle) ** 2 + width) - aim) < 0.0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(there, high, np.nan)


def _widest(push: Real) -> Real:
    """Return δ² up to which there is a stable fixed point at e²: that of the fold, or of the Hopf bifurcation."""
    x = (1.0 + 2.0 * np.cos(np.arccos(1.0 - 6.75 * np.minimum(push, _CUSP)) / 3.0)) / 3.0
    fold = np.where(push <= _CUSP, push * (3.0 * x - 1.0) / (2.0 * x * x), 0.0)
    return np.maximum(fold, 2.0 * push - 0.25)


def _weakest(square: Real) -> Real:
    """Return e² from which on there is a stable fixed point at δ², the inverse of `_widest`."""
    x = (2.0 + np.sqrt(np.maximum(1.0 - 3.0 * square, 0.0))) / 3.0  # at the upper fold, where 1 − x = δ²/(3x − 1)
    fold = np.where(3.0 * square <= 1.0, x * square * (square / (3.0 * x - 1.0) ** 2 + 1.0), np.inf)
    return np.where(square > 0.25, np.minimum(fold, 0.5 * (0.25 + square)), fold)
