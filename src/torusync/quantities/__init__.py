"""What is worked out of a solved state: one vocabulary for command line, datasets, figures and tables.

A `Quantity` is registered once, by name; a `Solution` owns a state and works each thing out once, when it is asked for;
`largest` finds where one of them is largest.
"""

from torusync.quantities import entries as _entries  # noqa: F401  (registers them)
from torusync.quantities import light as _light  # noqa: F401
from torusync.quantities import shared as _shared  # noqa: F401
from torusync.quantities.largest import Largest, Place, largest
from torusync.quantities.quantity import QUANTITIES, Part, Quantity, Unit, register
from torusync.quantities.solution import Solution, solve

__all__ = ["QUANTITIES", "Largest", "Part", "Place", "Quantity", "Solution", "Unit", "largest", "register", "solve"]
