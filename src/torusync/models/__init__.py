"""Machines in the field's terms: frozen parameter records that build a generator and know no solver."""

from torusync.models.baths import Bath, Baths
from torusync.models.laboratory import Machine, machine_of
from torusync.models.lindblad import LindbladSystem
from torusync.models.machinefile import read_machine
from torusync.models.maser import ThermalMaser
from torusync.models.parameters import Kind, Model, Parameter, known_models
from torusync.models.system import State, System

__all__ = [
    "Bath",
    "Baths",
    "Kind",
    "LindbladSystem",
    "Machine",
    "Model",
    "Parameter",
    "State",
    "System",
    "ThermalMaser",
    "known_models",
    "machine_of",
    "read_machine",
]
