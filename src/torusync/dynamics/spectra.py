"""The spectrum of the generator and of the light it emits: how fast a system comes to rest, and at which frequencies.

Machines are resolved in the modes of their drift, where the ground state is all that joins the poles; any other system
is a matrix.  A machine's gap is counted, not guessed from its nearest pole, which is none of its eigenvalues.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._batch import flattened
from torusync._checks import Boolean, Complex, Real, as_complex, as_real, requirement, scalar
from torusync._lapack import inverses, modes, singular_values
from torusync._limits import RESOLVED_LEVELS, SLOW_LEVELS, SPECTRAL_LEVELS
from torusync._memory import require_memory
from torusync._operators import as_operator
from torusync._results import Result
from torusync._show import batch_in_words, span
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.dynamics.resolved import UNCOUNTED, Resolved, Secular, wilkinson
from torusync.dynamics.sectors import Sectors
from torusync.generators import Generator, LindbladGenerator, PumpedManifold
from torusync.generators.base import dagger
from torusync.models import System, Truncated
from torusync.steady import steady_state

_BRACKET: Final = 1e-6
"""Relative distance of the two lines between which a gap is proven to lie."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class LiouvillianSpectrum(Result):
    """Eigenvalues of generators.

    Parameters
    ----------
    eigenvalues : (..., D²) by falling real part, in units of ω_1: the first is the 0 of the steady state
    error : (...)
        How far every true eigenvalue is from some of these at most, and each group of these from true ones (Bauer and
        Fike): the condition of the eigenvectors times what they and rounding miss.
    condition : (...)
        Of the eigenvectors as found, 1 at best.  A state may seem to relax faster or slower than the gap for a while,
        by up to this factor in all.
    """

    eigenvalues: Complex
    error: Real
    condition: Real

    AXES: ClassVar = {"eigenvalues": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.error)

    @property
    def gap(self) -> Real:
        """Slowest decay, minus the second largest real part, shape ``(...)``; 0 where that is below the error."""
        found = -self.eigenvalues[..., 1].real
        return scalar(np.asarray(np.where(found > self.error, found, 0.0)))

    def _in_words(self) -> str:
        return f"{batch_in_words(self.batch_shape)}gap {span(self.gap)} ± {span(self.error, 2)}"


@one_blas_thread
def liouvillian_spectrum(system: System) -> LiouvillianSpectrum:
    """Return all eigenvalues of the generator of a system of at most 20 levels, of one with small blocks up to 100.

    Parameters
    ----------
    system
        Any system, or a batch of them.  One system with channels is cut into the blocks that its generator does not
        join, such as those of a conserved number, of 400 rows at most.  Machines of more levels have a
        `liouvillian_gap`, and systems of larger blocks `slow_modes`.

    Raises
    ------
    ArgumentError
        If it has more levels, or memory would not suffice.
    """
    generator = _generator(system)
    if (cut := _small_sectors(generator)) is not None:
        return LiouvillianSpectrum(*(np.asarray(one) for one in cut.spectrum()))
    _require_few(generator, "the spectrum")
    matrix, batch = generator.liouvillian(), generator.batch_shape
    stacked = flattened(matrix, 2, batch)
    values, vectors = modes(stacked)
    spectral, _ = singular_values(vectors)
    with np.errstate(divide="ignore", invalid="ignore"):
        astray = np.linalg.norm(stacked @ vectors - vectors * values[:, np.newaxis], axis=(-2, -1)) / spectral[:, -1]
        condition = spectral[:, 0] / spectral[:, -1]
    norm = np.linalg.norm(stacked, axis=(-2, -1))
    rounding = flattened(generator.liouvillian_rounding(), 0, batch) + (len(values[0]) + 8.0) * EPS * norm
    order = np.argsort(-values.real, axis=-1, kind="stable")
    error = np.asarray(astray + condition * rounding)
    return LiouvillianSpectrum(
        np.take_along_axis(values, order, axis=-1).reshape(*batch, -1), error.reshape(batch), condition.reshape(batch)
    )


@final
@dataclass(frozen=True, eq=False, repr=False)
class LiouvillianGap(Result):
    """The slowest decay of one system.

    Parameters
    ----------
    gap : in units of ω_1; 0 where the steady state is not unique
    error
        Half the distance of two lines between which eigenvalues were counted, and what rounding may move them by.
    eigenvalue : the eigenvalue itself, or one of a pair; nan where only its real part is known, from counting
    nearest_pole
        Slowest decay of a drift without feedback, 2 min ``|Re a|`` or min ``|Re a|`` + g/2; nan for other systems.
    condition : of the eigenvalue: how much a change of the generator moves it
    """

    gap: Real
    error: Real
    eigenvalue: Complex
    nearest_pole: Real
    condition: Real

    @property
    def relaxation_time(self) -> Real:
        """1/gap, in units of 1/ω_1; infinite where there is none."""
        return scalar(np.asarray(1.0 / self.gap if self.gap > 0.0 else np.inf))

    def _in_words(self) -> str:
        return f"{self.gap:.6g} ± {self.error:.1e}, condition {self.condition:.3g}"


@one_blas_thread
def liouvillian_gap(system: System) -> LiouvillianGap:
    """Return the slowest decay of one system.

    Of a machine by counting: eigenvalues to the right of a line follow from how far the secular function turns along
    it, and the line is moved until only the steady state is left; to N = 200 in seconds.  Of any other system, and of a
    machine whose drift is nearly defective, from the whole spectrum.

    Raises
    ------
    ArgumentError
        If the system is a batch, or too large.
    """
    generator = _generator(system)
    if generator.batch_shape:
        raise requirement("system", "be one system", f"its batch shape is {generator.batch_shape}")
    if not isinstance(generator, PumpedManifold) or generator.dimension <= 4:
        found = liouvillian_spectrum(system)
        slowest = found.eigenvalues[1]
        return _gap(float(found.gap), float(found.error), complex(slowest), np.nan, float(found.condition))
    if generator.manifold_levels > RESOLVED_LEVELS:
        but = f"it has {generator.manifold_levels}"
        raise requirement("system", f"have at most {RESOLVED_LEVELS} manifold levels for a gap", but)
    flat = generator.flat()
    return _counted(Resolved.of(flat), float(np.ravel(flat.level_one_energy)[0]))


def _counted(found: Resolved, turn: float = 0.0) -> LiouvillianGap:
    secular, slowest = Secular(found), -found.rates[0].real.max()
    beside = float(slowest + 0.5 * found.pump_rate[0])
    pole = min(2.0 * slowest, beside)
    floor = 64.0 * EPS * float(np.abs(found.poles).max()) * float(found.condition[0] ** 2)
    low, high, count = floor, pole, secular.right_of(floor) if slowest > floor else 2
    if count == UNCOUNTED:
        but = "its modes are too near to each other to count eigenvalues; move levels by a millionth"
        raise requirement("system", "have a gap that can be told from 0", but)
    if count != 1:
        return _gap(0.0, floor, 0.0, max(pole, 0.0), np.inf)
    while (count := secular.right_of(high := 1.0173 * high)) < 2:
        low = high if count != UNCOUNTED else low
    while high - low > _BRACKET * high:
        # not the middle itself, which may be a pole
        for share in (0.4987, 0.3719, 0.6311):
            middle = low + share * (high - low)
            if (count := secular.right_of(middle)) != UNCOUNTED:
                break
        else:
            break
        low, high = (low, middle) if count > 1 else (middle, high)
    gap, half = 0.5 * (low + high), 0.5 * (high - low)
    at = secular.between(low, high)
    sensitive = wilkinson(found, at if np.isfinite(at) else complex(-gap))
    error = half + sensitive * 4.0 * float(found.missing[0])
    if beside < low:
        # a coherence with |0>
        own = complex(found.rates[0][found.rates[0].real.argmax()])
        gap, at, sensitive = beside, complex(-beside, own.imag - turn), float(found.condition[0])
        error = sensitive * float(found.missing[0])
    return _gap(gap, error, at, pole, sensitive)


def _gap(gap: float, error: float, eigenvalue: complex, pole: float, condition: float) -> LiouvillianGap:
    known = (np.asarray(one) for one in (gap, error, complex(eigenvalue), pole, condition))
    return LiouvillianGap(*known)


@final
@dataclass(frozen=True, eq=False, repr=False)
class EmissionSpectrum(Result):
    """The incoherent spectrum S(ω) = ∫ dτ e^{−iωτ} [<d†(τ) d(0)> − ``|<d>|²``] of an operator in the steady state.

    Frequencies are in the rotating frame; a positive one is emission at Ω + ω.

    Parameters
    ----------
    frequencies : (F,) ω, in units of ω_1
    density : (..., F) S(ω), in units of 1/ω_1
    coherent_weight : (...) ``|<d>|²``, the weight of the line at the drive: the whole spectrum has 2π of it times δ(ω)
    total_weight : (...) <d†d>, what the integral of all of it over ω is, over 2π
    residual : (...) largest relative residual of the equation solved, at the ends, and where the spectrum is highest
    """

    frequencies: Real
    density: Real
    coherent_weight: Real
    total_weight: Real
    residual: Real

    AXES: ClassVar = {"frequencies": 1, "density": 1}

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return np.shape(self.coherent_weight)

    @property
    def incoherent_weight(self) -> Real:
        """<d†d> − ``|<d>|²``, the integral of ``density`` over ω/2π."""
        return scalar(np.asarray(self.total_weight - self.coherent_weight))

    @property
    def coherent_fraction(self) -> Real:
        """``|<d>|²``/<d†d>; nan where nothing is emitted."""
        some = np.asarray(self.total_weight > 0.0)
        return scalar(np.where(some, self.coherent_weight / np.where(some, self.total_weight, 1.0), np.nan))

    def _in_words(self) -> str:
        return (
            f"{batch_in_words(self.batch_shape)}frequencies {span(self.frequencies)}, density {span(self.density)}, "
            f"coherent fraction {span(self.coherent_fraction)}"
        )


@one_blas_thread
def emission_spectrum(
    system: System, frequencies: ArrayLike, *, weights: ArrayLike | None = None, operator: object = None
) -> EmissionSpectrum:
    """Return the incoherent spectrum of what a system emits in its steady state, by quantum regression.

    Parameters
    ----------
    system
        A `ThermalMaser` or a batch of them; or, with ``operator``, any system of at most 20 levels.
    frequencies : (F,)
        Ascending, in the frame that rotates with the drive.
    weights : (N,)
        w_j of d = Σ_j w_j |1><j|, emission on the driven transition; 1 where they are not given.
    operator : (D, D)
        d itself, instead.

    Raises
    ------
    ArgumentError
        If frequencies do not ascend, the system has no driven transition and no operator is given, or is too large.
    SteadyStateError
        If there is no unique steady state.
    """
    if operator is not None and isinstance(system, Truncated) and system.cutoff is None:
        raise requirement("cutoff", "be given beside `operator`, which has so many levels", "it is not")
    generator, lines = _generator(system), _as_frequencies(frequencies)
    if operator is None and not isinstance(generator, PumpedManifold):
        raise requirement("operator", "be given for a system without a driven transition", "it is None")
    if operator is not None and weights is not None:
        raise requirement("weights", "be left out beside `operator`", "both are given")
    size = generator.dimension
    lowering = np.zeros((size, size), dtype=np.complex128) if operator is None else as_operator("operator", operator)
    if lowering.shape != (size, size):
        raise requirement("operator", f"be one matrix of {size} levels", f"its shape is {lowering.shape}")
    if operator is None:
        given = np.ones(size - 2) if weights is None else as_complex("weights", weights)
        if given.shape != (size - 2,):
            raise requirement(
                "weights", f"be one for each of the {size - 2} manifold levels", f"their shape is {given.shape}"
            )
        lowering[1, 2:] = given
    require_memory("system", 768.0 * generator.points * size**2, what=f"the modes of {size} levels")
    require_memory("frequencies", 16.0 * generator.points * len(lines) * 8.0, what=f"{len(lines)} frequencies")
    rho = flattened(steady_state(system).density.to_array(), 2, generator.batch_shape)
    flat = generator.flat()
    mean = np.einsum("ij,pji->p", lowering, rho)
    start = lowering @ rho - mean[:, np.newaxis, np.newaxis] * rho
    block = not lowering[0].any() and not lowering[:, 0].any()
    if block and isinstance(flat, PumpedManifold):
        density, residual = _through_modes(flat, lowering, start, lines)
    else:
        density, residual = _through_matrix(flat, lowering, start, lines)
    batch, total = generator.batch_shape, np.einsum("ij,ik,pkj->p", lowering.conj(), lowering, rho).real
    return EmissionSpectrum(
        lines,
        density.reshape(*batch, -1),
        (np.abs(mean) ** 2).reshape(batch),
        total.reshape(batch),
        residual.reshape(batch),
    )


def _through_modes(block: PumpedManifold, lowering: Complex, start: Complex, lines: Real) -> tuple[Real, Real]:
    """Return S(ω) of an operator of the excited block and residuals, from four sums over the poles."""
    found, points = Resolved.of(block), len(start)
    begin = (found.inverse @ start[:, 1:, 1:] @ dagger(found.inverse)).reshape(points, -1)
    asked = dagger(found.vectors) @ np.conj(lowering[1:, 1:].T) @ found.vectors
    asked = np.swapaxes(asked, -1, -2).reshape(points, -1)
    pairs = [(found.traces, begin), (found.traces, found.pumped), (asked, begin), (asked, found.pumped)]
    sums = found.sums(lines, np.stack([one * other for one, other in pairs], axis=1))
    ground = -sums[..., 0] / (1.0 + sums[..., 1])
    density = 2.0 * (sums[..., 2] + ground * sums[..., 3]).real
    places = np.unique([0, len(lines) - 1, int(density.max(axis=0).argmax())])
    # one behind the other: what the generator is made of is made once
    there = 1j * lines[places][:, np.newaxis, np.newaxis]
    parts = (begin + np.moveaxis(ground[:, places], 1, 0)[..., np.newaxis] * found.pumped) / (there - found.poles)
    size = found.rates.shape[-1]
    x = np.zeros((len(places), *start.shape), dtype=np.complex128)
    x[..., 1:, 1:] = found.vectors @ parts.reshape(len(places), points, size, size) @ dagger(found.vectors)
    x[..., 0, 0] = -np.trace(x, axis1=-2, axis2=-1)
    return density, _residual(block, x, start, there[..., np.newaxis]).max(axis=0)


def _through_matrix(generator: Generator, lowering: Complex, start: Complex, lines: Real) -> tuple[Real, Real]:
    """Return the same for any operator of a small system, from the eigenvectors of its whole generator."""
    _require_few(generator, "an emission spectrum of any operator", "; take qutip.spectrum, with its to_qutip()")
    points, size = len(start), generator.dimension
    values, vectors = modes(generator.liouvillian())
    begin = (inverses(vectors) @ start.reshape(points, -1, 1))[..., 0]
    asked = (np.conj(lowering).reshape(-1) @ vectors) * begin
    # the steady state is no part of the start, but for rounding
    slow = np.abs(values) <= 1e-12 * np.abs(values).max(axis=-1, keepdims=True)
    asked, begin = np.where(slow, 0.0, asked), np.where(slow, 0.0, begin)
    apart = 1j * lines[:, np.newaxis] - np.where(slow, -1.0, values)[:, np.newaxis]
    density = 2.0 * (asked[:, np.newaxis] / apart).sum(axis=-1).real
    worst = np.zeros(points)
    for place in {0, len(lines) - 1, int(density.max(axis=0).argmax())}:
        x = (vectors @ (begin / apart[:, place])[..., np.newaxis]).reshape(points, size, size)
        worst = np.maximum(worst, _residual(generator, x, start, 1j * lines[place]))
    return density, worst


def _residual(generator: Generator, x: Complex, start: Complex, line: Any) -> Real:
    """Return ‖(iω − L) X − X_0‖ over ‖X_0‖ at iω; 0 where nothing is emitted."""
    left = np.linalg.norm(line * x - generator.change(DenseDensity(x)) - start, axis=(-2, -1))
    size = np.linalg.norm(start, axis=(-2, -1))
    emits: Boolean = size > 0.0
    return np.asarray(np.where(emits, left / np.where(emits, size, 1.0), 0.0))


def _as_frequencies(frequencies: ArrayLike) -> Real:
    found = as_real("frequencies", frequencies)
    if found.ndim != 1 or not found.size:
        raise requirement("frequencies", "be one row of at least one frequency", f"its shape is {found.shape}")
    falls = np.flatnonzero(np.diff(found) <= 0.0)
    if falls.size:
        place = int(falls[0])
        raise requirement("frequencies", "ascend", f"{found[place]:.6g} is followed by {found[place + 1]:.6g}")
    return found


def _generator(system: System) -> Generator:
    if isinstance(system, type) or not callable(getattr(system, "generator", None)):
        raise requirement("system", "be a ThermalMaser or a LindbladSystem", f"it is {type(system).__name__}")
    return system.generator()


def _small_sectors(generator: Generator) -> Sectors | None:
    """Return the blocks of one system of many levels with channels, if all of them are small enough."""
    size = generator.dimension
    if (
        not SPECTRAL_LEVELS < size <= SLOW_LEVELS
        or generator.batch_shape
        or not isinstance(generator, LindbladGenerator)
    ):
        return None
    cut = Sectors.of(generator)
    return cut if cut.largest <= SPECTRAL_LEVELS**2 else None


def _require_few(generator: Generator, what: str, instead: str = "") -> None:
    size = generator.dimension
    if size > SPECTRAL_LEVELS:
        others = {LindbladGenerator: "; ask for its slow_modes", PumpedManifold: "; ask for its liouvillian_gap"}
        advice = instead or others.get(type(generator), "")
        raise requirement("system", f"have at most {SPECTRAL_LEVELS} levels for {what}", f"it has {size}{advice}")
    require_memory("system", 96.0 * generator.points * size**4, what=f"generators of {size} levels")
