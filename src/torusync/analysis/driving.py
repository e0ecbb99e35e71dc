"""What of a Hamiltonian drives: the terms without which the phases that are read would be free.

Phases are free where a charge turns them: a number of every level that the Hamiltonian keeps, that every jump shifts
by one amount, and that differs between the two levels of every coherence that is read.  As many terms of H are kept as
leave such a charge, those of one amount together, and the others drive; so an exchange of quanta drives the phase of
two parts relative to each other, and does not drive that of one of them.  Where the jumps alone leave no such charge it
is dissipation that makes coherences, and every term that shifts the phases is said to drive besides.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from torusync._checks import Boolean, Complex, requirement
from torusync._frozen import Frozen
from torusync.analysis.terms import Reading
from torusync.generators import LindbladGenerator
from torusync.generators.grading import charges, classes
from torusync.models import LindbladSystem
from torusync.models.system import dims_of
from torusync.phases.relative import OfParts

if TYPE_CHECKING:
    from torusync.analysis.explanation import Explanation

_TRIED: Final = 64
"""Amounts that are tried: those of a Hamiltonian with more all count as a drive."""


def written_out(system: Any) -> LindbladSystem:
    """Return a system, one point, by its Hamiltonian and its channels."""
    own = getattr(system, "lindblad", None)
    if callable(own):
        found: LindbladSystem = own()
        return found
    generator, dims = system.generator(), dims_of(system)
    if not isinstance(generator, LindbladGenerator):
        raise requirement("system", "have channels, as a LindbladSystem has", f"it has a {type(generator).__name__}")
    channels = list(zip(generator.rates, generator.operators, strict=True))
    return LindbladSystem(generator.hamiltonian, channels, dims=dims if len(dims) > 1 else None)


@final
@dataclass(frozen=True, eq=False)
class Driven(Frozen):
    """A system, one point, and which entries of its Hamiltonian drive it, ``(D, D)``."""

    whole: LindbladSystem
    drives: Boolean

    @classmethod
    def of(cls, system: Any, reading: Reading) -> "Driven":
        """Return a system with the drive of the phases that are read, see `drive_of`."""
        whole = written_out(system)
        return cls(whole, drive_of(whole.generator(), reading))

    @property
    def drive(self) -> Complex:
        """V, ``(D, D)``."""
        return np.asarray(np.where(self.drives, self.whole.hamiltonian, 0.0))

    def at(self, strength: float) -> LindbladSystem:
        """Return the system with so much of its drive."""
        own, dims = self.whole, self.whole.dims
        hamiltonian = np.where(self.drives, strength * own.hamiltonian, own.hamiltonian)
        return LindbladSystem(hamiltonian, own.channels, precision=own.precision, dims=dims if len(dims) > 1 else None)


def drive_of(generator: LindbladGenerator, reading: Reading) -> Boolean:
    """Return which entries of the Hamiltonian of one point drive the phases that are read, ``(D, D)``."""
    read = reading.mask
    size = generator.dimension
    acts = (generator.hamiltonian != 0.0) & ~np.eye(size, dtype=np.bool_)
    rows, columns = np.nonzero(acts)
    jumps = generator.entries()[1]
    free = charges([], jumps, size)
    if _bound(free, read):
        return np.asarray(acts & reading.shifted)
    amounts = classes(np.abs(free[rows] - free[columns]))
    kept = np.zeros(int(amounts.max(initial=-1)) + 1, dtype=np.bool_)
    # of two that cannot both be kept, like an exchange of quanta and a drive of one part, the one that brings none
    brought = np.full(len(kept), reading.quanta.max(initial=0))
    np.minimum.at(brought, amounts, reading.quanta[rows, columns])
    for one in np.argsort(brought, kind="stable")[:_TRIED]:
        tried = kept.copy()
        tried[one] = True
        mine = tried[amounts]
        if not _bound(charges([(rows[mine], columns[mine])], jumps, size), read):
            kept = tried
    drives = np.zeros((size, size), dtype=np.bool_)
    drives[rows[~kept[amounts]], columns[~kept[amounts]]] = True
    return drives


def _bound(charge: Any, read: Boolean) -> bool:
    """Whether a coherence that is read joins two levels of one charge, so that no charge turns its phase."""
    groups = classes(charge)
    return bool((read & (groups[:, np.newaxis] == groups)).any())


def named_drive(found: "Explanation") -> str:
    """Return what drives in the words of physics: what acts on one part is a drive, what passes quanta an exchange.

    A pair without any external drive would otherwise be told of one that it has not, and a pair with both which of them
    it was that was taken away.
    """
    driven = Driven.of(found.system, found.reading)
    distribution = found.sync.distribution
    dims = distribution.dims if isinstance(distribution, OfParts) else driven.whole.dims
    rows, columns = (np.stack(np.unravel_index(one, dims)) for one in np.nonzero(driven.drives))
    single = (rows != columns).sum(axis=0) == 1
    kept = rows.sum(axis=0) == columns.sum(axis=0)
    kinds = {"the drive": single, "the exchange": ~single & kept, "the coupling": ~single & ~kept}
    named = [name for name, one in kinds.items() if one.any()]
    return " and ".join(named) or "the drive"
