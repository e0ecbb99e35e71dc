"""Numbers of a large store, read where they are asked for: what is damaged is told then, in one sentence, as ever.

An array that Zarr reads by itself tells its own error, from deep inside, which names neither the store nor the chunk.
"""

from pathlib import Path
from typing import Any, final

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from torusync.sweeps.building import reading


@final
class _Guarded(BackendArray):
    """An array of a store whose every read is looked after."""

    def __init__(self, path: Path, array: Any) -> None:
        self.path, self.array = path, array
        self.shape, self.dtype = array.shape, np.dtype(array.dtype)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        with reading(self.path):
            return self.array.oindex[key]


def guarded(path: Path, found: xr.Dataset) -> xr.Dataset:
    """Return a dataset of a store whose variables say what is damaged of it when they are read."""
    import zarr  # noqa: PLC0415  (for stores only)

    group = zarr.open_group(zarr.storage.LocalStore(path), mode="r", zarr_format=3)
    kept = {}
    for name, one in found.data_vars.items():
        array = group[str(name)]
        # what xarray makes other numbers of than those that are held stays as it has it
        if isinstance(array, zarr.Array) and array.dtype == one.dtype and array.shape == one.shape:
            held = indexing.LazilyIndexedArray(_Guarded(path, array))
            kept[name] = xr.Variable(one.dims, held, one.attrs, one.encoding)
    return found.assign(kept)
