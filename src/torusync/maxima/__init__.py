"""Maxima over the torus, with proof: of unimodular quadratic forms, by the structure that a density declares."""
