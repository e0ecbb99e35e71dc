"""States in time: evolution with proven errors, and how the phases of coherences push each other."""

from torusync.dynamics.evolution import evolve
from torusync.dynamics.frozen import FixedPoints, FrozenModel, PhaseRuns
from torusync.dynamics.splitting import TERMS, PhaseModel, phase_model
from torusync.dynamics.starts import PhaseState
from torusync.dynamics.trajectory import EvolutionInterrupted, Method, Trajectory

__all__ = [
    "TERMS",
    "EvolutionInterrupted",
    "FixedPoints",
    "FrozenModel",
    "Method",
    "PhaseModel",
    "PhaseRuns",
    "PhaseState",
    "Trajectory",
    "evolve",
    "phase_model",
]
