"""One chunk of a study: a pure function from a study and some of its points to arrays, which any engine can drive.

All points of a chunk are one batched call, or one for each number of levels.  A point that the model refuses, or whose
steady state does not exist, is told by its status and loses no other; parameters and draws follow from the number of
the point alone, so that they are the same however a study is cut.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError, Integer, as_array, as_list, as_name, requirement, shown
from torusync._limits import SWEPT_POINTS
from torusync._memory import require_memory
from torusync.models import Kind, Truncated
from torusync.phases import PhaseDistribution
from torusync.quantities import QUANTITIES, Quantity, Solution, solve
from torusync.steady import Status, SteadyStateError
from torusync.steady.answer import Solver
from torusync.sweeps.study import Study, require_study
from torusync.sweeps.systems import Systems, groups

Arrays = dict[str, npt.NDArray[Any]]


class Outcome(IntEnum):
    """How a point ended: as its solve did, refused by the model, or with a quantity that cannot be worked out."""

    NOT_COMPUTED = -1
    SUCCESS = Status.SUCCESS
    NOT_UNIQUE = Status.NOT_UNIQUE
    ILL_CONDITIONED = Status.ILL_CONDITIONED
    NOT_POSITIVE = Status.NOT_POSITIVE
    NOT_CONVERGED = Status.NOT_CONVERGED
    TRUNCATED = Status.TRUNCATED
    METASTABLE = Status.METASTABLE
    REFUSED = 100
    NOT_WORKED_OUT = 101


ALWAYS: Final = ("status", "residual", "error")
"""What stands beside whatever is asked for."""

_POINTS: Final = "be a slice, or whole numbers of points"

_REFUSALS: Final = (ArgumentError, SteadyStateError, ArithmeticError, np.linalg.LinAlgError)


@final
@dataclass(frozen=True)
class Variable:
    """A quantity as a study has it.

    Parameters
    ----------
    name, dims, dtype, attributes
        Of the labelled array.
    lengths
        Of the axes after those of the study: as many as the largest system has.
    """

    name: str
    dims: tuple[str, ...]
    lengths: tuple[int, ...]
    dtype: np.dtype[Any]
    attributes: dict[str, Any]

    @property
    def fill(self) -> Any:
        """What stands where there is no value: nan, or −1 where whole numbers have none."""
        return self.dtype.type(-1 if self.dtype.kind == "i" else np.nan)

    @property
    def bytes(self) -> int:
        """Bytes a point."""
        return self.dtype.itemsize * math.prod(self.lengths)


@final
@dataclass(frozen=True)
class Schema:
    """What comes out of a study: its variables, the labels along their own axes, and where they are from."""

    variables: Mapping[str, Variable]
    labels: Mapping[str, tuple[Any, ...]]
    attributes: Mapping[str, Any]
    dimension: int
    solver: Solver
    distribution: PhaseDistribution | None

    def names(self, study: Study) -> tuple[str, ...]:
        """Return the variables of a study's quantities; all of them, if the study is the schema's own."""
        return with_evidence(study.quantities, lambda one: one.name in self.variables)


def chunk(study: Study, points: slice | Integer, names: Iterable[str] | None = None) -> Arrays:
    """Return the quantities at some points of a study, arrays ``(points, …)`` by name, evidence beside them.

    Parameters
    ----------
    study
        What is swept.
    points
        Which points, counted in C order over ``study.shape``: a slice, or whole numbers.
    names
        Which variables, where not all.

    Raises
    ------
    ArgumentError
        If a quantity does not exist for the model, or it refuses every point there is; if there is no such point or
        variable.
    """
    plan = schema(study)
    where = _numbers(study, points)
    chosen = tuple(plan.variables)
    if names is not None:
        asked = as_list("names", names, "be names of variables of the study")
        chosen = tuple(dict.fromkeys((*ALWAYS, *(as_name("names", one, plan.variables) for one in asked))))
    variables = [plan.variables[name] for name in chosen]
    out = {one.name: np.full((len(where), *one.lengths), one.fill, dtype=one.dtype) for one in variables}
    out["status"][:] = Outcome.REFUSED
    for rows, systems in groups(study, where):
        allowed = np.flatnonzero(systems.allowed())
        _work_out(systems.at(allowed), rows[allowed], variables, plan, out)
    return out


def _numbers(study: Study, points: object) -> Integer:
    """Return the numbers of points that are there."""
    if isinstance(points, slice):
        ends = [one for one in (points.start, points.stop, points.step) if one is not None]
        if any(isinstance(one, bool) or not isinstance(one, int | np.integer) for one in ends) or points.step == 0:
            raise requirement("points", _POINTS, f"it is {shown(points)}")
        found = range(*points.indices(study.points))
        require_memory("points", 8.0 * len(found), what=f"a chunk of {len(found):.3g} points", advice="take fewer")
        return np.arange(found.start, found.stop, found.step)
    array = as_array("points", points)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise requirement("points", _POINTS, f"it is {shown(points)}")
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    if low < 0 or high >= study.points:
        raise requirement("points", f"lie from 0 to {study.points - 1}", f"one is {low if low < 0 else high}")
    return array.astype(np.int64)


def sentence(study: Study, point: int) -> str:
    """Return why a point has no value, as an error would say it; nothing where it has one."""
    for _, systems in groups(study, np.array([point])):
        try:
            solution = solve(systems.build()[0], solver=study.solver, distribution=study.distribution)
            for name in schema(study).variables:
                QUANTITIES[name].of(solution)
        except _REFUSALS as error:
            return str(error)
    return ""


def _work_out(systems: Systems, rows: Integer, variables: list[Variable], plan: Schema, out: Arrays) -> None:
    """Write the quantities of systems to ``rows``; where one cannot be worked out, the points are halved."""
    if not systems.points:
        return
    try:
        solution = solve(systems.build(), solver=plan.solver, throw=False, distribution=plan.distribution)
        found = {one.name: _of(solution, QUANTITIES[one.name]) for one in variables}
    except _REFUSALS:
        if systems.points == 1:
            out["status"][rows] = Outcome.NOT_WORKED_OUT
            return
        half = systems.points // 2
        for part in (slice(half), slice(half, None)):
            _work_out(systems.at(part), rows[part], variables, plan, out)
        return
    for one in variables:
        values = found[one.name]
        if values.shape[1:] == one.lengths:
            # rows are in order: all of them are a copy, some are looked up
            out[one.name][... if len(rows) == len(out[one.name]) else rows] = values
            continue
        own = [solution.labels(axis, length) for axis, length in zip(one.dims, values.shape[1:], strict=True)]
        at = [
            np.array([plan.labels[axis].index(label) for label in labels])
            for axis, labels in zip(one.dims, own, strict=True)
        ]
        out[one.name][np.ix_(rows, *at)] = values


def _of(solution: Solution, one: Quantity) -> npt.NDArray[Any]:
    values = np.asarray(one.of(solution))
    if one.codes is not None or values.dtype == np.bool_:
        return values.astype(np.int8)
    return np.asarray(values * solution.factor(one))


def with_evidence(names: Iterable[str], exists: Callable[[Quantity], bool]) -> tuple[str, ...]:
    """Return the names of quantities with their evidence: codes of the solve, bounds, errors, proofs."""
    found = [*ALWAYS]
    for one in (QUANTITIES[name] for name in names):
        proven = ("proof",) if one.bound and QUANTITIES[one.bound].part is QUANTITIES["proof"].part else ()
        found += [one.name, *(name for name in (one.bound, one.error, *proven) if name and exists(QUANTITIES[name]))]
    return tuple(dict.fromkeys(found))


def schema(study: Study) -> Schema:
    """Return what comes out of a study, found by solving one of its points for each number of levels.

    Where no quantity has axes of its own, the least of the systems is solved alone: one of a million levels, solved
    to know what comes out of it, would take as long as all else.

    Raises
    ------
    ArgumentError
        If a quantity does not exist for the model, or it refuses every point there is.
    """
    require_study(study)  # here, since what cannot be hashed is not even asked by a cached function
    return _schema(study)


@lru_cache(maxsize=16)
def _schema(study: Study) -> Schema:
    variables: dict[str, Variable] = {}
    labels: dict[str, tuple[Any, ...]] = {}
    attributes: dict[str, Any] = {}
    largest = 0
    for systems in _examples(study):
        if variables and not labels:
            largest = max(largest, systems.build().dimension)
            continue
        system = systems.build()
        solution = solve(system, solver=study.solver, throw=False, distribution=study.distribution)
        for name in study.quantities:
            if not solution.exists(QUANTITIES[name]):
                raise requirement("quantities", "exist for the model", f"{name!r} does not for {solution.system!r}")
        if isinstance(system, Truncated) and system.cutoff is None:
            _require_one_cutoff(solution, study.quantities)
            largest = max(largest, _levels_of_modes(study))
        for name in with_evidence(study.quantities, solution.exists):
            one = _variable(solution, QUANTITIES[name])
            known = variables.get(name, one)
            lengths = tuple(map(max, known.lengths, one.lengths))
            variables[name] = Variable(name, one.dims, lengths, one.dtype, one.attributes)
            for axis, length in zip(one.dims, one.lengths, strict=True):
                if length >= len(labels.get(axis, ())):
                    labels[axis] = tuple(solution.labels(axis, length))
        attributes = {"system": type(solution.system).__name__, "solver": type(study.solver).__name__}
        if type(solution.reading).__name__ != "SUD":
            attributes["distribution"] = type(solution.reading).__name__
        largest = max(largest, solution.density.dimension)
    return Schema(variables, labels, attributes, largest, study.solver, study.distribution)


def _require_one_cutoff(solution: Solution, names: tuple[str, ...]) -> None:
    """Refuse rows over levels where every chunk chooses how many it has."""
    rows = [name for name in names if not {"level", "pair"}.isdisjoint(solution.dims(QUANTITIES[name]))]
    if rows:
        raise requirement(
            "cutoff", f"be given for {rows[0]!r}, which has a value a level", "every chunk chooses its own"
        )


def _levels_of_modes(study: Study) -> int:
    """Return how many levels the fullest of systems of modes are expected to need."""
    most = 0
    for begin in range(0, study.points, SWEPT_POINTS):
        for _, systems in groups(study, np.arange(begin, min(begin + SWEPT_POINTS, study.points))):
            allowed = np.flatnonzero(systems.allowed())
            most = max(most, systems.at(allowed).build().dimension if len(allowed) else 0)
    return most


def _variable(solution: Solution, one: Quantity) -> Variable:
    dims = solution.dims(one)
    values = _of(solution, one)
    if values.shape[0] != 2 or values.ndim != 1 + len(dims):
        raise requirement("quantities", "have one value or row a point", f"{one.name!r} has not, it is for one state")
    attributes = {**one.attributes, "units": solution.unit(one), "source": solution.source(one)}
    attributes |= {role: beside.name for role, beside in solution.evidence(one).items()}
    if one.name == "status":
        attributes["flag_values"] = [int(code) for code in Outcome]
        attributes["flag_meanings"] = " ".join(code.name.lower() for code in Outcome)
    return Variable(one.name, dims, values.shape[1:], values.dtype, attributes)


def _examples(study: Study) -> Iterator[Systems]:
    """Yield a point that can be built, twice over, for each number of levels, the least of them first."""
    table = study.model.table()
    counting = [
        [name for name in axis.columns if name in table and table[name].kind is Kind.COUNT] for axis in study.axes
    ]
    wanted = math.prod(
        len(np.unique(np.stack([axis.columns[name] for name in names]), axis=1).T)
        for axis, names in zip(study.axes, counting, strict=True)
        if names
    )
    seen: set[tuple[Any, ...]] = set()
    refusal = None
    for begin in range(0, study.points, SWEPT_POINTS):
        for _, systems in groups(study, np.arange(begin, min(begin + SWEPT_POINTS, study.points))):
            key = tuple(systems.still[name] for names in counting for name in names)
            if key in seen:
                continue
            allowed = np.flatnonzero(systems.allowed())
            if len(allowed):
                seen.add(key)
                yield systems.at(allowed[[0, 0]])
            elif refusal is None:
                refusal = systems.at(slice(1))
        if len(seen) == wanted:
            return
    if not seen and refusal is not None:
        refusal.build()  # raises why
