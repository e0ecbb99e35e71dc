"""A system as QuTiP writes it: a Hamiltonian and collapse operators, of any system that has a Lindblad equation."""

import math
from typing import Any

import numpy as np

from torusync._checks import requirement
from torusync.generators import LindbladGenerator
from torusync.interop import qobj
from torusync.models.recovered import recovered
from torusync.models.system import System, dims_of


def require_one(name: str, batch: tuple[int, ...]) -> None:
    """Refuse a batch, of which there is no object of QuTiP, with the way to its points."""
    if batch:
        first = ", ".join("0" for _ in batch)
        advice = f"take its points one by one, {name}[{first}].to_qutip()"
        raise requirement(name, "be one point for QuTiP", f"it is a batch of shape {batch}; {advice}")


def to_qutip(system: System) -> tuple[Any, list[Any]]:
    """Return Hamiltonian and collapse operators C = √(2Γ) X of one system, as objects of QuTiP on its dims.

    An equation that is not written as channels is taken apart, as `LindbladSystem.from_liouvillian` does.
    """
    require_one("system", system.batch_shape)
    generator, dims = system.generator(), dims_of(system)
    if isinstance(generator, LindbladGenerator):
        hamiltonian, channels = generator.hamiltonian, list(zip(generator.rates, generator.operators, strict=True))
    else:
        hamiltonian, channels, _, _ = recovered("system", generator.liouvillian(), None)
    jumps = [qobj("system", math.sqrt(2.0 * float(rate)) * np.asarray(jump), dims) for rate, jump in channels]
    return qobj("system", hamiltonian, dims), jumps
