"""Is a generator what it says, however it is cut, and is a system of one's own solved by nothing but its generator?"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import torusync as ts
from problems import random_maser
from torusync._batch import flattened, points_last
from torusync.densities import CoherenceSet, DenseDensity
from torusync.generators import Arrow, Generator, LindbladGenerator
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank, Stacked
from torusync.steady.answer import Status, advice

LOWER = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
BATHS = {"n_hot": 2.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}


def lindblad(rng):
    """Return a batch ``(2, 3)`` of which every array has other batch axes."""
    energies = rng.normal(size=(3, 3, 3)) + 1j * rng.normal(size=(3, 3, 3))
    energies = energies + np.conj(np.swapaxes(energies, -1, -2))
    return ts.LindbladSystem(energies, [(rng.random((2, 1)), LOWER), (0.3, rng.normal(size=(2, 1, 3, 3)) + 0j)])


def masers(rng):
    """Return batches ``(2, 3)`` with independent and with correlated dipoles."""
    drive, splittings = 0.1 * rng.normal(size=(3, 2)) + 0.05j, 0.1 * rng.random((2, 1, 2))
    rest = {"detuning": rng.normal(size=3), "omega_hot": np.array([[2.0], [3.0]])}
    for p in (0.0, 0.4):
        yield ts.ThermalMaser(drive, splittings=splittings, dipole_correlation=p, **(BATHS | rest))


def systems(rng):
    return [lindblad(rng), *masers(rng)]


def matrices(rng, system):
    """Return Hermitian matrices of the system's batch and size; that they are no states does not matter here."""
    shape = (*system.batch_shape, system.dimension, system.dimension)
    matrix = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return matrix + np.conj(np.swapaxes(matrix, -1, -2))


@pytest.mark.parametrize("index", range(3))
def test_what_a_state_changes_by_is_its_image_under_the_liouvillian(index, rng):
    system = systems(rng)[index]
    generator, rho = system.generator(), matrices(rng, system)
    image = (generator.liouvillian() @ rho.reshape(*rho.shape[:-2], -1, 1)).reshape(rho.shape)
    change, scale = generator.change(DenseDensity(rho)), generator.scale(DenseDensity(rho))
    np.testing.assert_allclose(change, image, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(np.trace(change, axis1=-2, axis2=-1), 0.0, atol=1e-12)
    assert (np.linalg.norm(change, axis=(-2, -1)) <= scale * np.linalg.norm(rho, axis=(-2, -1))).all()


@pytest.mark.parametrize("index", range(3))
def test_a_part_of_a_flat_batch_is_those_points(index, rng):
    system = systems(rng)[index]
    generator = system.generator()
    flat, whole = generator.flat(), flattened(generator.liouvillian(), 2, (2, 3))
    assert (flat.batch_shape, flat.points, flat.dimension) == ((6,), 6, system.dimension)
    np.testing.assert_allclose(flat.liouvillian(), whole, atol=1e-15)
    some = np.array([4, 0])
    for chunk in (slice(1, 4), slice(4, 9), some, np.arange(6) % 2 == 0):
        np.testing.assert_allclose(flat.part(chunk).liouvillian(), whole[chunk], atol=1e-15)
    assert flat.part(slice(0, 6)) is flat
    assert flat.part(slice(0, 6, 2)).points == 3
    answer = Dense().solve(flat.part(some)).density.to_array()
    state = ts.steady_state(system, solver=Dense()).rho
    np.testing.assert_allclose(answer, state.reshape(6, *state.shape[2:])[some], atol=1e-12)


def test_what_belongs_to_all_points_stays_one_in_memory(rng):
    shared, each, few = rng.random((4,)), rng.random((2, 3, 4)), rng.random((3, 4))
    for values, copied in ((shared, False), (each, False), (few, True)):
        flat = flattened(values, 1, (2, 3))
        np.testing.assert_array_equal(flat, np.broadcast_to(values, (2, 3, 4)).reshape(6, 4))
        assert np.shares_memory(flat, values) != copied
        np.testing.assert_array_equal(points_last(values, (2, 3)), flat.T)
    assert flattened(np.float64(3.0)[...], 0, ()).shape == (1,)
    assert flattened(np.empty((2, 0, 4, 0)), 2, (2, 0)).shape == (0, 4, 0)


@pytest.mark.parametrize("correlated", [False, True])
def test_the_excited_block_changes_as_the_whole_does(correlated, rng):
    maser = random_maser(rng, correlated=correlated, per_level=not correlated, levels=5)
    generator, density = maser.generator(), ts.steady_state(maser, solver=Block()).density
    spoiled = replace(density, block=density.block + 0.1 * matrices(rng, maser)[1:, 1:])
    x = rng.normal(size=6) + 1j * rng.normal(size=6)
    found = generator.excited_change(spoiled, x)
    np.testing.assert_allclose(found, generator.change(spoiled)[1:, 1:] @ x, rtol=1e-11, atol=1e-13)


def test_an_arrow_holds_the_drift_of_independent_dipoles(rng):
    generator = next(masers(rng)).generator()
    arrow = Arrow.of(generator).flat()
    drift = np.zeros((6, 3, 3), dtype=complex)
    drift[:, 0, 1:], drift[:, 1:, 0] = -1j * arrow.drive, -1j * np.conj(arrow.drive)
    drift[:, 0, 0] = -arrow.corner
    drift[:, [1, 2], [1, 2]] = -arrow.diagonal
    np.testing.assert_allclose(drift, flattened(generator.drift(), 2, (2, 3)), atol=1e-16)


@dataclass(frozen=True)
class Ladder:
    """A toy: three levels in a row, pumped up and falling down, with a drive between the lower two."""

    pump: float
    drive: float = 0.1
    batch_shape: tuple[int, ...] = ()
    dimension: int = 3
    reference: int | None = 0
    coherence_sets: tuple[CoherenceSet, ...] = (CoherenceSet.between("ladder", slice(0, 1), slice(1, 3)),)

    def generator(self) -> Generator:
        energies = np.diag([0.0, 1.0, 2.5]) + self.drive * (LOWER + LOWER.T)
        rates = np.asarray(self.pump), np.asarray(0.2)
        return LindbladGenerator(energies + 0j, rates, (LOWER.T + 0j, LOWER + 0j))


def test_a_system_of_ones_own_is_solved_by_its_generator_alone():
    toy = Ladder(0.05)
    twin = ts.LindbladSystem(toy.generator().hamiltonian, [(0.05, LOWER.T), (0.2, LOWER)])
    state, expected = ts.steady_state(toy), ts.steady_state(twin)
    assert state.system is toy
    assert state.solver == Stacked()
    np.testing.assert_array_equal(state.rho, expected.rho)
    assert ts.synchronization(state).s_max == pytest.approx(ts.synchronization(expected.rho).s_max)
    with pytest.raises(ts.SteadyStateError, match="lift the symmetry that keeps states apart"):
        ts.steady_state(ts.LindbladSystem(np.diag([0.0, 1.0]), []))


@pytest.mark.parametrize("solver", [Collective(), Cauchy(), LowRank(), Block()])
def test_structure_is_asked_of_the_generator(solver):
    with pytest.raises(ts.ArgumentError, match="fit the system"):
        solver.solve(Ladder(0.05).generator())


def test_advice_is_the_generators_own():
    one, other = Ladder(0.05).generator(), ts.ThermalMaser([0.1], **BATHS).generator()
    for status in (Status.NOT_UNIQUE, Status.ILL_CONDITIONED):
        assert advice(status, one) == status.advice != advice(status, other)


@pytest.mark.parametrize("wrong", [3.0, np.eye(2), "maser", ts.ThermalMaser])
def test_what_has_no_generator_is_no_system(wrong):
    with pytest.raises(ts.ArgumentError, match="`system` must be"):
        ts.steady_state(wrong)
