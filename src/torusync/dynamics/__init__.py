"""States in time: evolution with proven errors."""

from torusync.dynamics.evolution import evolve
from torusync.dynamics.starts import PhaseState
from torusync.dynamics.trajectory import EvolutionInterrupted, Method, Trajectory

__all__ = ["EvolutionInterrupted", "Method", "PhaseState", "Trajectory", "evolve"]
