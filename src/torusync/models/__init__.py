"""Machines in the field's terms: frozen parameter records that build a generator and know no solver."""

from torusync.models.lindblad import LindbladSystem
from torusync.models.maser import ThermalMaser
from torusync.models.system import State, System

__all__ = ["LindbladSystem", "State", "System", "ThermalMaser"]
