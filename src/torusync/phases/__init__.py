"""Phases on the torus: coherent states, Husimi Q, the distribution S(φ) and its proven maximum S_max."""

from torusync.maxima.optima import Optima
from torusync.maxima.peak import Optimum, Proof
from torusync.phases.coherent import coherent_state, husimi
from torusync.phases.distribution import Factor, Harmonics, PhaseDistribution
from torusync.phases.evaluation import phase_distribution
from torusync.phases.fock import Fock
from torusync.phases.relative import Joint, Relative
from torusync.phases.su2 import SU2
from torusync.phases.sud import SUD, phase_gradient, phase_pair_sum
from torusync.phases.synchronization import Synchronization, pair_sums_of, synchronization
from torusync.phases.transition import Transition

__all__ = [
    "SU2",
    "SUD",
    "Factor",
    "Fock",
    "Harmonics",
    "Joint",
    "Optima",
    "Optimum",
    "PhaseDistribution",
    "Proof",
    "Relative",
    "Synchronization",
    "Transition",
    "coherent_state",
    "husimi",
    "pair_sums_of",
    "phase_distribution",
    "phase_gradient",
    "phase_pair_sum",
    "synchronization",
]
