"""What synchronization costs: heat, work, and entropy production of a thermal machine, and how much they fluctuate."""

from torusync.thermo.counting import CountingStatistics, Cumulants, counting_statistics, scaled_generating_function
from torusync.thermo.currents import Bookkeeping, Regime, Thermodynamics, thermodynamics

__all__ = [
    "Bookkeeping",
    "CountingStatistics",
    "Cumulants",
    "Regime",
    "Thermodynamics",
    "counting_statistics",
    "scaled_generating_function",
    "thermodynamics",
]
