"""Power, heats and flux of a true state in balls, and the regime that they mean.

J and P are read from the coherences, the heats from the populations, so that the first law is a law of the state and
not of the formulas: `tests.test_balls` asserts it.
"""

from dataclasses import dataclass

from flint import acb, acb_mat, arb
from tests.hunts.balls import correlation
from tests.hunts.machines import Machine

from torusync.thermo import Regime

CURRENTS = ("power", "flux", "heat_hot", "heat_cold", "entropy_production")
RATIOS = ("efficiency", "cop")


@dataclass(frozen=True)
class Flows:
    """Currents as balls; energies are bare, or driven."""

    power: arb
    flux: arb
    heat_hot: arb
    heat_cold: arb
    entropy_production: arb

    @property
    def efficiency(self) -> arb:
        return self.power / self.heat_hot

    @property
    def cop(self) -> arb:
        return self.heat_cold / -self.power


def level_energies(machine: Machine) -> list[arb]:
    """ω_j of the manifold, exactly as the doubles say."""
    return [arb(machine.omega_hot) + arb(float(s)) for s in machine.splittings]


def produced(machine: Machine, hot: list[arb], cold: arb) -> arb:
    """Return −Σ Q_a/T_a of the heats that enter each level and |1>, with T_a = ω/ln(1 + 1/n).

    Baths at n = 0 have T = 0 and count together: infinite by the sign of the quanta's worth that enters them.
    """
    quanta = [-heat / energy for heat, energy in zip(hot, level_energies(machine), strict=True)]
    quanta.append(-cold / arb(machine.omega_cold))
    occupations = [*(float(n) for n in machine.n_hot), float(machine.n_cold)]
    frozen = sum((given for given, n in zip(quanta, occupations, strict=True) if n == 0), arb(0))
    if not frozen.contains(0):
        return arb("inf") if frozen > 0 else arb("-inf")
    worth = [arb(0) if n == 0 else (1 + 1 / arb(n)).log() for n in occupations]
    return sum((given * each for given, each in zip(quanta, worth, strict=True)), arb(0))


def hot_heats(machine: Machine, rho: acb_mat) -> list[arb]:
    """ω_j times the quanta that the hot bath gives to level j, directly and through coherences."""
    levels, gamma_h, n = range(machine.manifold_levels), arb(machine.gamma_hot), [arb(float(n)) for n in machine.n_hot]
    pumped = [gamma_h * n[j] * rho[0, 0].real for j in levels]
    damped = [
        gamma_h * sum((correlation(machine, i, j) * (1 + n[i]) * rho[i + 2, j + 2].real for i in levels), arb(0))
        for j in levels
    ]
    return [2 * omega * (pumped[j] - damped[j]) for j, omega in enumerate(level_energies(machine))]


def flows(machine: Machine, rho: acb_mat) -> Flows:
    """Return the currents of a state."""
    omega, omega_1 = level_energies(machine), arb(machine.omega_cold)
    lam = [acb(complex(x)) for x in machine.drive]
    n_hot, n_c = [arb(float(n)) for n in machine.n_hot], arb(machine.n_cold)
    gamma_h, gamma_c = arb(machine.gamma_hot), arb(machine.gamma_cold)
    levels = range(machine.manifold_levels)
    quanta = [-2 * (lam[j].conjugate() * rho[1, j + 2]).imag for j in levels]
    cold = 2 * gamma_c * (n_c * rho[0, 0].real - (1 + n_c) * rho[1, 1].real)
    direct = [
        2 * gamma_h * omega[j] * (n_hot[j] * rho[0, 0].real - (1 + n_hot[j]) * rho[j + 2, j + 2].real) for j in levels
    ]
    crossed = [
        -gamma_h
        * correlation(machine, i, j)
        * ((1 + n_hot[i]) * omega[j] + (1 + n_hot[j]) * omega[i])
        * 2
        * rho[i + 2, j + 2].real
        for i in levels
        for j in range(i + 1, machine.manifold_levels)
    ]
    return Flows(
        power=sum((quanta[j] * (omega[j] - omega_1) for j in levels), arb(0)),
        flux=sum(quanta, arb(0)),
        heat_hot=sum(direct, arb(0)) + sum(crossed, arb(0)),
        heat_cold=omega_1 * cold,
        entropy_production=produced(machine, hot_heats(machine, rho), omega_1 * cold),
    )


def driven_flows(machine: Machine, rho: acb_mat) -> Flows:
    """Return the currents when quanta carry the energies of the driven machine: P = ΩJ, Q_a = Tr[(H_0 + V) D_a ρ]."""
    bare = flows(machine, rho)
    omega = level_energies(machine)
    frequency = sum(omega, arb(0)) / len(omega) - arb(machine.omega_cold) + arb(machine.detuning)
    lam = [acb(complex(x)) for x in machine.drive]
    gamma_h, damping_c = arb(machine.gamma_hot), arb(machine.gamma_cold) * (1 + arb(machine.n_cold))
    levels = range(machine.manifold_levels)
    hot = [
        sum(
            (
                gamma_h * correlation(machine, i, j) * (1 + arb(float(machine.n_hot[j])))
                * lam[i].conjugate() * rho[1, j + 2] for j in levels
            ),
            acb(0),
        )
        for i in levels
    ]  # fmt: skip
    cold = [damping_c * lam[i].conjugate() * rho[1, i + 2] for i in levels]
    heat_cold = bare.heat_cold - 2 * sum(cold, acb(0)).real
    heats = [heat - 2 * given.real for heat, given in zip(hot_heats(machine, rho), hot, strict=True)]
    return Flows(
        power=frequency * bare.flux,
        flux=bare.flux,
        heat_hot=bare.heat_hot - 2 * sum(hot, acb(0)).real,
        heat_cold=heat_cold,
        entropy_production=produced(machine, heats, heat_cold),
    )


def regime(machine: Machine, true: Flows, *, idle: bool = False) -> Regime:
    """Return the working mode from the signs of J and P; ``idle`` where a theorem says that both are zero."""
    if idle or (true.flux.contains(0) and true.power.contains(0)):
        return Regime.IDLE
    if machine.n_hot.min() < machine.n_cold < machine.n_hot.max():
        return Regime.MIXED
    if true.flux > 0 and true.power > 0:
        return Regime.ENGINE
    if true.flux < 0 and true.power < 0:
        return Regime.REFRIGERATOR
    return Regime.MIXED
