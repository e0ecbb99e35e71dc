"""Analysis: states from elsewhere, error bars, whether coherences work together, and machines of largest power."""

from torusync.analysis.bootstrap import ErrorBars, bootstrap_counts, bootstrap_covariance, real_vector
from torusync.analysis.cooperation import Interplay, Verdict, interplay
from torusync.analysis.performance import MaximumPower, Place, maximum_power
from torusync.analysis.readers import read_matrix

__all__ = [
    "ErrorBars",
    "Interplay",
    "MaximumPower",
    "Place",
    "Verdict",
    "bootstrap_counts",
    "bootstrap_covariance",
    "interplay",
    "maximum_power",
    "read_matrix",
    "real_vector",
]
