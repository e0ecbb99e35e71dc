"""States in time: evolution with proven errors, and how phases push each other, spectra of decay and of light."""

from torusync.dynamics.evolution import evolve
from torusync.dynamics.frozen import FrozenModel
from torusync.dynamics.locking import FixedPoints, PhaseRuns
from torusync.dynamics.meanfield import MeanField, MeanFieldPair, mean_field, mean_field_pair
from torusync.dynamics.perturbation import FirstOrder, first_order
from torusync.dynamics.slow import SlowModes, slow_modes
from torusync.dynamics.spectra import (
    EmissionSpectrum,
    LiouvillianGap,
    LiouvillianSpectrum,
    emission_spectrum,
    liouvillian_gap,
    liouvillian_spectrum,
)
from torusync.dynamics.splitting import TERMS, PhaseModel, phase_model
from torusync.dynamics.starts import PhaseState
from torusync.dynamics.torus import TorusFlow, torus_flow
from torusync.dynamics.trajectory import EvolutionInterrupted, Method, Trajectory
from torusync.dynamics.unravel import PhaseSlips, Trajectories, Unravelling, unravel

__all__ = [
    "TERMS",
    "EmissionSpectrum",
    "EvolutionInterrupted",
    "FirstOrder",
    "FixedPoints",
    "FrozenModel",
    "LiouvillianGap",
    "LiouvillianSpectrum",
    "MeanField",
    "MeanFieldPair",
    "Method",
    "PhaseModel",
    "PhaseRuns",
    "PhaseSlips",
    "PhaseState",
    "SlowModes",
    "TorusFlow",
    "Trajectories",
    "Trajectory",
    "Unravelling",
    "emission_spectrum",
    "evolve",
    "first_order",
    "liouvillian_gap",
    "liouvillian_spectrum",
    "mean_field",
    "mean_field_pair",
    "phase_model",
    "slow_modes",
    "torus_flow",
    "unravel",
]
