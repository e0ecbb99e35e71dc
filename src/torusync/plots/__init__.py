"""Pictures of one's own results: each ``plot_*(result or dataset, ax=None, **style)`` draws on Axes and returns them.

A plot object of our own would have to be learned and would always lack a knob; Axes are what everybody knows how to
change.  Matplotlib is imported in the call: who only computes does not wait for it.  Series of a picture differ in
marker, line style or hatch and not in colour alone, so that they are told apart in grey.

>>> import torusync as ts
>>> from torusync.plots import plot_torus
>>> maser = ts.ThermalMaser([0.1, 0.1], n_hot=3.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
>>> with ts.style():
...     ax = plot_torus(ts.steady_state(maser))
"""

from torusync.plots.axes import panel_letter
from torusync.plots.courses import plot_phase_model, plot_trajectory
from torusync.plots.journal import style
from torusync.plots.levels import plot_levels
from torusync.plots.maps import plot_map
from torusync.plots.moving import animate_phasors, animate_torus
from torusync.plots.phases import plot_phases
from torusync.plots.phasors import plot_phasors
from torusync.plots.reasons import plot_explanation
from torusync.plots.shares import plot_shares
from torusync.plots.spectrum import plot_spectrum
from torusync.plots.tongue import plot_tongue
from torusync.plots.torus import plot_torus

__all__ = [
    "animate_phasors",
    "animate_torus",
    "panel_letter",
    "plot_explanation",
    "plot_levels",
    "plot_map",
    "plot_phase_model",
    "plot_phases",
    "plot_phasors",
    "plot_shares",
    "plot_spectrum",
    "plot_tongue",
    "plot_torus",
    "plot_trajectory",
    "style",
]
