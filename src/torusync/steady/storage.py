"""States on disk: one ``.npz`` holds the system, the density in its own structure, and the evidence.

NumPy's own container needs no further dependency here, keeps complex numbers, and carries a checksum a member, so a
truncated file is noticed.  Pickles are neither written nor read.
"""

import zipfile
import zlib
from typing import Any, Final

import numpy as np

from torusync._checks import requirement
from torusync._files import as_path, atomic_path, readable
from torusync.densities import DenseDensity, Density, ThermalPlusBlock, ThermalPlusCollective, ThermalPlusLowRank
from torusync.generators import LindbladSystem
from torusync.models import ThermalMaser

FORMAT: Final = "torusync state 1"

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
)
_DENSITIES: Final[dict[str, type[Density]]] = {
    "lowrank": ThermalPlusLowRank,
    "collective": ThermalPlusCollective,
    "block": ThermalPlusBlock,
    "dense": DenseDensity,
}


def _system_arrays(system: ThermalMaser | LindbladSystem) -> dict[str, Any]:
    if isinstance(system, ThermalMaser):
        arrays: dict[str, Any] = {f"maser.{name}": getattr(system, name) for name in _MASER}
        if system.dipole_matrix is not None:
            arrays["maser.dipole_matrix"] = system.dipole_matrix
        return arrays
    arrays = {"lindblad.hamiltonian": system.hamiltonian}
    for index, (rate, operator) in enumerate(system.channels):
        arrays[f"lindblad.rate.{index}"] = rate
        arrays[f"lindblad.operator.{index}"] = operator
    return arrays


def _density_arrays(density: Density) -> dict[str, Any]:
    kind = next(name for name, structure in _DENSITIES.items() if isinstance(density, structure))
    return {f"{kind}.{name}": array for name, array in density.arrays().items()}


def write_state(
    path: object, system: ThermalMaser | LindbladSystem, density: Density, *, evidence: dict[str, Any], solver: str
) -> None:
    """Write everything a state consists of, whole or not at all; the name must end in ``.npz``."""
    path = as_path("path", path)
    if path.suffix != ".npz":
        raise requirement("path", "end in .npz", f"it is {str(path)!r}")
    arrays = _system_arrays(system) | _density_arrays(density)
    arrays |= {f"evidence.{name}": value for name, value in evidence.items()}
    with atomic_path(path) as temporary:
        np.savez(temporary, format=FORMAT, solver=solver, **arrays)


def _group(arrays: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


_DAMAGE: Final = (
    OSError, ValueError, EOFError, SyntaxError, RuntimeError, KeyError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What zipfile and NumPy's reader raise for a file whose bytes were changed (NotImplementedError is a RuntimeError)."""


def read_state(path: object) -> tuple[ThermalMaser | LindbladSystem, Density, dict[str, Any], str]:
    """Read what `write_state` wrote: system, density, evidence and the solver's name.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated or of another format.
    """
    path = readable("path", path)
    try:
        # opened here, because np.load leaves the file open where it fails
        with path.open("rb") as stream, zipfile.ZipFile(stream) as container:
            arrays = {name.removesuffix(".npy"): _member(container, name) for name in container.namelist()}
    except _DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise requirement("path", "name a whole state file", f"{str(path)!r} is not ({reason})") from None
    if str(arrays.get("format", "")) != FORMAT:
        raise requirement("path", "name a state written by `save`", f"{str(path)!r} holds {sorted(arrays)[:4]}")
    try:
        return _system(arrays), _density(arrays), _group(arrays, "evidence."), str(arrays["solver"])
    except KeyError as error:
        raise requirement("path", "name a whole state file", f"{str(path)!r} lacks {error}") from None
    except (TypeError, ValueError, IndexError) as error:
        raise requirement("path", "hold a state that fits its system", f"{str(path)!r} does not ({error})") from None


def _member(container: zipfile.ZipFile, name: str) -> Any:
    with container.open(name) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _system(arrays: dict[str, Any]) -> ThermalMaser | LindbladSystem:
    maser = _group(arrays, "maser.")
    if maser:
        return ThermalMaser(maser.pop("drive"), **maser)
    rates, operators = _group(arrays, "lindblad.rate."), _group(arrays, "lindblad.operator.")
    return LindbladSystem(arrays["lindblad.hamiltonian"], [(rates[index], operators[index]) for index in rates])


def _density(arrays: dict[str, Any]) -> Density:
    for kind, structure in _DENSITIES.items():
        parts = _group(arrays, f"{kind}.")
        if parts:
            return structure(**parts)
    raise KeyError("density")
