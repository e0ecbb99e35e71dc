"""What lies in the folder of a reproduction: figures and claims, whole, and which code and settings made them.

A figure is whole once its data are under their name, because its pictures are written before; data and claims say what
made them, and so do the sweeps of a figure that is not whole.  So a run goes on from what an earlier one of the same
code and settings left, and takes nothing else for its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar, final

import xarray as xr

from torusync._provenance import made_by, package_version
from torusync.claims import ClaimResult
from torusync.figures import FigureSpec, to_png, to_svg
from torusync.files.whole import atomic_path, write_bytes, write_text
from torusync.report.swept import Sweeps

_CLAIMS = "claims.json"
_Read = TypeVar("_Read")


@final
@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure of the folder: its record, its picture and its data."""

    spec: FigureSpec
    svg: bytes
    dataset: xr.Dataset

    @property
    def digest(self) -> str:
        """The first digits of the SHA-256 of the picture."""
        return sha256(self.svg).hexdigest()[:12]


@final
@dataclass(frozen=True)
class Folder:
    """A folder and the settings of the run that fills it."""

    path: Path
    quick: bool

    @property
    def mark(self) -> str:
        """What made a figure or a claim, as its data say."""
        drawing = f"matplotlib {package_version('matplotlib')}"
        return f"{made_by()}, {drawing}, {'quick' if self.quick else 'full'} grids"

    def figure(self, spec: FigureSpec) -> Drawn | None:
        """Return a figure that is here whole, made by this code with these settings; None otherwise."""
        return self._read(spec, lambda stored: Drawn(spec, self._named(spec, "svg").read_bytes(), stored.load()))

    def left_out(self, specs: Iterable[FigureSpec]) -> str:
        """Return a sentence on figures that lie here and are not ours, or nothing where there are none."""
        here = [one for one in specs if self._named(one, "nc").is_file()]
        others = [one.id for one in here if not self._read(one, lambda _: True)]
        if not others:
            return ""
        made = f"{', '.join(others)} in this folder were made by other code or with other settings"
        return f"{made}, and so are claims beside them: they are not on the page."

    def sweeps(self, spec: FigureSpec) -> Sweeps:
        """Return what is kept of a figure's sweeps until it is whole."""
        return Sweeps(self._named(spec, "sweeps"), self.mark)

    def _named(self, spec: FigureSpec, end: str) -> Path:
        return self.path / f"{spec.id}.{end}"

    def _read(self, spec: FigureSpec, what: Callable[[xr.Dataset], _Read]) -> _Read | None:
        """Return what is read of the data of a figure, if that is here whole and ours; its numbers only where asked."""
        if not all(self._named(spec, end).is_file() for end in ("nc", "svg", "png")):
            return None
        try:
            with xr.open_dataset(self._named(spec, "nc"), engine="h5netcdf") as stored:
                ours = stored.attrs.get("made_by") == self.mark and stored.attrs.get("figure") == spec.id
                return what(stored) if ours else None
        except (OSError, ValueError, KeyError):  # somebody else's file, or a damaged one: it is made again
            return None

    def make(self, spec: FigureSpec) -> Drawn:
        """Compute, draw and write a figure, from where an earlier run was ended inside it."""
        sweeps = self.sweeps(spec)
        dataset = spec.data(self.quick, sweep=sweeps.run)
        dataset.attrs["made_by"] = self.mark
        figure = spec.draw(dataset)
        svg, png = to_svg(figure), to_png(figure)
        with atomic_path(self._named(spec, "nc")) as temporary:
            dataset.to_netcdf(temporary, engine="h5netcdf")
            write_bytes(self._named(spec, "svg"), svg)
            write_bytes(self._named(spec, "png"), png)
        sweeps.end()
        return Drawn(spec, svg, dataset)

    def claims(self) -> dict[str, ClaimResult]:
        """Return the claims that were checked by this code with these settings, by id, without their comparisons."""
        try:
            records = json.loads((self.path / _CLAIMS).read_text(encoding="utf-8"))
            return {one["id"]: ClaimResult.from_dict(one) for one in records if one["made_by"] == self.mark}
        except (OSError, ValueError, KeyError, TypeError):  # none, or not ours
            return {}

    def write_claims(self, claims: Mapping[str, ClaimResult]) -> None:
        """Write all claims that are checked."""
        records = [one.as_dict() | {"made_by": self.mark} for one in claims.values()]
        text = json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False)
        write_text(self.path / _CLAIMS, text + "\n")
