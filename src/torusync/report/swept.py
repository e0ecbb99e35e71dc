"""The sweeps of a figure that is being made: kept beside what is whole, so that a run goes on inside a figure.

What takes a second is done again sooner than it is written, read and cleared away: so a sweep is in memory until it has
taken longer, and from then on in a store, chunk by chunk, which any kill leaves whole.  Chunks are the same in both, so
a figure has the same numbers, to the last bit, whenever its run was ended.  All of it goes once the figure is there.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, final

from torusync._checks import ArgumentError
from torusync.files.whole import write_text
from torusync.sweeps import Study, chunk
from torusync.sweeps.engine import Arrays
from torusync.sweeps.maps import Memory
from torusync.sweeps.store import Disk, Work

if TYPE_CHECKING:
    import xarray as xr

KEPT_SECONDS: Final = 1.0
"""Longest sweep that is in memory alone; a store costs half of it, most of which is to load the library."""

_MARK: Final = "made-by.txt"
_ANEW: Final = "begun anew: what there was of it was made by other code or with other settings"


@final
@dataclass(frozen=True)
class Sweeps:
    """The folder of one figure's sweeps, and which code and settings make them."""

    path: Path
    mark: str

    def begin(self, *, anew: bool) -> str:
        """Clear away what is not to be gone on with, and return what a person is told of it."""
        if not self.path.is_dir():
            return ""
        mark = self.path / _MARK
        known = mark.read_bytes() if mark.is_file() else b""
        if known == self.mark.encode() and not anew:
            return "goes on inside"
        self.end()
        return (
            "begun anew: what there was of it was made by other code or with other settings"
            if known and not anew
            else ""
        )

    def end(self) -> None:
        """Clear all of it away."""
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, study: Study) -> "xr.Dataset":
        """Work a study off, from where an earlier run was ended."""
        begin, held = time.perf_counter(), list[tuple[Work, Arrays]]()
        store = self.path / f"{study.digest[:16]}.zarr"
        disk, works = self._stored(store, study) if store.exists() else (None, Memory(study).works((0, 1)))
        for work in works:
            held.append((work, chunk(study, work.missing, work.names)))
            if disk is None and time.perf_counter() - begin > KEPT_SECONDS:
                disk, _ = self._stored(store, study)
            if disk is not None:
                for one in held:
                    disk.put(*one)
                held.clear()
        if disk is not None:
            return disk.dataset()
        memory = Memory(study)
        for one in held:
            memory.put(*one)
        return memory.dataset()

    def _stored(self, store: Path, study: Study) -> tuple[Disk, list[Work]]:
        """Return the store of a study and what it lacks; a damaged one is made again, as all files of a figure are."""
        if not self.path.is_dir():
            self.path.mkdir()
            write_text(self.path / _MARK, self.mark)
        try:
            disk = Disk(store, study, resume=True)
            return disk, disk.works()
        except ArgumentError:
            if not store.exists():
                raise
            shutil.rmtree(store)
        disk = Disk(store, study, resume=True)
        return disk, disk.works()
