"""States on disk: one ``.npz`` holds the system, the density in its own structure, and the evidence.

NumPy's own container needs no further dependency here and keeps complex numbers.  Nothing in a file is believed: its
members are the expected ones, each of the size that the container gives it, and a digest over all of them tells a file
that was written here from one that was changed since.  Pickles are neither written nor read.  A file names its model
and its solver by words that are looked up among those that are known here; it cannot name a module.
"""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import numpy.typing as npt

from torusync._checks import POSITIVE_TOLERANCE, TRACE_TOLERANCE, ArgumentError, Complex, requirement
from torusync.densities import DenseDensity, Density, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank
from torusync.files.npy import DamagedError, KindError, read_entries, read_header
from torusync.files.whole import as_path, atomic_path, readable
from torusync.models import Model, known_models
from torusync.steady.answer import Solver, Status, SteadyState
from torusync.steady.auto import Auto
from torusync.steady.block import Block
from torusync.steady.cauchy import Cauchy
from torusync.steady.charged import Charged
from torusync.steady.collective import Collective
from torusync.steady.dense import Dense
from torusync.steady.krylov import Krylov
from torusync.steady.lowrank import LowRank
from torusync.steady.matrixfree import MatrixFree
from torusync.steady.recheck import recheck
from torusync.steady.sparse import Sparse
from torusync.steady.stacked import Stacked

FORMAT: Final = "torusync state 2"

_OLDER: Final = {"torusync state 1"}
"""Formats without a digest: a file of theirs that was changed looks like one that was not."""

EVIDENCE: Final[dict[str, Any]] = {
    "residual": np.float64,
    "error": np.float64,
    "coherence_error": np.float64,
    "min_eigenvalue": np.float64,
    "nullity": np.int64,
    "status_codes": np.int64,
}
"""What a `SteadyState` holds beside system, density and solver, all of the batch shape, and of which type."""

_LASTS: Final = "evidence.holds_until"
"""Until when states last: there where some of them do not for ever."""

_SOLVERS: Final[dict[str, Any]] = {
    one.__name__: one
    for one in (Auto, Block, Cauchy, Charged, Collective, Dense, Krylov, LowRank, MatrixFree, Sparse, Stacked)
}
"""Solvers whose states can be read back."""

_MATRICES: Final = {"solver.charge": Charged}
"""Knobs that are matrices, members of their own, and the solver that has them."""

_DENSITIES: Final[dict[str, type[Density]]] = {
    "lowrank": ThermalPlusLowRank,
    "collective": ThermalPlusCollective,
    "block": ThermalPlusBlock,
    "dense": DenseDensity,
}

_RESERVED: Final = {"evidence", "solver", *_DENSITIES}
"""Words that a file has for something else than its model."""

_BALANCED: Final = 1e-6
"""Residual over the norm of the generator that no state found to six digits can have."""

_UNIT: Final = "hertz"
"""Stored beside the parameters where it is known."""
_NONE: Final = np.empty((0, 0))
"""What stands for a parameter left out: every member is there, so that a lost one is noticed."""

_Arrays = dict[str, npt.NDArray[Any]]


def save_state(state: SteadyState, path: object) -> None:
    """Write everything a state consists of, whole or not at all; the name must end in ``.npz``.

    Raises
    ------
    ArgumentError
        If the path cannot be written to, or the state's model or solver could not be found again on loading.
    """
    path = as_path("path", path)
    if path.suffix != ".npz":
        raise requirement("path", "end in .npz", f"it is {str(path)!r}")
    name, solver = getattr(state.system, "NAME", ""), type(state.solver)
    models = {one: kind for one, kind in known_models().items() if one not in _RESERVED}
    for kind, found, names in (
        (type(state.system), models.get(name), models),
        (solver, _SOLVERS.get(solver.__name__), _SOLVERS),
    ):
        if kind is not found:
            raise requirement(
                "path",
                f"be for a state of {', '.join(names)}",
                f"{kind.__name__} could not be found again on loading; pickle the state instead",
            )
    system = cast("Model", state.system)
    values = system.arrays() | ({} if system.hertz is None else {_UNIT: system.hertz})
    knobs = vars(state.solver)
    plain = {one: value for one, value in knobs.items() if f"solver.{one}" not in _MATRICES}
    named = json.dumps({"name": solver.__name__, "knobs": plain})
    structure = next(name for name, structure in _DENSITIES.items() if isinstance(state.density, structure))
    parts = {
        name: {one: _NONE if array is None else array for one, array in values.items()},
        structure: state.density.arrays(),
        "evidence": {one: getattr(state, one) for one in EVIDENCE},
    }
    arrays = {f"{part}.{one}": np.asarray(array) for part, inside in parts.items() for one, array in inside.items()}
    arrays |= {"format": np.asarray(FORMAT), "solver": np.asarray(named)}
    arrays |= {f"solver.{one}": value for one, value in knobs.items() if one not in plain}
    if (np.asarray(state.status_codes) == Status.METASTABLE).any():
        arrays[_LASTS] = np.asarray(state.holds_until)
    with atomic_path(path) as temporary:
        np.savez(temporary, **cast("Any", arrays), digest=digest(arrays))


def digest(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    """Return the SHA-256 of named arrays: names, types, shapes, and entries in the order of rows."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()


_DAMAGE: Final = (
    OSError, ValueError, EOFError, RuntimeError, KeyError, zipfile.BadZipFile, zlib.error, DamagedError, KindError,
)  # fmt: skip
"""What zipfile and the reader of arrays raise for changed bytes (NotImplementedError is a RuntimeError)."""


def load_state(path: str | Path) -> SteadyState:
    """Read a state that `SteadyState.save` wrote.

    The residual is worked out anew from the system and the state that were read, and must be what the file says.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, changed since it was written, of another format or of a model that is
        not defined here, or holds parts that do not fit together.
    """
    where = readable("path", path)
    try:
        # opened here, because np.load leaves the file open where it fails
        with where.open("rb") as stream, zipfile.ZipFile(stream) as container:
            members = _members(container, where.stat().st_size)
            _require_format(where, container, members)
            model, structure = _kinds(where, set(members))
            arrays = {name: _array(container, member) for name, member in members.items()}
    except ArgumentError:
        raise
    except _DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise requirement("path", "name a whole state file", f"{str(where)!r} is not ({reason})") from None
    if str(arrays.pop("digest")) != digest(arrays):
        raise requirement("path", "name a state file as it was written", f"{str(where)!r} was changed since")
    try:
        state = SteadyState(
            system=_system(model, arrays),
            density=_density(structure, arrays),
            solver=_solver(str(arrays["solver"]), arrays),
            why="",
            holds_until=_lasting(arrays),
            **{name: _of_type(arrays[f"evidence.{name}"], dtype) for name, dtype in EVIDENCE.items()},
        )
        _check_contents(state)
        _check_balance(state)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise requirement("path", "hold a state that fits its system", f"{str(where)!r} does not ({error})") from None
    return state


def _members(container: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name, each once, and together no larger than the file: nothing in it unpacks."""
    listed = container.infolist()
    twice = [name for name, count in Counter(one.filename for one in listed).items() if count > 1]
    if twice:
        raise DamagedError(f"it holds {twice[0]!r} twice")
    for one in listed:
        if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size:
            raise DamagedError(f"its member {one.filename!r} is compressed, which `save` does not do")
    if sum(one.file_size for one in listed) > size:
        raise DamagedError("its members are larger than the file")
    return {one.filename.removesuffix(".npy"): one for one in listed}


def _require_format(path: Path, container: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> None:
    found = str(_array(container, members["format"])) if "format" in members else ""
    if found in _OLDER:
        raise requirement(
            "path",
            f"name a state of the format {FORMAT!r}",
            f"{str(path)!r} is of {found!r}, which could not tell a damaged file: solve its system again and save it",
        )
    if found != FORMAT:
        raise requirement("path", "name a state written by `save`", f"{str(path)!r} holds {sorted(members)[:4]}")


def _kinds(path: Path, names: set[str]) -> tuple[type[Model], str]:
    """Return the model and the structure that the members are of, by their names alone; refuse too few or too many."""
    prefixes = {name.partition(".")[0] for name in names if "." in name}
    structure = next((one for one in _DENSITIES if one in prefixes), "dense")
    known = known_models()
    model = next((kind for one, kind in known.items() if one in prefixes - _RESERVED), None)
    if model is None:
        other = min(prefixes - _RESERVED, default="")
        raise requirement(
            "path",
            f"hold a state of {', '.join(known)}",
            f"{str(path)!r} is one of {other!r}; import what defines that model first"
            if other
            else "it names no model",
        )
    inside = {name.removeprefix(f"{model.NAME}.") for name in names if name.startswith(f"{model.NAME}.")}
    expected = {"format", "digest", "solver", *(f"evidence.{name}" for name in EVIDENCE)}
    expected |= {f"{model.NAME}.{name}" for name in model.stored_names(inside) | (inside & {_UNIT})}
    expected |= {f"{structure}.{name}" for name in _DENSITIES[structure].AXES}
    expected |= names & {_LASTS, *_MATRICES}
    for wrong, what in ((expected - names, "lacks"), (names - expected, "holds the unknown")):
        if wrong:
            raise requirement("path", "name a whole state file", f"{str(path)!r} {what} {min(wrong)!r}")
    return model, structure


def _array(container: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    try:
        with container.open(member) as stream:
            binary = cast("BinaryIO", stream)
            return read_entries(binary, read_header(binary, member.file_size))
    except (DamagedError, KindError) as error:
        raise DamagedError(f"{member.filename}: {error}") from None


def _group(arrays: _Arrays, prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _of_type(array: npt.NDArray[Any], dtype: Any) -> npt.NDArray[Any]:
    """Return the array in this machine's byte order, or refuse another kind of numbers."""
    if array.dtype.newbyteorder("=") != dtype:
        raise TypeError(f"{array.dtype} in place of {np.dtype(dtype)}")
    return np.asarray(array, dtype=dtype)


def _system(model: type[Model], arrays: _Arrays) -> Model:
    """Return the system as it was saved, None for a parameter that was left out."""
    optional = {one.name for one in model.PARAMETERS if one.default is None}
    found = _group(arrays, f"{model.NAME}.")
    hertz = found.pop(_UNIT, None)
    values = {name: None if name in optional and one.shape == _NONE.shape else one for name, one in found.items()}
    return model.from_arrays(values).measured_in(None if hertz is None else float(hertz))


def _density(kind: str, arrays: _Arrays) -> Density:
    structure, parts = _DENSITIES[kind], _group(arrays, f"{kind}.")
    types = {
        field.name: np.complex128 if field.type == Complex else np.float64 for field in fields(cast("Any", structure))
    }
    return structure(**{name: _of_type(part, types[name]) for name, part in parts.items()})


def _solver(text: str, arrays: _Arrays) -> Solver:
    content = json.loads(text)
    kind, knobs = _SOLVERS[content["name"]], content["knobs"]
    matrices = {name: array for name, array in arrays.items() if name in _MATRICES}
    if any(_MATRICES[name] is not kind for name in matrices):
        raise ValueError("its solver has no matrix")
    large = {name.partition(".")[2]: _of_type(array, np.complex128) for name, array in matrices.items()}
    solver: Solver = kind(**knobs, **large)
    numbers = all(isinstance(knob, int | float) and not isinstance(knob, bool) for knob in knobs.values())
    same = all(np.array_equal(getattr(solver, name), value) for name, value in large.items())
    held = {name: value for name, value in vars(solver).items() if name not in large}
    if set(content) != {"name", "knobs"} or not numbers or held != knobs or not same:
        raise ValueError("its solver has other knobs")
    return solver


def _lasting(arrays: _Arrays) -> npt.NDArray[Any]:
    """Return until when the states last: those that are none until 0, those that last for ever to infinity."""
    codes = arrays["evidence.status_codes"]
    passing, lost = codes == Status.METASTABLE, (codes != Status.SUCCESS) & (codes != Status.METASTABLE)
    found = np.where(lost, 0.0, np.inf)
    if _LASTS not in arrays:
        return found
    told = _of_type(arrays[_LASTS], np.float64)
    if told.shape != codes.shape or not (passing == ((told > 0.0) & (told < np.inf))).all():
        raise ValueError("it lasts as its codes do not say")
    if not passing.any() or (told != found)[~passing].any():
        raise ValueError("it lasts as its codes do not say")
    return told


def _check_contents(state: SteadyState) -> None:
    """Refuse parts that do not belong together, and a density that is none where the codes say that there is one."""
    batch, levels = state.batch_shape, state.dimension
    shapes = {getattr(state, name).shape for name in EVIDENCE}
    if shapes != {batch} or levels != state.system.dimension or state.populations.shape != (*batch, levels):
        raise ValueError("shapes differ")
    if not set(np.unique(state.status_codes).tolist()) <= set(Status):
        raise ValueError("status codes are none")
    passing = state.status_codes == Status.METASTABLE
    if not ((state.holds_until > 0.0) & (state.holds_until < np.inf) & (state.error == np.inf))[passing].all():
        raise ValueError("it does not say until when it lasts")
    if isinstance(state.solver, Charged) and len(state.solver.charge) != levels:
        raise ValueError("its charge is of other levels")
    if not np.isnan(state.populations[~state.succeeded]).all():
        raise ValueError("it has a state where its codes say that there is none")
    populations = state.populations[state.succeeded]
    coherences = np.abs(state.density.row(levels - 1)[state.succeeded])
    bounded = (populations >= -POSITIVE_TOLERANCE).all() and (coherences <= 0.5 + POSITIVE_TOLERANCE)[..., :-1].all()
    if not bounded or not (np.abs(populations.sum(axis=-1) - 1.0) <= TRACE_TOLERANCE).all():
        raise ValueError("populations or coherences are not those of a density matrix")


def _check_balance(state: SteadyState) -> None:
    """Refuse a state that does not balance in its system as well as it says."""
    found, judged = recheck(state.system, state.density), state.succeeded
    said = found.residual <= state.residual + found.rounding
    if not (said & (found.residual <= _BALANCED * found.scale))[judged].all():
        worst = float(np.max(np.nan_to_num(found.residual[judged], nan=np.inf)))
        raise ValueError(f"its residual is {worst:.2g}, more than it says")
