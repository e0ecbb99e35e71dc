"""What synchronization costs: heat, work, and entropy production of a thermal machine."""

from torusync.thermo.currents import Bookkeeping, Regime, Thermodynamics, thermodynamics

__all__ = ["Bookkeeping", "Regime", "Thermodynamics", "thermodynamics"]
