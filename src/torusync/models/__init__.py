"""Machines in the field's terms: frozen parameter records that build a generator and know no solver."""

from torusync.generators import LindbladSystem
from torusync.models.laboratory import Machine, machine_of
from torusync.models.machinefile import read_machine
from torusync.models.maser import ThermalMaser
from torusync.models.parameters import Kind, Model, Parameter, known_models, register

register("lindblad", LindbladSystem)

__all__ = [
    "Kind",
    "Machine",
    "Model",
    "Parameter",
    "ThermalMaser",
    "known_models",
    "machine_of",
    "read_machine",
    "register",
]
