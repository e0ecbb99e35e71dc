"""Analysis of states from elsewhere: reading them, and the error bars a measurement puts on S_max."""

from torusync.analysis.bootstrap import ErrorBars, bootstrap_counts, bootstrap_covariance, real_vector
from torusync.analysis.machinefile import MACHINE_KEYS, read_machine
from torusync.analysis.readers import read_matrix

__all__ = [
    "MACHINE_KEYS",
    "ErrorBars",
    "bootstrap_counts",
    "bootstrap_covariance",
    "read_machine",
    "read_matrix",
    "real_vector",
]
