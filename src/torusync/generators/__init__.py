"""Generators of time evolution: the low-level systems that solvers see.

A model builds one of these once, with its structure declared; no solver looks for structure in a matrix.
"""

from torusync.generators.arrow import Arrow
from torusync.generators.base import Generator
from torusync.generators.lindblad import LindbladGenerator
from torusync.generators.manifold import PumpedManifold

__all__ = ["Arrow", "Generator", "LindbladGenerator", "PumpedManifold"]
