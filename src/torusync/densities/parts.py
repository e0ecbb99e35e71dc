"""States of the parts of a system: partial traces, as sums over indices of what is there."""

import math
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from torusync._checks import as_count, as_list, requirement, shown
from torusync._limits import MOST_AXES, ROW_LEVELS
from torusync.densities.dense import DenseDensity, density_of

_Number = TypeVar("_Number", bound=np.generic)

_DIMS: Final = "be the numbers of levels of the parts, whole and positive"


def as_dims(name: str, value: object) -> tuple[int, ...]:
    """Return the numbers of levels of the parts of a system."""
    given = as_list(name, value, _DIMS)
    dims = tuple(as_count(name, one, minimum=1, maximum=ROW_LEVELS) for one in given)
    if not dims or len(dims) > MOST_AXES // 2 or math.prod(dims) > ROW_LEVELS:
        raise requirement(name, f"{_DIMS}, at most {MOST_AXES // 2} of them", f"it is {shown(value)}")
    return dims


def as_parts(name: str, value: object, dims: tuple[int, ...], *, count: int | None = None) -> tuple[int, ...]:
    """Return which parts of a system are meant: different ones, counted from 0, as many as ``count`` where given."""
    must = f"be {'' if count is None else f'{count} '}different parts, from 0 to {len(dims) - 1}"
    given = as_list(name, value, must)
    parts = tuple(as_count(name, one) for one in given)
    fits = count is None or len(parts) == count
    if not parts or not fits or len(set(parts)) < len(parts) or max(parts) >= len(dims):
        raise requirement(name, must, f"it is {shown(value)}")
    return parts


def require_dims(dims: tuple[int, ...], dimension: int) -> None:
    """Refuse numbers of levels that do not multiply to that of the state."""
    if math.prod(dims) != dimension:
        product = " × ".join(map(str, dims))
        raise requirement("dims", f"multiply to the {dimension} levels of the state", f"{product} = {math.prod(dims)}")


def partial_trace(matrix: npt.NDArray[_Number], dims: tuple[int, ...], parts: tuple[int, ...]) -> npt.NDArray[_Number]:
    """Return what of matrices ``(..., D, D)`` is left of some parts, in their order, traced over all others."""
    batch, count = matrix.shape[:-2], len(dims)
    if parts == tuple(range(count)):
        return matrix
    left, right = list(range(count)), [part + count if part in parts else part for part in range(count)]
    rows, columns = [left[part] for part in parts], [right[part] for part in parts]
    # stubs know no sublists with an ellipsis
    einsum: Any = np.einsum
    traced = einsum(matrix.reshape(*batch, *dims, *dims), [..., *left, *right], [..., *rows, *columns])
    size = math.prod(dims[part] for part in parts)
    return np.asarray(traced.reshape(*batch, size, size), dtype=matrix.dtype)


def reduced_state(state: object, dims: object, parts: object) -> DenseDensity:
    """Return the state of some parts of a system, all others traced out.

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    dims
        Numbers of levels of the parts, in the order of the Kronecker product; they multiply to D.
    parts
        Which are kept, counted from 0, in the order in which they are wanted.

    Returns
    -------
    DenseDensity
        Its error is that of the state: in the trace norm no partial trace makes a difference larger.

    Raises
    ------
    ArgumentError
        If the dims do not multiply to D, or a part is none or is named twice.
    """
    sizes = as_dims("dims", dims)
    kept = as_parts("parts", parts, sizes)
    whole = density_of(state)
    require_dims(sizes, whole.dimension)
    judged = state if hasattr(state, "coherence_error") else whole
    error = np.broadcast_to(np.asarray(getattr(judged, "coherence_error", 0.0)), whole.batch_shape)
    matrix = partial_trace(whole.to_array(), sizes, kept)
    return DenseDensity(matrix, coherence_error=np.array(error))
