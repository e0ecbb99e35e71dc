"""Any Hamiltonian with any Lindblad channels: the system a user brings.

Rates follow Eq. (7) of the letter: a channel (Γ, X) contributes Γ (2 X ρ X† − {X†X, ρ}), so a collapse operator C
in the usual convention is the channel (1/2, C).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_list, as_real, broadcast_shape, requirement
from torusync._indexing import Pick
from torusync._memory import require_memory
from torusync._operators import as_dims, as_hermitian, as_operator, precision_of
from torusync._precision import Precision, as_precision
from torusync.generators import LindbladGenerator
from torusync.interop import dims_of, is_operator, plain, require_room
from torusync.models.baths import Baths, baths_of
from torusync.models.parameters import Kind, Model, Parameter
from torusync.models.recovered import recovered

_PRECISION: Final = "precision"
_DIMS: Final = "dims"
"""How precision and dims are stored, where they are not the usual ones."""

_PAIRS: Final = "be a sequence of pairs (rate, operator)"


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class LindbladSystem(Model, name="lindblad"):
    """A Lindblad equation: Hamiltonian ``(..., D, D)`` and channels (rate, operator).

    Operators are arrays, matrices of scipy.sparse, objects of QuTiP that do not depend on time, or lists of them, which
    are batches.  They are held as full matrices, of 2 GiB each at most.  The unit of frequency is that of the numbers
    that are given; results call it ω_1.

    Parameters
    ----------
    hamiltonian : (..., D, D) Hermitian, in units of ω_1
    channels : sequence of (rate, operator), or one such pair
        Rate Γ ≥ 0 of shape ``(...)`` and operator X of shape ``(..., D, D)``, in the normalisation of Eq. (7):
        Γ (2 X ρ X† − {X†X, ρ}).
    precision
        Of the numbers, where it is not that of their type: ``np.float32`` for what was cast up from single precision,
        or the largest error of an entry in units of the largest one.  The field of this name is what was taken. Errors
        of states are about the system as it is held, that is with a Hamiltonian made Hermitian.
    dims
        Levels of the parts that the system is a tensor product of, the last one running fastest, as in QuTiP:
        ``(2, 3)``.  Objects of QuTiP bring theirs along; without any, the system is one part, ``(D,)``.
    baths
        Which channels are whose, ``{"hot": [0, 1], "cold": [2, 3]}``, or `Baths`: heat, work and entropy follow.
    temperatures, frequencies, energies
        Of the baths by their names, and H_0 against which heat is counted, see `Baths`.

    Raises
    ------
    ArgumentError
        If the Hamiltonian is not Hermitian, a rate is negative, a value not finite, an operator depends on time or does
        not fit into memory, or shapes or dims do not fit each other.
    """

    PARAMETERS: ClassVar = (
        Parameter("hamiltonian", "H", Kind.FREQUENCY, "Hamiltonian", axes=2, complex=True),
        Parameter("channels", "(Γ, X)", Kind.RATE, "rates and operators of the channels", axes=2, complex=True),
    )
    TOLD: ClassVar = ("baths", "dims", "energies", "frequencies", "temperatures")

    hamiltonian: Complex
    channels: tuple[tuple[Real, Complex], ...]
    precision: Precision
    dims: tuple[int, ...]
    baths: Baths | None

    def __init__(
        self,
        hamiltonian: ArrayLike,
        channels: Sequence[tuple[ArrayLike, ArrayLike]],
        *,
        precision: object = None,
        dims: object = None,
        baths: Baths | Mapping[str, Sequence[int]] | None = None,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: ArrayLike | None = None,
    ) -> None:
        stated = as_precision("precision", precision)
        pairs = _pairs(channels)
        bare = {} if energies is None else {"energies": energies}
        _require_room({"hamiltonian": hamiltonian} | {f"{name} operator": one for name, _, one in pairs} | bare)
        spaces = {name: dims_of(name, one) for name, one in ({"hamiltonian": hamiltonian} | bare).items()}
        given = plain("hamiltonian", hamiltonian)
        matrix = as_hermitian("hamiltonian", given, precision=stated)
        known = [precision_of("hamiltonian", given, stated)]
        checked = []
        for name, rate, value in pairs:
            gamma, operator = as_real(f"{name} rate", rate, minimum=0.0), plain(f"{name} operator", value)
            jump = as_operator(f"{name} operator", operator)
            if jump.shape[-1] != matrix.shape[-1]:
                raise requirement(
                    f"{name} operator",
                    f"act on the {matrix.shape[-1]} levels of the Hamiltonian",
                    f"it acts on {jump.shape[-1]}",
                )
            spaces[f"{name} operator"] = dims_of(f"{name} operator", value)
            checked.append((gamma, jump))
            known.append(precision_of(f"{name} operator", operator, stated))
        coarsest = max(known, key=lambda one: one.entry)
        space = _common_dims(spaces, dims, matrix.shape[-1])
        self._settle(hamiltonian=matrix, channels=tuple(checked), precision=coarsest, dims=space, baths=None)
        if (found := baths_of(baths, temperatures, frequencies, energies)) is not None:
            found.require(channels=len(checked), dimension=self.dimension)
            self._settle(baths=found)
        broadcast_shape(**self._batch_shapes())

    def with_baths(
        self,
        baths: Baths | Mapping[str, Sequence[int]] | None,
        *,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: ArrayLike | None = None,
    ) -> "LindbladSystem":
        """Return the system with other baths, as its constructor takes them; None takes them away."""
        if energies is not None:
            _require_room({"energies": energies})
        found = baths_of(baths, temperatures, frequencies, energies)
        if found is not None:
            found.require(channels=len(self.channels), dimension=self.dimension)
            if len(self.dims) > 1:  # one part is also what is said of matrices that nobody told anything about
                _common_dims({"energies": dims_of("energies", energies)}, self.dims, self.dimension)
        again = object.__new__(LindbladSystem)
        again.__setstate__(self.__getstate__() | {"baths": found})
        broadcast_shape(**again._batch_shapes())
        return again

    @classmethod
    def from_qutip(
        cls,
        hamiltonian: Any,
        collapse_operators: Any,
        *,
        precision: object = None,
        dims: object = None,
        baths: Baths | Mapping[str, Sequence[int]] | None = None,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: Any = None,
    ) -> "LindbladSystem":
        """Build the system from a QuTiP Hamiltonian and collapse operators; one of them need not be in a list.

        Baths name collapse operators by their places in the list, from 0; ``energies`` may be an operator of QuTiP.
        """
        if is_operator(collapse_operators):
            collapse_operators = [collapse_operators]
        if not isinstance(collapse_operators, Iterable):
            raise requirement(
                "collapse_operators", "be a sequence of operators", f"it is {type(collapse_operators).__name__}"
            )
        operators = as_list("collapse_operators", collapse_operators, "be a sequence of operators")
        channels = [(0.5, operator) for operator in operators]
        return cls(
            hamiltonian, channels, precision=precision, dims=dims,
            baths=baths, temperatures=temperatures, frequencies=frequencies, energies=energies,
        )  # fmt: skip

    @classmethod
    def from_liouvillian(cls, liouvillian: Any, *, precision: object = None, dims: object = None) -> "LindbladSystem":
        """Build the system from its generator as a matrix ``(..., D², D²)``: what it is the Lindblad equation of.

        A superoperator of QuTiP is read as QuTiP stacks it, by columns.  Any other matrix acts on ρ read row by row,
        ``rho.reshape(-1)``, as that of ``system.generator().liouvillian()`` does.  No check can tell one from the
        other: read in the wrong order, a generator is that of the complex conjugate states.
        It takes O(D⁶), a minute or so at 40 levels.

        The Hamiltonian comes back without its trace, which nothing depends on; jump operators without trace, orthogonal
        and of norm 1, the strongest first.  What is below the rounding of the entries given, 2Γ ≤ 8 D³ ε times the
        largest of them in double precision, is lost in it and left out; the rest is the given equation to that.

        Parameters
        ----------
        liouvillian
            Superoperators of QuTiP, arrays, sparse matrices, lists of them.
        precision, dims
            As of the system; ``precision`` says how far the entries may be off.

        Raises
        ------
        ArgumentError
            If it is no generator: it does not keep matrices Hermitian, or their trace, or a rate is negative; by how
            much is said.
        """
        stated = as_precision("precision", precision)
        hamiltonian, channels, known, found = recovered("liouvillian", liouvillian, stated)
        space = _common_dims({"liouvillian": found}, dims, hamiltonian.shape[-1])
        return cls(hamiltonian, channels, precision=known, dims=space)

    def _content(self) -> dict[str, Any]:
        return super()._content() | {"precision": self.precision, "dims": self.dims, "baths": self.baths}

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
        system = LindbladSystem(
            pick(self.hamiltonian, 2), channels, precision=self.precision, dims=self.dims, baths=baths
        )
        return system.measured_in(self.hertz)

    def arrays(self) -> dict[str, Any]:
        """Return Hamiltonian, rates and operators by the names under which they are stored."""
        arrays: dict[str, Any] = {"hamiltonian": self.hamiltonian}
        for index, (rate, operator) in enumerate(self.channels):
            arrays |= {f"rate.{index}": rate, f"operator.{index}": operator}
        if self.precision.entry:
            arrays[_PRECISION] = self.precision.as_array()
        if len(self.dims) > 1:
            arrays[_DIMS] = np.asarray(self.dims, dtype=np.int64)
        return arrays | ({} if self.baths is None else self.baths.arrays())

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> "LindbladSystem":
        """Build the system from what `arrays` returned, all of it checked again."""
        channels = [(arrays[f"rate.{i}"], arrays[f"operator.{i}"]) for i in range(_count(arrays))]
        precision = Precision.from_array(arrays[_PRECISION]) if _PRECISION in arrays else None
        dims = arrays[_DIMS].tolist() if _DIMS in arrays else None
        return cls(arrays["hamiltonian"], channels, precision=precision, dims=dims, baths=Baths.from_arrays(arrays))

    @classmethod
    def stored_names(cls, found: Iterable[str]) -> set[str]:
        """Return the names that `arrays` has, given those that were found in a file."""
        names = set(found)
        parts = {f"{part}.{index}" for index in range(_count(names)) for part in ("rate", "operator")}
        return {"hamiltonian", *parts, *(names & {_PRECISION, _DIMS}), *Baths.stored_names(names)}

    def generator(self) -> LindbladGenerator:
        """Return the equation of motion, which is all that solvers see."""
        rates, operators = zip(*self.channels, strict=True) if self.channels else ((), ())
        matrix = self.hamiltonian
        if self.baths is not None:  # a state for each temperature, whether rates know of it or not
            matrix = np.broadcast_to(matrix, (*self.batch_shape, *matrix.shape[-2:]))
        return LindbladGenerator(matrix, rates, operators)


def _count(names: Iterable[str]) -> int:
    return sum(name.startswith("rate.") for name in names)


def _pairs(channels: Any) -> list[tuple[str, Any, Any]]:
    """Return name, rate and operator of each channel, unchecked but for being pairs; one pair needs no list."""
    if not isinstance(channels, Iterable):
        raise requirement("channels", _PAIRS, f"it is {type(channels).__name__}")
    if isinstance(channels, tuple) and len(channels) == 2 and is_operator(channels[1]) and _is_rate(channels[0]):
        channels = [channels]
    found = []
    for index, channel in enumerate(as_list("channels", channels, _PAIRS)):
        name = f"channels[{index}]"
        if callable(getattr(channel, "full", None)) or (isinstance(channel, np.ndarray) and channel.ndim > 1):
            raise requirement(name, "be a pair (rate, operator)", "it is an operator; `from_qutip` takes those alone")
        try:
            rate, operator = channel
        except (TypeError, ValueError):
            raise requirement(name, "be a pair (rate, operator)", f"it is {type(channel).__name__}") from None
        found.append((name, rate, operator))
    return found


def _is_rate(value: Any) -> bool:
    """Whether a value is a number, or a row of numbers: two matrices are two operators, and no pair."""
    numbers = isinstance(value, np.ndarray) and value.dtype.kind in "iuf" and value.ndim < 2
    return numbers or isinstance(value, int | float | np.number)


def _require_room(operators: Mapping[str, Any]) -> None:
    """Refuse operators that do not fit into memory as full matrices, before the first of them is one."""
    for name, operator in operators.items():
        require_room(name, operator)
    sizes = [_bytes(one) for one in operators.values()]
    # beside those that are kept: one as it came, its adjoint, their difference and its modulus
    needed, what = sum(sizes) + 4.0 * max(sizes), f"{len(sizes)} full matrices of {max(sizes) / 2**30:.3g} GiB at most"
    require_memory("channels", needed, what=what, advice="take fewer levels or channels")


def _bytes(operator: Any) -> float:
    """Return what an operator, or a batch of them in a list, takes as full matrices."""
    if isinstance(operator, np.ndarray):
        return 16.0 * operator.size
    if isinstance(operator, list | tuple):
        return sum(map(_bytes, operator))
    shape = () if isinstance(operator, type) else getattr(operator, "shape", ())
    return 16.0 * math.prod(map(int, shape))


def _common_dims(spaces: Mapping[str, tuple[int, ...] | None], stated: object, size: int) -> tuple[int, ...]:
    """Return the factors of the space that all operators act on, where they tell, or those that are stated."""
    told = {name: dims for name, dims in spaces.items() if dims is not None}
    if stated is not None:
        found = as_dims("dims", stated, size)
        # one factor of all levels is also what QuTiP says of a matrix that nobody told it anything about
        name = next((name for name, dims in told.items() if dims not in {found, (size,)}), None)
        if name is not None:
            raise requirement(name, f"act on a space of dims {found}, as stated", f"its dims are {told[name]}")
        return found
    first = next(iter(told), None)
    if first is None:
        return (size,)
    for name, dims in told.items():
        if dims != told[first]:
            raise requirement(name, f"act on a space of dims {told[first]}, as `{first}` does", f"its dims are {dims}")
    return told[first]
