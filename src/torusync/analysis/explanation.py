"""Why a system synchronizes, or does not: who makes its coherences, and what they do to each other.

Four questions, in this order.  Does the undriven system have a limit cycle?  Is there a coherence that is read?  Who
makes it: the Hamiltonian out of populations or of other coherences, or the channels?  And do those that share a
harmonic add up?  Of phases of their own, |c_q|² is held against what the same coherences give if their phases are
unrelated, and where less than a thousandth of Σ|Wρ| is left they block each other.  A blockade is called exact where
nothing beyond the error is left at the drive as it is nor at others as strong as the decay, of first order where the
first-order response vanishes and something is left there, and nearly one where that response is small and not 0 and
drives as strong as the decay leave no more.  Of a phase a level nothing can be blocked, and sets of coherences are
compared as `interplay` does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Real, require_progress, requirement
from torusync._frozen import Frozen
from torusync._limits import EXPLAINED_LEVELS
from torusync._show import Code, html_table, span
from torusync._threads import one_blas_thread
from torusync.analysis import words
from torusync.analysis.cycles import Cycle, Settling, cycle_of
from torusync.analysis.driving import Driven
from torusync.analysis.shares import Interplay, interplay
from torusync.analysis.terms import BLOCKED, SOURCES, Reading, Sums, makers
from torusync.densities import CoherenceSet
from torusync.dynamics.perturbation import first_order
from torusync.interop import OF_OPERATORS, is_operator
from torusync.models import System
from torusync.phases import PhaseDistribution, Synchronization, synchronization
from torusync.phases.evaluation import reading_of
from torusync.steady import Status, SteadyState, steady_state

if TYPE_CHECKING:
    import xarray as xr

_FAINT: Final = 0.1
"""Part of Σ|Wρ| that may be left at the drive as it is where the first order is blocked, for that to be the reason."""

_RISES: Final = 10.0
"""Times what is left in first order that must be left at drives as strong as the decay, for that to be of higher order:
rates that differ in the fifth digit leave a part of 1e-5 at any drive."""

_PROBES: Final = (0.5, 1.0, 2.0)
"""Other drives, in units of the slowest decay in the fundamental over the largest entry of V: what is of third order is
a part of some percent there, and no drive that is small can tell it from nothing."""


class Finding(Code):
    """What there is to say of the phases of a system."""

    NO_DRIVE = 0, "Nothing drives the phases, and they stay free."
    NO_COHERENCE = 1, "Something drives it, and yet there is no coherence that its phases could be read off."
    NO_LIMIT_CYCLE = 2, "There is no limit cycle whose phase could lock."
    BLOCKED = 3, "Coherences block each other: their sum vanishes where none of them does."
    COMPETE = 4, "Coherences compete: they add up to less than unrelated phases would."
    COOPERATE = 5, "Coherences cooperate: they add up to more than unrelated phases would."
    NEUTRAL = 6, "There is one coherence, or nothing that two of them must agree on."


class Blockade(Code):
    """How far a blockade goes."""

    NONE = 0, "There is none."
    EXACT = 1, "Nothing is left beyond the error, at this drive and at others as strong as the decay."
    FIRST_ORDER = 2, "The first-order response vanishes, and what is left is of higher order."
    HERE = 3, "They cancel as the system is, and not in first order of a drive."
    NEARLY = 4, "They cancel but for a small part, which is of first order, and stays so small at any drive."


@final
@dataclass(frozen=True, eq=False)
class Response(Frozen):
    """The first order of the fundamental harmonic in the drive, at the drive as it is.

    Parameters
    ----------
    value, reach : c_q' and Σ|Wρ_1|
    error : how far both may be off
    """

    value: complex
    reach: float
    error: float

    @property
    def remains(self) -> float:
        """|c_q'|/Σ|Wρ_1|; nan where the drive makes none of these coherences in first order."""
        return abs(self.value) / self.reach if self.reach > self.error else float("nan")

    @property
    def vanishes(self) -> bool:
        """Whether nothing of it is left beyond the error."""
        return abs(self.value) <= self.error


@final
@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Frozen):
    """Why a system synchronizes, or does not, with the numbers that say so.

    Parameters
    ----------
    system : the system, as it was solved
    sync : its S_max with proof
    finding, blockade : what its coherences do to each other
    settling : what it does without its drive
    drive : largest modulus of an entry of the drive, 0 without any
    undriven, undriven_error : S_max without the drive and how far it may be off, what dissipation makes alone; or nan
    reading : which coherences are read
    driven : (K) which of them an entry of the drive makes
    rho : (K) their values
    made : (4, K) what each of `SOURCES` makes of them
    decay : (K) how fast each decays by itself
    turned : (K) e^{iq·φ} at the optimal phases
    sums : the harmonics
    fundamental : number of the lowest harmonic with anything in it; −1 without any
    response : its first order in the drive; None where that is not asked
    probes : (probes, 3) drives, relative to this one, which is the first, with |c_q|/Σ|Wρ| and the error of that
    interplay : what sets of coherences do to each other, of a phase a level; else None
    """

    system: System
    sync: Synchronization
    finding: Finding
    blockade: Blockade
    settling: Settling
    drive: float
    undriven: float
    undriven_error: float
    reading: Reading
    driven: Boolean
    rho: Complex
    made: Complex
    decay: Real
    turned: Complex
    sums: Sums
    fundamental: int
    response: Response | None
    probes: Real
    interplay: Interplay | None

    @property
    def synchronizes(self) -> bool:
        """Whether there is a limit cycle, a coherence, and no blockade of it."""
        return self.finding in {Finding.COMPETE, Finding.COOPERATE, Finding.NEUTRAL}

    @property
    def cycle(self) -> Cycle:
        """What the system does without its drive."""
        return self.settling.cycle

    @cached_property
    def heights(self) -> Real:
        """What each coherence adds to S_max at the optimal phases, ``(K)``."""
        return self._in_s((self.reading.weights * self.rho * self.turned).real)

    @cached_property
    def made_heights(self) -> Real:
        """What each source adds to S_max by each coherence, ``(4, K)``."""
        return self._in_s((self.reading.weights * self.made * self.turned).real)

    @cached_property
    def shares(self) -> dict[str, float]:
        """What each of `SOURCES` adds to S_max, below 0 where it works against the others; nan where it is unknown."""
        return dict(zip(SOURCES, self.made_heights.sum(axis=1).tolist(), strict=True))

    @property
    def by_drive(self) -> float:
        """What the Hamiltonian adds to S_max."""
        return self.shares[SOURCES[0]] + self.shares[SOURCES[1]]

    @property
    def by_dissipation(self) -> float:
        """What the channels add to S_max."""
        return self.shares[SOURCES[2]] + self.shares[SOURCES[3]]

    @property
    def text(self) -> str:
        """One paragraph that follows from the numbers."""
        return words.paragraph(self)

    def to_dataset(self) -> "xr.Dataset":
        """Return all the numbers, labelled: a row a coherence, a harmonic, a source and a probe."""
        return words.dataset(self)

    def _in_s(self, sums: Real) -> Real:
        factor = self.sync.distribution.factor(self.sync.dimension)
        return np.asarray(factor.times(sums))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        told = self.finding.name if self.blockade is Blockade.NONE else f"{self.finding.name}, {self.blockade.name}"
        return f"<Explanation: {told}, S_max {span(self.sync.s_max)}, {type(self.system).__name__}>"

    def _repr_html_(self) -> str:
        """Return a table of who makes what, and the paragraph."""
        sync = self.sync
        rows = [
            ("finding", self.finding.name, self.finding.sentence),
            ("S_max", span(sync.s_max), f"at most {span(sync.s_max_bound)} ± {span(sync.s_max_error, 2)}"),
            *((f"by {name}", span(share), "") for name, share in self.shares.items()),
            ("blockade", self.blockade.name, self.blockade.sentence),
            ("undriven", self.cycle.name, words.settles(self)),
            ("in words", self.text, ""),
        ]
        return html_table(f"Explanation: {type(self.system).__name__}", rows)


@one_blas_thread
def explain(
    system: System,
    *,
    distribution: PhaseDistribution | None = None,
    progress: Callable[[float], object] | None = None,
) -> Explanation:
    """Say why a system synchronizes, or does not: who makes its coherences, and whether they add up.

    Parameters
    ----------
    system
        A `ThermalMaser`, a `LindbladSystem` or any model with channels; one point, of at most 400 levels, of at most 64
        where every level has a phase.
    distribution
        How phases are read, where not as the system has it.  Parts of a system are explained one by one: the first
        of two spins by ``Joint(SU2(1), dims=(3, 3), parts=(0,))``.
    progress
        Called now and then with the share that is done, from 0 to 1: forty levels that have a phase each take up to
        half a minute, any other reading next to nothing.

    Returns
    -------
    Explanation
        ``text`` is one paragraph, ``to_dataset()`` the numbers; `plots.plot_explanation` draws it.

    Raises
    ------
    ArgumentError
        If the system is a batch, has too many levels, or no channels.
    SteadyStateError
        If it has no unique steady state with its drive.
    """
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a model, as a ThermalMaser or a LindbladSystem is", _instead(system))
    if system.batch_shape:
        first = ", ".join("0" for _ in system.batch_shape)
        but = f"it is a batch of shape {system.batch_shape}; take system[{first}]"
        raise requirement("system", "be one point to be explained", but)
    reading_of(None, distribution)
    require_progress(progress)
    if system.dimension > EXPLAINED_LEVELS:
        raise requirement("system", f"have at most {EXPLAINED_LEVELS} levels", f"it has {system.dimension}")
    state = steady_state(system)
    sync = synchronization(state, distribution=distribution)
    reading = Reading.of(sync.distribution, sync.dimension)
    driven = Driven.of(state.system, reading)
    found = _looked_at(state, sync, reading, driven)
    told = found.finding is not Finding.NO_LIMIT_CYCLE and _carries(found)
    if told and not len(reading.orders):
        return _of_sets(found, state, progress)
    whole = _of_harmonics(found, driven) if told else found
    if progress is not None:
        progress(1.0)
    return whole


def _instead(given: Any) -> str:
    """Return what was given in place of a system, and what of it to take."""
    inside = getattr(given, "system", None)
    if not isinstance(given, type) and callable(getattr(inside, "generator", None)):
        return f"it is {type(given).__name__}; explain its `system`"
    if is_operator(given):
        return f"it is {type(given).__name__}; {OF_OPERATORS}"
    return f"it is {type(given).__name__}"


def _looked_at(state: SteadyState, sync: Synchronization, reading: Reading, driven: Driven) -> Explanation:
    """Return who makes the coherences, and whether there is nothing to compare."""
    rho, drives, bare = state.rho, driven.drives, driven.at(0.0)
    calm = steady_state(bare, throw=False)
    if not calm.succeeded and calm.status not in {Status.NOT_UNIQUE, Status.ILL_CONDITIONED}:
        steady_state(bare)  # whose refusal says why
    settling = cycle_of(calm.density if calm.succeeded else None, sync.distribution)
    quiet = synchronization(calm, distribution=sync.distribution) if calm.succeeded else None
    made, decay = makers(state.system.generator(), rho, reading)
    sums = reading.sums(rho, float(state.coherence_error))
    found = Explanation(
        system=state.system,
        sync=sync,
        finding=Finding.NEUTRAL,
        blockade=Blockade.NONE,
        settling=settling,
        drive=float(np.abs(driven.drive).max()),
        undriven=float("nan") if quiet is None else float(quiet.s_max),
        undriven_error=float("nan") if quiet is None else float(quiet.s_max_error),
        reading=reading,
        driven=drives[reading.rows, reading.columns],
        rho=rho[reading.rows, reading.columns],
        made=made,
        decay=decay,
        turned=reading.turned(sync),
        sums=sums,
        fundamental=sums.fundamental(reading.orders) if len(reading.orders) else -1,
        response=None,
        probes=np.zeros((0, 3)),
        interplay=None,
    )
    if not _carries(found):
        return replace(found, finding=Finding.NO_COHERENCE if drives.any() else Finding.NO_DRIVE)
    if settling.cycle in {Cycle.REST, Cycle.SEVERAL}:
        return replace(found, finding=Finding.NO_LIMIT_CYCLE)
    return found


def _carries(found: Explanation) -> bool:
    """Whether there is a coherence beyond the error."""
    if len(found.reading.orders):
        return found.fundamental >= 0
    return bool((np.abs(found.rho) > found.sync.coherence_error).any())


def _of_sets(found: Explanation, state: SteadyState, progress: Callable[[float], object] | None) -> Explanation:
    """Return what sets of coherences do to each other where every level has a phase."""
    together = interplay(state, _sets(found), sync=found.sync, progress=progress)
    codes = {-1: Finding.COMPETE, 0: Finding.NEUTRAL, 1: Finding.COOPERATE}
    return replace(found, interplay=together, finding=codes[int(together.verdict_codes)])


def _of_harmonics(found: Explanation, driven: Driven) -> Explanation:
    """Return what the coherences of the fundamental harmonic do to each other."""
    one, sums = found.fundamental, found.sums
    if (np.abs(_terms(found)) > sums.error[one]).sum() < 2:
        return replace(found, response=_response(found, driven))
    found = replace(found, response=_response(found, driven))
    blockade, probes = _blockade(found, driven)
    finding = Finding.COOPERATE if float(sums.interference[one]) > 0.0 else Finding.COMPETE
    if blockade is not Blockade.NONE and float(sums.remains[one]) <= _FAINT:
        finding = Finding.BLOCKED
    return replace(found, finding=finding, blockade=blockade, probes=probes)


def _terms(found: Explanation) -> Complex:
    """Return W ρ of the coherences of the fundamental harmonic."""
    mine = found.reading.harmonic == found.fundamental
    return np.asarray((found.reading.weights * found.rho)[mine])


def _sets(found: Explanation) -> Any:
    """Return the sets that are compared where the system names none: what the drive joins, and all others."""
    if getattr(found.system, "coherence_sets", ()):
        return None
    joined = [
        (int(i), int(j))
        for i, j, one in zip(found.reading.rows, found.reading.columns, found.driven, strict=True)
        if one
    ]
    named = joined or [(int(i), int(j)) for i, j in zip(found.reading.rows, found.reading.columns, strict=True)]
    return (CoherenceSet.of_pairs("driven" if joined else "dissipative", named),)


def _response(found: Explanation, driven: Driven) -> Response | None:
    """Return the first order of the fundamental in the drive; None without a drive, or a state to start from."""
    if not driven.drives.any() or np.isnan(found.undriven):
        return None
    slope = first_order(driven.at(0.0), driven.drive)
    sums, one = found.reading.sums(slope.slope, float(slope.error)), found.fundamental
    return Response(complex(sums.value[one]), float(sums.reach[one]), float(sums.error[one]))


def _blockade(found: Explanation, driven: Driven) -> tuple[Blockade, Real]:
    """Return whether the coherences of the fundamental cancel, how far that goes, and what was seen at other drives."""
    one, none = found.fundamental, np.zeros((0, 3))
    if found.response is None or not found.response.remains <= BLOCKED:
        cancel = float(found.sums.remains[one]) <= BLOCKED
        return (Blockade.HERE if cancel else Blockade.NONE), none
    slowest = float(found.decay[found.reading.harmonic == one].min())
    unit = slowest / float(np.abs(driven.drive).max())
    here = 1.0, float(found.sums.remains[one]), float(found.sums.error[one] / found.sums.reach[one])
    probes = np.array([here, *(_seen(found, driven, strength * unit) for strength in _PROBES)])
    silent = bool((probes[:, 1] <= probes[:, 2]).all())
    if found.response.vanishes:
        return (Blockade.EXACT if silent else Blockade.FIRST_ORDER), probes
    rises = float(probes[:, 1].max()) > _RISES * found.response.remains
    return (Blockade.FIRST_ORDER if rises else Blockade.NEARLY), probes


def _seen(found: Explanation, driven: Driven, strength: float) -> tuple[float, float, float]:
    """Return a drive, what is left of the fundamental under it, and how far that may be off."""
    state = steady_state(driven.at(strength))
    sums, one = found.reading.sums(state.rho, float(state.coherence_error)), found.fundamental
    return strength, float(sums.remains[one]), float(sums.error[one] / sums.reach[one])
