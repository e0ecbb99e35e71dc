"""Analysis of states: reading them, error bars of a measurement on S_max, and whether coherences work together."""

from torusync.analysis.bootstrap import ErrorBars, bootstrap_counts, bootstrap_covariance, real_vector
from torusync.analysis.cooperation import Interplay, Verdict, interplay
from torusync.analysis.machinefile import MACHINE_KEYS, read_machine
from torusync.analysis.pairs import sets_from_text
from torusync.analysis.readers import read_matrix

__all__ = [
    "MACHINE_KEYS",
    "ErrorBars",
    "Interplay",
    "Verdict",
    "bootstrap_counts",
    "bootstrap_covariance",
    "interplay",
    "read_machine",
    "read_matrix",
    "real_vector",
    "sets_from_text",
]
