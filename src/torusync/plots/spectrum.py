"""Spectra: the light of a system with its coherent line apart, and eigenvalues of its generator in the plane.

The coherent line has no width and no height, only a weight: it is drawn as an arrow with its weight written beside it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from torusync._checks import requirement
from torusync.dynamics import EmissionSpectrum, LiouvillianSpectrum, SlowModes
from torusync.plots.axes import in_unit, own_or_new, require_point, styled, unit_of
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_spectrum(
    result: EmissionSpectrum | LiouvillianSpectrum | SlowModes,
    ax: "Axes | None" = None,
    *,
    unit: float | None = None,
    **style: Any,
) -> "Axes":
    """Draw an emission spectrum, or the eigenvalues of a generator.

    Parameters
    ----------
    result
        An `EmissionSpectrum`, a `LiouvillianSpectrum` or `SlowModes`, of one system.
    ax
        Where to draw; on a new figure if left out.
    unit
        Power of ten in which the density is drawn.
    style
        For the line, or the dots: see `matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, or no spectrum.
    """
    known: object = result
    if not isinstance(known, EmissionSpectrum | LiouvillianSpectrum | SlowModes):
        must = "be an EmissionSpectrum, a LiouvillianSpectrum or SlowModes"
        raise requirement("result", must, f"it is {type(result).__name__}")
    if not isinstance(result, SlowModes):
        require_point("result", result.batch_shape)
    if isinstance(result, EmissionSpectrum):
        return _emission(result, own_or_new(ax), unit, style)
    if unit is not None:
        raise requirement("unit", "be left out for eigenvalues, which are in units of ω_1", f"it is {unit}")
    return _eigenvalues(result, own_or_new(ax), style)


def _emission(light: EmissionSpectrum, ax: "Axes", unit: float | None, style: dict[str, Any]) -> "Axes":
    size = unit_of(light.density, unit)
    with styled(style):
        ax.plot(light.frequencies, light.density / size, **{"color": REFRIGERATOR, "label": "incoherent", **style})
    ends = float(light.frequencies[0]), float(light.frequencies[-1])
    ax.set(xlabel=r"$\omega/\omega_1$, from the drive", ylabel=in_unit(r"\omega_1 S(\omega)", size), ylim=(0.0, None))
    if ends[1] > ends[0]:
        ax.set_xlim(*ends)
    if light.coherent_weight > 0.0 and ends[0] <= 0.0 <= ends[1]:
        look = {"arrowstyle": "-|>", "color": ENGINE, "lw": 1.4, "ls": (0, (4, 1.2)), "shrinkA": 0.0, "shrinkB": 0.0}
        transform = ax.get_xaxis_transform()
        ax.annotate("", (0.0, 1.0), (0.0, 0.0), xycoords=transform, textcoords=transform, arrowprops=look)
        told = f"coherent: {float(light.coherent_fraction):.1%}"
        ax.plot([], [], color=ENGINE, ls=(0, (4, 1.2)), lw=1.4, label=told)
    ax.legend(loc="best")
    return ax


def _eigenvalues(found: LiouvillianSpectrum | SlowModes, ax: "Axes", style: dict[str, Any]) -> "Axes":
    values = np.asarray(found.eigenvalues)
    ax.axvline(0.0, color=GREY, lw=0.6)
    with styled(style):
        ax.plot(values.real, values.imag, **{"color": REFRIGERATOR, "marker": "o", "ms": 3.5, "ls": "", **style})
    if isinstance(found, LiouvillianSpectrum):
        gap, label = float(found.gap), "gap"
    else:
        gap, label = float(found.gap_bound), "gap" if found.complete else "gap, at most"
    if np.isfinite(gap) and gap > 0.0:
        ax.axvline(-gap, color=INK, lw=0.8, ls=(0, (4, 2)), label=f"{label} {gap:.4g}")
        ax.legend(loc="best")
    ax.set(xlabel=r"${\rm Re}\,\theta/\omega_1$", ylabel=r"${\rm Im}\,\theta/\omega_1$")
    return ax
