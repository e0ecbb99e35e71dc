"""A spin of any size with a limit cycle, under a drive, a signal that squeezes, or both.

Gain lifts from below a place m_0 of the ladder and damping lowers from above it, as far from it as a level is:
C = √(γ_g/2) S_+(S_z − m_0) and √(γ_d/2) S_−(S_z − m_0), which for S = 1 and m_0 = 0 are those of `SpinOne`.  A level
m_0 is left by neither, and the spin rests there; a place between two levels makes a mixture, by the balance of
neighbours p_m ∝ (γ_g/γ_d)^m/(m − m_0)²: at m_0 = 0 one level is left of a whole S, two of a half-integer one.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, requirement
from torusync.generators import LindbladGenerator
from torusync.models.operators import exchanged, spin_raising, spin_z, total
from torusync.models.parameters import Kind, Model, Parameter
from torusync.phases import SU2

_MOST: Final = 400
"""Levels: states and explanations of more take minutes."""


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class Spin(Model, name="any_spin"):
    """A spin-S limit cycle under a semiclassical drive, a squeezing signal or both, or a batch of them.

    H = ΔS_z + εS_y + (η/2) S_+² + (η*/2) S_−².  Levels are m = S, S − 1, …, −S.

    Parameters
    ----------
    gain, damping : (...)
        γ_g, γ_d of the jumps √(γ_g/2) S_+(S_z − m_0) and √(γ_d/2) S_−(S_z − m_0).
    spin
        S, a multiple of ½; or ``levels``, 2S + 1, in its place.  1 where neither is given.
    drive, detuning : (...)
        ε and Δ.
    squeezing : (...)
        η, complex.  It joins levels two apart, so that a spin 1 at rest in |0> does not feel it alone.
    centre : (...)
        m_0, from −S to S.  At either end the spin comes to rest there, and has no limit cycle.

    Raises
    ------
    ArgumentError
        If a rate is negative, the spin no multiple of ½, ``centre`` beyond the ladder, a value not finite, or shapes do
        not broadcast.

    References
    ----------
    R. Tan, C. Bruder and M. Koppenhöfer, Quantum 6, 885 (2022), of spins above 1; A. Roulet and C. Bruder, PRL 121,
    053601 (2018), of the spin 1.
    """

    PARAMETERS: ClassVar = (
        Parameter("gain", "γ_g", Kind.RATE, "rate of the gain, of √(γ_g/2) S_+(S_z − m_0)", minimum=0.0),
        Parameter("damping", "γ_d", Kind.RATE, "rate of the damping, of √(γ_d/2) S_−(S_z − m_0)", minimum=0.0),
        Parameter("levels", "2S + 1", Kind.COUNT, "number of levels", minimum=2, default=3),
        Parameter("drive", "ε", Kind.FREQUENCY, "strength of the drive, of εS_y", default=0.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter("squeezing", "η", Kind.FREQUENCY, "signal (η/2) S_+² + h.c.", complex=True, default=0.0),
        Parameter("centre", "m_0", Kind.PLAIN, "place that gain and damping lead to", default=0.0),
    )
    SHORTHANDS: ClassVar = (Parameter("spin", "S", Kind.PLAIN, "the spin", above=0.0, instead="levels"),)
    DERIVED: ClassVar = SHORTHANDS
    UNIT: ClassVar = "gain"

    gain: Real
    damping: Real
    levels: int
    drive: Real
    detuning: Real
    squeezing: Complex
    centre: Real

    def __init__(
        self,
        gain: ArrayLike,
        damping: ArrayLike,
        *,
        spin: float | None = None,
        levels: int | None = None,
        drive: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        squeezing: ArrayLike = 0.0,
        centre: ArrayLike = 0.0,
    ) -> None:
        given = dict(locals())
        if spin is not None and levels is not None:
            raise requirement("spin", "be left out beside `levels`", "both are given")
        given["levels"] = (3 if levels is None else levels) if spin is None else SU2(spin).dimension
        self._take(given)
        if self.levels > _MOST:
            raise requirement("levels", f"be at most {_MOST}", f"it is {self.levels}")
        beyond = np.asarray(np.abs(self.centre) > self.spin)
        if beyond.any():
            must, but = f"lie from −S to S, {-self.spin:g} to {self.spin:g}", f"it is {self.centre[beyond][0]:g}"
            raise requirement("centre", must, but, points=beyond)

    @classmethod
    def blockaded(cls, spin: float, drive: ArrayLike, *, rate: ArrayLike = 1.0, detuning: ArrayLike = 0.0) -> "Spin":
        """Return the spin whose gain is its damping: by time reversal all odd harmonics vanish, whatever the spin."""
        return cls(rate, rate, spin=spin, drive=drive, detuning=detuning)

    @classmethod
    def _spelled_out(cls, values: dict[str, Any]) -> dict[str, Any]:
        spin = values.pop("spin", None)
        if spin is not None:
            if np.ndim(spin):
                raise requirement("spin", "be one number; run over `levels`, 2S + 1", f"its shape is {np.shape(spin)}")
            values["levels"] = SU2(float(spin)).dimension
        return values

    @property
    def spin(self) -> float:
        """S."""
        return 0.5 * (self.levels - 1)

    @property
    def dimension(self) -> int:
        """Number of levels, 2S + 1."""
        return self.levels

    @property
    def distribution(self) -> SU2:
        """That of the spin."""
        return SU2(self.spin)

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        up, z = spin_raising(self.levels), spin_z(self.levels)
        energy = total([(self.detuning, z), (self.drive, -0.5j * (up - up.T))])
        energy = energy + exchanged(0.5 * self.squeezing, up @ up)
        away = z - np.multiply.outer(self.centre, np.eye(self.levels))
        jumps = (np.asarray(one @ away, dtype=np.complex128) for one in (up, up.T))
        return LindbladGenerator(energy, (0.25 * self.gain, 0.25 * self.damping), tuple(jumps))
