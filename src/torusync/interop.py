"""Objects of other libraries, taken as what they are by their own account and not by the numbers they hold.

A superoperator of QuTiP is a square matrix like any other, and the one of ρ·ρ† is even a density matrix, of D² levels:
read by its numbers it gives an answer to a question that nobody asked.  So an object that can say what it is, is asked,
and what does not fit is refused by its name.  Nothing is imported for that: objects are known by their attributes.
Objects of QuTiP that people ask for are made here, and nowhere else.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync._checks import as_array, requirement, shown
from torusync._limits import MEMORY_LIMIT
from torusync._memory import require_memory
from torusync._timed import coefficients_of, of_time

Taken = dict[str, Callable[[Any], Any]]
"""Objects that are no operators, by their ``type``, and how they are taken where they are."""

_WRONG: Final = {
    "super": "a superoperator, which acts on matrices: give the density matrix or operator itself; a Liouvillian goes "
    "to LindbladSystem.from_liouvillian",
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

_ONE_TIME: Final = "call it with one time t and give what it returns"

_UNIT: Final = 1e-6
"""How far the norm of a ket may be from 1."""

_SOUGHT: Final = 1_000
"""Steps in which QuTiP is to find the time of a jump; its own number of them is too small for rates far apart."""

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

    def projector(vector: Any) -> npt.NDArray[Any]:
        seen.append(True)
        return _projector(name, np.asarray(vector.full()))

    found = _plain(name, value, dict.fromkeys(_VECTORS, projector))
    if isinstance(found, np.ndarray) and found.dtype.kind in "iufc" and (found.ndim == 1 or _is_column(found)):
        return _of_vector(name, as_array(name, found), off), True
    return found, bool(seen)


def require_room(name: str, value: Any) -> None:
    """Refuse an object of another library that does not fit as a full matrix, before it is one."""
    if type(value) is not np.ndarray and _is_foreign(value):
        _require_size(name, value.shape, "it is sparse, of" if _is_sparse(value) else "it is of")


def _require_size(name: str, shape: tuple[int, ...], what: str) -> None:
    needed = 16.0 * math.prod(map(int, shape))
    if needed > MEMORY_LIMIT:
        must = f"fit in {MEMORY_LIMIT / 2**30:.0f} GiB as a full matrix"
        raise requirement(name, must, f"{what} shape {shape}, and takes {needed / 2**30:.3g} GiB")
    # the matrix, a copy of one's own, its adjoint and their difference
    what = f"a full matrix of shape {shape} with its checks"
    require_memory(name, 4.0 * needed, what=what, advice="take fewer levels")


def superoperators(name: str, value: Any) -> Any:
    """Return the numbers behind superoperators, on row-major vec(ρ).

    QuTiP stacks columns, which its objects say of themselves and are turned for; of numbers nothing can be told, and
    they are taken as they are.

    Raises
    ------
    ArgumentError
        If an object is something else than a superoperator, or depends on time.
    """

    def reordered(one: Any) -> npt.NDArray[Any]:
        kind = getattr(one, "superrep", "super")
        if kind != "super":
            raise requirement(
                name, "be a matrix that acts on vec(ρ)", f"it is {shown(kind)}; give qutip.to_super of it"
            )
        require_room(name, one)
        found = np.asarray(one.full())
        side = math.isqrt(len(found))
        return found.reshape(side, side, side, side).transpose(1, 0, 3, 2).reshape(found.shape)

    def refused(one: Any) -> npt.NDArray[Any]:
        what = "a Hamiltonian goes to LindbladSystem.from_qutip" if one.type == "oper" else "give a superoperator"
        raise requirement(name, "be a superoperator", f"it is {shown(one.type)}; {what}")

    kinds = {"oper", *_WRONG} - {"super"}
    return _plain(name, value, {"super": reordered, **dict.fromkeys(kinds, refused)})


def dims_of(name: str, value: Any) -> tuple[int, ...] | None:
    """Return the dimensions of the factors of the space that objects of QuTiP say they act on; None where nothing does.

    Restricted to some excitations the space is no product, and is one factor.

    Raises
    ------
    ArgumentError
        If an object leads from one space to another, or those in a list are of different ones.
    """
    if type(value) is np.ndarray and value.dtype != object:
        return None
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object and value.ndim):
        if isinstance(_first(value), np.generic | float | int | complex | str | type(None)):
            return None
        found = [one for one in (dims_of(name, one) for one in value) if one is not None]
        for one in found:
            if one != found[0]:
                raise requirement(name, "hold matrices of one space", f"it holds those of dims {found[0]} and {one}")
        return found[0] if found else None
    given = getattr(value, "dims", None)
    if not (callable(getattr(value, "full", None)) or type(value).__name__ == "QobjEvo") or not isinstance(given, list):
        return None
    kind = getattr(value, "type", "oper")
    left, right = given
    if kind in {"oper", "super"} and left != right:
        raise requirement(name, "act within one space", f"its dims are {given}")
    space = left[0] if kind == "super" else right if kind == "bra" else left
    if not all(isinstance(one, int) for one in space):
        return None
    size = math.isqrt(value.shape[0]) if kind == "super" else max(value.shape)
    return tuple(space) if math.prod(space) == size else (size,)


def qobj(name: str, matrix: npt.NDArray[Any], dims: tuple[int, ...]) -> Any:
    """Return a matrix as an object of QuTiP, on a space of these factors."""
    qutip = _qutip(name, "be asked for objects of QuTiP where it is installed")
    return qutip.Qobj(np.array(matrix), dims=[list(dims), list(dims)])


def _qutip(name: str, must: str) -> Any:
    try:
        import qutip  # noqa: PLC0415  (an extra)
    except ImportError:
        how = "qutip is not installed; take the extra `qutip`, or the arrays"
        raise requirement(name, must, how) from None
    return qutip


def unravelled(
    hamiltonian: npt.NDArray[Any],
    jumps: list[npt.NDArray[Any]],
    ket: npt.NDArray[Any],
    times: npt.NDArray[Any],
    *,
    count: int,
    seed: tuple[int, int],
    step: float | None,
) -> tuple[npt.NDArray[Any], list[int]]:
    """Return pure states ``(count, T, D)`` of a Lindblad equation along its trajectories in QuTiP, and jumps of each.

    Between jumps where ``step`` is None, and otherwise watched continuously, every channel by heterodyne detection.
    """
    qutip = _qutip("system", "be unravelled where QuTiP is installed")
    options: dict[str, Any] = {"keep_runs_results": True, "store_states": True, "progress_bar": ""}
    given = [qutip.Qobj(one) for one in (hamiltonian, ket.reshape(-1, 1), *jumps)]
    told = {"ntraj": count, "seeds": np.random.SeedSequence(seed[0], spawn_key=(seed[1],))}
    if step is None:
        # each step of that search leaves nine tenths of the interval at most: it ends long before
        options |= {"norm_steps": _SOUGHT}
        found = qutip.mcsolve(given[0], given[1], times, given[2:], options=options, **told)
        jumped = [len(one) for one in found.col_times]
    else:
        options |= {"dt": step, "method": "platen"}
        found = qutip.ssesolve(given[0], given[1], times, given[2:], heterodyne=True, options=options, **told)
        jumped = [0] * count
    return np.array([[one.full()[:, 0] for one in run] for run in found.runs_states]), jumped


OF_OPERATORS: Final = "with its collapse operators it becomes one, by LindbladSystem.from_qutip(H, c_ops)"


def is_operator(value: Any) -> bool:
    """Whether a value is one operator, and no sequence of them."""
    if isinstance(value, list | tuple):  # rows of numbers
        row = value[0] if value else None
        return isinstance(row, list | tuple) and bool(row) and isinstance(row[0], float | int | complex)
    return _is_foreign(value) or (isinstance(value, np.ndarray) and value.dtype != object and value.ndim == 2)


def _is_column(array: npt.NDArray[Any]) -> bool:
    # not a row, which is what is left of a matrix that was cut off
    return array.ndim == 2 and array.shape[0] > 1 == array.shape[1]


def _plain(name: str, value: Any, taken: Taken) -> Any:
    kind = type(value).__name__
    if isinstance(value, type) or (kind == "ndarray" and value.dtype != object):
        return value
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object and value.ndim):
        return _listed(name, value, taken)
    if kind in _CHANNELS:
        raise requirement(name, "be square matrices of states or operators", f"it is a {kind}, a channel, not a state")
    if kind == "QobjEvo":
        if not value.isconstant:
            raise of_time(name, "a QobjEvo", _ONE_TIME, coefficients_of(value))
        return _plain(name, value(0.0), taken)
    if kind == "FloquetBasis":
        raise requirement(name, "not depend on time", "it is a FloquetBasis, of a time-periodic system")
    if callable(getattr(value, "full", None)):
        return _of_qobj(name, value, taken)
    if _is_sparse(value):
        return _of_sparse(name, value)
    if isinstance(value, FunctionType | BuiltinFunctionType | MethodType | partial):
        raise of_time(name, f"a function, {kind}", "give what it returns at one time")
    if hasattr(value, "states") and hasattr(value, "expect"):
        raise requirement(name, "be states", f"it is a {kind} of a solver; give its `states`, or one of them")
    return value


def _is_sparse(value: Any) -> bool:
    return callable(getattr(value, "toarray", None)) and hasattr(value, "nnz")


def _of_qobj(name: str, value: Any, taken: Taken) -> Any:
    kind = getattr(value, "type", "oper")
    if kind in taken:
        return taken[kind](value)
    if kind in _WRONG:
        raise requirement(name, "be square matrices of states or operators", f"it is {_WRONG[kind]}")
    require_room(name, value)
    return np.asarray(value.full())


def _of_sparse(name: str, value: Any) -> Any:
    require_room(name, value)
    return np.asarray(value.toarray())


def _listed(name: str, values: Iterable[Any], taken: Taken) -> Any:
    """Return a list of objects of other libraries as one array; a list of anything else as it is."""
    if isinstance(values, np.ndarray) and all(
        isinstance(one, int | float | complex | np.number) for one in values.flat
    ):
        return np.asarray(values.tolist())  # what a list of the same would become
    first = _first(values)
    if isinstance(first, np.generic | float | int | complex | str | type(None)):
        return values
    entries = list(values)
    foreign = [one for one in entries if _is_foreign(one)]
    if isinstance(first, np.ndarray) and not foreign:
        return values
    if not foreign:
        nested = [_listed(name, one, taken) if isinstance(one, list | tuple) else one for one in entries]
        changed = any(new is not old for new, old in zip(nested, entries, strict=True))
        return np.asarray(_stack(name, nested)) if changed else values
    if any(not (_is_foreign(one) or _is_matrix(one)) for one in entries):
        named = coefficients_of(entries if isinstance(entries[-1], list | tuple) else [entries])
        advice = "give the operator at one time"
        raise of_time(name, "a list of operators with coefficients beside them", advice, named)
    stacked = _stack(name, [_plain(name, one, taken) for one in entries])
    dims_of(name, entries)
    return stacked


def _first(value: Any) -> Any:
    """Return the first entry of the first list within a list: what is no object there is none anywhere."""
    while isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object and value.ndim):
        if not len(value):
            return None
        value = value[0]
    return value


def _is_foreign(value: Any) -> bool:
    if isinstance(value, type):  # a class in place of what it makes has the same attributes, and none of the numbers
        return False
    return callable(getattr(value, "full", None)) or hasattr(value, "nnz") or type(value).__name__ == "QobjEvo"


def _is_matrix(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype != object and value.ndim > 1


def _is_timed(value: Any) -> bool:
    """Whether an entry of a list is an operator beside its coefficient, as QuTiP writes what depends on time."""
    return isinstance(value, list | tuple) and any(map(_is_foreign, value)) and not all(map(_is_foreign, value))


def _stack(name: str, arrays: list[Any]) -> Any:
    shapes = sorted({np.shape(one) for one in arrays})
    if len(shapes) > 1:
        raise requirement(name, "hold matrices of one shape", f"it holds those of {shapes[0]} and {shapes[1]}")
    return np.stack(arrays)


def _projector(name: str, vector: npt.NDArray[Any]) -> npt.NDArray[Any]:
    _require_size(name, (vector.size, vector.size), "the projector of a ket is of")
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
    return _projector(name, flat)
