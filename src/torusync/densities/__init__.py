"""Density matrices as the measures read them, whatever solver they came from.

A thermal machine with millions of levels answers from a thermal part plus a factor of low rank; a matrix of the
user's own answers from its entries.
"""

from torusync.densities.base import Density, HasDensity, off_diagonal
from torusync.densities.collective import PAIRWISE, ThermalPlusCollective
from torusync.densities.dense import DenseDensity, density_of, nearest_state
from torusync.densities.parts import reduced_state
from torusync.densities.sets import OTHER, CoherenceSet, Sets, label_sets, sets_from_text
from torusync.densities.thermal import ThermalPlusBlock, ThermalPlusLowRank

__all__ = [
    "OTHER",
    "PAIRWISE",
    "CoherenceSet",
    "DenseDensity",
    "Density",
    "HasDensity",
    "Sets",
    "ThermalPlusBlock",
    "ThermalPlusCollective",
    "ThermalPlusLowRank",
    "density_of",
    "label_sets",
    "nearest_state",
    "off_diagonal",
    "reduced_state",
    "sets_from_text",
]
