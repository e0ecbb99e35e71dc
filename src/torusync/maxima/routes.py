"""Which route leads to a maximum: a closed form, few order parameters, or a search over all phases.

A density declares its structure by its type, and with it the cheapest route that ends in a proof.  `maximum` is for a
matrix that is no state: noise, a part of a state, a state whose coherences were turned.
"""

from typing import Final

import numpy as np

from torusync._checks import Complex, requirement
from torusync._limits import CUBIC_LEVELS
from torusync._memory import require_memory
from torusync._operators import as_operator
from torusync.densities import DenseDensity, Density, ThermalPlusCollective, ThermalPlusLowRank
from torusync.maxima.collective import collective_peak, collective_phasors
from torusync.maxima.orderparameters import order_parameter_peak
from torusync.maxima.peak import Knobs, Peak, Proof
from torusync.maxima.search import searched_peak

_NUMBERS: Final = 12
"""Numbers a point beside the phasors: heights, bounds, codes, and copies on the way."""

_HERMITIAN: Final = 1e-12
"""Part of its largest entry by which a matrix may differ from its adjoint, which is rounding."""


def maximum(coherences: object, knobs: Knobs | None = None) -> Peak:
    """Return the proven maximum over unit phasors of Σ_{i<j} Re[z_i^* R_ij z_j].

    Parameters
    ----------
    coherences : (..., n, n)
        R, Hermitian, of any trace and sign; its diagonal does not matter.
    knobs
        How a search is made.

    Returns
    -------
    Peak
        With the batch axes of ``coherences``.

    Raises
    ------
    ArgumentError
        If the matrices are not finite, square and Hermitian.
    """
    matrix = as_operator("coherences", coherences)
    astray = np.abs(matrix - np.conj(np.swapaxes(matrix, -1, -2))).max(initial=0.0)
    if astray > _HERMITIAN * np.abs(matrix).max(initial=0.0):
        raise requirement("coherences", "be Hermitian", f"entries differ from their mirror image by {astray:.3g}")
    return density_peak(DenseDensity(matrix), knobs)


def density_peak(density: Density, knobs: Knobs | None = None) -> Peak:
    """Return the maxima of the coherences of a density, with its batch axes, by the structure that it declares."""
    points, size = density.points, density.dimension
    require_memory(
        "state",
        8 * points * (_NUMBERS + (0 if isinstance(density, ThermalPlusCollective) else 2 * size)),
        what=f"S_max of {points} points of {size} levels",
        advice="split the batch",
    )
    flat, knobs = density.flat(), knobs or Knobs()
    if points == 0 or (isinstance(flat, ThermalPlusLowRank) and flat.factor.shape[-1] == 0):
        peak = Peak.empty(points, size, broken=np.isnan(flat.ground_population))  # none that is driven
    elif isinstance(flat, ThermalPlusCollective):
        peak = collective_peak(flat)
    elif isinstance(flat, ThermalPlusLowRank):
        peak, left = order_parameter_peak(flat)
        if left.size and size <= CUBIC_LEVELS:
            peak.put(left, searched_peak(flat.part(left), knobs).better_of(peak.rows(left)))
    else:
        peak = searched_peak(flat, knobs)
    # whichever way it came: a point without a state has no height, and no proof of one
    peak.proof[np.isnan(peak.value)] = Proof.NONE
    return peak.reshaped(density.batch_shape)


def phasors_of(density: Density, peak: Peak) -> Complex:
    """Return optimal phasors ``(..., D)``: those of the peak, or by closed form where it was found without any."""
    if not isinstance(density, ThermalPlusCollective):
        return peak.phasors
    phasors = collective_phasors(density.flat())
    return np.moveaxis(phasors.reshape(density.dimension, *peak.value.shape), 0, -1)
