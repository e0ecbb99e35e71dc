"""Machines in the field's terms: frozen parameter records that build a generator and know no solver."""

from torusync.models.baths import Bath, Baths
from torusync.models.laboratory import Machine, machine_of
from torusync.models.lindblad import LindbladSystem
from torusync.models.machinefile import read_machine
from torusync.models.maser import ThermalMaser
from torusync.models.maserpair import MaserPair
from torusync.models.oscillator import VanDerPol, VanDerPolPair
from torusync.models.pair import QubitPair
from torusync.models.parameters import Kind, Model, Parameter, known_models
from torusync.models.spin import SpinChain, SpinOne, SpinPair
from torusync.models.spins import Spin
from torusync.models.system import State, System
from torusync.models.truncated import Truncated

__all__ = [
    "Bath",
    "Baths",
    "Kind",
    "LindbladSystem",
    "Machine",
    "MaserPair",
    "Model",
    "Parameter",
    "QubitPair",
    "Spin",
    "SpinChain",
    "SpinOne",
    "SpinPair",
    "State",
    "System",
    "ThermalMaser",
    "Truncated",
    "VanDerPol",
    "VanDerPolPair",
    "known_models",
    "machine_of",
    "read_machine",
]
