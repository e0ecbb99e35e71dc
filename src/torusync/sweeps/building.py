"""How a store comes to be, and how a larger one takes its place: beside it first, then by a rename.

A store that is there is whole, whenever a run was killed: what is being built, or was retired, has a name of its own,
by which the next run finds and ends it.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from torusync._checks import ArgumentError, requirement
from torusync._errors import UnknownModelError
from torusync.sweeps.engine import schema
from torusync.sweeps.labelled import attributes, coordinates
from torusync.sweeps.study import Study

NONE: Final = -1
"""Status of a point that is not there.  One that is there, but lacks quantities that were asked for since, has −2 − c
in place of its status c."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one sentence what could not be written; what was written before stays."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise requirement(
            "store", "lie where there is room and leave to write",
            f"{str(where)!r} cannot be written ({error.strerror or error}); what was worked out before is kept",
        ) from None  # fmt: skip


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say in one sentence that what is there cannot be read, and which part of it."""
    try:
        yield
    except UnknownModelError as error:
        found = f"of {str(path)!r} the study {str(error).partition(', but it ')[2].removesuffix('.')}"
        raise requirement("store", "be of a model that is known here", found) from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        part = "" if isinstance(error, ArgumentError) else damaged_part(path)
        text = (str(error).splitlines() or [type(error).__name__])[0].partition(". ")[0].removesuffix(".")
        text = f"it has no {text}" if isinstance(error, KeyError) else text
        found = f"{str(path)!r} is not ({part}{text}); {RESTORE}"
        raise requirement("store", "be a whole store of a sweep", found) from None


RESTORE: Final = "restore it from a backup, or begin another store"


def damaged_part(path: Path) -> str:
    """Return which chunk of a store cannot be read, ready to stand before the reason; nothing where all can."""
    import zarr  # noqa: PLC0415  (for stores only)

    _settle()
    try:
        arrays = dict(zarr.open_group(zarr.storage.LocalStore(path), mode="r", zarr_format=3).arrays())
    except (ValueError, KeyError, TypeError, OSError):
        return ""
    for name, one in sorted(arrays.items(), key=lambda item: item[0] != "status"):
        for block in blocks(one.shape, one.chunks):
            try:
                one[block]
            except (ValueError, KeyError, TypeError, OSError):
                at = "/".join(str(part.start // step) for part, step in zip(block, one.chunks, strict=True))
                return f"chunk {at} of {name!r}: "
    return ""


def _settle() -> None:
    """Wait for what Zarr still reads after an error.

    It reads all chunks at once and leaves the others to themselves when one fails: at the end of Python each of them
    would then be told on the error stream as a task that was destroyed.
    """
    from zarr.core.sync import sync  # noqa: PLC0415  (the loop has no public door)

    async def rest() -> None:
        end = time.monotonic() + _PATIENCE
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            if time.monotonic() > end:
                return
            await asyncio.wait(others, timeout=_PATIENCE)

    sync(rest())


_PATIENCE: Final = 20.0
"""Seconds that a refusal waits for reads under way, which others may have begun."""


def pending(group: Any) -> tuple[str, ...]:
    """Return the names of the variables of a store that were asked for since, which some of its points lack."""
    names = group.attrs.get("pending", [])
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise ValueError("what is pending is no list of names")
    return tuple(names)


def require_chunks(path: Path, arrays: Mapping[str, Any]) -> None:
    """Refuse a store that lost files of chunks whose status is there, which is written last.

    What is missing would be read as nothing; of files, unlike numbers, there are few enough to look at all.
    """
    status = arrays["status"]
    for block in blocks(status.shape, status.chunks):
        at = [one.start // step for one, step in zip(block, status.chunks, strict=True)]
        if path.joinpath("status", "c", *map(str, at)).is_file():
            for name, one in arrays.items():
                require_file(path, name, *at, *(0 for _ in one.shape[status.ndim :]))


def require_file(path: Path, name: str, *at: int) -> None:
    """Refuse a store that lost a part of a variable."""
    if not path.joinpath(name, "c", *map(str, at)).is_file():
        raise requirement(
            "store", "be whole", f"{str(path)!r} lost a part of {name!r}, chunk {'/'.join(map(str, at))}; {RESTORE}"
        )


class Written:
    """A group whose arrays write every chunk, of fill values, too."""

    def __init__(self, group: Any) -> None:
        self.attrs, self._group = group.attrs, group
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            import zarr  # noqa: PLC0415  (for stores only)

            # an array takes this from where it is opened; the argument of `open_array` is not heeded
            with zarr.config.set({"array.write_empty_chunks": True}):
                self._known[name] = self._group[name]
        return self._known[name]


def require_extends(path: Path, old: Study, new: Study) -> None:
    """Refuse another study than the store's, and name what is different."""

    def refuse(difference: str) -> None:
        must = "belong to this study, or to one that it extends"
        raise requirement("store", must, f"of {str(path)!r} {difference}; begin another store")

    if old.model is not new.model:
        refuse(f"the model is {old.model.__name__}")
    if old.solver != new.solver:
        refuse(f"the solver is {type(old.solver).__name__}")
    for name in sorted({*old.fixed, *new.fixed}):
        a, b = old.content()["fixed"].get(name), new.content()["fixed"].get(name)
        if a != b:
            refuse(f"the fixed `{name}` is {a!r}" if a is not None else f"`{name}` is not fixed")
    if old.dims != new.dims or [[*a.columns] for a in old.axes] != [[*b.columns] for b in new.axes]:
        refuse(f"the axes are {', '.join(old.dims)}")
    if old.realisations is not None and new.realisations is not None and old.realisations.seed != new.realisations.seed:
        refuse(f"the seed is {old.realisations.seed}")
    for name, a, b in zip(old.dims, old.point_keys(), new.point_keys(), strict=True):
        lost = sorted(set(a) - set(b), key=a.index)
        if lost:
            label = _label(old, name, a.index(lost[0]))
            near = _nearest(old, new, name, a.index(lost[0]))
            refuse(f"the axis `{name}` has {label}, which this study has not, to the last bit{near}")
    missing = [name for name in old.quantities if name not in new.quantities]
    if missing:
        refuse(f"the quantities have {missing[0]}, which this study has not")


def _label(study: Study, name: str, number: int) -> str:
    """Return how a point of an axis is told: by its value, or by its number."""
    values = next((axis.labels for axis in study.axes if axis.name == name and axis.plain), None)
    return f"point {number}" if values is None else repr(values[number].item())


def _nearest(old: Study, new: Study, name: str, number: int) -> str:
    """Return which value of a new axis is nearest to one of the old, and how axes are made longer: not anew."""
    labels = [next((one.labels for one in study.axes if one.name == name and one.plain), None) for study in (old, new)]
    if labels[0] is None or labels[1] is None:
        return ""
    nearest = labels[1][np.argmin(np.abs(labels[1] - labels[0][number]))].item()
    return f" (the nearest is {nearest!r}): append to its values, as np.append does, in place of making them anew"


def create(path: Path, study: Study, lengths: tuple[int, ...], old: tuple[Any, Study] | None) -> None:
    """Build a store beside its place, with what the old one has, and put it there."""
    with writing(path.parent):
        building = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=".building", dir=path.parent))
    try:
        with writing(building):
            group = _template(building / "new", study, lengths)
            if old is not None:
                _copy(Written(group), study, path, *old)
        with writing(path):
            if old is not None:
                path.rename(_retired(path))
            elif path.exists():
                path.rmdir()  # an empty folder, which not every system renames onto
            (building / "new").rename(path)
    finally:
        tidy(path)


def _retired(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")


def tidy(path: Path) -> None:
    """End what was left half done: the swap of an extended store, what was being built, files not yet in place."""
    if _retired(path).exists():
        if not path.exists():
            _retired(path).rename(path)
        shutil.rmtree(_retired(path), ignore_errors=True)
    for left in path.parent.glob(f".{path.name}-*.building"):
        shutil.rmtree(left, ignore_errors=True)
    for stray in path.rglob("*.partial"):
        stray.unlink(missing_ok=True)


def _template(path: Path, study: Study, lengths: tuple[int, ...]) -> Any:
    import zarr  # noqa: PLC0415  (for stores only)
    from zarr.codecs import Crc32cCodec  # noqa: PLC0415

    labels = coordinates(study)
    beside = [name for name, (dims, _, _) in labels.items() if dims != (name,)]
    told = {**attributes(study), **({"coordinates": " ".join(beside)} if beside else {})}
    group = zarr.create_group(zarr.storage.LocalStore(path), zarr_format=3, attributes=told)
    more: Any = {"compressors": [Crc32cCodec()], "config": {"write_empty_chunks": True}}
    for name, (dims, values, attrs) in labels.items():
        kind = str if values.dtype.kind == "U" else values.dtype
        array = group.create_array(
            name, shape=values.shape, chunks=values.shape, dtype=kind, dimension_names=dims, attributes=attrs, **more
        )
        array[...] = values
    for one in schema(study).variables.values():
        group.create_array(
            one.name, shape=study.shape + one.lengths, chunks=lengths + one.lengths, dtype=one.dtype,
            fill_value=one.fill, dimension_names=study.dims + one.dims, attributes=one.attributes, **more,
        )  # fmt: skip
    return group


def _copy(group: Any, study: Study, path: Path, old: Any, before: Study) -> None:
    """Copy what the old store has, at a path, into chunks of the new one, and note which variables it has not."""
    lengths = group["status"].chunks
    place = [{key: at for at, key in enumerate(keys)} for keys in before.point_keys()]
    known = [
        np.array([there.get(key, -1) for key in keys]) for there, keys in zip(place, study.point_keys(), strict=True)
    ]
    variables = schema(study).variables
    with reading(path):
        asked, status = pending(old), np.asarray(old["status"][...])
        held = {name: old[name] for name in schema(before).variables}
    require_chunks(path, held)
    fresh = {*variables} - {*held} | (set(asked) if (status < NONE).any() else set())
    labels = schema(before).labels, schema(study).labels
    for block in blocks(study.shape, lengths):
        at = [row[part] for row, part in zip(known, block, strict=True)]
        inside = [np.flatnonzero(one >= 0) for one in at]
        if not all(len(one) for one in inside):
            continue
        shape = tuple(len(one) for one in at)
        source = tuple(one[rows] for one, rows in zip(at, inside, strict=True))
        for one in sorted(variables.values(), key=lambda one: one.name == "status"):
            values = np.full(shape + one.lengths, one.fill, dtype=one.dtype)
            if one.name in held:
                # systems may have had fewer levels, and then other pairs of them come next to each other
                own = [[labels[1][axis].index(label) for label in labels[0][axis]] for axis in one.dims]
                with reading(path):
                    found = held[one.name].oindex[source] if source else held[one.name][...]
                values[np.ix_(*inside, *own)] = found
            if one.name == "status" and fresh:
                values = np.where(values >= 0, -2 - values, values)
            group[one.name][block] = values
    group.attrs["pending"] = sorted(fresh)


def blocks(shape: tuple[int, ...], lengths: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Yield the chunks of a grid, in C order."""
    counts = tuple(-(-length // step) for length, step in zip(shape, lengths, strict=True))
    for index in np.ndindex(*counts):
        yield tuple(
            slice(at * step, min((at + 1) * step, length))
            for at, step, length in zip(index, lengths, shape, strict=True)
        )
