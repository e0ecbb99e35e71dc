"""The distribution of one spin: the Husimi function of SU(2) coherent states, integrated over the polar angle.

    |θ,φ> = e^{−iφS_z} e^{−iθS_y}|S,S>,   S(φ) = Σ_{mm'} C_mm' ρ_mm' e^{i(m−m')φ} − 1/2π
    C_mm' = Γ(1+S+μ) Γ(1+S−μ) / 2π sqrt((S+m)!(S−m)!(S+m')!(S−m')!),  μ = (m+m')/2

Levels count from the top, m = S, S − 1, …, −S, as QuTiP has them.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, final

import numpy as np

from torusync._checks import Real, as_number, requirement, shown
from torusync._limits import ROW_LEVELS
from torusync.phases.polynomial import OnePhase


@final
@dataclass(frozen=True)
class SU2(OnePhase):
    """The phase distribution of a spin S, for states of 2S + 1 levels, m = S, …, −S.

    Parameters
    ----------
    spin
        S, a positive multiple of ½.

    Raises
    ------
    ArgumentError
        If the spin is no such number.
    """

    spin: float
    source: ClassVar[str] = "Husimi function of SU(2) coherent states; after PRL 121, 053601"

    def __post_init__(self) -> None:
        spin = as_number("spin", self.spin, above=0.0)
        if 2.0 * spin != math.floor(2.0 * spin) or 2.0 * spin >= ROW_LEVELS:
            raise requirement("spin", "be a positive multiple of 1/2", f"it is {shown(self.spin)}")
        object.__setattr__(self, "spin", spin)

    @property
    def dimension(self) -> int:
        """Number of levels, 2S + 1."""
        return round(2.0 * self.spin) + 1

    def dimension_of(self, dimension: int | None) -> int:
        """Return 2S + 1."""
        return self._fitting(self.dimension if dimension is None else dimension)

    def _fitting(self, dimension: int) -> int:
        if dimension != self.dimension:
            must = f"fit the state: a spin of {self.spin:g} has {self.dimension} levels"
            raise requirement("distribution", must, f"the state has {dimension}")
        return dimension

    def weights(self, dimension: int) -> Real:
        """Return 2π C."""
        return _weights(self._fitting(dimension))


@cache
def _weights(dimension: int) -> Real:
    """Return 2π C ``(D, D)``, by products along the diagonals: logarithms of factorials would cost digits.

    With n = S + m it is g(n, n') g(2S − n, 2S − n'), g(n, n') = Γ(1 + (n + n')/2)/sqrt(n! n'!), at most 1.
    """
    half = np.zeros((dimension, dimension))
    half[0, 0] = 1.0
    if dimension > 1:
        half[0, 1] = 0.5 * math.sqrt(math.pi)
    for step in range(2, dimension):
        half[0, step] = half[0, step - 2] * (0.5 * step) / math.sqrt(step * (step - 1.0))
    for row in range(1, dimension):
        columns = np.arange(row, dimension, dtype=np.float64)
        half[row, row:] = half[row - 1, row - 1 : -1] * (0.5 * (row + columns)) / np.sqrt(row * columns)
    half = np.triu(half) + np.triu(half, 1).T
    found = half * half[::-1, ::-1]
    found.setflags(write=False)
    return found
