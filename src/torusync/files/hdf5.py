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
    "module, path, variable, most, sys.path[:] = json.loads(sys.argv[1]); "
    "from importlib import import_module; import_module(module).serve(path, variable, most)"
)

_SPARSE: Final = "MATLAB_sparse"
"""Attribute of a group that is a sparse matrix: its number of rows."""

_PARTS: Final = (("real", "imag"), ("re", "im"), ("r", "i"))
"""Names of the parts of complex numbers that are records."""

_NESTED: Final = 8
_MOST_NAMES: Final = 10_000
"""Groups within groups, and names, that are listed: groups may hold each other."""

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
    output = in_child("torusync.files.hdf5", path, variable, most)
    stream = io.BytesIO(output)
    shapes, elsewhere, refused = json.loads(stream.readline())
    named = {name: None if shape is None else tuple(shape) for name, shape in shapes.items()}
    return Answer(named, elsewhere, refused, stream, len(output) - stream.tell())


def in_child(module: str, path: Path, variable: str | None, most: float) -> bytes:
    """Return what ``serve`` of a module writes about a file, called in a process of its own.

    Raises
    ------
    ChildError
        If the library fails on the file, dies, or does not end.
    """
    task = json.dumps([module, str(path.absolute()), variable, most, sys.path])
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
    return done.stdout


def _reason(stderr: bytes) -> str:
    """Return what the child says of its end, as data on its last line; the library may have written before it."""
    try:
        return " ".join(str(json.loads(stderr.splitlines()[-1])).split()).rstrip(".")
    except (IndexError, ValueError):
        return "the HDF5 library failed"


def serve(path: str, variable: str | None, most: float) -> None:
    """Write what a file holds to the standard output: a line of JSON, and the entries of an array."""
    import h5py  # noqa: PLC0415

    with h5py.File(path, "r") as stored:
        shapes, elsewhere = holdings(stored)
        refused, value, columns = "", None, False
        names = [name for name, shape in shapes.items() if shape is not None and len(shape) > 1 and min(shape) > 1]
        if variable is None and len(names) == 1:
            variable = names[0]
        if variable is not None and shapes.get(variable) is not None:
            found = stored[variable]
            refused = _refused(found, most)
            value = None if refused else _sparse(found) if isinstance(found, h5py.Group) else found[()]
            # what HDF5 calls rows are columns in MATLAB, whose sparse matrices are filled as they are meant
            columns = not isinstance(found, h5py.Group) and (path.endswith(".mat") or "MATLAB_class" in found.attrs)
    out = sys.stdout.buffer
    out.write(json.dumps([shapes, elsewhere, refused]).encode() + b"\n")
    if value is not None:
        _write(out, value, columns=columns)


def holdings(stored: Any) -> tuple[dict[str, tuple[int, ...] | None], list[str]]:
    """Return the shapes of all variables of an open file, None where one is no numbers, and what lies elsewhere."""
    shapes: dict[str, tuple[int, ...] | None] = {}
    elsewhere: list[str] = []
    _list(stored, "", shapes, elsewhere)
    return shapes, elsewhere


def _list(stored: Any, before: str, shapes: dict[str, tuple[int, ...] | None], elsewhere: list[str]) -> None:
    """Add the shapes of all variables, None where one holds no numbers of its own, and those that lie elsewhere."""
    import h5py  # noqa: PLC0415

    for short in stored:
        if short.startswith("#") or len(shapes) > _MOST_NAMES:  # where MATLAB keeps the contents of cells
            continue
        name = f"{before}{short}"
        shapes[name] = None
        if not isinstance(stored.get(short, getlink=True), h5py.HardLink):
            elsewhere.append(name)
        elif stored.get(short, getclass=True) is h5py.Dataset:
            if not _is_own(stored, short):
                elsewhere.append(name)
            elif _is_numeric(stored[short].dtype):
                shapes[name] = stored[short].shape
        elif stored.get(short, getclass=True) is h5py.Group and _SPARSE in stored[short].attrs:
            shapes[name] = _sparse_shape(stored[short])
        elif stored.get(short, getclass=True) is h5py.Group and name.count("/") < _NESTED and len(stored[short]):
            del shapes[name]
            _list(stored[short], f"{name}/", shapes, elsewhere)


def _is_own(group: Any, name: str) -> bool:
    """Whether a group holds a dataset of this name with numbers in this file."""
    import h5py  # noqa: PLC0415

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        return False
    if group.get(name, getclass=True) is not h5py.Dataset:
        return False
    plan = group[name].id.get_create_plist()
    return plan.get_layout() != h5py.h5d.VIRTUAL and not plan.get_external_count()


def _sparse_shape(group: Any) -> tuple[int, int] | None:
    """Return the shape of a sparse matrix of MATLAB; None where its parts are not what they should be."""
    if not _is_own(group, "jc"):
        return None
    starts = group["jc"]
    if starts.ndim != 1 or starts.dtype.kind not in "iu" or not starts.shape[0]:
        return None
    return int(group.attrs[_SPARSE]), int(starts.shape[0]) - 1


def _sparse(group: Any) -> Any:
    """Return a sparse matrix in full."""
    import numpy as np  # noqa: PLC0415

    rows, columns = _sparse_shape(group) or (0, 0)
    starts = np.asarray(group["jc"][()]).astype(np.int64)
    out = np.zeros((rows, columns), dtype=np.complex128)
    if starts[-1] == 0:
        return out
    if not (_is_own(group, "ir") and _is_own(group, "data") and group["ir"].dtype.kind in "iu"):
        raise ValueError("a sparse matrix has no entries of its own")
    index, values = np.asarray(group["ir"][()]).astype(np.int64), _complex(group["data"][()])
    if (np.diff(starts) < 0).any() or not len(index) == len(values) == starts[-1] or starts[0] != 0:
        raise ValueError("a sparse matrix has not the entries that its columns announce")
    if (index < 0).any() or (index >= rows).any():
        raise ValueError("a sparse matrix has an entry outside of it")
    out[index, np.repeat(np.arange(columns), np.diff(starts))] = values
    return out


def _is_numeric(dtype: Any) -> bool:
    if dtype.names is None:
        return dtype.kind in "biufc" and dtype.subdtype is None
    return dtype.names in _PARTS and all(dtype[name].kind in "iuf" for name in dtype.names)


def _refused(dataset: Any, most: float) -> str:
    """Return why a dataset is not read, if it is not: as complex numbers, or one piece of it, it would be too large."""
    if hasattr(dataset, "keys"):  # a sparse one, whose parts are smaller than itself
        return TOO_LARGE if 16 * math.prod(_sparse_shape(dataset) or (0,)) > most else ""
    numbers, piece = math.prod(dataset.shape), math.prod(dataset.chunks or (1,)) * dataset.dtype.itemsize
    if max(16 * numbers, piece) > most:
        return TOO_LARGE
    return NOTHING if numbers and not dataset.id.get_storage_size() else ""


def _complex(value: Any) -> Any:
    """Return an array of records of two parts as one of numbers, of the precision of the parts."""
    import numpy as np  # noqa: PLC0415

    array = np.asarray(value)
    if array.dtype.names is None:
        return array
    real, imaginary = (array[name] for name in array.dtype.names)
    out = np.empty(array.shape, dtype=np.result_type(real.dtype, imaginary.dtype, np.complex64))
    out.real, out.imag = real, imaginary
    return out


def _write(out: BinaryIO, value: Any, *, columns: bool) -> None:
    """Write an array in NumPy's format, with its axes reversed where columns come first."""
    import numpy as np  # noqa: PLC0415

    array = np.asarray(_complex(value), order="C")
    kind = np.lib.format.header_data_from_array_1_0(array.T if columns else array)
    np.lib.format.write_array_header_1_0(out, kind)
    out.write(array.reshape(-1).view(np.uint8).data)
