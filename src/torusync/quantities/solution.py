"""A solved state, and all that is worked out of it: each thing once, and only when it is asked for.

The command line prints one of these, a dataset stores it, a figure draws it.  Nothing is worked out twice, and a user's
density matrix is checked once: it is a solution without a system, of which phases can be asked and heat cannot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, final, overload

import numpy as np
import numpy.typing as npt

from torusync._checks import MOST_LISTED, as_count, as_instance, as_list, requirement, scalar, shown
from torusync._indexing import Pick, Picked
from torusync._results import Result
from torusync._show import batch_in_words, codes_in_words, html_table, in_latin, span, yes_or_no
from torusync.analysis.shares import Interplay, interplay
from torusync.densities import Density, Sets, density_of
from torusync.dynamics import Trajectory
from torusync.measures import Triangles, triangle_frustration
from torusync.models import System, ThermalMaser
from torusync.models.laboratory import PLANCK
from torusync.phases import SUD, PhaseDistribution, Synchronization, synchronization
from torusync.phases.distribution import as_distribution
from torusync.quantities.quantity import QUANTITIES, Part, Quantity, Unit, quantities_of
from torusync.steady import Auto, SteadyState, steady_state
from torusync.steady.answer import Solver
from torusync.thermo import (
    Bookkeeping,
    ChannelStatistics,
    CountingStatistics,
    HeatFlows,
    SynchronizationBounds,
    Thermodynamics,
    counting_statistics,
    synchronization_bounds,
    thermodynamics,
)

if TYPE_CHECKING:
    import xarray as xr

_AUTO: Final = Auto()


@final
@dataclass(frozen=True, eq=False, repr=False)
class Solution(Result):
    """A state and all that was worked out of it.

    Parameters
    ----------
    state
        A `SteadyState`, a `Trajectory`, or density matrices: an array ``(..., D, D)``, a Qobj, a density.
    bookkeeping
        Whose energies the currents are in.
    sets
        Sets of coherences, or pairs of levels by the name of their set, for `interplay`; without them, those that the
        system names.
    distribution
        How phases are read off the state, where not as its system has it.
    """

    state: Any
    bookkeeping: Bookkeeping = Bookkeeping.BARE
    sets: Sets | None = None
    distribution: PhaseDistribution | None = None

    def __post_init__(self) -> None:
        as_instance("bookkeeping", self.bookkeeping, Bookkeeping, "Bookkeeping.BARE or Bookkeeping.DRIVEN")
        if self.distribution is not None:
            as_distribution("distribution", self.distribution)
        super().__post_init__()

    @cached_property
    def density(self) -> Density:
        """The density matrices, checked once."""
        return density_of(self.state)

    @property
    def system(self) -> Any:
        """The system that was solved; None for a matrix of the user's own."""
        return getattr(self.state, "system", None)

    @property
    def hertz(self) -> float | None:
        """The system's unit of frequency, for a maser ω_1/2π, in Hz where it is known: results then leave in SI."""
        found: float | None = getattr(self.system, "hertz", None)
        return found

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.density.batch_shape

    @property
    def coherence_error(self) -> Any:
        """How far the coherences may be from those of the true state; 0 for a matrix as it is."""
        return getattr(self._subject, "coherence_error", 0.0)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What was worked out for several quantities at once, by a name of theirs."""
        return {}

    @cached_property
    def synchronization(self) -> Synchronization:
        """S_max with its proof."""
        return synchronization(self._subject, distribution=self.reading)

    @property
    def reading(self) -> PhaseDistribution:
        """How phases are read off the state: as was asked for, else as its system has it, else as in the letter."""
        if self.distribution is not None:
            return self.distribution
        found: PhaseDistribution = getattr(self.system, "distribution", SUD())
        return found

    @property
    def _subject(self) -> Any:
        """What is asked for phases: a matrix is checked once."""
        return self.state if self.system is not None else self.density

    @cached_property
    def _pair_sums(self) -> Synchronization:
        """The synchronization that bounds and interplay are about, whose sums run over pairs of levels."""
        if isinstance(self.reading, SUD):
            return self.synchronization
        return synchronization(self._subject, distribution=SUD())

    @cached_property
    def thermodynamics(self) -> Thermodynamics | HeatFlows:
        """Currents: of a maser with the energies of ``bookkeeping``, of any other system with its baths' own."""
        found: Thermodynamics | HeatFlows = thermodynamics(self._solved, bookkeeping=self.bookkeeping)
        return found

    @cached_property
    def bounds(self) -> SynchronizationBounds:
        """What S_max says about the currents, with bare energies."""
        return synchronization_bounds(self._solved, sync=self._pair_sums, flows=self._bare)

    @cached_property
    def fluctuations(self) -> CountingStatistics | ChannelStatistics:
        """Counting statistics of the quanta; of any system but a maser, as the ``frequencies`` of its baths count."""
        found: CountingStatistics | ChannelStatistics
        if isinstance(self.system, ThermalMaser):
            found = counting_statistics(self._solved, flows=self._bare)
        else:
            found = counting_statistics(self._solved, counted=None)
        return found

    @cached_property
    def interplay(self) -> Interplay:
        """Whether sets of coherences cooperate or compete."""
        return interplay(self._subject, self.sets, sync=self._pair_sums)

    @cached_property
    def triangles(self) -> Triangles:
        """Whether the phase preferences of triples of levels fit together."""
        return triangle_frustration(self.density)

    @cached_property
    def _bare(self) -> Thermodynamics:
        if self.bookkeeping is Bookkeeping.BARE and isinstance(flows := self.thermodynamics, Thermodynamics):
            return flows
        bare: Thermodynamics = thermodynamics(self._solved)
        return bare

    @property
    def _solved(self) -> Any:
        if not isinstance(self.state, SteadyState | Trajectory):
            raise requirement("state", "be the steady state of a system", f"it is {type(self.state).__name__}")
        return self.state

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Every registered quantity that exists here and is worked out unasked, in the order of the tables."""
        answers: dict[Part, bool] = {}
        for one in QUANTITIES.values():
            if one.part not in answers:
                answers[one.part] = one.part.suits(self) and not one.part.left_out(self)
        return tuple(one for one in QUANTITIES.values() if answers[one.part] and one.when(self))

    def exists(self, one: Quantity) -> bool:
        """Whether a quantity has a meaning here."""
        as_instance("one", one, Quantity, "a registered Quantity")
        return one.part.suits(self) and one.when(self)

    def evidence(self, one: Quantity) -> dict[str, Quantity]:
        """Return what bounds a quantity here, and what says how far off it may be, by these roles."""
        as_instance("one", one, Quantity, "a registered Quantity")
        named = {"bound": one.bound, "error": one.error}
        return {role: QUANTITIES[name] for role, name in named.items() if name and self.exists(QUANTITIES[name])}

    def dims(self, one: Quantity) -> tuple[str, ...]:
        """Return the names of a quantity's axes after those of the batch."""
        as_instance("one", one, Quantity, "a registered Quantity")
        return tuple("level" if axis == "phase" and self.reading.levels else axis for axis in one.dims)

    @overload
    def __getitem__(self, index: str) -> npt.NDArray[Any]: ...
    @overload
    def __getitem__(self, index: Any) -> "Solution": ...
    def __getitem__(self, index: Any) -> "npt.NDArray[Any] | Solution":
        """Return a quantity by name, in the system's own units; by any other index the solution of those points."""
        if isinstance(index, str):
            (one,) = self._chosen([index])
            return scalar(np.asarray(one.of(self)))
        return super().__getitem__(index)

    def _picked(self, pick: Pick) -> "Solution":
        state = self.state if isinstance(self.state, Picked) else self.density
        part = replace(self, state=pick.record(state))
        # what was worked out of the batch is not worked out again, and goes on sharing one state
        held = {name: value for name, value in vars(self).items() if isinstance(value, Picked)}
        vars(part).update({name: pick.record(value) for name, value in held.items()})
        return part

    def to_dataset(
        self, quantities: str | Iterable[str] | None = None, *, dims: Sequence[str] | None = None
    ) -> "xr.Dataset":
        """Return quantities as a labelled dataset, their units and sources beside them, bounds and errors included.

        Parameters
        ----------
        quantities
            Names of registered quantities, or one of them; without, all that are real and exist here.  What bounds one,
            or says how far off it may be, comes with it.
        dims
            Names of the batch axes; ``axis_0``, ``axis_1`` and so on where they are not given.

        Raises
        ------
        ArgumentError
            If a name is not registered, or ``dims`` are not one name a batch axis.
        """
        import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

        batch = self.batch_shape
        must = f"name {len(batch)} batch axes, none like a quantity or an axis of one"
        axes: list[Any] = [f"axis_{number}" for number in range(len(batch))]
        if dims is not None:
            axes = as_list("dims", dims, must)
        taken = {*QUANTITIES, *(axis for one in QUANTITIES.values() for axis in self.dims(one))}
        named = all(isinstance(axis, str) and axis.strip() and axis not in taken for axis in axes)
        if len(axes) != len(batch) or len(set(axes)) < len(axes) or not named:
            raise requirement("dims", must, f"it is {shown(dims)}")
        chosen = list(self.quantities) if quantities is None else self._chosen(quantities, evidence=True)
        variables, coords = {}, {}
        for one in chosen:
            values, rest = np.asarray(one.of(self)), self.dims(one)
            if quantities is None and np.iscomplexobj(values):
                continue  # NetCDF has no complex numbers; who asks for them by name gets them
            if one.codes is not None or values.dtype == np.bool_:
                values = values.astype(np.int8)  # nor do its readers agree on Booleans
            beside = {role: found.name for role, found in self.evidence(one).items()}
            told = {**one.attributes, "units": self.unit(one), "source": self.source(one), **beside}
            variables[one.name] = ((*axes, *rest), values * self.factor(one), told)
            for axis in rest:
                coords[axis] = self.labels(axis, values.shape[len(axes) + rest.index(axis)])
        return xr.Dataset(variables, coords, self._origin())

    def labels(self, axis: str, length: int) -> list[Any]:
        """Return the labels along an axis of a quantity: names of sets, pairs of levels, or numbers."""
        as_instance("axis", axis, str, "the name of an axis")
        if axis == "set":
            return list(self.synchronization.pair_shares)
        if axis == "compared":
            return list(self.interplay.alone)
        if axis == "bath":
            return list(self.system.baths.names)
        if axis == "pair":
            return [f"{i}-{j}" for i, j in combinations(range(self.density.dimension), 2)]
        length = as_count("length", length, maximum=MOST_LISTED)
        return [number + 2 for number in range(length)] if axis == "manifold_level" else list(range(length))

    def source(self, one: Quantity) -> str:
        """Return where a quantity is from: what is the letter's S has the source of whatever distribution is read."""
        as_instance("one", one, Quantity, "a registered Quantity")
        return self.reading.source if one.source == SUD.source else one.source

    def unit(self, one: Quantity) -> str:
        """Return the unit in which a quantity leaves: the system's own, such as ω_1, or SI where that came in hertz."""
        as_instance("one", one, Quantity, "a registered Quantity")
        return one.units.of(self.frequency) if self.hertz is None else one.units.si

    @property
    def frequency(self) -> str:
        """Name of the system's unit of frequency, in letters that every file can hold."""
        unit = getattr(self.system, "UNIT", None)
        return "omega_1" if unit is None else in_latin(self.system.table()[unit].symbol)

    def factor(self, one: Quantity) -> float | int:
        """Return what turns a number in the system's own unit into one in `unit`."""
        as_instance("one", one, Quantity, "a registered Quantity")
        if self.hertz is None or one.units is Unit.ONE:
            return 1
        angular = 2.0 * np.pi * self.hertz
        energies = {Unit.RATE: 0, Unit.POWER: 1, Unit.NOISE: 2}[one.units]
        return float((PLANCK * self.hertz) ** energies * angular)

    def _chosen(self, names: str | Iterable[str], *, evidence: bool = False) -> list[Quantity]:
        asked = quantities_of(names)
        for one in asked:
            if not self.exists(one):
                what = "a density matrix" if self.system is None else f"a {type(self.system).__name__}"
                raise requirement("quantities", "exist for the system at hand", f"{one.name!r} does not for {what}")
        if not evidence:
            return asked
        beside = [found.name for one in asked for found in (one, *self.evidence(one).values())]
        return [QUANTITIES[name] for name in dict.fromkeys(beside)]

    def _origin(self) -> dict[str, Any]:
        from torusync import __version__  # noqa: PLC0415  (the package's own top)

        origin: dict[str, Any] = {"torusync_version": __version__}
        if self.system is not None:
            origin["system"] = type(self.system).__name__
        if not isinstance(self.reading, SUD):
            origin["distribution"] = type(self.reading).__name__
        if isinstance(self.state, SteadyState):
            origin["solver"] = type(self.state.solver).__name__
        if self.hertz is not None:
            origin[f"{self.frequency}_in_hertz"] = self.hertz
        return origin

    def _in_words(self) -> str:
        if isinstance(self.state, SteadyState | Trajectory):
            return self.state._in_words()  # noqa: SLF001  (one line, told by the state)
        return f"D = {self.density.dimension}, {batch_in_words(self.batch_shape)}density matrix"

    def _repr_html_(self) -> str:
        """Return a table of every number, its bound or its error beside it; of a batch, from the least to the most."""
        chosen = [one for one in self.quantities if not one.dims]
        evidence = {found.name for one in chosen for found in self.evidence(one).values()}
        rows = [
            (f"{one.name} {f'({one.symbol})' if one.symbol else ''}", self._span(one), self._beside(one))
            for one in chosen
            if one.name not in evidence
        ]
        return html_table(repr(self)[1:-1], rows)

    def _span(self, one: Quantity) -> str:
        """Return a number with its unit; of a batch the smallest and the largest that are numbers."""
        values = np.asarray(one.of(self))
        unit = "" if one.units is Unit.ONE else f" {self.unit(one)}"
        if one.codes is not None:
            return codes_in_words(values, one.codes).lower()
        if values.dtype == np.bool_:
            return yes_or_no(values)
        return span(values * self.factor(one)) + (unit if np.isfinite(values).any() else "")

    def _beside(self, one: Quantity) -> str:
        said = {"bound": "at most ", "error": "± "}
        return ", ".join(said[role] + self._span(found) for role, found in self.evidence(one).items())


def solve(
    system: System,
    *,
    solver: Solver = _AUTO,
    throw: bool = True,
    bookkeeping: Bookkeeping = Bookkeeping.BARE,
    distribution: PhaseDistribution | None = None,
) -> Solution:
    """Solve a system, one or a batch, for its steady state, and for all that follows from it when it is asked for.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem` or any other model.
    solver
        How; the best known way where it is not given.
    throw
        Whether a point without a steady state raises; else its status says why, and its numbers are nan.
    bookkeeping
        Whose energies the currents are in.
    distribution
        How phases are read off the state, where not as the system has it.

    Raises
    ------
    SteadyStateError
        If there is no steady state that can be given, and ``throw``.
    """
    return Solution(steady_state(system, solver=solver, throw=throw), bookkeeping, distribution=distribution)
