"""What a system on its way stores: dS/dt of its state, with an error that is infinite only where nothing is known.

dS/dt = −Tr[ρ̇ ln ρ] is no continuous function of the state: where an eigenvalue may be 0 a change of ρ that nobody can
see moves it by any amount.  Levels that hold exactly nothing, as those beside a start in one level, are another case:
what fills them makes entropy at an infinite rate for certain, and what does not has no part in it.
"""

import numpy as np

from torusync._checks import Boolean, Complex, Real
from torusync._lapack import spectra
from torusync.conventions import EPS
from torusync.densities import DenseDensity
from torusync.generators import Generator


def entropy_change(generator: Generator, rho: Complex, error: Real) -> tuple[Real, Real]:
    """Return dS/dt = −Tr[ρ̇ ln ρ] of states ``(..., D, D)`` and its error, infinite where an eigenvalue may be 0.

    The logarithm of two states whose eigenvalues are at least m differs by no more than their distance over m.
    """
    size = rho.shape[-1]
    density = DenseDensity(rho)
    change, scale = generator.change(density), np.asarray(generator.scale(density))
    empty, certain, unknown = _empty(rho, change, (error, scale))
    # of an empty level the logarithm is that of 1
    (values, vectors), far = spectra(rho + _diagonal(empty)), error + (size + 8.0) * EPS
    least = values[..., 0] - far
    there = values > far[..., np.newaxis]
    logs = np.log(np.where(there, values, 1.0))
    weights = (np.conj(vectors) * (change @ vectors)).sum(axis=-2).real
    speed = np.linalg.norm(change, axis=(-2, -1))
    # what begins to fill where nothing was makes entropy at an infinite rate
    filling = (~there & (weights > (scale * far)[..., np.newaxis])).any(axis=-1)
    bound = np.sqrt(size) * (speed * far / least + (scale + speed) * far * np.abs(logs).max(axis=-1))
    value = np.where(filling | certain, np.inf, -(weights * logs).sum(axis=-1))
    wrong = np.where((least > 0.0) & ~unknown, bound, np.inf)
    return value, np.where(certain, 0.0, wrong)


def _empty(rho: Complex, change: Complex, known: tuple[Real, Real]) -> tuple[Boolean, Boolean, Boolean]:
    """Return which levels ``(..., D)`` hold exactly nothing, where one fills for certain, and where that is not known.

    Of a diagonal state nothing cancels in what enters a level, so that 0 is none and anything else is something; of
    another it may be rounding.
    """
    (error, scale), size = known, rho.shape[-1]
    populations, entering = (np.diagonal(one, axis1=-2, axis2=-1).real for one in (rho, change))
    empty = (populations == 0.0) & (np.asarray(error) == 0.0)[..., np.newaxis]
    sure = entering > (size + 8.0) * EPS * scale[..., np.newaxis]
    diagonal = (rho == _diagonal(populations)).all(axis=(-2, -1))[..., np.newaxis]
    sure, none = sure | ((entering > 0.0) & diagonal), (entering == 0.0) & diagonal
    return empty, (empty & sure).any(axis=-1), (empty & ~sure & ~none).any(axis=-1)


def _diagonal(values: Real | Boolean) -> Real:
    return np.asarray(values[..., np.newaxis] * np.eye(values.shape[-1]))
