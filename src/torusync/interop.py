"""Objects of other libraries, taken as what they are by their own account and not by the numbers they hold.

A superoperator of QuTiP is a square matrix like any other, and the one of ρ·ρ† is even a density matrix, of D² levels:
read by its numbers it gives an answer to a question that nobody asked.  So an object that can say what it is, is asked,
and what does not fit is refused by its name.  Nothing is imported for that: objects are known by their attributes.
"""

from collections.abc import Callable, Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync._checks import as_array, requirement
from torusync._limits import MEMORY_LIMIT

_WRONG: Final = {
    "super": "a superoperator, which acts on matrices: give the density matrix or operator itself, and instead of a "
    "Liouvillian its Hamiltonian and collapse operators",
    "operator-ket": "a matrix written as a column: give qutip.vector_to_operator of it",
    "operator-bra": "a matrix written as a row: give qutip.vector_to_operator of its adjoint",
    "scalar": "a number and no matrix",
    "ket": "a ket: give an operator",
    "bra": "a bra: give an operator",
}
"""What an object of QuTiP is by its ``type``, and what to give in its place."""

_CHANNELS: Final = frozenset({"SuperOp", "Choi", "Chi", "PTM", "Kraus", "Stinespring"})
"""Classes of quantum channels elsewhere, which turn into square matrices without a word."""

_VECTORS: Final = frozenset({"ket", "bra"})

_UNIT: Final = 1e-6
"""How far the norm of a ket may be from 1."""

_ALIKE: Final = 1e-3
"""How far from Hermitian, and from trace 1, the entries of a ket may be and still be those of a matrix, at the least:
rounded entries have a norm much nearer to 1 than they are good for, by chance, and in an array nothing says so."""


def plain(name: str, value: Any) -> Any:
    """Return the numbers behind matrices of other libraries: a Qobj, a sparse matrix, lists of them; else the value.

    Raises
    ------
    ArgumentError
        If an object is something else than an operator, or depends on time.
    """
    return _plain(name, value, {})


def states(name: str, value: Any, *, off: float = 0.0) -> tuple[Any, bool]:
    """Return the same for density matrices, and whether these are projectors of kets; a vector of unit norm is one.

    Parameters
    ----------
    name, value
        As in `plain`.
    off
        How far the entries of a vector may be off.

    Raises
    ------
    ArgumentError
        If an object is something else than a state, a vector has another norm, or could be a ket and a matrix alike.
    """
    seen: list[bool] = []

    def projector(vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
        seen.append(True)
        return _projector(vector)

    found = _plain(name, value, dict.fromkeys(_VECTORS, projector))
    if isinstance(found, np.ndarray) and found.dtype.kind in "iufc" and (found.ndim == 1 or _is_column(found)):
        return _of_vector(name, as_array(name, found), off), True
    return found, bool(seen)


def is_operator(value: Any) -> bool:
    """Whether a value is one operator, and no sequence of them."""
    if isinstance(value, list | tuple):  # rows of numbers
        return bool(value) and isinstance(value[0], list | tuple) and isinstance(_first(value), float | int | complex)
    return _is_foreign(value) or (isinstance(value, np.ndarray) and value.dtype != object and value.ndim == 2)


def _is_column(array: npt.NDArray[Any]) -> bool:
    # not a row, which is what is left of a matrix that was cut off
    return array.ndim == 2 and array.shape[0] > 1 == array.shape[1]


def _plain(name: str, value: Any, taken: dict[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]]) -> Any:
    kind = type(value).__name__
    if kind == "ndarray" and value.dtype != object:
        return value
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object and value.ndim):
        return _listed(name, value, taken)
    if kind in _CHANNELS:
        raise requirement(name, "be square matrices of states or operators", f"it is a {kind}, a channel, not a state")
    if kind == "QobjEvo":
        raise requirement(
            name, "not depend on time", "it is a QobjEvo; call it with one time t and give what it returns"
        )
    if callable(getattr(value, "full", None)):
        return _of_qobj(name, value, taken)
    if callable(getattr(value, "toarray", None)) and hasattr(value, "nnz"):
        return _of_sparse(name, value)
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType | partial):
        raise requirement(name, "not depend on time", f"it is a function, {kind}; give what it returns at one time")
    if hasattr(value, "states") and hasattr(value, "expect"):
        raise requirement(name, "be states", f"it is a {kind} of a solver; give its `states`, or one of them")
    return value


def _of_qobj(name: str, value: Any, taken: dict[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]]) -> Any:
    kind = getattr(value, "type", "oper")
    if kind in taken:
        return taken[kind](np.asarray(value.full()))
    if kind in _WRONG:
        raise requirement(name, "be square matrices of states or operators", f"it is {_WRONG[kind]}")
    return np.asarray(value.full())


def _of_sparse(name: str, value: Any) -> Any:
    rows = int(np.prod(value.shape))
    if 16 * rows > MEMORY_LIMIT:
        raise requirement(
            name, f"fit in {MEMORY_LIMIT / 2**30:.0f} GiB as a full matrix", f"it is sparse, of shape {value.shape}"
        )
    return np.asarray(value.toarray())


def _listed(name: str, values: Iterable[Any], taken: dict[str, Any]) -> Any:
    """Return a list of objects of other libraries as one array; a list of anything else as it is."""
    if isinstance(_first(values), np.ndarray | np.generic | float | int | complex | str | type(None)):
        return values
    entries = list(values)
    foreign = [one for one in entries if _is_foreign(one)]
    if not foreign:
        nested = [_listed(name, one, taken) if isinstance(one, list | tuple) else one for one in entries]
        changed = any(new is not old for new, old in zip(nested, entries, strict=True))
        return np.asarray(_stack(name, nested)) if changed else values
    if len(foreign) < len(entries) or any(_is_timed(one) for one in entries):
        raise requirement(
            name,
            "not depend on time",
            "it is a list of operators with coefficients beside them; give the operator at one time",
        )
    return _stack(name, [_plain(name, one, taken) for one in entries])


def _first(value: Any) -> Any:
    """Return the first entry of the first list within a list: what is no object there is none anywhere."""
    while isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object and value.ndim):
        if not len(value):
            return None
        value = value[0]
    return value


def _is_foreign(value: Any) -> bool:
    return callable(getattr(value, "full", None)) or hasattr(value, "nnz") or type(value).__name__ == "QobjEvo"


def _is_timed(value: Any) -> bool:
    """Whether an entry of a list is an operator beside its coefficient, as QuTiP writes what depends on time."""
    return isinstance(value, list | tuple) and any(map(_is_foreign, value)) and not all(map(_is_foreign, value))


def _stack(name: str, arrays: list[Any]) -> Any:
    shapes = sorted({np.shape(one) for one in arrays})
    if len(shapes) > 1:
        raise requirement(name, "hold matrices of one shape", f"it holds those of {shapes[0]} and {shapes[1]}")
    return np.stack(arrays)


def _projector(vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
    flat = vector.reshape(-1) if vector.shape[-1] == 1 or vector.ndim == 1 else np.conj(vector.reshape(-1))
    return np.asarray(np.multiply.outer(flat, np.conj(flat)))


def _of_vector(name: str, vector: npt.NDArray[Any], off: float) -> npt.NDArray[Any]:
    """Return the projector of a vector of unit norm."""
    flat = vector.reshape(-1)
    with np.errstate(all="ignore"):
        length = float(np.linalg.norm(flat))
    if not np.isfinite(length):
        return vector  # which is refused for that, further on
    own = 4.0 * float(np.finfo(vector.dtype).eps) if vector.dtype.kind in "fc" else 0.0
    width = max(_UNIT, own, off * float(np.sqrt(2 * len(flat))))
    if abs(length - 1.0) > width:
        raise requirement(
            name,
            "be square density matrices (..., D, D), or a ket of norm 1",
            f"its shape is {vector.shape} and its norm {length:.6g}",
        )
    side = round(len(flat) ** 0.5)
    square = flat.reshape(side, side) if side > 1 and side**2 == len(flat) else None
    alike = max(width, _ALIKE)
    if square is not None and max(np.abs(square - square.conj().T).max(), abs(np.trace(square) - 1.0)) <= alike:
        raise requirement(
            name,
            "be matrices, or a ket",
            f"its {len(flat)} numbers are the ket of a pure state of {len(flat)} levels and a density matrix of {side} "
            "written as one column or row; give the matrix as rows, or the projector of the ket",
        )
    return _projector(flat)
