"""Measures beside S: coherence, frustration of triangles, what parts know of each other, and of a phase."""

from torusync.measures.coherence import l1_coherence, relative_entropy_of_coherence
from torusync.measures.frustration import Triangles, triangle_frustration
from torusync.measures.information import (
    Measured,
    coherence_entropy,
    concurrence,
    mutual_information,
    negativity,
    phase_information,
)

__all__ = [
    "Measured",
    "Triangles",
    "coherence_entropy",
    "concurrence",
    "l1_coherence",
    "mutual_information",
    "negativity",
    "phase_information",
    "relative_entropy_of_coherence",
    "triangle_frustration",
]
