"""Any Hamiltonian with any Lindblad channels: the system a user brings.

Rates follow Eq. (7) of the letter: a channel (Γ, X) contributes Γ (2 X ρ X† − {X†X, ρ}), so a collapse operator C
in the usual convention is the channel (1/2, C).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_list, as_real, broadcast_shape, requirement
from torusync._indexing import Pick
from torusync._operators import as_hermitian, as_operator, precision_of
from torusync._precision import Precision, as_precision
from torusync.generators import LindbladGenerator
from torusync.interop import is_operator
from torusync.models.baths import Baths, baths_of
from torusync.models.parameters import Kind, Model, Parameter

_PRECISION: Final = "precision"
"""How the precision is stored, where it is not the usual one."""


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class LindbladSystem(Model, name="lindblad"):
    """A Lindblad equation: Hamiltonian ``(..., D, D)`` and channels (rate, operator).

    Parameters
    ----------
    hamiltonian : (..., D, D) Hermitian, in units of ω_1
    channels : sequence of (rate, operator)
        Rate Γ ≥ 0 of shape ``(...)`` and operator X of shape ``(..., D, D)``, in the normalisation of Eq. (7):
        Γ (2 X ρ X† − {X†X, ρ}).
    precision
        Of the numbers, where it is not that of their type: ``np.float32`` for what was cast up from single precision,
        or the largest error of an entry in units of the largest one.  The field of this name is what was taken. Errors
        of states are about the system as it is held, that is with a Hamiltonian made Hermitian.
    baths
        Which channels are whose, ``{"hot": [0, 1], "cold": [2, 3]}``, or `Baths`: heat, work and entropy follow.
    temperatures, frequencies, energies
        Of the baths by their names, and H_0 against which heat is counted, see `Baths`.

    Raises
    ------
    ArgumentError
        If the Hamiltonian is not Hermitian, a rate is negative, a value not finite, or shapes do not fit.
    """

    PARAMETERS: ClassVar = (
        Parameter("hamiltonian", "H", Kind.FREQUENCY, "Hamiltonian", axes=2, complex=True),
        Parameter("channels", "(Γ, X)", Kind.RATE, "rates and operators of the channels", axes=2, complex=True),
    )

    hamiltonian: Complex
    channels: tuple[tuple[Real, Complex], ...]
    precision: Precision
    baths: Baths | None

    def __init__(
        self,
        hamiltonian: ArrayLike,
        channels: Sequence[tuple[ArrayLike, ArrayLike]],
        *,
        precision: object = None,
        baths: Baths | Mapping[str, Sequence[int]] | None = None,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: ArrayLike | None = None,
    ) -> None:
        stated = as_precision("precision", precision)
        matrix = as_hermitian("hamiltonian", hamiltonian, precision=stated)
        known = [precision_of("hamiltonian", hamiltonian, stated)]
        if not isinstance(channels, Iterable):
            raise requirement("channels", "be a sequence of pairs (rate, operator)", f"it is {type(channels).__name__}")
        checked = []
        for index, channel in enumerate(as_list("channels", channels, "be a sequence of pairs (rate, operator)")):
            name = f"channels[{index}]"
            if callable(getattr(channel, "full", None)) or (isinstance(channel, np.ndarray) and channel.ndim > 1):
                raise requirement(
                    name, "be a pair (rate, operator)", "it is an operator; `from_qutip` takes those alone"
                )
            try:
                rate, operator = channel
            except (TypeError, ValueError):
                raise requirement(name, "be a pair (rate, operator)", f"it is {type(channel).__name__}") from None
            gamma, jump = (as_real(f"{name} rate", rate, minimum=0.0), as_operator(f"{name} operator", operator))
            if jump.shape[-1] != matrix.shape[-1]:
                raise requirement(
                    f"{name} operator",
                    f"act on the {matrix.shape[-1]} levels of the Hamiltonian",
                    f"it acts on {jump.shape[-1]}",
                )
            checked.append((gamma, jump))
            known.append(precision_of(f"{name} operator", operator, stated))
        coarsest = max(known, key=lambda one: one.entry)
        self._settle(hamiltonian=matrix, channels=tuple(checked), precision=coarsest, baths=None)
        if (found := baths_of(baths, temperatures, frequencies, energies)) is not None:
            found.require(channels=len(checked), dimension=self.dimension)
            self._settle(baths=found)
        broadcast_shape(**self._batch_shapes())

    def with_baths(
        self,
        baths: Baths | Mapping[str, Sequence[int]],
        *,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: ArrayLike | None = None,
    ) -> "LindbladSystem":
        """Return the system with other baths, as its constructor takes them: what came from QuTiP has none."""
        found = baths_of(baths, temperatures, frequencies, energies)
        if found is not None:
            found.require(channels=len(self.channels), dimension=self.dimension)
        again = object.__new__(LindbladSystem)
        again.__setstate__(self.__getstate__() | {"baths": found})
        broadcast_shape(**again._batch_shapes())
        return again

    @classmethod
    def from_qutip(cls, hamiltonian: Any, collapse_operators: Any, *, precision: object = None) -> "LindbladSystem":
        """Build the system from a QuTiP Hamiltonian and collapse operators; one of them need not be in a list."""
        if is_operator(collapse_operators):
            collapse_operators = [collapse_operators]
        if not isinstance(collapse_operators, Iterable):
            raise requirement(
                "collapse_operators", "be a sequence of operators", f"it is {type(collapse_operators).__name__}"
            )
        operators = as_list("collapse_operators", collapse_operators, "be a sequence of operators")
        return cls(hamiltonian, [(0.5, operator) for operator in operators], precision=precision)

    def _content(self) -> dict[str, Any]:
        return super()._content() | {"precision": self.precision, "baths": self.baths}

    def _batch_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes = {"hamiltonian": self.hamiltonian.shape[:-2]}
        for index, (rate, jump) in enumerate(self.channels):
            shapes[f"channels[{index}] rate"] = rate.shape
            shapes[f"channels[{index}] operator"] = jump.shape[:-2]
        return shapes if self.baths is None else shapes | self.baths.batch_shapes()

    @property
    def dimension(self) -> int:
        """Number of levels D."""
        return int(self.hamiltonian.shape[-1])

    def _picked(self, pick: Pick) -> "LindbladSystem":
        channels = [(pick(rate, 0), pick(operator, 2)) for rate, operator in self.channels]
        baths = None if self.baths is None else pick.record(self.baths)
        system = LindbladSystem(pick(self.hamiltonian, 2), channels, precision=self.precision, baths=baths)
        return system.measured_in(self.hertz)

    def arrays(self) -> dict[str, Any]:
        """Return Hamiltonian, rates and operators by the names under which they are stored."""
        arrays: dict[str, Any] = {"hamiltonian": self.hamiltonian}
        for index, (rate, operator) in enumerate(self.channels):
            arrays |= {f"rate.{index}": rate, f"operator.{index}": operator}
        arrays |= {} if self.baths is None else self.baths.arrays()
        return arrays | ({_PRECISION: self.precision.as_array()} if self.precision.entry else {})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> "LindbladSystem":
        """Build the system from what `arrays` returned, all of it checked again."""
        channels = [(arrays[f"rate.{i}"], arrays[f"operator.{i}"]) for i in range(_count(arrays))]
        precision = Precision.from_array(arrays[_PRECISION]) if _PRECISION in arrays else None
        return cls(arrays["hamiltonian"], channels, precision=precision, baths=Baths.from_arrays(arrays))

    @classmethod
    def stored_names(cls, found: Iterable[str]) -> set[str]:
        """Return the names that `arrays` has, given those that were found in a file."""
        names = set(found)
        parts = {f"{part}.{index}" for index in range(_count(names)) for part in ("rate", "operator")}
        return {"hamiltonian", *parts, *(names & {_PRECISION}), *Baths.stored_names(names)}

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        rates, operators = zip(*self.channels, strict=True) if self.channels else ((), ())
        matrix = self.hamiltonian
        if self.baths is not None:  # a state for each temperature, whether rates know of it or not
            matrix = np.broadcast_to(matrix, (*self.batch_shape, *matrix.shape[-2:]))
        return LindbladGenerator(matrix, rates, operators)


def _count(names: Iterable[str]) -> int:
    return sum(name.startswith("rate.") for name in names)
