"""Whether there is a limit cycle at all: what a system settles to without its drive.

A phase can lock where an amplitude settles away from rest while the phase stays free.  Of a mode the Wigner function
of the undriven state then has a ring, of a spin the Husimi function has one between its poles; where either is highest
at rest, a drive displaces what rests, and what follows is a forced response.  A spin ½ has no ring in any state (Roulet
and Bruder, PRL 121, 053601), and a van der Pol mode has one down to the two levels of its quantum limit (Lee and
Sadeghpour, PRL 111, 234101), of which its Husimi function would not know.  Levels without an order have no amplitude.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real
from torusync._frozen import Frozen
from torusync._show import Code
from torusync.densities import Density
from torusync.densities.parts import partial_trace
from torusync.phases import SU2, SUD, Fock, PhaseDistribution
from torusync.phases.relative import OfParts

_RING: Final = 1e-6
"""Contrast of a ring that is one: grids and rounding make 1e-12 of it, and where it is less no phase is left to see."""

_GRID: Final = 48
"""Points of a grid for each level; a function of n levels has n turning points at most."""


class Cycle(Code):
    """What a system settles to without what binds its phases: a drive, an exchange, another coupling."""

    RING = 0, "Left to itself the amplitude settles away from rest."
    REST = 1, "Left to itself it comes to rest, so that there is no limit cycle whose phase could lock."
    SEVERAL = 2, "Left to itself nothing brings it to one state, so that there is no limit cycle."
    PARTS = 3, "Left to itself not every part has a limit cycle of its own."
    UNORDERED = 4, "Its levels have no order, so that no amplitude tells a limit cycle."


@final
@dataclass(frozen=True)
class Settling(Frozen):
    """Which it is, and the contrast of the ring, (ring − rest)/(|ring| + |rest|), of the part where it is least."""

    cycle: Cycle
    contrast: float


def cycle_of(state: Density | None, distribution: PhaseDistribution) -> Settling:
    """Return what a system settles to, from its undriven state; None is that there is not one alone."""
    if state is None:
        return Settling(Cycle.SEVERAL, float("nan"))
    size, populations = state.dimension, state.populations
    parts: list[tuple[Any, Real]] = [(distribution, populations)]
    if isinstance(distribution, OfParts):
        whole = state.to_array()
        parts = [
            (one, np.diagonal(partial_trace(whole, distribution.dims, (part,))).real)
            for one, part in zip(distribution.distributions, distribution.parts, strict=True)
        ]
    elif isinstance(distribution, SUD) and size == 2:  # two levels are a spin ½, however they are read
        parts = [(SU2(0.5), populations)]
    if not all(isinstance(one, SU2 | Fock) for one, _ in parts):
        return Settling(Cycle.UNORDERED, float("nan"))
    contrast = min(ring_of_mode(row) if isinstance(one, Fock) else ring_of_spin(row) for one, row in parts)
    without = Cycle.PARTS if isinstance(distribution, OfParts) else Cycle.REST
    return Settling(Cycle.RING if contrast > _RING else without, contrast)


def ring_of_mode(populations: Real) -> float:
    """Return the contrast of the ring of the Wigner function W(r) ∝ Σ (−1)^n p_n e^{−x/2} L_n(x), x = 4r²."""
    levels = len(populations)
    x = 4.0 * (levels + 2.0) * np.linspace(0.0, 1.0, _GRID * levels + 1) ** 2
    before, here = np.zeros_like(x), np.exp(-0.5 * x)
    total = populations[0] * here
    for n in range(1, levels):
        before, here = here, ((2.0 * n - 1.0 - x) * here - (n - 1.0) * before) / n
        total = total + (-1.0) ** n * populations[n] * here
    return _contrast(float(total[1:].max()), float(total[0]))


def ring_of_spin(populations: Real) -> float:
    """Return the contrast of the ring of Q(θ) ∝ Σ_m p_m C(2S, S+m) cos^{2(S+m)}(θ/2) sin^{2(S−m)}(θ/2)."""
    levels = len(populations)
    cosine = np.linspace(0.0, 1.0, _GRID * levels + 1)[1:-1]  # cos²(θ/2)
    total, binomial = np.zeros_like(cosine), 1.0
    for lowered in range(levels):
        total += populations[lowered] * binomial * cosine ** (levels - 1 - lowered) * (1.0 - cosine) ** lowered
        binomial *= (levels - 1.0 - lowered) / (lowered + 1.0)
    return _contrast(float(total.max()), float(max(populations[0], populations[-1])))


def _contrast(ring: float, rest: float) -> float:
    total = abs(ring) + abs(rest)
    return max(0.0, (ring - rest) / total) if total > 0.0 else 0.0
