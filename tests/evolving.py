"""e^{Lt} of small systems in sixty digits, from parameters alone: the referee of all evolutions."""

import flint
import numpy as np

BITS = 200


def ball(value):
    value = complex(value)
    return flint.acb(value.real, value.imag)


def matrix(values):
    return flint.acb_mat([[ball(one) for one in row] for row in np.asarray(values)])


def kron(one, other):
    """The superoperator ρ → one ρ other on row-major vec(ρ)."""
    size = one.nrows()
    index = [(i, j) for i in range(size) for j in range(size)]
    return flint.acb_mat([[one[i, k] * other[m, j] for k, m in index] for i, j in index])


def unit(size, row, column):
    out = flint.acb_mat(size, size)
    out[row, column] = flint.acb(1)
    return out


def commutator(energies):
    one = matrix(np.eye(energies.nrows()))
    return (kron(energies, one) - kron(one, energies)) * flint.acb(0, -1)


def exchange(left, right, rate):
    """Rate times (2 A ρ B† − B†A ρ − ρ B†A), of two operators."""
    one, adjoint = matrix(np.eye(left.nrows())), right.transpose().conjugate()
    return (kron(left, adjoint) * 2 - kron(adjoint * left, one) - kron(one, adjoint * left)) * rate


def lindblad(system):
    with flint.ctx.workprec(BITS):
        total = commutator(matrix(system.hamiltonian))
        for rate, operator in system.channels:
            jump = matrix(operator)
            total += exchange(jump, jump, flint.arb(float(rate)))
        return total


def stationary(system):
    """Return the one stationary matrix of a Lindblad system, rounded to doubles at the end alone."""
    size = system.dimension
    with flint.ctx.workprec(BITS):
        generator = lindblad(system)
        for column in range(size**2):
            generator[0, column] = flint.acb(int(column % (size + 1) == 0))
        right = flint.acb_mat(size**2, 1)
        right[0, 0] = flint.acb(1)
        return np.array([complex(one) for one in generator.solve(right).entries()]).reshape(size, size)


def maser(machine):
    """The letter's generator with the companion's dipoles: γ P_jl (1 + n_j) or γ P_jl n_j times half a dissipator."""
    with flint.ctx.workprec(BITS):
        count, size = machine.manifold_levels, machine.dimension
        level = [flint.arb(float(x)) for x in np.broadcast_to(machine.splittings, count)]
        n = [flint.arb(float(x)) for x in machine.level_occupations.ravel()]
        n_c, g_h, g_c, off, first, second = (
            flint.arb(float(getattr(machine, x)))
            for x in ("n_cold", "gamma_hot", "gamma_cold", "detuning", "omega_cold", "omega_hot")
        )
        mean = sum(level, flint.arb(0)) / count
        drive = second + mean - first + off
        energies = unit(size, 1, 1) * (first + drive / 2)
        for j in range(count):
            energies += unit(size, j + 2, j + 2) * (second + level[j] - drive / 2)
            energies += unit(size, 1, j + 2) * ball(machine.drive[j])
            energies += unit(size, j + 2, 1) * ball(machine.drive[j]).conjugate()
        total = commutator(energies)
        cold = unit(size, 0, 1)
        total += exchange(cold, cold, g_c * (1 + n_c)) + exchange(cold.transpose(), cold.transpose(), g_c * n_c)
        p = np.eye(count) if machine.dipoles is None else machine.dipoles
        for i in range(count):
            for j in range(count):
                if p[i, j] == 0.0:
                    continue
                total += hot(unit(size, 0, i + 2), unit(size, 0, j + 2), g_h * float(p[i, j]), n[i])
        return total


def hot(a, b, rate, n):
    """One pair of dipoles: half of A ρ B† each way, weighted with the occupation at the first of the two."""
    one = matrix(np.eye(a.nrows()))

    def half(x, y, weight):
        adjoint = y.transpose().conjugate()
        back = x.transpose().conjugate()
        out = kron(x, adjoint) + kron(y, back) - kron(adjoint * x, one) - kron(one, back * y)
        return out * (rate * weight)

    return half(a, b, 1 + n) + half(a.transpose(), b.transpose(), n)


def evolved(generator, rho, elapsed):
    """e^{Lt} ρ in sixty digits, rounded once."""
    with flint.ctx.workprec(BITS):
        size = len(rho)
        vector = matrix(np.asarray(rho).reshape(-1, 1))
        out = (generator * flint.arb(float(elapsed))).exp() * vector
        return np.array([complex(one) for one in out.entries()]).reshape(size, size)


def astray(path, generator):
    """The trace norm of what one trajectory is off by, at each of its times."""
    begin, zero = path.rho[0], path.times[0]
    with flint.ctx.workprec(BITS):
        return np.array(
            [
                np.linalg.norm(np.asarray(found) - evolved(generator, begin, time - zero), "nuc")
                for found, time in zip(path.rho, path.times, strict=True)
            ]
        )
