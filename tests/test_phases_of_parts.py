"""Phases of the parts of a system: relative and joint distributions against Q functions integrated from definitions.

The reference makes coherent states of each part by rotations, integrates over all polar angles by quadrature, and over
the phases that are not asked for on a grid that is exact for their harmonics.
"""

import itertools
import math
import pickle

import numpy as np
import pytest
from scipy.linalg import expm

import torusync as ts
from test_one_phase import random_states, spin_matrices
from torusync.densities import reduced_state
from torusync.phases import SU2, Fock, Joint, Relative


def overlaps(kind, levels, phi):
    """Kets with their weights, whose projectors add up to the distribution of one phase of one part."""
    if kind == "fock":
        return [(np.exp(1j * np.arange(levels) * phi), 1 / (2 * math.pi))]
    spin = (levels - 1) / 2
    s_z, s_y = spin_matrices(spin)
    x, weight = np.polynomial.legendre.leggauss(24)
    kets = []
    for angle, part in zip((x + 1) * math.pi / 2, weight * math.pi / 2, strict=True):
        ket = expm(-1j * phi * s_z) @ expm(-1j * angle * s_y)[:, 0]
        kets.append((ket, part * math.sin(angle) * (2 * spin + 1) / (4 * math.pi)))
    return kets


def joint_by_quadrature(rho, parts, phases):
    total = 0.0
    for chosen in itertools.product(*(overlaps(*part, phi) for part, phi in zip(parts, phases, strict=True))):
        ket, weight = np.ones(1), 1.0
        for one, share in chosen:
            ket, weight = np.kron(ket, one), weight * share
        total += weight * (np.conj(ket) @ rho @ ket).real
    return total - (2 * math.pi) ** -len(parts)


def relative_by_quadrature(rho, parts, phi, points=16):
    """∫ dφ_B of the joint distribution at (φ_B + φ, φ_B); the mean over 16 points is exact up to order 15."""
    grid = 2 * np.pi * np.arange(points) / points
    return 2 * np.pi * np.mean([joint_by_quadrature(rho, parts, (other + phi, other)) for other in grid])


CASES = [
    (SU2(0.5), SU2(1), (("spin", 2), ("spin", 3))),
    (Fock(), Fock(), (("fock", 3), ("fock", 4))),
    (SU2(1), Fock(), (("spin", 3), ("fock", 3))),
]


@pytest.mark.parametrize(("first", "second", "parts"), CASES)
def test_two_parts_are_read_as_their_q_functions_integrated(first, second, parts):
    dims = tuple(levels for _, levels in parts)
    rho = random_states(len(dims) + dims[1], math.prod(dims))
    joint, relative = Joint(first, second, dims=dims), Relative(first, second, dims=dims)
    ours = ts.phase_distribution(rho, [0.3, 2.1], distribution=joint)
    assert ours == pytest.approx(joint_by_quadrature(rho, parts, (0.3, 2.1)), abs=2e-14)
    ours = ts.phase_distribution(rho, [1.3], distribution=relative)
    assert ours == pytest.approx(relative_by_quadrature(rho, parts, 1.3), abs=2e-14)


def test_three_parts_are_read_together():
    rho = random_states(3, 12)
    joint = Joint(SU2(0.5), Fock(), SU2(0.5), dims=(2, 3, 2))
    sync = ts.synchronization(rho, distribution=joint)
    parts = (("spin", 2), ("fock", 3), ("spin", 2))
    assert sync.certified
    assert sync.s_max == pytest.approx(joint_by_quadrature(rho, parts, sync.phases), abs=2e-14)


def test_other_parts_are_traced_out():
    rho = random_states(9, 2, 2 * 3 * 4)
    dims = (2, 3, 4)
    split = rho.reshape(2, *dims, *dims)
    pair = np.stack([np.einsum("abcdbe->caed", one).reshape(8, 8) for one in split])
    np.testing.assert_allclose(reduced_state(rho, dims, (2, 0)).to_array(), pair, atol=1e-16)
    far = ts.synchronization(rho, distribution=Relative(Fock(), SU2(0.5), dims=dims, parts=(2, 0)))
    near = ts.synchronization(pair, distribution=Relative(Fock(), SU2(0.5), dims=(4, 2)))
    np.testing.assert_allclose(far.s_max, near.s_max, rtol=1e-13)
    alone = ts.synchronization(rho, distribution=Joint(SU2(1), dims=dims, parts=(1,)))
    single = ts.synchronization(reduced_state(rho, dims, [1]), distribution=SU2(1))
    np.testing.assert_allclose(alone.s_max, single.s_max, rtol=1e-13)


def test_a_phase_that_nothing_depends_on_is_gauged_away():
    """States that keep the number of rungs depend on the difference alone: a ridge, and the relative maximum on it."""
    rungs = np.add.outer(np.arange(3), np.arange(3)).ravel()
    rho = np.where(np.equal.outer(rungs, rungs), random_states(2, 4, 9), 0.0)
    joint = ts.synchronization(rho, distribution=Joint(SU2(1), SU2(1)))
    relative = ts.synchronization(rho, distribution=Relative(SU2(1), SU2(1)))
    assert joint.certified.all()
    assert (joint.optima_dimension == 1).all()
    assert (relative.optima_dimension == 0).all()
    np.testing.assert_allclose(2 * np.pi * joint.s_max, relative.s_max, rtol=1e-13)
    difference = joint.phases[:, 0] - joint.phases[:, 1] - relative.phases[:, 0]
    np.testing.assert_allclose(np.exp(1j * difference), 1.0, atol=1e-6)


def test_the_first_harmonic_of_two_spins_one_is_that_printed():
    """9π/256 an element, and two for a coherence and its mirror image."""
    found = np.zeros((9, 9))
    found[1, 3] = found[3, 1] = 1.0  # between (m, n) = (1, 0) and (0, 1)
    state = np.eye(9) / 9 + 0.01 * found
    relative = Relative(SU2(1), SU2(1))
    assert ts.synchronization(state, distribution=relative).s_max == pytest.approx(
        2 * 0.01 * 9 * np.pi / 256, rel=1e-12
    )


def test_the_largest_s_of_a_pair_is_reached():
    for distribution in (Relative(SU2(1), SU2(0.5)), Joint(SU2(0.5), SU2(0.5)), Relative(Fock(), Fock(), dims=(3, 2))):
        most, size = distribution.largest(), math.prod(distribution.dims)
        rng = np.random.default_rng(0)
        ket = rng.normal(size=size)
        # S at phases 0 by a power iteration on states: the gradient of tr(A ρ) from harmonics of basis states
        basis = np.eye(size)
        corner = np.array(
            [
                [
                    float(
                        ts.phase_distribution(
                            np.outer(basis[i] + basis[j], basis[i] + basis[j]) / 2 if i != j else np.diag(basis[i]),
                            np.zeros(distribution.phases),
                            distribution=distribution,
                        )
                    )
                    for j in range(size)
                ]
                for i in range(size)
            ]
        )
        assert most == pytest.approx(np.linalg.eigvalsh(corner)[-1], rel=1e-12)
        assert ts.synchronization(np.abs(ket) / np.linalg.norm(ket), distribution=distribution).s_max <= most


def test_what_does_not_fit_is_refused():
    rho = np.eye(9) / 9

    def read(distribution):
        return ts.synchronization(rho, distribution=distribution)

    for make, said in (
        (lambda: Relative(Fock(), Fock()), "`dims` must be given for modes"),
        (lambda: Relative(SU2(1), SU2(1), dims=(3, 2)), "`distribution` must fit"),
        (lambda: Relative(SU2(1), SU2(1), dims=(3, 0)), "`dims` must be at least 1"),
        (lambda: Relative(SU2(1), SU2(1), dims=(3, 3), parts=(0, 0)), "`parts` must be 2 different parts"),
        (lambda: Relative(SU2(1), SU2(1), dims=(3, 3), parts=(0, 2)), "`parts` must be 2 different parts"),
        (lambda: Relative(SU2(1), ts.phases.SUD()), "`distributions` must be a distribution of one phase"),
        (Joint, "`distributions` must be one to 3"),
        (lambda: Joint(*[SU2(0.5)] * 4), "`distributions` must be one to 3"),
        (
            lambda: ts.synchronization(rho, distribution=Relative(Fock(), Fock(), dims=(2, 4))),
            "multiply to the 9 levels",
        ),
        (lambda: reduced_state(rho, (3, 2), (0,)), "`dims` must multiply to the 9 levels"),
        (lambda: reduced_state(rho, (3, 3), (2,)), "`parts` must be different parts"),
        (lambda: ts.phase_distribution(rho, [0.0], distribution=Joint(SU2(1), SU2(1))), "an axis of 2 phases"),
    ):
        with pytest.raises(ts.ArgumentError) as refusal:
            make()
        assert said in str(refusal.value)


def test_they_are_values():
    relative = Relative(Fock(), SU2(1), dims=[6, 3])
    assert relative == Relative(Fock(), SU2(1.0), dims=(6, 3))
    assert hash(relative) == hash(pickle.loads(pickle.dumps(relative)))  # noqa: S301
    assert relative != Relative(SU2(1), Fock(), dims=[3, 6])
