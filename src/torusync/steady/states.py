"""States on disk: one ``.npz`` holds the system, the density in its own structure, and the evidence.

NumPy's own container needs no further dependency here and keeps complex numbers.  Nothing in a file is believed: its
members are the expected ones, each of the size that the container gives it, and a digest over all of them tells a file
that was written here from one that was changed since.  Pickles are neither written nor read.
"""

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError, Complex, requirement
from torusync._files import as_path, atomic_path, readable
from torusync._npy import DamagedError, KindError, read_entries, read_header
from torusync.densities import DenseDensity, Density, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank
from torusync.models import LindbladSystem, System, ThermalMaser

FORMAT: Final = "torusync state 2"

_OLDER: Final = {"torusync state 1"}
"""Formats without a digest: a file of theirs that was changed looks like one that was not."""

EVIDENCE: Final[dict[str, Any]] = {
    "residual": np.float64,
    "error": np.float64,
    "coherence_error": np.float64,
    "min_eigenvalue": np.float64,
    "nullity": np.int64,
    "codes": np.int64,
}
"""What a `SteadyState` holds beside system, density and solver, all of the batch shape, and of which type."""

SOLVERS: Final = ("Auto", "Block", "Cauchy", "Collective", "Dense", "LowRank")
"""Solvers whose states can be read back."""

_MASER: Final = (
    "drive",
    "n_hot",
    "n_cold",
    "gamma_hot",
    "gamma_cold",
    "omega_cold",
    "omega_hot",
    "splittings",
    "detuning",
    "dipole_correlation",
    "dipole_matrix",
)
_DENSITIES: Final[dict[str, type[Density]]] = {
    "lowrank": ThermalPlusLowRank,
    "collective": ThermalPlusCollective,
    "block": ThermalPlusBlock,
    "dense": DenseDensity,
}

_Arrays = dict[str, npt.NDArray[Any]]


def _system_arrays(system: System) -> dict[str, Any]:
    if isinstance(system, ThermalMaser):
        arrays: dict[str, Any] = {f"maser.{name}": getattr(system, name) for name in _MASER}
        if system.dipole_matrix is None:
            # every member is there, so that one left out is noticed; no machine has a matrix of no levels
            arrays["maser.dipole_matrix"] = np.empty((0, 0))
        return arrays
    if not isinstance(system, LindbladSystem):
        raise requirement("path", "be for a state of a ThermalMaser or a LindbladSystem", type(system).__name__)
    arrays = {"lindblad.hamiltonian": system.hamiltonian}
    for index, (rate, operator) in enumerate(system.channels):
        arrays[f"lindblad.rate.{index}"] = rate
        arrays[f"lindblad.operator.{index}"] = operator
    return arrays


def _density_arrays(density: Density) -> dict[str, Any]:
    kind = next(name for name, structure in _DENSITIES.items() if isinstance(density, structure))
    return {f"{kind}.{name}": array for name, array in density.arrays().items()}


def write_state(path: object, system: System, density: Density, *, evidence: dict[str, Any], solver: object) -> None:
    """Write everything a state consists of, whole or not at all; the name must end in ``.npz``."""
    path = as_path("path", path)
    if path.suffix != ".npz":
        raise requirement("path", "end in .npz", f"it is {str(path)!r}")
    kind = type(solver)
    if kind.__name__ not in SOLVERS or not kind.__module__.startswith("torusync.steady."):
        raise requirement(
            "path",
            f"be for a state of {', '.join(SOLVERS)}",
            f"{kind.__name__} could not be found again on loading; pickle the state instead",
        )
    named = json.dumps({"name": kind.__name__, "knobs": vars(solver)})
    arrays: dict[str, Any] = {"format": FORMAT, "solver": named} | _system_arrays(system) | _density_arrays(density)
    arrays |= {f"evidence.{name}": evidence[name] for name in EVIDENCE}
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    with atomic_path(path) as temporary:
        np.savez(temporary, **arrays, digest=digest(arrays))


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


def read_state(path: object) -> tuple[ThermalMaser | LindbladSystem, Density, dict[str, Any], str]:
    """Read what `write_state` wrote: system, density, evidence and the solver's name.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, changed since it was written, or of another format.
    """
    path = readable("path", path)
    try:
        # opened here, because np.load leaves the file open where it fails
        with path.open("rb") as stream, zipfile.ZipFile(stream) as container:
            members = _members(container, path.stat().st_size)
            _require_format(path, container, members)
            _require_members(path, members)
            arrays = {name: _array(container, member) for name, member in members.items()}
        expected, solver = str(arrays.pop("digest")), str(arrays["solver"])
    except ArgumentError:
        raise
    except _DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise requirement("path", "name a whole state file", f"{str(path)!r} is not ({reason})") from None
    if digest(arrays) != expected:
        raise requirement("path", "name a state file as it was written", f"{str(path)!r} was changed since")
    try:
        system, density = _system(arrays), _density(arrays)
        evidence = {name: _of_type(arrays[f"evidence.{name}"], dtype) for name, dtype in EVIDENCE.items()}
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise requirement("path", "hold a state that fits its system", f"{str(path)!r} does not ({error})") from None
    return system, density, evidence, solver


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


def _require_members(path: Path, names: Iterable[str]) -> None:
    """Refuse members too few or too many, by their names alone."""
    names = set(names)
    expected = {"format", "digest", "solver", *(f"evidence.{name}" for name in EVIDENCE)}
    if any(name.startswith("maser.") for name in names):
        expected |= {f"maser.{name}" for name in _MASER}
    else:
        count = sum(name.startswith("lindblad.rate.") for name in names)
        expected |= {f"lindblad.{part}.{index}" for index in range(count) for part in ("rate", "operator")}
        expected.add("lindblad.hamiltonian")
    kind = next((kind for kind in _DENSITIES if any(name.startswith(f"{kind}.") for name in names)), "dense")
    expected |= {f"{kind}.{name}" for name in _DENSITIES[kind].AXES}
    for wrong, what in ((expected - names, "lacks"), (names - expected, "holds the unknown")):
        if wrong:
            raise requirement("path", "name a whole state file", f"{str(path)!r} {what} {min(wrong)!r}")


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


def _system(arrays: _Arrays) -> ThermalMaser | LindbladSystem:
    maser = _group(arrays, "maser.")
    if maser:
        if maser["dipole_matrix"].shape == (0, 0):
            maser["dipole_matrix"] = None
        return ThermalMaser(maser.pop("drive"), **maser)
    rates, operators = _group(arrays, "lindblad.rate."), _group(arrays, "lindblad.operator.")
    channels = [(rates[str(index)], operators[str(index)]) for index in range(len(rates))]
    return LindbladSystem(arrays["lindblad.hamiltonian"], channels)


def _density(arrays: _Arrays) -> Density:
    kind = next(kind for kind in _DENSITIES if _group(arrays, f"{kind}."))
    structure, parts = _DENSITIES[kind], _group(arrays, f"{kind}.")
    types = {
        field.name: np.complex128 if field.type == Complex else np.float64 for field in fields(cast("Any", structure))
    }
    return structure(**{name: _of_type(part, types[name]) for name, part in parts.items()})
