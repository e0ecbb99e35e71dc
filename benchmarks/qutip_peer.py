"""The maser as QuTiP's users write it, and one way through QuTiP from its operators to its steady state.

Operators are prebuilt, which is generous: a map in QuTiP builds them at every point.  The generator is built inside the
timing, because `steadystate` needs it anew at every point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import qutip


@final
@dataclass(frozen=True, eq=False)
class Machine:
    """Hamiltonian and collapse operators of one maser with independent dipoles, in the frame of the drive."""

    hamiltonian: qutip.Qobj
    collapses: tuple[qutip.Qobj, ...]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Machine":
        """Build it from the arguments of a single maser; a rate Γ of the letter is a collapse operator √(2Γ) X."""
        drive = parameters["drive"]
        levels = len(drive)
        n_hot = np.broadcast_to(parameters["n_hot"], levels)
        shifts = np.broadcast_to(parameters.get("splittings", 0.0), levels)
        energies = shifts - shifts.mean() - float(parameters.get("detuning", 0.0))
        ket = [qutip.basis(levels + 2, level) for level in range(levels + 2)]
        hamiltonian = qutip.qzero(levels + 2)
        collapses = []
        hot, cold = float(parameters["gamma_hot"]), float(parameters["gamma_cold"])
        rates = [(ket[1], cold, float(parameters["n_cold"]))]
        for j in range(levels):
            coupling = complex(drive[j]) * ket[1] * ket[j + 2].dag()
            hamiltonian = hamiltonian + float(energies[j]) * ket[j + 2].proj() + coupling + coupling.dag()
            rates.append((ket[j + 2], hot, float(n_hot[j])))
        for upper, gamma, n in rates:
            down = np.sqrt(2.0 * gamma) * ket[0] * upper.dag()
            collapses += [np.sqrt(1.0 + n) * down, np.sqrt(n) * down.dag()]
        return cls(hamiltonian, tuple(collapses))

    def stored_as(self, form: str) -> "Machine":
        """Return the same operators in a data layer of QuTiP."""
        return Machine(self.hamiltonian.to(form), tuple(one.to(form) for one in self.collapses))

    def solve_by_default(self) -> qutip.Qobj:
        """Return the steady state as a first look at QuTiP's documentation would have it."""
        return qutip.steadystate(self.hamiltonian, list(self.collapses))

    @cached_property
    def rows(self) -> int:
        """Rows of the generator."""
        return int(self.hamiltonian.shape[0] ** 2)


@final
@dataclass(frozen=True)
class Method:
    """One way through QuTiP: how operators are stored, how the generator is, and what solves."""

    name: str
    operators: str
    generator: str
    options: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Name for the table."""
        return f"QuTiP: {self.name} on {self.generator}"

    def build(self, machine: Machine) -> qutip.Qobj:
        """Return the generator."""
        generator = qutip.liouvillian(machine.hamiltonian, machine.collapses)
        return generator if self.operators == self.generator else generator.to(self.generator)

    def solve(self, machine: Machine) -> qutip.Qobj:
        """Return the steady state of prebuilt operators, the generator's construction included."""
        return qutip.steadystate(self.build(machine), **self.options)

    def solve_all(self, machines: Sequence[Machine]) -> None:
        """Solve one machine after the other: QuTiP has no batches."""
        for machine in machines:
            self.solve(machine)
