"""Machines in the field's terms: frozen parameter records that build a generator and know no solver."""

from torusync.models.maser import ThermalMaser

__all__ = ["ThermalMaser"]
