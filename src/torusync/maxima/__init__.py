"""Maxima over the torus, with proof: of unimodular quadratic forms, by the structure that a density declares."""

from torusync.maxima.optima import Optima
from torusync.maxima.peak import Optimum, Peak, Proof
from torusync.maxima.routes import maximum
from torusync.maxima.search import Knobs

__all__ = ["Knobs", "Optima", "Optimum", "Peak", "Proof", "maximum"]
