"""States from files, as people have them: which one of several, to how many digits, measured or not.

What was taken for granted on the way is kept as words beside the state: how the file was read, whose precision was
assumed, and how far a projection moved it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from torusync._checks import requirement
from torusync._precision import as_precision
from torusync.densities import DenseDensity, density_of, nearest_state
from torusync.files.matrices import read


@final
@dataclass(frozen=True)
class GivenState:
    """A state out of a file, and how it was had; it goes wherever a state goes.

    Parameters
    ----------
    density
        The checked density matrices, which know their precision and how far they were moved.
    how
        How the file was read.
    """

    density: DenseDensity
    how: str

    @property
    def coherence_error(self) -> Any:
        """How far the state may be from the true one, in the trace norm."""
        return self.density.coherence_error


def read_state(
    path: str | Path,
    *,
    variable: str | None = None,
    imag: str | Path | None = None,
    index: int | tuple[int, ...] | None = None,
    precision: object = None,
    project: bool = False,
    name: str = "path",
) -> GivenState:
    """Read a state, or a stack of them, from a file of any kind that `read_matrix` knows.

    Parameters
    ----------
    path, variable, name
        As in `read_matrix`.
    imag
        File of the imaginary part, where ``path`` holds the real one.
    index
        Which one of a stack, from 0; all of them where it is not given.
    precision
        What the numbers are good for, where neither their type nor the digits printed say it; see `density_of`.
    project
        Whether to take the nearest state, in the Frobenius norm; see `nearest_state`.

    Raises
    ------
    ArgumentError
        If the file holds no such state.
    """
    stated = as_precision("precision", precision)
    found = read(path, variable=variable, imag=imag, precision=stated, name=name)
    matrix = found.matrix if index is None else _one_of(found.matrix, index)
    state = (nearest_state if project else density_of)(matrix, precision=found.precision)
    assert isinstance(state, DenseDensity)
    return GivenState(state, found.how)


def _one_of(stack: Any, index: int | tuple[int, ...]) -> Any:
    place = index if isinstance(index, tuple) else (index,)
    batch = stack.shape[:-2]
    if len(place) != len(batch) or not all(-size <= one < size for one, size in zip(place, batch, strict=True)):
        raise requirement("index", f"be that of one in a stack of shape {batch}", f"it is {','.join(map(str, place))}")
    return np.asarray(stack[place])
