"""The page with its answers inside: one file that opens from disk, for a talk, a course or a supplement.

Two parameters run over a grid, and every point of it is solved as the server would solve it.  What the page is told
there is packed as it stands, numbers as float32, bounds and errors rounded upwards.  Between the points nothing is
interpolated, as the evidence beside a number is that of a computed state: a control goes from point to point.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from torusync._checks import ArgumentError, Real, as_count, as_instance, as_list, as_name, requirement, shown
from torusync._errors import did_you_mean
from torusync._limits import CUBE_DIMENSION, CUBE_SIDE
from torusync.explore.answers import answer, of_a_solution
from torusync.explore.asked import explorable, resolved
from torusync.explore.bundle import bundled, stripped
from torusync.explore.catalogue import catalogue
from torusync.explore.lectures import read_lecture, tour
from torusync.explore.packing import packed
from torusync.files.whole import as_path, write_text
from torusync.models import Kind, Model
from torusync.quantities import Solution, solve
from torusync.sweeps.study import Study
from torusync.sweeps.studyfile import geometric
from torusync.sweeps.systems import Systems, groups

PAGE: Final = Path(__file__).with_name("page")
POINTS: Final = 61
ALONG: Final = "n_hot", "drive"
"""What runs unless something else is asked for: from refrigerator to engine, and from a weak to a strong drive."""

_RANGE: Final = re.compile(r"(?P<name>\w+)(?:=(?P<first>[^:]+):(?P<last>[^:]+?)(?P<log>:log)?)?")


@final
@dataclass(frozen=True)
class Along:
    """A parameter that runs from one end to the other, in equal steps or at one ratio."""

    name: str
    first: float
    last: float
    log: bool

    def values(self, points: int) -> Real:
        """Return the values, the ends as they are."""
        return geometric(self.first, self.last, points) if self.log else np.linspace(self.first, self.last, points)


def export(
    path: str | Path,
    *,
    preset: str | None = None,
    along: Sequence[str] = (),
    lecture: str | Path | None = None,
    points: int = POINTS,
) -> list[str]:
    """Write the page with its answers over two parameters inside, and return what was written, in words.

    Parameters
    ----------
    path
        The file, such as ``page.html``.
    preset
        Name of a preset of the catalogue, whose model and values it shows; the first without.
    along
        Two parameters, ``"drive"`` or ``"drive=0.001:0.5:log"``; `ALONG` without.
    lecture
        A TOML file of states with captions, which the arrow keys step through; the tour of the package without.
    points
        Along each of them.

    Raises
    ------
    ArgumentError
        If an argument cannot be used, or a point of the grid lies outside of physics.
    """
    target = as_path("path", path)
    plan = _plan(catalogue(), preset, along, as_count("points", points, minimum=2, maximum=CUBE_SIDE))
    told = plan.catalogue()
    text = page_with(
        {
            "catalogue": {**told, "lecture": _lecture(lecture, told)},
            "about": plan.about(),
            "model": plan.model["name"],
            "values": plan.values,
            "axes": [{"name": one.name, "log": one.log, "values": one.values(points).tolist()} for one in plan.axes],
            **_cube(plan),
        }
    )
    write_text(target, text)
    names = " and ".join(one.name for one in plan.axes)
    return [f"{points} × {points} points along {names}", f"{str(target)!r}, {len(text.encode()) / 1e6:.1f} MB"]


@final
@dataclass(frozen=True)
class _Plan:
    """What a page holds: a model and preset of the catalogue, values that stand still, and two parameters that run."""

    told: Mapping[str, Any]
    model: Mapping[str, Any]
    preset: Mapping[str, Any]
    values: Mapping[str, Any]
    axes: tuple[Along, Along]
    points: int

    def catalogue(self) -> dict[str, Any]:
        """Return the catalogue of a page that knows one model, and the presets of which it holds the points."""
        running = {one.name: one for one in self.axes}
        parameters = []
        for one in self.model["parameters"]:
            if one["name"] in running:
                axis = running[one["name"]]
                low, high = sorted((axis.first, axis.last))
                slider = {"minimum": low, "maximum": high, "log": axis.log, "steps": self.points - 1}
                parameters.append({**one, "slider": slider})
            else:
                parameters.append({**one, "fixed": True})
        others = [one for one in self.told["presets"] if one is not self.preset]
        presets = [found for one in (self.preset, *others) if (found := self._held(one)) is not None]
        model = {**self.model, "parameters": parameters, "start": presets[0]["values"]}
        return {**self.told, "models": [model], "presets": presets}

    def _held(self, preset: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return a preset as the page has it, or None where its points are not those of the page."""
        if preset["model"] != self.model["name"]:
            return None
        values = _values(self.model, preset)
        plain = resolved(explorable()[self.model["name"]], values)  # of a ratio, what follows from it may run
        known = {one.name: self._nearest(one, values.get(one.name, plain.get(one.name))) for one in self.axes}
        start = {one.name: self._middle(one) if known[one.name] is None else known[one.name] for one in self.axes}
        _without(values, self.axes, self.model)
        lines = [
            {"name": one.name, "start": one.first, "stop": one.last, "count": self.points, "log": one.log}
            for one in self.axes
        ]
        asked = next((one for one in lines if preset["axis"] and preset["axis"]["name"] == one["name"]), lines[0])
        tongue = {"axes": lines, "quantity": "s_max"}
        found = {**preset, "values": {**values, **start}, "axis": asked, "tongue": tongue}
        if None in known.values():  # nothing of it runs here, so that its words would be untrue
            if preset is not self.preset:
                return None
            found |= {"title": self.model["title"], "about": self.model["about"], "figure": None}
        return found if values == self.values else None

    def _nearest(self, axis: Along, value: Any) -> float | None:
        """Return the point of an axis that lies nearest to a value, or None where the axis does not reach it."""
        if not isinstance(value, int | float) or not min(axis.first, axis.last) <= value <= max(axis.first, axis.last):
            return None
        values = axis.values(self.points)
        return float(values[np.argmin(np.abs(np.log(values / value) if axis.log else values - value))])

    def _middle(self, axis: Along) -> float:
        return float(axis.values(self.points)[self.points // 2])

    def about(self) -> str:
        """Return what the page says of itself."""
        symbols = {one["name"]: one["symbol"] for one in self.model["parameters"]}
        one, other = (symbols[axis.name] for axis in self.axes)
        return (
            f"This page is one file and computes nothing: {one} and {other} go through {self.points} × {self.points} "
            "computed points, and all else stands still. What is shown belongs to a computed point, never in between; "
            "numbers have seven digits, bounds and errors are rounded upwards."
        )


def _plan(told: Mapping[str, Any], preset: str | None, along: Sequence[str], points: int) -> _Plan:
    presets = {one["name"]: one for one in told["presets"]}
    chosen = presets[next(iter(presets)) if preset is None else as_name("preset", preset, presets)]
    model = next(one for one in told["models"] if one["name"] == chosen["model"])
    axes = _axes(model, along)
    values = _values(model, chosen)
    _without(values, axes, model)
    return _Plan(told, model, chosen, values, axes, points)


def _lecture(path: str | Path | None, told: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a lecture whose states the page holds; of the package's tour those that it does."""
    if path is not None:
        return read_lecture(path, told)
    return tour(told)


def _values(model: Mapping[str, Any], preset: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values of a preset: those of its model's start, but for what a shorthand of its own stands for."""
    given = preset["values"]
    replaced = {one["instead"] for one in model["parameters"] if one["instead"] and one["name"] in given}
    rest = {name: value for name, value in model["start"].items() if name not in replaced}
    return {**rest, **given}


def _without(values: dict[str, Any], axes: Sequence[Along], model: Mapping[str, Any]) -> None:
    """Leave out of values what runs, and what stands for it or it stands for."""
    instead = {one["name"]: one["instead"] for one in model["parameters"]}
    for one in axes:
        for name in list(values):
            if name == one.name or instead[one.name] == name or instead[name] == one.name:
                del values[name]


def _axes(model: Mapping[str, Any], along: Sequence[str]) -> tuple[Along, Along]:
    asked = as_list("along", along, "be two parameters") or list(ALONG)
    table = {one["name"]: one for one in model["parameters"]}
    found = [_axis(table, as_instance("along", one, str, "texts such as 'drive=0.001:0.5:log'")) for one in asked]
    if len(found) != 2 or found[0].name == found[1].name:
        raise requirement("along", "name two parameters", f"it is {shown(list(along))}")
    return found[0], found[1]


def _axis(table: Mapping[str, Any], text: str) -> Along:
    read = _RANGE.fullmatch(text)
    if read is None:
        raise requirement("along", "be NAME or NAME=FIRST:LAST or NAME=FIRST:LAST:log", f"it is {shown(text)}")
    name = read["name"]
    if name not in table:
        near = did_you_mean(name, table) or f"there are {', '.join(table)}"
        raise requirement("along", "name parameters of the model", f"{shown(name)} is none; {near}")
    if table[name]["kind"] == Kind.COUNT.name.lower():
        raise requirement("along", "name parameters that are no whole numbers", f"{name} is one")
    if read["first"] is None:
        slider = table[name]["slider"]
        return Along(name, slider["minimum"], slider["maximum"], slider["log"])
    try:
        first, last = float(read["first"]), float(read["last"])
    except ValueError:
        raise requirement("along", "run between two numbers", f"it is {shown(text)}") from None
    if not (np.isfinite([first, last]).all() and first != last and (not read["log"] or min(first, last) > 0.0)):
        must = "run between two different numbers, on a logarithmic scale both above 0"
        raise requirement("along", must, f"it is {shown(text)}")
    return Along(name, first, last, bool(read["log"]))


def _cube(plan: _Plan) -> dict[str, Any]:
    """Return the packed answers of all points, the second axis the faster one."""
    model, values, axes, points = explorable()[plan.model["name"]], plan.values, plan.axes, plan.points
    study = Study(model, {one.name: one.values(points) for one in axes}, ["s_max"], fixed=values)
    (systems,) = (one for _, one in groups(study, np.arange(points**2)))
    batch = solve(_built(systems, axes), throw=False)
    if batch.density.dimension > CUBE_DIMENSION:
        must = f"have at most {CUBE_DIMENSION} levels for a page that holds all its points"
        raise requirement("preset", must, f"it has {batch.density.dimension}")
    grids = np.meshgrid(*(one.values(points) for one in axes), indexing="ij")
    running = [grid.reshape(-1) for grid in grids]
    _prepare(batch)
    answers = [
        answer(model, {**values, **{one.name: float(run[place]) for one, run in zip(axes, running, strict=True)}},
               batch[place])
        for place in range(points**2)
    ]  # fmt: skip
    return packed(answers, running)


def _built(systems: Systems, axes: Sequence[Along]) -> Model:
    """Return the batch, or say where it leaves physics."""
    try:
        return systems.build()
    except ArgumentError as error:
        allowed = systems.allowed()
        if not allowed.any():
            raise
        where = " and ".join(f"{one.name} from {one.first:g} to {one.last:g}" for one in axes)
        must = "stay within what the model takes"
        told = str(error).partition(", but ")[2].rstrip(".")
        raise requirement("along", must, f"with {where} {int((~allowed).sum())} points do not: {told}") from None


def _prepare(batch: Solution) -> None:
    """Work out for all points at once what one of them is asked for; the points of a batch share it."""
    first = batch[0]
    of_a_solution(first)
    for name in vars(first):
        getattr(batch, name)


def page_with(cube: Mapping[str, Any]) -> str:
    """Return the page as one file that runs its own script and style and no other, and asks nobody for anything."""
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    script = stripped(bundled(PAGE / "exported.js")).replace("</script", r"<\/script").replace("<!--", r"<\!--")
    style = (PAGE / "style.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(cube, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", r"\u003c")
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n<style>{style}</style>'
    body = f'<script type="application/json" id="cube">{data}</script>\n<script type="module">{script}</script>'
    for old, new in (
        (r'<link rel="stylesheet"[^>]*>', head),
        (r'<script type="module"[^>]*></script>', body),
    ):  # fmt: skip
        text, count = re.subn(old, lambda _, new=new: new, text)  # type: ignore[misc]
        assert count == 1, old
    return text


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
