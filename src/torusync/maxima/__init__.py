"""Maxima over the torus, with proof: of unimodular quadratic forms, by the structure that a density declares."""

from torusync.maxima.optima import Optima
from torusync.maxima.peak import Bound, Optimum, Peak
from torusync.maxima.routes import maximum
from torusync.maxima.search import Knobs

__all__ = ["Bound", "Knobs", "Optima", "Optimum", "Peak", "maximum"]
