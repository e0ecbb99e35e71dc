"""Any Hamiltonian with any Lindblad channels: the system a user brings.

Rates follow Eq. (7) of the letter: a channel (Γ, X) contributes Γ (2 X ρ X† − {X†X, ρ}), so a collapse operator C
in the usual convention is the channel (1/2, C).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, final

import numpy as np

from torusync._checks import Complex, Real, as_hermitian, as_operator, as_real, broadcast_shape, requirement
from torusync._frozen import ByValue
from torusync._indexing import Batched, Pick
from torusync.conventions import EPS
from torusync.densities import CoherenceSet


def commutator_superoperator(hamiltonian: Complex) -> Complex:
    """Return −i[H, ·] on row-major vec(ρ), shape ``(..., D², D²)``."""
    return -1j * (left_right(hamiltonian, None) - left_right(None, hamiltonian))


@cache
def _identity(dimension: int) -> Complex:
    identity = np.eye(dimension, dtype=np.complex128)
    identity.setflags(write=False)
    return identity


def left_right(left: Complex | None, right: Complex | None) -> Complex:
    """Return the superoperator ρ → left ρ right on row-major vec(ρ); None stands for the identity."""
    some = left if left is not None else right
    if some is None:
        raise TypeError("one side must be given")
    dimension = some.shape[-1]
    identity = _identity(dimension)
    first = identity if left is None else left
    second = identity if right is None else np.swapaxes(right, -1, -2)
    product = np.einsum("...ij,...kl->...ikjl", first, second)
    return np.asarray(product.reshape(*product.shape[:-4], dimension**2, dimension**2))


@final
@dataclass(frozen=True, eq=False, init=False)
class LindbladSystem(ByValue, Batched):
    """A Lindblad generator: Hamiltonian ``(..., D, D)`` and channels (rate, operator).

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
        object.__setattr__(self, "hamiltonian", energies)
        object.__setattr__(self, "channels", tuple(checked))
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

    def _picked(self, pick: Pick) -> "LindbladSystem":
        channels = [(pick(rate, 0), pick(operator, 2)) for rate, operator in self.channels]
        return LindbladSystem(pick(self.hamiltonian, 2), channels)

    def arrays(self) -> dict[str, Real | Complex]:
        """Return Hamiltonian, rates and operators by the names under which they are stored."""
        arrays: dict[str, Real | Complex] = {"hamiltonian": self.hamiltonian}
        for index, (rate, operator) in enumerate(self.channels):
            arrays |= {f"rate.{index}": rate, f"operator.{index}": operator}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> "LindbladSystem":
        """Build the system from what `arrays` returned, all of it checked again."""
        count = sum(name.startswith("rate.") for name in arrays)
        return cls(arrays["hamiltonian"], [(arrays[f"rate.{i}"], arrays[f"operator.{i}"]) for i in range(count)])

    @classmethod
    def stored_names(cls, found: Iterable[str]) -> set[str]:
        """Return the names that `arrays` has, given those that were found in a file."""
        count = sum(name.startswith("rate.") for name in found)
        return {"hamiltonian", *(f"{part}.{index}" for index in range(count) for part in ("rate", "operator"))}

    def liouvillian(self) -> Complex:
        """Return the generator on row-major vec(ρ), shape ``(..., D², D²)``."""
        total = commutator_superoperator(self.hamiltonian)
        for rate, jump in self.channels:
            dagger = np.conj(np.swapaxes(jump, -1, -2))
            decay = dagger @ jump
            kick = 2.0 * left_right(jump, dagger) - left_right(decay, None) - left_right(None, decay)
            total = total + rate[..., np.newaxis, np.newaxis] * kick
        return total

    def liouvillian_rounding(self) -> Real:
        """Return a bound of the rounding in `liouvillian` as stored, in the Frobenius norm, shape ``(...)``.

        The terms of a channel may cancel, as for an operator near the identity, so this is no fraction of the result.
        """
        size, total = self.dimension, np.zeros(self.batch_shape)
        for rate, jump in self.channels:
            total = total + rate * _square(jump)
        channels = (len(self.channels) + 2) * (6.0 + 2.0 * (size + 3.0) * size**0.5) * total
        # differences of energies, each in as many rows as there are levels
        return np.asarray(
            EPS * (channels + (len(self.channels) + 4) * 2.0 * size**0.5 * _square(self.hamiltonian) ** 0.5)
        )


def _square(matrices: Complex) -> Real:
    """Return Σ_ij |X_ij|², shape ``(...)``."""
    parts = np.ascontiguousarray(matrices).view(np.float64)
    return np.asarray(np.einsum("...ij,...ij->...", parts, parts))
