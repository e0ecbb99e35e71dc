"""Two other engines that drive the same function, a row of a map a call, and keep what it returns.

pipefunc keeps the result of each call in a file of its own, which a run that was killed could go on from; xyzpy writes
one file at the end.  Both are asked for nothing but one process, as we are.  Where they are not installed (extra
`peers`), nobody is measured, and the row says so.
"""

import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from benchmarks.results import DisagreementError
from torusync.sweeps import Study, chunk, schema

NAMES: Final = "pipefunc", "xyzpy"


def row(text: str, number: int) -> dict[str, np.ndarray]:
    """Return all quantities along a row of a map with two axes: the function that is driven."""
    study = _study(text)
    return chunk(study, slice(number * study.shape[1], (number + 1) * study.shape[1]))


_KNOWN: dict[str, Study] = {}


def _study(text: str) -> Study:
    if text not in _KNOWN:
        _KNOWN[text] = Study.from_text(text)
    return _KNOWN[text]


def installed() -> dict[str, Callable[[Study, Path], np.ndarray]]:
    """Return who is here: a function that fills a folder and returns S_max."""
    drivers = {"pipefunc": _by_pipefunc, "xyzpy": _by_xyzpy}
    return {name: drivers[name] for name in NAMES if find_spec(name) is not None}


def emptied(drive: Callable[[Study, Path], Any], study: Study, folder: Path) -> None:
    """Drive a study into a folder that is empty before and after."""
    folder.mkdir()
    try:
        drive(study, folder)
    finally:
        shutil.rmtree(folder)


def size(drive: Callable[[Study, Path], Any], study: Study, folder: Path, expected: np.ndarray) -> tuple[int, int]:
    """Return how many files, and bytes in them, an engine leaves; it must have found what we did."""
    folder.mkdir()
    try:
        found = drive(study, folder)
        if not np.allclose(found, expected, rtol=1e-12, atol=0.0):
            raise DisagreementError("Another engine has other numbers from the same function.")
        return tally(folder)
    finally:
        shutil.rmtree(folder)


def tally(folder: Path) -> tuple[int, int]:
    """Return how many files there are in a folder, and bytes in them."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def _by_pipefunc(study: Study, folder: Path) -> np.ndarray:
    from pipefunc import PipeFunc, Pipeline  # noqa: PLC0415  (a peer that may not be there)

    driven = PipeFunc(partial(row, study.text), "part", mapspec="number[i] -> part[i]")
    inputs = {"number": list(range(study.shape[0]))}
    parts = Pipeline([driven]).map(inputs, run_folder=folder / "run", parallel=False, show_progress=False)["part"]
    return np.stack([one["s_max"] for one in parts.output])


def _by_xyzpy(study: Study, folder: Path) -> np.ndarray:
    import xyzpy  # noqa: PLC0415  (a peer that may not be there)

    names, inner = list(schema(study).variables), study.dims[1]

    def driven(number: int) -> tuple[np.ndarray, ...]:
        found = row(study.text, number)
        return tuple(found[name] for name in names)

    runner = xyzpy.Runner(
        driven, var_names=names, var_dims={name: [inner] for name in names},
        var_coords={inner: study.axes[1].labels},
    )  # fmt: skip
    harvester = xyzpy.Harvester(runner, data_name=str(folder / "map.h5"))
    harvester.harvest_combos({"number": range(study.shape[0])}, verbosity=0)
    with xr.open_dataset(folder / "map.h5", engine="h5netcdf") as found:
        return found["s_max"].transpose("number", inner).to_numpy()
