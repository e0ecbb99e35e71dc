"""The smallest distribution of one's own, for the tests that ask what it is enough for."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from torusync.maxima import Peak, Proof
from torusync.phases import Factor, Harmonics, PhaseDistribution


@dataclass(frozen=True)
class Equator(PhaseDistribution):
    """S(φ) = Re[ρ_01 e^{iφ}]/π: one phase, and a maximum that is a modulus."""

    levels: ClassVar[bool] = False
    source: ClassVar[str] = "equator of the Bloch sphere"

    def factor(self, dimension):  # noqa: ARG002
        return Factor.of(1.0 / np.pi)

    def harmonics(self, density):
        return Harmonics(np.array([[1]]), density.row(0)[..., 1:2])

    def at(self, density, phases):
        return self.factor(density.dimension).times(self.harmonics(density).at(phases))

    def peak(self, density, knobs):  # noqa: ARG002
        c = self.harmonics(density).coefficients
        height = np.abs(c[..., 0])
        return Peak.single(np.conj(c) / np.abs(c), height, height * (1.0 + 4e-16), height, Proof.L1)
