"""What every model is to the rest of the library: a system that builds its generator, and a state that knows it."""

from typing import Protocol

from torusync.densities import CoherenceSet, HasDensity
from torusync.generators import Generator
from torusync.phases import PhaseDistribution


class System(Protocol):
    """A frozen record of parameters, one point or a batch of them."""

    def generator(self) -> Generator:
        """Return the equation of motion, which is all that solvers see."""

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, ``()`` for one system."""

    @property
    def dimension(self) -> int:
        """Number of levels D."""

    @property
    def coherence_sets(self) -> tuple[CoherenceSet, ...]:
        """Named sets of coherences, none in a general system."""
        ...

    @property
    def reference(self) -> int | None:
        """Level against which phases are given, if one is singled out."""
        ...

    @property
    def distribution(self) -> PhaseDistribution:
        """How phases are read off its states."""


class State(HasDensity, Protocol):
    """A state, stationary or not, that knows whose it is."""

    @property
    def system(self) -> System:
        """The system whose state it is."""


def dims_of(system: System) -> tuple[int, ...]:
    """Return the levels of the parts that a system is a tensor product of; it is one part where it does not say."""
    found = getattr(system, "dims", None)
    return found if isinstance(found, tuple) else (system.dimension,)
