"""The excited block by a Lyapunov equation: everything the thermal maser allows, any P, n_j, ω_j and λ_j.

With the undriven machine D = diag(thermal ratios) taken out, B = ρ_00 (D + X) and A X + X A† = i[H, D]: only the drive
is left on the right.  Coherences keep their relative accuracy down to vanishing drives, and currents, which are
deviations from D, never come out as differences of populations.

The equation is solved by Smith's squared iteration on the Cayley transform of A: A is dissipative, so every power is
a contraction, and a whole batch advances in stacked products.  An eigenvector basis would fail where the drive makes
A defective (λ near |a_h − a_c|/2), and a Schur form has no batched routine.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._lapack import eigenvalues
from torusync._lapack import rates as spectrum
from torusync._limits import REFINED_LEVELS, SOLVED_BYTES
from torusync._memory import require_memory
from torusync._threads import chunks, one_blas_thread
from torusync.conventions import EPS
from torusync.densities import ThermalPlusBlock
from torusync.generators import Generator, PumpedManifold
from torusync.generators.base import dagger
from torusync.generators.lyapunov import lyapunov
from torusync.steady.accuracy import GOOD, frobenius, gain, state_errors
from torusync.steady.answer import Answer, unfit
from torusync.steady.refinement import refined, response

_STATIONARY: Final = 64.0
"""Decay rates below 64 M ε ‖A‖ count as zero: eigenvalues on the imaginary axis belong to a normal part of A, so
they are found to a few ε ‖A‖."""

_COPIES: Final = 10
"""M × M complex matrices alive at once a point."""

_TRIALS: Final = np.linspace(0.0, 1.0, 9)

_DAMPED: Final = 1e-6
"""Least damping over ‖A‖ up to which the spectrum is asked: beyond, the state is unique and the squaring ends soon."""


@final
@dataclass(frozen=True)
class Block:
    """Lyapunov equation of the excited block, O(N³) a point, for every thermal maser.

    Where rounding, judged by the slowest decay, may have cost the state more than 1e-10, its residual is worked out in
    twice the precision and the state refined.
    """

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    @one_blas_thread
    def solve(self, generator: Generator) -> Answer:
        """Return the steady states, chunk by chunk of bounded memory."""
        if not isinstance(generator, PumpedManifold):
            raise unfit("Block() needs a ThermalMaser; use Auto() or Dense()")
        batch, points, size = generator.batch_shape, generator.points, generator.manifold_levels + 1
        step = max(1, SOLVED_BYTES // (16 * _COPIES * size**2))
        require_memory(
            "system",
            16 * size**2 * (points + _COPIES * min(step, points)),
            what=f"Block() for {points} points of {generator.manifold_levels} levels",
            advice="split the batch, or use independent dipoles, which LowRank() and Collective() solve at any N",
        )
        x, evidence = np.empty((points, size, size), dtype=np.complex128), np.empty((_ROWS, points))
        rates = np.empty((points, size), dtype=np.complex128)
        flat = generator.flat()
        for chunk in chunks(points, step):
            x[chunk], evidence[:, chunk], rates[chunk] = _solve_chunk(flat.part(chunk))
        poor = np.flatnonzero(~(evidence[_ERROR] <= GOOD) & ~(rates.real >= 0.0).any(axis=-1))
        for start in range(0, len(poor) if size <= REFINED_LEVELS else 0, step):
            rows = poor[start : start + step]
            x[rows], evidence[:, rows] = _refine(flat.part(rows), x[rows], rates[rows], evidence[:, rows])
        ground = evidence[_GROUND]
        x *= ground[:, np.newaxis, np.newaxis]
        density = ThermalPlusBlock(ground.reshape(batch), generator.thermal_ratios(), x.reshape(*batch, size, size))
        return Answer.of(density, evidence[:_GROUND], solver=self, nullity=evidence[_NULLITY].astype(np.int64))


_LOWEST, _ERROR, _GROUND, _NULLITY, _ROWS = 2, 3, 5, 6, 7
"""Rows of evidence: residual, scale, smallest eigenvalue, error, error of the coherences; ρ_00 and nullity beside."""


def _solve_chunk(block: PumpedManifold) -> tuple[Complex, Real, Complex]:
    """Return X, rows of evidence, and the rates of the block, nan where its damping says enough."""
    drift, source = block.drift(), block.source()
    size, norm = drift.shape[-1], frobenius(drift)
    # −A has a Hermitian part of at least this
    damped = eigenvalues(-0.5 * (drift + dagger(drift)))[:, 0] - (size + 4) * EPS * norm
    shift, decaying = np.sqrt(np.abs(damped) * norm), damped > _DAMPED * norm
    nullity, growing = np.ones(len(drift), dtype=np.int64), np.zeros(len(drift), dtype=np.bool_)
    rates = np.full(drift.shape[:2], np.nan, dtype=np.complex128)
    rest = np.flatnonzero(~decaying)
    if rest.size:
        rates[rest] = spectrum(drift[rest])
        decaying[rest] = (rates[rest].real < 0.0).all(axis=-1)
        shift[rest] = _shift(rates[rest], decaying[rest])
        nullity[rest], growing[rest] = _uniqueness(rates[rest], norm[rest])
    safe = np.where(decaying[:, np.newaxis, np.newaxis], drift, -np.eye(size))
    with np.errstate(all="ignore"):  # powers of a matrix this close to the axis may grow by rounding
        x = lyapunov(safe, source, np.where(decaying, shift, 1.0))
        x[~decaying] = np.nan
        change = drift @ x
        change = change + dagger(change) + source
        # products of M terms, and the rounding of the entries of A and of the source themselves
        rounding = (size + 12) * EPS * (2.0 * norm * frobenius(x) + frobenius(source))
        left, proven = frobenius(change) + rounding, damped > 0.0
        strength = np.where(proven, 0.5 / np.where(proven, damped, 1.0), np.inf)
        bounds = left, strength * np.sqrt(size) * left
        evidence = _rows(block.thermal_ratios(), x, bounds, norm=norm, nullity=np.where(proven, 1, nullity))
    # a growing mode: only a Redfield generator outside its validity has one, and its states are not positive
    evidence[_LOWEST, growing] = -np.inf
    return x, evidence, rates


def _shift(rates: Complex, usable: Boolean) -> Real:
    """Return the shift that damps the slowest mode of the Cayley transform most, among some between extreme moduli.

    Their geometric mean is the best only for real rates: a mode that turns fast and one that hardly decays ask for the
    fast one.
    """
    rates = np.where(usable[:, np.newaxis], rates, -1.0)
    moduli = np.abs(rates)
    trials = moduli.min(axis=-1)[:, np.newaxis] ** (1.0 - _TRIALS) * moduli.max(axis=-1)[:, np.newaxis] ** _TRIALS
    below, square = trials[..., np.newaxis] - rates.real[:, np.newaxis], (rates.imag**2)[:, np.newaxis]
    # 1 − |c|² of the transform's eigenvalues, but for a factor of four
    damped = -trials[..., np.newaxis] * rates.real[:, np.newaxis] / (below**2 + square)
    best = damped.min(axis=-1).argmax(axis=-1)
    return np.asarray(trials[np.arange(len(rates)), best])


def _rows(ratios: Real, x: Complex, bounds: tuple[Real, Real], *, norm: Real, nullity: Integer) -> Real:
    """Return the rows of evidence of X, given bounds of its residual ‖R‖_F and of ‖V‖_1."""
    (left, far), size = bounds, x.shape[-1]
    index = np.arange(size)
    ground = 1.0 / (1.0 + ratios.sum(axis=-1) + np.trace(x, axis1=-2, axis2=-1).real)
    excited = ground[:, np.newaxis, np.newaxis] * x
    # a sum that rounding has made negative says that nothing is known
    ground = np.where(ground > 0.0, ground, np.nan)
    driven = np.sqrt(size) * frobenius(excited)
    excited[:, index, index] += ground[:, np.newaxis] * ratios
    populations = np.linalg.norm(excited[:, index, index].real, axis=-1)
    # dρ_00/dt = −tr(dB/dt); what is stored are rounded sums of both parts
    residual = np.sqrt(1.0 + size) * ground * left + 4.0 * EPS * norm * (populations + driven)
    smallest = np.minimum(eigenvalues(excited)[:, 0], ground)
    error, coherence = state_errors(ground * far + 2.0 * EPS * driven, size, driven)
    return np.stack([residual, norm, smallest, error, coherence, ground, nullity])


def _refine(block: PumpedManifold, x: Complex, rates: Complex, before: Real) -> tuple[Complex, Real]:
    """Return refined X with its evidence, and what was there before wherever that was no worse."""
    drift, source, rests = block.drift(), block.source(), block.remainders()
    norm = frobenius(drift)
    known = np.asarray(np.isfinite(rates).all(axis=-1))
    rates = np.where(known[:, np.newaxis], rates, spectrum(drift))
    shift, adjoint = _shift(rates, np.ones(len(x), dtype=np.bool_)), dagger(drift)

    invert, invert_adjoint = partial(lyapunov, drift, shift=shift), partial(lyapunov, adjoint, shift=shift)
    with np.errstate(all="ignore"):
        one = np.broadcast_to(np.eye(x.shape[-1], dtype=np.complex128), drift.shape)
        mirrored = dagger(rests[0]), np.zeros_like(drift)
        w, missed, lost = refined(adjoint, one, invert_adjoint(one), rests=mirrored, invert=invert_adjoint)
        strength = gain(w, missed, lost)
        better, missed, lost = refined(drift, source, x, rests=rests, invert=invert)
        left = frobenius(missed) + lost
        far = response(drift, missed, lost, strength=strength, correction=invert(missed))
        nullity = np.where(strength < np.inf, 1, before[_NULLITY])
        evidence = _rows(block.thermal_ratios(), better, (left, far), norm=norm, nullity=nullity)
    kept = evidence[_ERROR] < before[_ERROR]
    return np.where(kept[:, np.newaxis, np.newaxis], better, x), np.where(kept, evidence, before)


def _uniqueness(rates: Complex, norm: Real) -> tuple[Integer, Boolean]:
    """Return the nullity of the whole generator, as far as rates tell, and where something grows.

    Eigenvectors of A on the imaginary axis span states that never decay.  Each pair of them at one frequency gives a
    stationary matrix of its own, beside the one steady state of the rest.  Rates below rounding of the fastest one are
    taken for zero here; where ‖W‖ is bounded all the same, the state is unique.
    """
    floor = _STATIONARY * rates.shape[-1] * EPS * norm
    dark = np.abs(rates.real) <= floor[:, np.newaxis]
    same = np.abs(rates.imag[:, :, np.newaxis] - rates.imag[:, np.newaxis, :]) <= floor[:, np.newaxis, np.newaxis]
    pairs = same & dark[:, :, np.newaxis] & dark[:, np.newaxis, :]
    nullity = 1 + pairs.sum(axis=(-2, -1))
    return nullity, np.asarray((nullity == 1) & (rates.real > floor[:, np.newaxis]).any(axis=-1))
