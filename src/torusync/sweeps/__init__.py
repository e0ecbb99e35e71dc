"""Maps over parameters: labelled, batched, resumable, with the evidence beside every number.

A `Study` is a frozen value of names and numbers; `chunk` is a pure function of it and of some of its points, which any
engine can drive; `sweep` drives it, into memory or into a store that survives, and `reduce` into what is left of a map
that need not fit anywhere.
"""

from torusync.sweeps.contours import Contour
from torusync.sweeps.engine import Outcome, chunk, schema
from torusync.sweeps.extremes import Extreme, WorstGap
from torusync.sweeps.histograms import Histogram
from torusync.sweeps.labelled import Failure, failures
from torusync.sweeps.maps import Progress, run, sweep
from torusync.sweeps.named import DISTRIBUTIONS, Derived, Draw, Realisations, derived_of, register_derived
from torusync.sweeps.reductions import Reduction
from torusync.sweeps.sizes import block_shape
from torusync.sweeps.store import open_sweep
from torusync.sweeps.streams import Reduced, reduce
from torusync.sweeps.study import Axis, Study

__all__ = [
    "DISTRIBUTIONS",
    "Axis",
    "Contour",
    "Derived",
    "Draw",
    "Extreme",
    "Failure",
    "Histogram",
    "Outcome",
    "Progress",
    "Realisations",
    "Reduced",
    "Reduction",
    "Study",
    "WorstGap",
    "block_shape",
    "chunk",
    "derived_of",
    "failures",
    "open_sweep",
    "reduce",
    "register_derived",
    "run",
    "schema",
    "sweep",
]
