"""Measures beside S: coherence, and the frustration of triangles of phase preferences."""

from torusync.measures.coherence import l1_coherence, relative_entropy_of_coherence
from torusync.measures.frustration import Triangles, triangle_frustration

__all__ = ["Triangles", "l1_coherence", "relative_entropy_of_coherence", "triangle_frustration"]
