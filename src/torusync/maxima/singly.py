"""S_max of one connected part of many levels by its entries: climbs one after the other, until one is proven.

Where a spectrum costs as much as a whole climb, nothing is gained by stacks, and most is gained by ending early: the
first climb is mostly the last.  A machine's populations tell how far they are from their thermal values; with that for
a diagonal, the block beside |1> is mostly negative in an engine, whose convex problem then knows where to begin.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import spectra
from torusync._limits import CUBIC_LEVELS
from torusync.conventions import EPS, unit
from torusync.maxima.certificate import eigenvalue_bound, l1_bound, multipliers
from torusync.maxima.discs import disc_maximum, onto_the_torus
from torusync.maxima.fields import DenseForm, climb
from torusync.maxima.optima import describe
from torusync.maxima.peak import EQUAL, NO_LOWER, Found, Knobs, Optimum, Proof
from torusync.maxima.relaxation import dual_path
from torusync.maxima.ridges import NULL
from torusync.maxima.starts import aligned_start, greedy_start, pushed, rounded_starts

_LEADING: Final = 3
_ROUNDED: Final = 7
"""Starts from leading eigenvectors and from the relaxation."""


@final
@dataclass(frozen=True, eq=False)
class Single:
    """One connected part in units of its largest coherence: ``coherences`` ``(n, n)``, of zero diagonal.

    ``natural`` ``(n)`` is the diagonal that a machine's state has beside the thermal one, None for any other state.
    """

    coherences: Complex
    natural: Real | None

    @cached_property
    def form(self) -> DenseForm:
        """What is climbed, in the gauge where the first level has the phase 0."""
        return DenseForm(self.coherences[0, 1:], np.ascontiguousarray(self.coherences[1:, 1:]))

    def peak(self, knobs: Knobs) -> Found:
        """Return the maximum with the lowest bound that was met."""
        if self.natural is None:
            weight = np.abs(self.coherences).sum(axis=-1)
            start = aligned_start(self.coherences[np.newaxis], weight[np.newaxis])[0]
            met = multipliers(self.coherences, start)
            # level by level: what a weak one prefers would drown in the sum
            if (met >= weight * (1.0 - 4.0 * len(weight) * EPS)).all():
                return Found(start, 0.5 * float(met.sum()), float(l1_bound(weight)[1]), Proof.L1, Optimum.POINT)
        else:
            start = unit(self.coherences[:, 0], 1.0 + 0.0j)
        found = self._climbed(pushed(start))
        if found.open:
            for trial, bound, proof in self._starts(knobs):
                found = found.better_of(self._climbed(trial, beyond=found.value)).lowered(bound, proof)
                if not found.open:
                    break
        if found.value < NO_LOWER:
            # S has zero mean over all phases but those of one pair: its maximum is no lower than any coherence
            found = found.better_of(self._climbed(greedy_start(self.coherences[np.newaxis])[0]))
        return self._described(found) if found.optimum is Optimum.SEVERAL else found

    def _climbed(self, start: Complex, *, beyond: float = -np.inf) -> Found:
        """Return the maximum above ``start``; if it lies ``beyond``, with the eigenvalue bound at its multipliers."""
        z = np.concatenate([[1.0], climb(self.form, start[1:] * np.conj(start[0]))[0]])
        mu = multipliers(self.coherences, z)
        value = 0.5 * float(mu.sum())
        # a bound from lower down is none that counts, and a spectrum costs as much as a climb
        if not value >= beyond * (1.0 - EQUAL):
            return Found(z, value, np.inf, Proof.EIGENVALUE, Optimum.POINT)
        bounds, values = eigenvalue_bound(self.coherences[np.newaxis], mu[np.newaxis])
        size = np.abs(values[0])
        if (size <= NULL * size.max()).sum() > 1:
            return Found(z, value, float(bounds[0]), Proof.EIGENVALUE, Optimum.SEVERAL, 2, complete=False)
        return Found(z, value, float(bounds[0]), Proof.EIGENVALUE, Optimum.POINT)

    def _starts(self, knobs: Knobs) -> Iterator[tuple[Complex, float, Proof]]:
        """Yield where to begin, beside a bound that is known by then.

        The strongest common pulls, what an engine's convex problem says, the vectors of the relaxation, random phases.
        """
        first, block = self.form.u, self.form.block.copy()
        block[np.diag_indices(len(block))] = 0.0 if self.natural is None else self.natural[1:]
        values, vectors = spectra(block)
        for column in range(1, min(_LEADING, len(values)) + 1):
            z = unit(vectors[:, -column], 1.0 + 0.0j)
            yield pushed(np.concatenate([unit(first @ z, 1.0)[np.newaxis], z])), np.inf, Proof.NONE
        if self.natural is not None and -values[0] > values[-1]:
            z, bound = _convex(first, block, values, vectors)
            yield np.concatenate([[1.0], z]), bound, Proof.ORDER_PARAMETERS
        if self.natural is not None and len(self.natural) > CUBIC_LEVELS:
            return
        nu, gram = dual_path(self.coherences[np.newaxis])
        bound = float(eigenvalue_bound(self.coherences[np.newaxis], nu)[0][0])
        shape = knobs.random_starts, len(self.coherences)
        trials = np.exp(2j * np.pi * np.random.default_rng(knobs.seed).random(shape))
        for start in (*rounded_starts(gram, _ROUNDED)[0], *trials):
            yield start, bound, Proof.SEMIDEFINITE

    def _described(self, found: Found) -> Found:
        """Return the same with its ties looked at."""
        if self.natural is not None and len(self.natural) > CUBIC_LEVELS:
            return found
        try:
            ties = describe(self.coherences[np.newaxis], found.phasors[np.newaxis])
        except np.linalg.LinAlgError:
            return replace(found, complete=False)
        # on the way a level that couples weakly may have got the phase that it sees
        z = ties.phasors[0]
        value = 0.5 * float(multipliers(self.coherences, z).sum())
        found = replace(found, phasors=z, value=value) if value > found.value else found
        return found.described(
            int(ties.optima_count[0]), int(ties.optima_dimension[0]), complete=bool(ties.complete[0])
        )


def _convex(u: Complex, block: Complex, values: Real, vectors: Complex) -> tuple[Complex, float]:
    """Return phases from an engine's convex problem, and its bound; what pulls adds its largest eigenvalue a level."""
    count, scale, pushing = len(u), float(np.abs(u).mean()), values < 0.0
    w = vectors * np.sqrt(np.abs(values))
    a = np.asarray(w[:, pushing] * np.sqrt(count / scale), dtype=np.complex128)
    found = disc_maximum(np.asarray(np.conj(u) / scale, dtype=np.complex128), a)
    # the block differs from its eigenvalues by their rounding, and sums of up to 2^24 terms have their own
    off = np.linalg.norm(block - (w * np.sign(values)) @ np.conj(w.T)) + 16.0 * EPS * count * np.abs(values).max()
    natural = np.diagonal(block).real
    summed = 32.0 * EPS * (count * scale + np.abs(natural).sum())
    pulled_up = 0.5 * count * (max(float(values[-1]), 0.0) + off)
    bound = found.lowest * count * scale - 0.5 * natural.sum() + summed + pulled_up
    return onto_the_torus(found.z, found.t, a), float(bound)
