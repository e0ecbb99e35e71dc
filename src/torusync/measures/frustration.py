"""Whether phase preferences fit together: Φ_ij + Φ_jk − Φ_ik of every triangle of coherences.

Zero for all triangles means that one phase configuration serves every pair, and S_max reaches the l1 bound; in the
engine the triangles through |1> are frustrated by π.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, final

import numpy as np

from torusync._checks import Integer, Real, requirement
from torusync._limits import TRIANGLES
from torusync._results import Result
from torusync._show import batch_in_words, counted, span
from torusync.densities import density_of


@final
@dataclass(frozen=True, eq=False, repr=False)
class Triangles(Result):
    """Triangles of coherences.

    Parameters
    ----------
    levels : (T, 3) i < j < k
    angle : (..., T) Φ_ij + Φ_jk − Φ_ik in (−π, π]; nan where a coherence vanishes
    weight : (..., T) the smallest of |ρ_ij|, |ρ_jk|, |ρ_ik|
    """

    levels: Integer
    angle: Real
    weight: Real

    AXES: ClassVar = {"levels": 2, "angle": 1, "weight": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.angle.shape[:-1]

    def _in_words(self) -> str:
        return (
            f"{batch_in_words(self.batch_shape)}{counted(len(self.levels), 'triangles')}, angles {span(self.angle, 3)}"
        )


def triangle_frustration(state: object) -> Triangles:
    """Return the frustration of every triangle of levels of a state or of density matrices ``(..., D, D)``.

    Raises
    ------
    ArgumentError
        If there are too many triangles to list.
    """
    density = density_of(state)
    size, points = density.dimension, int(np.prod(density.batch_shape, dtype=np.int64))
    count = size * (size - 1) * (size - 2) // 6
    if count * points > TRIANGLES:
        raise requirement("state", f"have at most {TRIANGLES} triangles of levels", f"it has {count * points}")
    matrix = density.to_array()
    levels = np.array(list(combinations(range(size), 3)), dtype=np.int64).reshape(-1, 3)
    i, j, k = levels.T
    sides = matrix[..., i, j], matrix[..., j, k], matrix[..., i, k]
    weight = np.minimum(np.minimum(np.abs(sides[0]), np.abs(sides[1])), np.abs(sides[2]))
    # phases are added, not entries multiplied: a product of three small coherences would underflow
    angle = np.angle(sides[0]) + np.angle(sides[1]) - np.angle(sides[2])
    wrapped = np.pi - np.mod(np.pi - angle, 2.0 * np.pi)
    return Triangles(levels=levels, angle=np.where(weight > 0.0, wrapped, np.nan), weight=weight)
