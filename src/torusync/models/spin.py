"""Spins of one unit with a limit cycle: alone under a drive, two that are coupled, and several in a row.

Gain and damping push a spin 1 from its outer levels to |0>, which has a free phase: C = √(γ_g/2) S_+S_z and
√(γ_d/2) S_−S_z, after Roulet and Bruder, PRL 121, 053601.  Rates are those of jump operators C, dρ/dt = CρC† − …, so
that a channel here is (γ/4, S_±S_z).  A spin ½ has no such cycle, and is none of these models.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, requirement
from torusync.densities import CoherenceSet
from torusync.generators import LindbladGenerator
from torusync.models.operators import at, exchanged, spin_raising, spin_z, total
from torusync.models.parameters import Kind, Model, Parameter
from torusync.phases import SU2, Relative

_THREE: Final = 3
_UP, _Z = spin_raising(_THREE), spin_z(_THREE)
_GAINED, _LOST = _UP @ _Z, _UP.T @ _Z
_S_X, _S_Y = 0.5 * (_UP + _UP.T), -0.5j * (_UP - _UP.T)
_LONGEST: Final = 5
"""Spins of a chain: six have a generator of half a million rows."""

_GAIN: Final = Parameter("gain", "γ_g", Kind.RATE, "rate of the gain, of √(γ_g/2) S_+S_z", minimum=0.0)
_DAMPING: Final = Parameter("damping", "γ_d", Kind.RATE, "rate of the damping, of √(γ_d/2) S_−S_z", minimum=0.0)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class SpinOne(Model, name="spin_one"):
    """A spin-1 limit cycle under a semiclassical drive, a squeezing signal or both, or a batch of them.

    H = ΔS_z + εS_y + (η/2) S_+² + (η*/2) S_−².  Undriven it rests in |0>, whatever the rates.  Levels are m = 1, 0, −1.

    Parameters
    ----------
    gain, damping : (...)
        γ_g, γ_d of the jumps √(γ_g/2) S_+S_z and √(γ_d/2) S_−S_z.
    drive, detuning : (...)
        ε and Δ.
    squeezing : (...)
        η, complex, which joins |1> and |−1>.  It leaves |0> alone: without a drive beside it nothing locks.

    Raises
    ------
    ArgumentError
        If a rate is negative, a value is not finite, or shapes do not broadcast.

    References
    ----------
    A. Roulet and C. Bruder, PRL 121, 053601 (2018); of both signals M. Koppenhöfer and A. Roulet, arXiv:1812.09172.
    """

    PARAMETERS: ClassVar = (
        _GAIN,
        _DAMPING,
        Parameter("drive", "ε", Kind.FREQUENCY, "strength of the drive", default=0.0),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter("squeezing", "η", Kind.FREQUENCY, "signal (η/2) S_+² + h.c.", complex=True, default=0.0),
    )
    UNIT: ClassVar = "gain"
    dimension: ClassVar = _THREE
    distribution: ClassVar = SU2(spin=1.0)
    coherence_sets: ClassVar = (
        CoherenceSet.of_pairs("neighbours", [(0, 1), (1, 2)]),
        CoherenceSet.of_pairs("outer", [(0, 2)]),
    )

    gain: Real
    damping: Real
    drive: Real
    detuning: Real
    squeezing: Complex

    def __init__(
        self,
        gain: ArrayLike,
        damping: ArrayLike,
        drive: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        *,
        squeezing: ArrayLike = 0.0,
    ) -> None:
        self._take(locals())

    @classmethod
    def blockaded(cls, drive: ArrayLike, *, rate: ArrayLike = 1.0, detuning: ArrayLike = 0.0) -> "SpinOne":
        """Return the spin whose gain is its damping: no 1:1 locking, two maxima (Kehrer et al., arXiv:2405.05182)."""
        return cls(rate, rate, drive, detuning)

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        energy = total([(self.detuning, _Z), (self.drive, _S_Y)])
        if self.squeezing.ndim or self.squeezing:  # a batch of none is a batch of states, too
            energy = energy + exchanged(0.5 * self.squeezing, _UP @ _UP)
        return LindbladGenerator(energy, (0.25 * self.gain, 0.25 * self.damping), (_as(_GAINED), _as(_LOST)))


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class SpinPair(Model, name="spin_pair"):
    """Two spin-1 limit cycles that exchange quanta, and a drive on the first of them, or a batch of such pairs.

    H = (c/2) S_+^A S_−^B + h.c. + Δ_A S_z^A + Δ_B S_z^B + ε S_x^A, with jumps as of `SpinOne` on each.

    Parameters
    ----------
    gain_a, damping_a, gain_b, damping_b : (...)
        γ_g and γ_d of each spin.
    coupling : (...)
        c, complex: iε is the coupling i(ε/2)(S_+^A S_−^B − h.c.) of PRL 121, 063601, a real one that of
        arXiv:2405.05182.  Its phase only turns the relative phase, unless there is a drive.
    drive : (...)
        ε, on the first spin.
    detuning_a, detuning_b : (...)
        Δ of each.

    Raises
    ------
    ArgumentError
        If a rate is negative, a value is not finite, or shapes do not broadcast.

    References
    ----------
    A. Roulet and C. Bruder, PRL 121, 063601 (2018); T. Kehrer et al., arXiv:2405.05182.
    """

    PARAMETERS: ClassVar = (
        Parameter("gain_a", "γ_g^A", Kind.RATE, "rate of the gain of the first spin", minimum=0.0),
        Parameter("damping_a", "γ_d^A", Kind.RATE, "rate of the damping of the first spin", minimum=0.0),
        Parameter("gain_b", "γ_g^B", Kind.RATE, "rate of the gain of the second spin", minimum=0.0),
        Parameter("damping_b", "γ_d^B", Kind.RATE, "rate of the damping of the second spin", minimum=0.0),
        Parameter("coupling", "c", Kind.FREQUENCY, "exchange, of (c/2) S_+^A S_−^B + h.c.", complex=True),
        Parameter("drive", "ε", Kind.FREQUENCY, "drive on the first spin", default=0.0),
        Parameter("detuning_a", "Δ_A", Kind.FREQUENCY, "detuning of the first spin", default=0.0),
        Parameter("detuning_b", "Δ_B", Kind.FREQUENCY, "detuning of the second spin", default=0.0),
    )
    UNIT: ClassVar = "gain_a"
    dimension: ClassVar = _THREE**2
    dims: ClassVar = (_THREE, _THREE)
    distribution: ClassVar = Relative(SU2(spin=1.0), SU2(spin=1.0))

    gain_a: Real
    damping_a: Real
    gain_b: Real
    damping_b: Real
    coupling: Complex
    drive: Real
    detuning_a: Real
    detuning_b: Real

    def __init__(
        self,
        gain_a: ArrayLike,
        damping_a: ArrayLike,
        gain_b: ArrayLike,
        damping_b: ArrayLike,
        *,
        coupling: ArrayLike,
        drive: ArrayLike = 0.0,
        detuning_a: ArrayLike = 0.0,
        detuning_b: ArrayLike = 0.0,
    ) -> None:
        self._take(locals())

    @classmethod
    def identical(cls, strength: ArrayLike, *, gain: ArrayLike = 1.0, damping: ArrayLike = 1.0) -> "SpinPair":
        """Return two alike, coupled by i(ε/2)(S_+ S_− − h.c.), which block each other (PRL 121, 063601)."""
        return cls(gain, damping, gain, damping, coupling=1j * np.asarray(strength))

    @classmethod
    def driven(cls, drive: ArrayLike, *, exchange: ArrayLike = 0.5, rate: ArrayLike = 1.0) -> "SpinPair":
        """Return a blockaded spin under a drive, and another one beside it (arXiv:2405.05182)."""
        return cls(rate, rate, rate, rate, coupling=exchange, drive=drive)

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        terms = [(self.detuning_a, at(_Z, 0, self.dims)), (self.detuning_b, at(_Z, 1, self.dims))]
        energy = total([*terms, (self.drive, at(_S_X, 0, self.dims))])
        rates = (self.gain_a, self.damping_a, self.gain_b, self.damping_b)
        jumps = tuple(_as(at(one, part, self.dims)) for part in (0, 1) for one in (_GAINED, _LOST))
        coupled = exchanged(0.5 * self.coupling, at(_UP, 0, self.dims) @ at(_UP.T, 1, self.dims))
        return LindbladGenerator(energy + coupled, tuple(0.25 * one for one in rates), jumps)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class SpinChain(Model, name="spin_chain"):
    """Spin-1 limit cycles in a row that exchange quanta with their neighbours, and a drive on the first of them.

    H = Σ_j (g/2)(S_+^j S_−^{j+1} + h.c.) + Σ_j Δ_j S_z^j + ε S_x^1, with jumps as of `SpinOne` on each.  Phases are
    read between the first and the last.

    Parameters
    ----------
    exchange : (...)
        g, of every bond.
    gain, damping : (..., spins) or 0-d
        γ_g and γ_d of each spin; with units, all is measured in the gain of the first.
    drive : (...)
        ε, on the first spin.
    detuning : (..., spins) or 0-d
        Δ of each spin.
    spins
        How many, two to five.

    Raises
    ------
    ArgumentError
        If a rate is negative, a value is not finite, or shapes do not fit.

    References
    ----------
    T. Kehrer et al., arXiv:2405.05182, with three spins.
    """

    PARAMETERS: ClassVar = (
        Parameter("exchange", "g", Kind.FREQUENCY, "exchange between neighbours"),
        Parameter("gain", "γ_g", Kind.RATE, "rate of the gain of each spin", axes=1, minimum=0.0, default=1.0),
        Parameter("damping", "γ_d", Kind.RATE, "rate of the damping of each spin", axes=1, minimum=0.0, default=1.0),
        Parameter("drive", "ε", Kind.FREQUENCY, "drive on the first spin", default=0.0),
        Parameter("detuning", "Δ_j", Kind.FREQUENCY, "detuning of each spin", axes=1, default=0.0),
        Parameter("spins", "n", Kind.COUNT, "number of spins", minimum=2, maximum=_LONGEST, default=3),
    )
    UNIT: ClassVar = "gain"

    exchange: Real
    gain: Real
    damping: Real
    drive: Real
    detuning: Real
    spins: int

    def __init__(
        self,
        exchange: ArrayLike,
        *,
        gain: ArrayLike = 1.0,
        damping: ArrayLike = 1.0,
        drive: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        spins: int = 3,
    ) -> None:
        self._take(locals())
        if self.spins > _LONGEST:
            raise requirement("spins", f"be at most {_LONGEST}", f"it is {self.spins}")
        for name in ("gain", "damping", "detuning"):
            shape = getattr(self, name).shape
            if shape and shape[-1] not in {1, self.spins}:
                must = f"be 0-d or end in an axis of {self.spins} spins, or of 1"
                raise requirement(name, must, f"its shape is {shape}; for batch axes alone write {name}[..., None]")

    @property
    def dimension(self) -> int:
        """Number of levels, 3 for each spin."""
        return math.prod(self.dims)

    @property
    def dims(self) -> tuple[int, ...]:
        """Three levels for each spin."""
        return (_THREE,) * self.spins

    @property
    def distribution(self) -> Relative:
        """The phase of the first spin relative to the last."""
        return Relative(SU2(spin=1.0), SU2(spin=1.0), dims=self.dims, parts=(0, self.spins - 1))

    def _each(self, values: Real) -> Iterator[Any]:
        """Return the values of each spin, ``(...)``."""
        row = np.atleast_1d(values)
        return (row[..., min(one, row.shape[-1] - 1)] for one in range(self.spins))

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        dims, parts = self.dims, range(self.spins)
        bonds = sum((at(_UP, one, dims) @ at(_UP.T, one + 1, dims) for one in parts[:-1]), np.zeros(()))
        shifts = zip(self._each(self.detuning), (at(_Z, one, dims) for one in parts), strict=True)
        energy = total([(0.5 * self.exchange, bonds + bonds.T), (self.drive, at(_S_X, 0, dims)), *shifts])
        rates, jumps = [], []
        for values, jump in ((self.gain, _GAINED), (self.damping, _LOST)):
            rates += [np.asarray(0.25 * one) for one in self._each(values)]
            jumps += [_as(at(jump, one, dims)) for one in parts]
        return LindbladGenerator(energy, tuple(rates), tuple(jumps))


def _as(operator: Real) -> Complex:
    return np.asarray(operator, dtype=np.complex128)
