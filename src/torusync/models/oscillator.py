"""Quantum van der Pol oscillators, modes that gain single quanta and lose pairs: one under a drive, two coupled.

Jumps are √κ_1 a† and √κ_2 a², after Lee and Sadeghpour, PRL 111, 234101, and Walter, Nunnenkamp and Bruder,
PRL 112, 094102; rates are those of jump operators, so that a channel here is (κ/2, X).
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Real, requirement
from torusync.generators import LindbladGenerator
from torusync.models.operators import at, lowering, total
from torusync.models.parameters import Kind, Model, Parameter
from torusync.models.truncated import CUTOFF, CUTOFF_B, Truncated
from torusync.phases import Fock, Relative

_STEPS: Final = 60
"""Newton steps towards the root of a cubic from above, of which a dozen suffice."""


def _fullness(gain: Real, loss: Real, drive: Real) -> Real:
    """Return κ_1/κ_2 of the undriven mode whose amplitude is that of a driven one on resonance, ``(...)``.

    The mean-field amplitude obeys κ_2 A³ = κ_1 A/2 + |E|, and |A|² = κ_1/2κ_2 without drive.
    """
    ratio, push = 0.5 * gain / loss, np.abs(drive) / loss
    amplitude = np.sqrt(ratio) + np.cbrt(push)  # not below the root
    for _ in range(_STEPS):
        slope = 3.0 * amplitude**2 - ratio
        change = (amplitude**3 - ratio * amplitude - push) / np.where(slope > 0.0, slope, 1.0)
        amplitude = amplitude - np.where(slope > 0.0, change, 0.0)
    return np.asarray(2.0 * amplitude**2)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class VanDerPol(Truncated, Model, name="van_der_pol"):
    """A quantum van der Pol oscillator under a drive, H = Δa†a + iE(a − a†), or a batch of them.

    Parameters
    ----------
    gain, loss : (...)
        κ_1 and κ_2 of the jumps √κ_1 a† and √κ_2 a².
    drive, detuning : (...)
        E and Δ.
    cutoff
        Levels that are kept.  Without one, `torusync.steady_state` takes as many as leave less than 1e-12 in the
        highest of them, at all points of the batch, and looks whether four more change S_max by 1e-10.

    Raises
    ------
    ArgumentError
        If a rate is negative, there is no loss, a value is not finite, or shapes do not broadcast.

    References
    ----------
    T. E. Lee and H. R. Sadeghpour, PRL 111, 234101 (2013); S. Walter et al., PRL 112, 094102 (2014).
    """

    PARAMETERS: ClassVar = (
        Parameter("gain", "κ_1", Kind.RATE, "rate of the gain, of √κ_1 a†", minimum=0.0),
        Parameter("loss", "κ_2", Kind.RATE, "rate of the loss of pairs, of √κ_2 a²", above=0.0),
        Parameter("drive", "E", Kind.FREQUENCY, "strength of the drive", default=0.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        CUTOFF,
    )
    UNIT: ClassVar = "gain"
    distribution: ClassVar = Fock()

    gain: Real
    loss: Real
    drive: Real
    detuning: Real
    cutoff: int | None

    def __init__(
        self,
        gain: ArrayLike,
        loss: ArrayLike,
        drive: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        *,
        cutoff: int | None = None,
    ) -> None:
        self._take(locals())
        self._require_few()

    @classmethod
    def quantum_limit(cls, drive: ArrayLike, *, detuning: ArrayLike = 0.0, loss: ArrayLike = 1e5) -> "VanDerPol":
        """Return the oscillator of two levels, deep in the limit κ_2 → ∞ (PRL 111, 234101), in units of κ_1."""
        return cls(1.0, loss, drive, detuning)

    def _quanta(self) -> tuple[Real, ...]:
        return (_fullness(self.gain, self.loss, self.drive),)

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        a = lowering(*self.dims)
        energy = total([(self.detuning, a.T @ a), (self.drive, 1j * (a - a.T))])
        return LindbladGenerator(energy, (0.5 * self.gain, 0.5 * self.loss), (_as(a.T), _as(a @ a)))


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class VanDerPolPair(Truncated, Model, name="van_der_pol_pair"):
    """Two quantum van der Pol oscillators, coupled reactively, dissipatively or both, or a batch of such pairs.

    H = Δ b†b + g (a†b + h.c.) + iE(a − a†), with jumps √κ_1 a†, √κ_2 a² and so of b, and √V (a − b).

    Parameters
    ----------
    gain_a, loss_a, gain_b, loss_b : (...)
        κ_1 and κ_2 of each mode.
    reactive, dissipative : (...)
        g and V.
    detuning : (...)
        Δ, by how much the second mode lies above the first.
    drive : (...)
        E, on the first mode.
    cutoff, cutoff_b
        Levels of each mode that are kept, of both as many where the second is left out.  Without any, both are chosen
        as for a `VanDerPol`, each as its own tail wants it.

    Raises
    ------
    ArgumentError
        If a rate is negative, a mode has no loss, a value is not finite, or shapes do not broadcast.

    References
    ----------
    S. Walter et al., arXiv:1406.7134; T. E. Lee, C.-K. Chan and S. Wang, arXiv:1312.3630.
    """

    PARAMETERS: ClassVar = (
        Parameter("gain_a", "κ_1^A", Kind.RATE, "rate of the gain of the first mode", minimum=0.0),
        Parameter("loss_a", "κ_2^A", Kind.RATE, "rate of the loss of pairs of the first mode", above=0.0),
        Parameter("gain_b", "κ_1^B", Kind.RATE, "rate of the gain of the second mode", minimum=0.0),
        Parameter("loss_b", "κ_2^B", Kind.RATE, "rate of the loss of pairs of the second mode", above=0.0),
        Parameter("reactive", "g", Kind.FREQUENCY, "exchange of quanta", default=0.0),
        Parameter("dissipative", "V", Kind.RATE, "rate of √V (a − b)", minimum=0.0, default=0.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "second mode above the first", default=0.0),
        Parameter("drive", "E", Kind.FREQUENCY, "drive on the first mode", default=0.0),
        CUTOFF,
        CUTOFF_B,
    )
    UNIT: ClassVar = "gain_a"
    CUTOFFS: ClassVar = (CUTOFF, CUTOFF_B)

    gain_a: Real
    loss_a: Real
    gain_b: Real
    loss_b: Real
    reactive: Real
    dissipative: Real
    detuning: Real
    drive: Real
    cutoff: int | None
    cutoff_b: int | None

    def __init__(
        self,
        gain_a: ArrayLike,
        loss_a: ArrayLike,
        gain_b: ArrayLike,
        loss_b: ArrayLike,
        *,
        reactive: ArrayLike = 0.0,
        dissipative: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        drive: ArrayLike = 0.0,
        cutoff: int | None = None,
        cutoff_b: int | None = None,
    ) -> None:
        self._take(locals())
        if self.cutoff is None and self.cutoff_b is not None:
            raise requirement("cutoff", "be given beside `cutoff_b`", "it is not")
        self._settle(cutoff_b=self.cutoff if self.cutoff_b is None else self.cutoff_b)
        self._require_few()

    @classmethod
    def alike(
        cls,
        *,
        gain: ArrayLike = 1.0,
        loss: ArrayLike = 1.0,
        reactive: ArrayLike = 0.0,
        dissipative: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        cutoff: int | None = None,
    ) -> "VanDerPolPair":
        """Return two of equal rates, as of arXiv:1406.7134 and, for a loss of 1e5 and more, arXiv:1312.3630."""
        couplings: dict[str, Any] = {"reactive": reactive, "dissipative": dissipative, "detuning": detuning}
        return cls(gain, loss, gain, loss, **couplings, cutoff=cutoff)

    @property
    def distribution(self) -> Relative:
        """The phase of the first mode relative to the second."""
        return Relative(Fock(), Fock(), dims=self.dims)

    def _quanta(self) -> tuple[Real, ...]:
        # what passes from one mode to the other is left to the look at the tail
        driven = _fullness(self.gain_a, self.loss_a, self.drive)
        return driven, _fullness(self.gain_b, self.loss_b, np.zeros(()))

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        a, b = (at(lowering(levels), part, self.dims) for part, levels in enumerate(self.dims))
        swap = a.T @ b
        energy = total(
            [
                (self.detuning, b.T @ b),
                (self.reactive, swap + swap.T),
                (self.drive, 1j * (a - a.T)),
            ]
        )
        rates = (self.gain_a, self.loss_a, self.gain_b, self.loss_b, self.dissipative)
        jumps = (a.T, a @ a, b.T, b @ b, a - b)
        return LindbladGenerator(energy, tuple(0.5 * rate for rate in rates), tuple(map(_as, jumps)))


def _as(operator: Real) -> Any:
    return np.asarray(operator, dtype=np.complex128)
