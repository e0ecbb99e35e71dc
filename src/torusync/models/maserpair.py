"""Two thermal masers that exchange quanta, each between a hot and a cold bath of its own.

Neither has a phase of its own, and what they have of one relative to the other is decided by their inversions.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Real, requirement
from torusync.densities import CoherenceSet
from torusync.generators import LindbladGenerator
from torusync.models.baths import Baths
from torusync.models.operators import at, step, total
from torusync.models.parameters import Kind, Model, Parameter
from torusync.phases import Relative, Transition

_THREE = (3, 3)


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class MaserPair(Model, name="maser_pair"):
    """Two undriven thermal masers of three levels that exchange quanta, g (σ_A†σ_B + h.c.) with σ = |1><2|.

    In the frame of their drive-free levels: Δ says how much farther apart the levels |1> and |2> of the second are.
    Baths as of a `ThermalMaser` with one level in the manifold, with its channels (Γ, X): γ_h (1 + n_h) of |0><2|,
    γ_h n_h of |2><0|, and so with the cold bath on |1>.  They are "hot_a", "cold_a", "hot_b" and "cold_b", and heat is
    counted in quanta ω_1, ω_2 and ω_2 + Δ.  Off resonance each quantum exchanged lacks Δ of bare energy, and the
    power is that: it is what baths that see each machine alone do not know of.  Phases are read between the lines
    |1> ↔ |2> of both, see `phases.Transition`.

    Parameters
    ----------
    n_hot_a, n_cold_a, n_hot_b, n_cold_b : (...)
        Bose occupations of the baths of each.
    exchange : (...)
        g.
    detuning : (...)
        Δ, ω_2 − ω_1 of the second above that of the first.
    gamma_hot, gamma_cold : (...)
        γ_h and γ_c, of both.
    omega_cold, omega_hot : (...)
        ω_1 and ω_2, which heat and work are counted in, and no state depends on.

    Raises
    ------
    ArgumentError
        If a rate or an occupation is negative, a level |2> not above |1>, a value is not finite, or shapes do not
        broadcast.

    References
    ----------
    P. Solanki et al., arXiv:2104.04383.
    """

    PARAMETERS: ClassVar = (
        Parameter("n_hot_a", "n_h^A", Kind.OCCUPATION, "occupation of the hot bath of the first", minimum=0.0),
        Parameter("n_cold_a", "n_c^A", Kind.OCCUPATION, "occupation of the cold bath of the first", minimum=0.0),
        Parameter("n_hot_b", "n_h^B", Kind.OCCUPATION, "occupation of the hot bath of the second", minimum=0.0),
        Parameter("n_cold_b", "n_c^B", Kind.OCCUPATION, "occupation of the cold bath of the second", minimum=0.0),
        Parameter("exchange", "g", Kind.FREQUENCY, "exchange of quanta"),
        Parameter("detuning", "Δ", Kind.FREQUENCY, "ω_2 − ω_1 of the second above that of the first", default=0.0),
        Parameter("gamma_hot", "γ_h", Kind.RATE, "coupling to the hot baths", minimum=0.0, default=0.05),
        Parameter("gamma_cold", "γ_c", Kind.RATE, "coupling to the cold baths", minimum=0.0, default=0.2),
        Parameter(
            "omega_cold", "ω_1", Kind.FREQUENCY, "level |1> of both, the unit of all others", above=0.0, default=1.0
        ),
        Parameter("omega_hot", "ω_2", Kind.FREQUENCY, "level |2> of the first", above=0.0, default=3.0),
    )
    UNIT: ClassVar = "omega_cold"
    dimension: ClassVar = 9
    dims: ClassVar = _THREE
    distribution: ClassVar = Relative(Transition(1, 2), Transition(1, 2), dims=_THREE)
    coherence_sets: ClassVar = (CoherenceSet.of_pairs("exchange", [(5, 7)]),)

    n_hot_a: Real
    n_cold_a: Real
    n_hot_b: Real
    n_cold_b: Real
    exchange: Real
    detuning: Real
    gamma_hot: Real
    gamma_cold: Real
    omega_cold: Real
    omega_hot: Real

    def __init__(
        self,
        n_hot_a: ArrayLike,
        n_cold_a: ArrayLike,
        n_hot_b: ArrayLike,
        n_cold_b: ArrayLike,
        *,
        exchange: ArrayLike,
        detuning: ArrayLike = 0.0,
        gamma_hot: ArrayLike = 0.05,
        gamma_cold: ArrayLike = 0.2,
        omega_cold: ArrayLike = 1.0,
        omega_hot: ArrayLike = 3.0,
    ) -> None:
        self._take(locals())
        gap = self.omega_hot + np.minimum(self.detuning, 0.0) - self.omega_cold
        if (gap <= 0.0).any():
            must, but = "put the levels |2> of both above `omega_cold`", f"the lowest lies {-gap.min():.6g} below it"
            raise requirement("omega_hot", must, but, points=np.asarray(gap <= 0.0))

    @classmethod
    def identical(cls, n_hot: ArrayLike, n_cold: ArrayLike, *, exchange: ArrayLike) -> "MaserPair":
        """Return two alike: their exchange makes no coherence at all."""
        return cls(n_hot, n_cold, n_hot, n_cold, exchange=exchange)

    @cached_property
    def baths(self) -> Baths:  # type: ignore[override]
        """Whose channels are whose, what their jumps bring, and the bare energies of the levels."""
        low, high = self.omega_cold, (self.omega_hot, self.omega_hot + self.detuning)
        quanta: dict[str, Real] = {}
        for part, name in enumerate("ab"):
            quanta |= {f"hot_{name}": high[part], f"cold_{name}": low}
        emitted = np.array([-1.0, 1.0])
        levels = [(at(step(1, 1, 3), part, _THREE), low) for part in (0, 1)]
        levels += [(at(step(2, 2, 3), part, _THREE), high[part]) for part in (0, 1)]
        return Baths(
            {name: (2 * number, 2 * number + 1) for number, name in enumerate(quanta)},
            frequencies={name: np.multiply.outer(one, emitted) for name, one in quanta.items()},
            energies=total([(one, operator) for operator, one in levels]),
        )

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        emitted = step(1, 2, 3)
        swap = at(emitted.T, 0, _THREE) @ at(emitted, 1, _THREE)
        energy = total([(self.exchange, swap + swap.T), (self.detuning, at(step(2, 2, 3), 1, _THREE))])
        rates, jumps = [], []
        for part, hot, cold in ((0, self.n_hot_a, self.n_cold_a), (1, self.n_hot_b, self.n_cold_b)):
            for level, gamma, n in ((2, self.gamma_hot, hot), (1, self.gamma_cold, cold)):
                down = np.asarray(at(step(0, level, 3), part, _THREE), dtype=np.complex128)
                rates += [np.asarray(gamma * (1.0 + n)), np.asarray(gamma * n)]
                jumps += [down, np.asarray(down.T)]
        # a batch of levels that heat is counted in is a batch of states, too
        energy = np.broadcast_to(energy, (*self.batch_shape, *energy.shape[-2:]))
        return LindbladGenerator(energy, tuple(rates), tuple(jumps))
