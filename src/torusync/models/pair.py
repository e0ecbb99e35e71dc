"""Two qubits with gain and decay that exchange quanta.

Neither needs a limit cycle of its own for the pair to show phases; what decides is which of the two is inverted.
"""

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Real
from torusync.generators import LindbladGenerator
from torusync.models.operators import at, spin_raising, spin_z, total
from torusync.models.parameters import Kind, Model, Parameter
from torusync.phases import SU2, Relative

_UP, _Z = spin_raising(2), spin_z(2)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class QubitPair(Model, name="qubit_pair"):
    """Two qubits that exchange quanta, each with gain and decay, driven together with the first, or a batch of them.

    H = (g/2)(S_+^A S_−^B + h.c.) + (ε/2)(S_+^A + S_−^A) + Δ_d S_z^A + (Δ_d + Δ_q) S_z^B, with jumps √w S_+ and √γ S_−
    of each qubit.  Levels are m = ½, −½ of each.

    Parameters
    ----------
    gain_a, decay_a, gain_b, decay_b : (...)
        w and γ of each qubit; where w > γ it is inverted.
    exchange, drive : (...)
        g and ε, the drive on the first qubit.
    detuning, difference : (...)
        Δ_d of the drive, and Δ_q, how far the second qubit lies above the first.

    Raises
    ------
    ArgumentError
        If a rate is negative, a value is not finite, or shapes do not broadcast.

    References
    ----------
    G. M. Vaidya et al., arXiv:2306.04205.
    """

    PARAMETERS: ClassVar = (
        Parameter("gain_a", "w_A", Kind.RATE, "gain of the first qubit", minimum=0.0),
        Parameter("decay_a", "γ_A", Kind.RATE, "decay of the first qubit", minimum=0.0),
        Parameter("gain_b", "w_B", Kind.RATE, "gain of the second qubit", minimum=0.0),
        Parameter("decay_b", "γ_B", Kind.RATE, "decay of the second qubit", minimum=0.0),
        Parameter("exchange", "g", Kind.FREQUENCY, "exchange of quanta"),
        Parameter("drive", "ε", Kind.FREQUENCY, "drive on the first qubit", default=0.0),
        Parameter("detuning", "Δ_d", Kind.FREQUENCY, "detuning of the drive", default=0.0),
        Parameter("difference", "Δ_q", Kind.FREQUENCY, "second qubit above the first", default=0.0),
    )
    UNIT: ClassVar = "decay_a"
    dimension: ClassVar = 4
    dims: ClassVar = (2, 2)
    distribution: ClassVar = Relative(SU2(spin=0.5), SU2(spin=0.5))

    gain_a: Real
    decay_a: Real
    gain_b: Real
    decay_b: Real
    exchange: Real
    drive: Real
    detuning: Real
    difference: Real

    def __init__(
        self,
        gain_a: ArrayLike,
        decay_a: ArrayLike,
        gain_b: ArrayLike,
        decay_b: ArrayLike,
        *,
        exchange: ArrayLike,
        drive: ArrayLike = 0.0,
        detuning: ArrayLike = 0.0,
        difference: ArrayLike = 0.0,
    ) -> None:
        self._take(locals())

    @classmethod
    def inverted(
        cls, exchange: ArrayLike, drive: ArrayLike, *, detuning: ArrayLike = 0.0, difference: ArrayLike = 0.0
    ) -> "QubitPair":
        """Return a pair of which one qubit is inverted and one is not, whose responses have a zero in g."""
        rates = (0.4, 0.6, 0.75, 0.25)
        return cls(*rates, exchange=exchange, drive=drive, detuning=detuning, difference=difference)

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        up, z = (at(_UP, 0, self.dims), at(_UP, 1, self.dims)), (at(_Z, 0, self.dims), at(_Z, 1, self.dims))
        swap = up[0] @ up[1].T
        energy = total(
            [
                (0.5 * self.exchange, swap + swap.T),
                (0.5 * self.drive, up[0] + up[0].T),
                (self.detuning, z[0] + z[1]),
                (self.difference, z[1]),
            ]
        )
        rates = (self.gain_a, self.decay_a, self.gain_b, self.decay_b)
        jumps = tuple(np.asarray(one, dtype=np.complex128) for raised in up for one in (raised, raised.T))
        return LindbladGenerator(energy, tuple(0.5 * one for one in rates), jumps)
