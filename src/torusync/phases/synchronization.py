"""S_max with proof: the peak of a phase distribution, for a solved machine or for any density matrix.

A `Synchronization` holds the `Peak` that was found and proven, the state and the distribution; all else is worked out
from them when asked for.  No value leaves without an upper bound that was computed, rounding included.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, as_instance, as_place, requirement, scalar
from torusync._limits import LISTED
from torusync._precision import DOUBLE, Precision
from torusync._results import Result
from torusync._show import batch_in_words, codes_in_words, html_table, span, yes_or_no
from torusync.conventions import PAIR_TO_SCALED, divide
from torusync.densities import CoherenceSet, Density, HasDensity, density_of
from torusync.maxima.optima import Optima, known_optima, orbits
from torusync.maxima.peak import Knobs, Optimum, Peak, Proof, is_proven, relative_gap
from torusync.maxima.routes import phasors_of
from torusync.phases.angles import order_parameter, relative_phases
from torusync.phases.distribution import Factor, PhaseDistribution
from torusync.phases.evaluation import reading_of
from torusync.phases.sud import SUD

_SUD: Final = SUD()
_KNOBS: Final = Knobs()


@final
@dataclass(frozen=True, eq=False, repr=False)
class Synchronization(Result):
    """The maximum of a phase distribution and the proof of it.  Arrays have the batch shape unless stated.

    Parameters
    ----------
    peak
        What was found and proven, in sums over harmonics: for `SUD` pair sums Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}].
    density, distribution
        The state and how its phases are read: what phases and shares are worked out from when asked for.
    coherence_sets
        Named sets of coherences of the state.
    reference
        The level whose phase is zero; where it carries no coherence, the first level that does.
    coherence_error
        How far the coherences may be from those of the true state, in the trace norm; for a matrix of the user's own
        what its `precision` and a projection leave open, 0 for one of doubles.
    """

    peak: Peak
    density: Density
    distribution: PhaseDistribution
    coherence_sets: tuple[CoherenceSet, ...]
    reference: int
    coherence_error: Real

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.pair_sum.shape

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return self.density.dimension

    @property
    def precision(self) -> Precision:
        """To how many digits the matrix was taken to be given."""
        return getattr(self.density, "precision", DOUBLE)

    @property
    def pair_sum(self) -> Real:
        """ΣS = max Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}], the value attained at ``phases``."""
        return self.peak.value

    @property
    def pair_sum_bound(self) -> Real:
        """Proven upper bound on ΣS, its own rounding included."""
        return self.peak.bound

    @property
    def l1_coherence(self) -> Real:
        """``Σ_{i<j} |ρ_ij|``, ΣS if all preferences agreed; nan where levels are too many for a sum over all pairs."""
        return self.peak.l1

    @property
    def optima_count(self) -> Integer:
        """Number of isolated optima known, 0 for a continuum."""
        return self.peak.optima_count

    @property
    def optima_dimension(self) -> Integer:
        """Dimension of the set of optima."""
        return self.peak.optima_dimension

    @property
    def complete(self) -> Boolean:
        """Whether both are exact where the optimum is proven; elsewhere they are what is known at least."""
        return self.peak.complete

    @property
    def optimum_codes(self) -> Integer:
        """Codes of `Optimum`."""
        return self.peak.optimum

    @property
    def proof_codes(self) -> Integer:
        """Codes of `Proof`."""
        return self.peak.proof

    def _of_levels(self, values: Real) -> Real:
        """Return what is only defined for a distribution with a phase a level."""
        return scalar(values if self.distribution.levels else np.full_like(values, np.nan))

    @property
    def _factor(self) -> Factor:
        return self.distribution.factor(self.dimension)

    @cached_property
    def phasors(self) -> Complex:
        """Optimal e^{iφ_i}, ``(..., D)``, up to a common factor; nan where a level carries no coherence."""
        return phasors_of(self.density, self.peak) if self.distribution.levels else self.peak.phasors

    @cached_property
    def phases(self) -> Real:
        """Optimal φ_i in [0, 2π) relative to level ``reference``, ``(..., D)``; nan where there is no coherence.

        Of a distribution with phases of its own these, ``(..., phases)``, in its convention.
        """
        return self._angles(self.phasors)

    def _angles(self, phasors: Complex) -> Real:
        """Return angles in [0, 2π): relative to the reference where only differences count, else as they are."""
        if self.distribution.levels:
            return relative_phases(phasors, self.reference)
        return np.angle(phasors) % (2.0 * np.pi)

    @cached_property
    def order_parameter(self) -> Real:
        """``|Σ_j e^{iφ_j}|/N`` over manifold levels that carry coherence, in [0, 1]; nan for plain matrices."""
        return scalar(order_parameter(self.phasors, self.coherence_sets))

    @cached_property
    def pair_shares(self) -> Mapping[str, Real]:
        """Part of ΣS in each named set of coherences."""
        defined, broken = np.where(np.isfinite(self.phasors), self.phasors, 0.0), np.isnan(self.pair_sum)
        shares = {one.name: self.density.share(one, defined) for one in self.coherence_sets}
        return MappingProxyType({name: scalar(np.where(broken, np.nan, share)) for name, share in shares.items()})

    @property
    def s_max(self) -> Real:
        """S_max of Eq. (4); underflows beyond some 400 levels, where ``log10_s_max`` and ``pair_sum`` do not."""
        return self._factor.times(self.pair_sum)

    @property
    def underflows(self) -> Boolean:
        """Where S_max is too small for a float with all its digits; ``log10_s_max`` and ``pair_sum`` are not."""
        return (self.pair_sum > 0.0) & (self.s_max < np.finfo(np.float64).tiny)

    @property
    def log10_s_max(self) -> Real:
        """log10 S_max at any number of levels; −inf where S_max is exactly 0, nan where there is no state."""
        return self._factor.log10_times(self.pair_sum)

    @property
    def s_max_bound(self) -> Real:
        """Proven upper bound on S_max, its rounding included; 0 only where S_max is, 5e-324 where it underflows."""
        return self._factor.times(self.pair_sum_bound, upwards=True)

    @property
    def gap(self) -> Real:
        """``s_max_bound − s_max``, in units of S_max; where they underflow see ``relative_gap``."""
        return self.s_max_bound - self.s_max

    @property
    def pair_sum_error(self) -> Real:
        """How far ΣS of the state that was found may be from ΣS of the true one; ``certified`` is about the former.

        In units of the sum that is maximised, see `PhaseDistribution.error`; nan for a distribution that does not know.
        """
        return scalar(np.asarray(self.distribution.error(self.dimension, self.coherence_error)))

    @property
    def s_max_error(self) -> Real:
        """How far S_max of the state that was found may be from that of the true one."""
        return self._factor.times(self.pair_sum_error, upwards=True)

    @property
    def relative_gap(self) -> Real:
        """(bound − value)/bound; 0 where there is no coherence, 1 where no finite bound is known."""
        return relative_gap(self.pair_sum, self.pair_sum_bound)

    @property
    def certified(self) -> Boolean:
        """Whether the upper bound is finite and gap ≤ 1e-9 × upper bound, in pair sums: the optimum is proven."""
        return is_proven(self.pair_sum, self.pair_sum_bound)

    @property
    def optima_complete(self) -> Boolean:
        """Whether it is proven that there are no more optima than ``optima_count`` and ``optima_dimension`` say."""
        return self.complete & self.certified

    @property
    def scaled(self) -> Real:
        """𝕊_max = (2π)^N S_max with N = D − 2, the measure of Figs. 3a and 3b; nan for another distribution."""
        return self._of_levels(PAIR_TO_SCALED * self.pair_sum)

    @property
    def frustration(self) -> Real:
        """1 − ΣS/Σ_{i<j}|ρ_ij|, in [0, 1]: 0 where all phase preferences are compatible; nan without coherence."""
        safe = np.where(self.l1_coherence > 0.0, self.l1_coherence, np.nan)
        return scalar(np.clip(1.0 - self.pair_sum / safe, 0.0, 1.0))

    @property
    def shares(self) -> Mapping[str, Real]:
        """Part of S_max in each named set of coherences."""
        return MappingProxyType({name: self._factor.times(share) for name, share in self.pair_shares.items()})

    @property
    def entrainment(self) -> Real:
        """Part of S_max in the drive-induced coherences ρ_1j of a maser at the optimal phases; nan otherwise."""
        return self._share("entrainment")

    @property
    def mutual(self) -> Real:
        """Part of S_max in the coherences ρ_jl among the manifold levels of a maser; nan otherwise."""
        return self._share("mutual")

    def optima(self, point: int | tuple[int, ...] = ()) -> Optima:
        """Return the optimal phase configurations known at one point of the batch.

        Of several isolated ones all that are known are listed, and which of them are partners under a symmetry of the
        state; of a continuum, one.

        Raises
        ------
        ArgumentError
            If the point is not in the batch, or has too many optima to list, or of too many levels.
        """
        batch = self.pair_sum.shape
        index = as_place("point", point, batch, "be an index into the batch")
        z, dimension = self.phasors[index], int(self.optima_dimension[index])
        known, carrying = z[np.newaxis], np.flatnonzero(np.isfinite(z))
        if not carrying.size:
            known = known[:0]
        elif not self.distribution.levels and self.optimum_codes[index] == Optimum.SEVERAL:
            phases = self.distribution.tops(self._one(index).shaped(()))
            known = known if phases is None else np.exp(1j * phases)
        orbit = np.arange(len(known), dtype=np.int64)
        if self.distribution.levels and self.optimum_codes[index] == Optimum.SEVERAL:
            listed = {"optima of at most {} levels": carrying.size, "at most {} optima": self.optima_count[index]}
            for what, count in listed.items():
                if count > LISTED:
                    raise requirement("point", f"have {what.format(LISTED)} to be listed", f"it has {count}")
            one = self._one(index)
            coherences = np.stack([one.row(int(level))[0, carrying] for level in carrying])
            np.fill_diagonal(coherences, 0.0)
            coherences = divide(coherences, np.asarray(np.abs(coherences).max()))
            found = known_optima(coherences, z[carrying])
            known = np.full((len(found), self.dimension), np.nan, dtype=np.complex128)
            known[:, carrying], orbit = found, orbits(coherences, found)
        complete = bool(self.optima_complete[index])
        return Optima(self._angles(known), orbit, dimension, complete)

    def _one(self, index: tuple[int, ...]) -> Density:
        """Return the state of one point, as a flat batch."""
        batch = self.batch_shape
        flat = int(np.ravel_multi_index(index, batch, mode="wrap")) if batch else 0
        return self.density.flat().part(slice(flat, flat + 1))

    def _share(self, name: str) -> Real:
        return self.shares.get(name, scalar(np.full(self.batch_shape, np.nan)))

    @property
    def optimum(self) -> Optimum | Integer:
        """What the optima look like: an `Optimum`, or an array of its codes in a batch."""
        return Optimum(int(self.optimum_codes)) if self.optimum_codes.ndim == 0 else self.optimum_codes

    @property
    def proof(self) -> Proof | Integer:
        """Which proof gave the upper bound: a `Proof`, or an array of its codes in a batch."""
        return Proof(int(self.proof_codes)) if self.proof_codes.ndim == 0 else self.proof_codes

    def _in_words(self) -> str:
        # what underflows is told by its logarithm
        tiny = bool(((self.s_max == 0.0) & (self.pair_sum > 0.0)).any())
        if tiny:
            height = f"log10 S_max {span(self.log10_s_max, 9)}, relative gap {span(self.relative_gap, 2)}"
        else:
            height = f"S_max {span(self.s_max)}, at most {span(self.s_max_bound)} (gap {span(self.gap, 2)})"
        if self.batch_shape:
            return f"batch {self.batch_shape}, {height}, {yes_or_no(self.certified)} certified, D = {self.dimension}"
        proof = f"certified by {codes_in_words(self.proof_codes, Proof)}" if self.certified else "not certified"
        return f"{height}, {proof}, D = {self.dimension}, {self._optima_in_words()}"

    def _repr_html_(self) -> str:
        """Return a table of what was found, the proof or the error beside it."""
        kinds = codes_in_words(self.optimum_codes, Optimum) if self.batch_shape else self._optima_in_words()
        levels = self.distribution.levels
        pairs = [("ΣS", span(self.pair_sum), f"at most {span(self.pair_sum_bound)} ± {span(self.pair_sum_error, 2)}")]
        rows = [
            ("S_max", span(self.s_max), f"at most {span(self.s_max_bound)} ± {span(self.s_max_error, 2)}"),
            ("log10 S_max", span(self.log10_s_max, 9), f"relative gap {span(self.relative_gap, 2)}"),
            *(pairs if levels else [("phases", span(self.phases), type(self.distribution).__name__)]),
            ("certified", yes_or_no(self.certified), codes_in_words(self.proof_codes, Proof)),
            ("optima", kinds, f"known to be all: {yes_or_no(self.optima_complete)}"),
            *((f"share of {name}", span(share), "") for name, share in self.shares.items()),
            *([("order parameter", span(self.order_parameter), "")] if levels else []),
            ("frustration", span(self.frustration), ""),
        ]
        caption = f"Synchronization: {batch_in_words(self.batch_shape)}D = {self.dimension}"
        return html_table(caption, rows)

    def _optima_in_words(self) -> str:
        """Return what is known of the set of optima of one state."""
        least, count = "" if self.optima_complete else "at least ", int(self.optima_count)
        return {
            Optimum.UNDEFINED: "no coherence",
            Optimum.POINT: f"{least}one optimum",
            Optimum.SEVERAL: f"{least}{count} optima",
            Optimum.CONTINUUM: f"a continuum of optima of dimension {least}{int(self.optima_dimension)}",
        }[Optimum(int(self.optimum_codes))]


def synchronization(
    state: object,
    *,
    random_starts: int = _KNOBS.random_starts,
    seed: int = _KNOBS.seed,
    distribution: PhaseDistribution | None = None,
    precision: object = None,
) -> Synchronization:
    """Return S_max, the optimal phases, and the proof.

    Parameters
    ----------
    state
        A solved `SteadyState`, or density matrices ``(..., D, D)`` or kets: arrays, Qobj, sparse ones, lists of them.
    random_starts
        How many random starts to add where all others leave the proof open.
    seed
        Seed of those starts; the result is reproducible.
    distribution
        How phases are read off the state: where it is not given, as the system of a solved state has it, else `SUD`.
    precision
        Of a matrix, see `densities.density_of`.

    Raises
    ------
    ArgumentError
        If a matrix is not a density matrix, or a structured state is too large to be formed as one.
    """
    knobs = Knobs(random_starts, seed)
    system = getattr(state, "system", None)
    distribution = reading_of(state, distribution)
    density = density_of(state, precision=precision)
    peak = distribution.peak(density, knobs)
    named = system if distribution.levels else None
    reference = getattr(named, "reference", None)
    if reference is None:
        carried = np.isfinite(peak.phasors).any(axis=tuple(range(peak.phasors.ndim - 1)))
        # a degenerate manifold, whose phasors are not formed, is driven from level 1
        reference = int(carried.argmax()) if carried.size else 1
    judged = state if isinstance(state, HasDensity) else density
    return Synchronization(
        peak=peak,
        density=density,
        distribution=distribution,
        coherence_sets=getattr(named, "coherence_sets", ()),
        reference=reference,
        coherence_error=np.broadcast_to(np.asarray(getattr(judged, "coherence_error", 0.0)), density.batch_shape),
    )


def pair_sums_of(state: object, sync: Synchronization | None) -> Synchronization:
    """Return the synchronization of a state whose sums run over pairs of levels: the one at hand, or worked out.

    Raises
    ------
    ArgumentError
        If the one at hand is that of another state or another distribution.
    """
    if sync is None:
        return synchronization(state, distribution=_SUD)
    as_instance("sync", sync, Synchronization, "the synchronization of `state`")
    if sync.density is not density_of(state):
        raise requirement("sync", "be the synchronization of `state`", "it is that of another state")
    if not isinstance(sync.distribution, SUD):
        raise requirement("sync", "be that of SUD(), with sums over pairs of levels", f"it is of {sync.distribution!r}")
    return sync
