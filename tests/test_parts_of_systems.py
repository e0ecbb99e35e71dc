"""Are the parts that a system is a tensor product of known from the door to the file, and never mixed up?"""

import copy
import pickle

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import ENGINE_BATHS, refused
from statefiles import refused as refused_path
from statefiles import rewrite
from torusync.models import Kind, Model, Parameter

LOWER, SPIN = np.diag([1.0], 1), np.diag([1.0, 1.4], 1)
ENERGY = qutip.tensor(qutip.num(2), qutip.qeye(3)) + 0.2 * qutip.tensor(qutip.sigmax(), qutip.num(3))
JUMPS = [qutip.tensor(qutip.destroy(2), qutip.qeye(3)), qutip.tensor(qutip.qeye(2), qutip.destroy(3))]
from_qutip = ts.LindbladSystem.from_qutip


def system(**more):
    return from_qutip(ENERGY, JUMPS, **more)


def test_objects_bring_theirs_along_and_arrays_are_told():
    arrays = [one.full() for one in JUMPS]
    assert system().dims == (2, 3)
    assert from_qutip(ENERGY.full(), arrays).dims == (6,)
    assert from_qutip(ENERGY.full(), [arrays[0], JUMPS[1]]).dims == (2, 3)
    assert from_qutip([ENERGY, 2 * ENERGY], JUMPS).dims == (2, 3)
    for dims in ((2, 3), [2, 3], ENERGY.dims, np.array([2, 3]).tolist(), (np.int64(2), 3)):
        told = from_qutip(ENERGY.full(), arrays, dims=dims)
        assert told == system()
        assert hash(told) == hash(system())
        assert type(told.dims) is tuple
    assert from_qutip(ENERGY.full(), arrays) != system()
    assert from_qutip(ENERGY.full(), arrays, dims=(3, 2)) != system()
    assert ts.LindbladSystem(np.zeros((6, 6)), [], dims=(1, 6)).dims == (1, 6)


def test_the_last_part_runs_fastest_as_in_qutip():
    state = ts.steady_state(
        from_qutip(ENERGY + qutip.tensor(qutip.qeye(2), qutip.num(3)), JUMPS + [one.dag() for one in JUMPS])
    )
    reduced = np.einsum("iaja->ij", state.rho.reshape(*state.dims, *state.dims))
    theirs = qutip.Qobj(state.rho, dims=[list(state.dims)] * 2).ptrace(0).full()
    np.testing.assert_allclose(reduced, theirs, atol=1e-15)


def test_restricted_to_some_excitations_a_space_is_one_part():
    down = qutip.enr_destroy([3, 3], 2)[0]
    assert from_qutip(down + down.dag(), [down]).dims == (6,)


def test_state_points_copies_and_files_keep_them(tmp_path):
    batch = from_qutip([ENERGY + 0.1 * one * one.dag() for one in JUMPS], JUMPS + [0.3 * one.dag() for one in JUMPS])
    states = ts.steady_state(batch)
    for one in (states, states[0], copy.deepcopy(states), pickle.loads(pickle.dumps(states))):  # noqa: S301
        assert one.dims == one.system.dims == (2, 3)
    assert batch.measured_in(1e9).dims == (2, 3)
    states.save(tmp_path / "states.npz")
    back = ts.load_state(tmp_path / "states.npz")
    assert back.dims == (2, 3)
    assert back.system == batch
    assert repr(batch).startswith("<LindbladSystem: D = 6 = 2 × 3, batch (2,)")
    assert ts.steady_state(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS)).dims == (4,)


def test_a_file_of_before_is_of_one_part_and_wrong_parts_are_refused(tmp_path):
    path = tmp_path / "state.npz"
    ts.steady_state(from_qutip(ENERGY.full(), [*JUMPS, *(one.dag() for one in JUMPS)], dims=(2, 3))).save(path)
    for wrong in ([2, 2], [2.0, 3.0], [-2, -3], 6, [[2, 3], [3, 2]]):
        rewrite(path, **{"lindblad.dims": np.array(wrong)})
        refused_path(lambda: ts.load_state(path))
    rewrite(path, **{"lindblad.dims": None})
    assert ts.load_state(path).dims == (6,)


class Twins(Model, name="twins"):
    """Two atoms that decay, one of them driven."""

    PARAMETERS = (Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency"),)
    dimension, dims = 4, (2, 2)

    def generator(self):
        driven = np.kron(LOWER + LOWER.T, np.eye(2))
        jumps = [(0.5, np.kron(LOWER, np.eye(2))), (0.5, np.kron(np.eye(2), LOWER))]
        return ts.LindbladSystem(np.multiply.outer(self.rabi, driven), jumps).generator()


def test_a_model_of_ones_own_says_its_parts():
    state = ts.steady_state(Twins(rabi=0.3))
    assert state.dims == (2, 2)
    assert state.to_qutip().dims == [[2, 2], [2, 2]]
    assert state.system.to_qutip()[0].dims == [[2, 2], [2, 2]]


OTHER, WRONG = qutip.tensor(qutip.qeye(3), qutip.destroy(2)), qutip.Qobj(ENERGY.full(), dims=[[2, 3], [6]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: from_qutip(ENERGY, [JUMPS[0], OTHER]), ("channels[1] operator", "(2, 3), as `hamiltonian`", "(3, 2)")),
        (lambda: from_qutip(ENERGY.full(), [JUMPS[0], OTHER]), ("channels[1] operator", "as `channels[0] operator`")),
        (lambda: from_qutip(ENERGY, [qutip.Qobj(JUMPS[0].full())]), ("channels[0] operator", "(2, 3)", "(6,)")),
        (lambda: system(dims=(3, 2)), ("`hamiltonian`", "(3, 2), as stated", "(2, 3)")),
        (lambda: from_qutip(WRONG, []), ("`hamiltonian`", "one space", "[[2, 3], [6]]")),
        (lambda: from_qutip([ENERGY, qutip.Qobj(ENERGY.full())], []), ("`hamiltonian`", "one space", "and (6,)")),
        (lambda: ts.synchronization([qutip.rand_dm(6), qutip.rand_dm([2, 3])]), ("`state`", "one space", "(6,)")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=(2, 2)), ("`dims`", "product 6", "(2, 2)")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=6), ("`dims`", "parts", "6")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=()), ("`dims`", "parts")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims="23"), ("`dims`", "parts", "'23'")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=(-2, -3)), ("dims[0]", "at least 1", "-2")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=(2.0, 3.0)), ("dims[0]", "whole number")),
        (lambda: ts.LindbladSystem(np.eye(6), [], dims=[[2, 3], [3, 2]]), ("`dims`", "one space to another")),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_are_refused_by_name(call, words):
    refused(call, *words)


def test_a_space_of_one_part_is_split_where_that_is_stated():
    assert from_qutip(qutip.Qobj(ENERGY.full()), JUMPS[0].full(), dims=(2, 3)).dims == (2, 3)
