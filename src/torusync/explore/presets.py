"""Where a page begins: a preset for each model and for each figure of the papers, from the papers' own tables."""

from collections.abc import Mapping
from typing import Any, Final

from torusync.papers.letter import parameters as letter

STARTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "maser": {"manifold_levels": 2, "drive": letter.DRIVE, "n_hot": letter.N_HOT["refrigerator"], **letter.BATHS},
    "spin_one": {"gain": 1.0, "damping": 10.0, "drive": 0.5, "detuning": 0.0},
    "spin_pair": {"gain_a": 1.0, "damping_a": 10.0, "gain_b": 10.0, "damping_b": 1.0, "coupling": 0.5},
    "spin_chain": {"exchange": 0.5, "drive": 0.3, "spins": 3},
    "van_der_pol": {"gain": 1.0, "loss": 1.0, "drive": 0.5, "detuning": 0.0},
    "van_der_pol_pair": {"gain_a": 1.0, "loss_a": 5.0, "gain_b": 1.0, "loss_b": 5.0, "dissipative": 1.0},
    "qubit_pair": {
        "gain_a": 0.4, "decay_a": 0.6, "gain_b": 0.75, "decay_b": 0.25, "exchange": 0.5, "drive": 0.3,
    },
    "maser_pair": {"n_hot_a": 5.0, "n_cold_a": 0.5, "n_hot_b": 0.2, "n_cold_b": 0.5, "exchange": 0.1},
}  # fmt: skip
"""Values that a page shows of each model before anything is moved."""


def presets() -> list[dict[str, Any]]:
    """Return all presets."""
    return []
