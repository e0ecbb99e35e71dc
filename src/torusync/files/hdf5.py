"""One variable of an HDF5 file, read in a process of its own.

The HDF5 library is compiled, and damaged files may end it by a signal, keep it busy for ever, or let it take memory
without end.  In a child process that is one sentence.  What lies in other files (external links, external and virtual
datasets) is not followed: a matrix from elsewhere must not make a program open what its owner did not name.
"""

import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

_PATIENCE: Final = 120.0
"""Seconds after which a file counts as damaged: 2 GiB of packed numbers take some twenty."""

_HOOK: Final = (
    "import json, sys; "
    "sys.excepthook = lambda kind, error, _: print(json.dumps(str(error) or kind.__name__), file=sys.stderr); "
)
_START: Final = (
    "path, variable, most, sys.path[:] = json.loads(sys.argv[1]); "
    "from torusync.files.hdf5 import serve; serve(path, variable, most)"
)

TOO_LARGE: Final = "too large"
NOTHING: Final = "nothing"
"""Why a variable was not read."""


class ChildError(Exception):
    """The child did not come back with an answer; the message says why."""


class Answer(NamedTuple):
    """What a file holds.

    ``shapes`` by name, None where there are no numbers; the names of what lies ``elsewhere``; why the variable was
    ``refused``, if it was; and a stream at the beginning of ``size`` bytes in NumPy's format.
    """

    shapes: dict[str, tuple[int, ...] | None]
    elsewhere: list[str]
    refused: str
    stream: BinaryIO
    size: int


def ask(path: Path, variable: str | None, *, most: float) -> Answer:
    """Return what a file holds, and a variable of at most ``most`` bytes, by default the only matrix.

    Raises
    ------
    ChildError
        If the library fails on the file, dies, or does not end.
    """
    task = json.dumps([str(path.absolute()), variable, most, sys.path])
    command = [sys.executable or "python3", "-P", "-c", _HOOK + _START, task]
    # one thread reads; and a damaged file may not name code to be loaded
    surroundings = os.environ | {"OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PRELOAD": "::", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE, env=surroundings)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise ChildError(f"the HDF5 library did not end within {_PATIENCE:g} s") from None
    except OSError as error:
        raise ChildError(f"no process could be started to read it: {error.strerror}") from None
    if done.returncode < 0:
        raise ChildError(f"the HDF5 library crashed with signal {-done.returncode}")
    if done.returncode:
        raise ChildError(_reason(done.stderr))
    stream = io.BytesIO(done.stdout)
    shapes, elsewhere, refused = json.loads(stream.readline())
    named = {name: None if shape is None else tuple(shape) for name, shape in shapes.items()}
    return Answer(named, elsewhere, refused, stream, len(done.stdout) - stream.tell())


def _reason(stderr: bytes) -> str:
    """Return what the child says of its end, as data on its last line; the library may have written before it."""
    try:
        return str(json.loads(stderr.splitlines()[-1]))
    except (IndexError, ValueError):
        return "the HDF5 library failed"


def serve(path: str, variable: str | None, most: float) -> None:
    """Write what a file holds to the standard output: a line of JSON, and the entries of an array."""
    import h5py  # noqa: PLC0415

    with h5py.File(path, "r") as stored:
        shapes, elsewhere = _listed(stored)
        names = [name for name, shape in shapes.items() if shape is not None and len(shape) > 1 and min(shape) > 1]
        if variable is None and len(names) == 1:
            variable = names[0]
        refused, value = "", None
        if variable is not None and shapes.get(variable) is not None:
            refused = _refused(stored[variable], most)
            value = None if refused else stored[variable][()]
    out = sys.stdout.buffer
    out.write(json.dumps([shapes, elsewhere, refused]).encode() + b"\n")
    if value is not None:
        _write(out, value)


def _listed(stored: Any) -> tuple[dict[str, tuple[int, ...] | None], list[str]]:
    """Return the shapes of all variables, None where one holds no numbers of its own, and those that lie elsewhere."""
    import h5py  # noqa: PLC0415

    shapes: dict[str, tuple[int, ...] | None] = {}
    elsewhere = []
    for name in stored:
        if name.startswith("#"):  # where MATLAB keeps the contents of cells
            continue
        shapes[name] = None
        if not isinstance(stored.get(name, getlink=True), h5py.HardLink):
            elsewhere.append(name)
        elif stored.get(name, getclass=True) is h5py.Dataset:
            dataset = stored[name]
            plan = dataset.id.get_create_plist()
            if plan.get_layout() == h5py.h5d.VIRTUAL or plan.get_external_count():
                elsewhere.append(name)
            elif _is_numeric(dataset.dtype):
                shapes[name] = dataset.shape
    return shapes, elsewhere


def _is_numeric(dtype: Any) -> bool:
    if dtype.names is None:
        return dtype.kind in "biufc" and dtype.subdtype is None
    return dtype.names == ("real", "imag") and all(dtype[name].kind in "iuf" for name in dtype.names)


def _refused(dataset: Any, most: float) -> str:
    """Return why a dataset is not read, if it is not: as complex numbers, or one piece of it, it would be too large."""
    numbers, piece = math.prod(dataset.shape), math.prod(dataset.chunks or (1,)) * dataset.dtype.itemsize
    if max(16 * numbers, piece) > most:
        return TOO_LARGE
    return NOTHING if numbers and not dataset.id.get_storage_size() else ""


def _write(out: BinaryIO, value: Any) -> None:
    """Write an array in NumPy's format with its axes reversed: what HDF5 calls rows are columns in MATLAB."""
    import numpy as np  # noqa: PLC0415

    array = np.asarray(value)
    if array.dtype.names is not None:
        parts, array = array, np.empty(array.shape, dtype=np.complex128)
        array.real, array.imag = parts["real"], parts["imag"]
    array = np.asarray(array, order="C")
    np.lib.format.write_array_header_1_0(out, np.lib.format.header_data_from_array_1_0(array.T))
    out.write(array.reshape(-1).view(np.uint8).data)
