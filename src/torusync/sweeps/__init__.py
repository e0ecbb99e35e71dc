"""Maps over parameters: labelled, batched, resumable, with the evidence beside every number.

A `Study` is a frozen value of names and numbers; `chunk` is a pure function of it and of some of its points, which any
engine can drive; `sweep` drives it, into memory or into a store that survives.
"""

from torusync.sweeps.engine import Outcome, block_shape, chunk, schema
from torusync.sweeps.labelled import Failure, failures
from torusync.sweeps.maps import Progress, run, sweep
from torusync.sweeps.named import DISTRIBUTIONS, Derived, Draw, Realisations, derived_of, register_derived
from torusync.sweeps.store import open_sweep
from torusync.sweeps.study import Axis, Study

__all__ = [
    "DISTRIBUTIONS",
    "Axis",
    "Derived",
    "Draw",
    "Failure",
    "Outcome",
    "Progress",
    "Realisations",
    "Study",
    "block_shape",
    "chunk",
    "derived_of",
    "failures",
    "open_sweep",
    "register_derived",
    "run",
    "schema",
    "sweep",
]
