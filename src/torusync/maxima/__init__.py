"""Maxima over the torus, with proof: of unimodular quadratic forms, by the structure that a density declares."""

from torusync.maxima.optima import Optima
from torusync.maxima.peak import Knobs, Optimum, Peak, Proof
from torusync.maxima.routes import maximum

__all__ = ["Knobs", "Optima", "Optimum", "Peak", "Proof", "maximum"]
