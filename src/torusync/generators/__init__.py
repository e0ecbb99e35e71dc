"""Generators of time evolution: the low-level systems that solvers see.

A model builds one of these once, with its structure declared; no solver looks for structure in a matrix.
"""

from torusync.generators.lindblad import LindbladSystem
from torusync.generators.manifold import PumpedManifold, points_last

__all__ = ["LindbladSystem", "PumpedManifold", "points_last"]
