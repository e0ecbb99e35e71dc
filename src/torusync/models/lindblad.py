"""Any Hamiltonian with any Lindblad channels: the system a user brings.

Rates follow Eq. (7) of the letter: a channel (Γ, X) contributes Γ (2 X ρ X† − {X†X, ρ}), so a collapse operator C
in the usual convention is the channel (1/2, C).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from torusync._checks import Complex, Real, as_hermitian, as_operator, as_real, broadcast_shape, requirement
from torusync._frozen import Frozen
from torusync.densities import CoherenceSet
from torusync.generators import LindbladGenerator


@final
@dataclass(frozen=True, eq=False, init=False)
class LindbladSystem(Frozen):
    """A Lindblad equation: Hamiltonian ``(..., D, D)`` and channels (rate, operator).

    Parameters
    ----------
    hamiltonian : (..., D, D) Hermitian, in units of ω_1
    channels : sequence of (rate, operator)
        Rate Γ ≥ 0 of shape ``(...)`` and operator X of shape ``(..., D, D)``, in the normalisation of Eq. (7):
        Γ (2 X ρ X† − {X†X, ρ}).

    Raises
    ------
    ArgumentError
        If the Hamiltonian is not Hermitian, a rate is negative, a value not finite, or shapes do not fit.
    """

    hamiltonian: Complex
    channels: tuple[tuple[Real, Complex], ...]

    def __init__(self, hamiltonian: object, channels: Sequence[tuple[object, object]]) -> None:
        energies = as_hermitian("hamiltonian", hamiltonian)
        if not isinstance(channels, Iterable):
            raise requirement("channels", "be a sequence of pairs (rate, operator)", f"it is {type(channels).__name__}")
        checked = []
        for index, channel in enumerate(channels):
            name = f"channels[{index}]"
            try:
                rate, operator = channel
            except (TypeError, ValueError):
                raise requirement(name, "be a pair (rate, operator)", f"it is {type(channel).__name__}") from None
            gamma, jump = (
                as_real(f"{name} rate", rate, minimum=0.0),
                as_operator(f"{name} operator", operator),
            )
            if jump.shape[-1] != energies.shape[-1]:
                raise requirement(
                    f"{name} operator",
                    f"act on the {energies.shape[-1]} levels of the Hamiltonian",
                    f"it acts on {jump.shape[-1]}",
                )
            checked.append((gamma, jump))
        self._settle(hamiltonian=energies, channels=tuple(checked))
        broadcast_shape(**self._batch_shapes())

    @classmethod
    def from_qutip(cls, hamiltonian: Any, collapse_operators: Sequence[Any]) -> "LindbladSystem":
        """Build the system from a QuTiP Hamiltonian and collapse operators, read through their ``full``."""
        if not isinstance(collapse_operators, Iterable):
            raise requirement(
                "collapse_operators", "be a sequence of operators", f"it is {type(collapse_operators).__name__}"
            )
        return cls(hamiltonian, [(0.5, operator) for operator in collapse_operators])

    def _batch_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes = {"hamiltonian": self.hamiltonian.shape[:-2]}
        for index, (rate, jump) in enumerate(self.channels):
            shapes[f"channels[{index}] rate"] = rate.shape
            shapes[f"channels[{index}] operator"] = jump.shape[:-2]
        return shapes

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return broadcast_shape(**self._batch_shapes())

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.hamiltonian.shape[-1])

    @property
    def coherence_sets(self) -> tuple[CoherenceSet, ...]:
        """No coherences have names in a general system."""
        return ()

    @property
    def reference(self) -> None:
        """No level is singled out as the phase reference."""
        return

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        rates, operators = zip(*self.channels, strict=True) if self.channels else ((), ())
        return LindbladGenerator(self.hamiltonian, rates, operators)
