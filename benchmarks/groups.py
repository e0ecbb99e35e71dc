"""The groups of rows and what each is about, for the command line and for the page.

Only the standard library is imported, as in `benchmarks.results`: the page is built where no peer is installed.
"""

from typing import Final

GROUPS: Final = {
    "single": "one near-degenerate steady state against QuTiP",
    "map-exact": "a map of degenerate machines with S_max and currents against QuTiP's states alone",
    "map": "maps of near-degenerate machines, with and without certified S_max, against QuTiP's states alone",
    "sweep": "whole maps: what a second process gives, what a store costs, and a tongue against others",
    "disorder": "certified S_max of a thousand draws of a machine, in stacks and one draw after the other",
    "generic": "states of Lindblad systems, from matrices: large, driven and in maps, against QuTiP's best method",
    "dynamics": "states in time and emission spectra against QuTiP's mesolve and spectrum",
    "peer": "the three-level maser with its currents against qthermo",
    "counting": "noise of counted jumps of any Lindblad system against QuTiP's countstat",
    "phases": "certified maxima of distributions of one phase, in batches",
    "large": "a million levels: time, memory and proof",
    "growth": "how the time grows from ten thousand to a million levels",
    "proof": "S_max of masers, random states and adversarial ones: share proven, gaps, what one L-BFGS start misses",
}
