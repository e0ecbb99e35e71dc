"""A study as labelled arrays: names, units, sources and provenance, the same in memory and in a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync._checks import as_count, as_instance, requirement, shown
from torusync._frozen import Frozen
from torusync._provenance import provenance
from torusync._show import in_latin
from torusync.models import Kind
from torusync.sweeps.engine import Arrays, Outcome, schema, sentence
from torusync.sweeps.study import REALISATION, Study

if TYPE_CHECKING:
    import xarray as xr

FORMAT: Final = "torusync sweep 1"

Labelled = dict[str, tuple[tuple[str, ...], npt.NDArray[Any], dict[str, Any]]]
"""Dimensions, values and attributes, by name."""


def coordinates(study: Study) -> Labelled:
    """Return the labels along all axes, of the study and of its quantities, and the values of what runs along them."""
    plan, found = schema(study), Labelled()
    if study.realisations is not None:
        told = {"long_name": "number of the realisation", "units": "1", "seed": study.realisations.seed}
        found[REALISATION] = ((REALISATION,), np.arange(study.realisations.count), told)
    for axis in study.axes:
        if not axis.plain:
            found[axis.name] = ((axis.name,), axis.labels, {"long_name": "number of the point", "units": "1"})
        for name, values in axis.columns.items():
            rest = tuple(f"{name}_{number}" for number in range(values.ndim - 1))
            found[name] = ((axis.name, *rest), values, _told(study, name))
    for name, labels in plan.labels.items():
        found[name] = ((name,), np.array(labels), {})
    return found


def _told(study: Study, name: str) -> dict[str, Any]:
    one = study.known.get(name)
    if one is None:
        return {"long_name": f"{name}, of what is drawn", "units": "1"}
    unit = getattr(study.model, "UNIT", None)
    frequency = "omega_1" if unit is None else in_latin(study.model.table()[unit].symbol)
    return {"long_name": one.about, "units": "1" if one.kind.plain else frequency, "symbol": one.symbol}


def attributes(study: Study) -> dict[str, Any]:
    """Return what the dataset says of itself: no time and no place, so that equal studies are equal files."""
    from torusync import __version__  # noqa: PLC0415  (the package's own top)

    plan = schema(study)
    found = {
        "format": FORMAT, "torusync_version": __version__, **plan.attributes, "study": study.text,
        "study_sha256": study.digest, "source": "numbers of torusync.sweep, evidence beside them", **provenance(),
    }  # fmt: skip
    if study.realisations is not None:
        found["seed"] = study.realisations.seed
    table = study.model.table()
    counting = [
        name for axis in study.axes for name in axis.columns if name in table and table[name].kind is Kind.COUNT
    ]
    if counting and plan.labels:
        found["padding"] = f"{', '.join(plan.labels)} are as long as in the largest system; beyond a smaller one is nan"
    return found


def dataset(study: Study, arrays: Arrays) -> "xr.Dataset":
    """Return arrays of the shape of the study as a labelled dataset."""
    import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

    from torusync.sweeps import accessor  # noqa: F401, PLC0415  (known to xarray once it is imported)

    plan = schema(study).variables
    data = {name: (study.dims + one.dims, arrays[name], one.attributes) for name, one in plan.items()}
    return xr.Dataset(data, coordinates(study), attributes(study))


def require_dataset(ds: object) -> None:
    """Refuse what is no dataset."""
    import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

    as_instance("ds", ds, xr.Dataset, "a dataset of sweep")


def beside(array: "xr.DataArray", role: str) -> str | None:
    """Return the name of the bound or error of a quantity, if it says one."""
    name = array.attrs.get(role)
    return name if isinstance(name, str) else None


def axis_labels(study: Study) -> Arrays:
    """Return the labels along each axis of a study, by its name."""
    drawn = study.realisations
    found: Arrays = {} if drawn is None else {REALISATION: np.arange(drawn.count)}
    return found | {axis.name: axis.labels for axis in study.axes}


def parameters(study: Study, index: Sequence[int]) -> Mapping[str, Any]:
    """Return what runs at a point of a study, given its place on each axis."""
    place = dict(zip(study.dims, index, strict=True))
    told: dict[str, Any] = {REALISATION: place[REALISATION]} if study.realisations is not None else {}
    for axis in study.axes:
        told |= {name: _plain(values[place[axis.name]]) for name, values in axis.columns.items()}
    return MappingProxyType(told)


def _plain(value: Any) -> Any:
    """Return a number as Python shows it; a row or matrix as it is."""
    array = np.asarray(value)
    return array if array.ndim else array.item()


@final
@dataclass(frozen=True)
class Failure(Frozen):
    """A point without a value.

    Parameters
    ----------
    parameters
        Its values of all that runs, by name.
    status
        How it ended.
    sentence
        Why, and what to do.
    """

    parameters: Mapping[str, Any]
    status: Outcome
    sentence: str


def failures(ds: "xr.Dataset", *, most: int | None = None) -> list[Failure]:
    """Return the points of a sweep, or of some part of it, that have no value, with their parameters and the reason.

    Parameters
    ----------
    ds
        What `sweep` returned, or points selected from it.
    most
        How many are told at most, in the order of the axes; all of them where it is not given.  Each is solved once
        more for its sentence.

    Raises
    ------
    ArgumentError
        If it is no such dataset.
    """
    most = None if most is None else as_count("most", most)
    require_dataset(ds)
    if "study" not in ds.attrs or "status" not in ds:
        raise requirement("ds", "be a dataset of sweep", f"it is {type(ds).__name__} without a study")
    study, status = Study.from_text(ds.attrs["study"]), ds["status"]
    codes, known = status.to_numpy(), {int(one) for one in Outcome}
    if codes.dtype.kind not in "iu" or not known.issuperset(np.unique(codes).tolist()):
        raise requirement("ds", "hold the status as sweep wrote it", f"its status is {shown(codes)}")
    labels = axis_labels(study)
    found = []
    for at in np.argwhere(codes > 0)[:most]:
        point = status[dict(zip(status.dims, at, strict=True))]
        index = [_place(point, name, own) for name, own in labels.items()]
        number = int(np.ravel_multi_index(index, study.shape)) if index else 0
        found.append(Failure(parameters(study, index), Outcome(int(point)), sentence(study, number)))
    return found


def _place(point: "xr.DataArray", name: str, labels: npt.NDArray[Any]) -> int:
    """Return where along an axis of its study a point is, by its label."""
    if name not in point.coords:
        raise requirement("ds", "hold the labels of its study", f"it has lost {name!r}; leave `drop` out")
    found = np.flatnonzero(labels == point[name].to_numpy())
    if not len(found):
        raise requirement("ds", "hold the labels of its study", f"it has {name!r} at {shown(point[name].item())}")
    return int(found[0])
