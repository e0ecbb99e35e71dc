"""What synchronization costs: heat, work and entropy of a thermal machine, their fluctuations, and bounds by S_max."""

from torusync.thermo.bounds import Inequality, SynchronizationBounds, synchronization_bounds
from torusync.thermo.channels import ChannelStatistics
from torusync.thermo.conditions import Condition
from torusync.thermo.counting import CountingStatistics, Cumulants, counting_statistics, scaled_generating_function
from torusync.thermo.currents import thermodynamics
from torusync.thermo.degenerate import (
    OptimalCorrelation,
    OptimalLevels,
    competition,
    competition_window,
    optimal_correlation,
    optimal_levels,
)
from torusync.thermo.flows import Bookkeeping, Regime, Thermodynamics
from torusync.thermo.heat import HeatFlows
from torusync.thermo.laws import FirstLaw, SecondLaw

__all__ = [
    "Bookkeeping",
    "ChannelStatistics",
    "Condition",
    "CountingStatistics",
    "Cumulants",
    "FirstLaw",
    "HeatFlows",
    "Inequality",
    "OptimalCorrelation",
    "OptimalLevels",
    "Regime",
    "SecondLaw",
    "SynchronizationBounds",
    "Thermodynamics",
    "competition",
    "competition_window",
    "counting_statistics",
    "optimal_correlation",
    "optimal_levels",
    "scaled_generating_function",
    "synchronization_bounds",
    "thermodynamics",
]
