"""Analysis: states from elsewhere, error bars, and whether coherences work together."""

from torusync.analysis.bootstrap import ErrorBars, bootstrap_counts, bootstrap_covariance, real_vector
from torusync.analysis.cycles import Cycle
from torusync.analysis.explanation import Blockade, Explanation, Finding, explain
from torusync.analysis.given import GivenState, read_state
from torusync.analysis.shares import Interplay, Verdict, interplay
from torusync.files.matrices import read_matrix

__all__ = [
    "Blockade",
    "Cycle",
    "ErrorBars",
    "Explanation",
    "Finding",
    "GivenState",
    "Interplay",
    "Verdict",
    "bootstrap_counts",
    "bootstrap_covariance",
    "explain",
    "interplay",
    "read_matrix",
    "read_state",
    "real_vector",
]
