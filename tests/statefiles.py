"""Saved states as the tests make them, change them and compare them."""

import re
from dataclasses import fields

import numpy as np
import pytest

import torusync as ts
from problems import BATHS
from torusync.steady import Dense, LowRank
from torusync.steady.states import digest

MASER = (
    "drive", "n_hot", "n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "splittings", "detuning",
    "dipole_correlation", "dipole_matrix",
)  # fmt: skip
MATRIX = [[1.0, 0.3], [0.3, 1.0]]
DOWN = np.diag([1.0, 1.4], 1)

STATES = {
    "collective": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, detuning=[0.0, 0.1], **BATHS)),
    "block": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=[5.0, 4.0], splittings=[0.0, 0.1], **BATHS)),
    "low rank": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, splittings=[0.0, 0.1], **BATHS), solver=LowRank()
    ),
    "dense": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, **BATHS), solver=Dense()),
    "correlated": lambda: ts.steady_state(ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, dipole_matrix=MATRIX, **BATHS)),
    "batch beside a matrix": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2j], n_hot=5.0, dipole_matrix=MATRIX, dipole_correlation=np.zeros(3), **BATHS)
    ),
    "map with failures": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.1], n_hot=5.0, dipole_correlation=[0.5, 1.0], **BATHS), throw=False
    ),
    "empty batch": lambda: ts.steady_state(ts.ThermalMaser(np.zeros((0, 2)), n_hot=5.0, **BATHS)),
    "lindblad": lambda: ts.steady_state(ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [(0.3, DOWN), (0.1, DOWN.T)])),
    "lindblad of many channels": lambda: ts.steady_state(
        ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [(0.01 * i, DOWN + i * DOWN.T) for i in range(12)])
    ),
    "lindblad batch": lambda: ts.steady_state(
        ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [([0.3, 0.0], DOWN), ([0.1, 0.0], DOWN.T)]), throw=False
    ),
    "lindblad of parts": lambda: ts.steady_state(
        ts.LindbladSystem(
            np.kron(DOWN + DOWN.T, np.eye(2)), [(0.3, np.kron(DOWN, np.eye(2))), (0.1, np.eye(6, k=1))], dims=(3, 2)
        )
    ),
    "dense of its own size": lambda: ts.steady_state(
        ts.ThermalMaser([0.1, 0.2], n_hot=5.0, **BATHS), solver=Dense(max_dimension=4)
    ),
}


def identical(one, other):
    """Assert equality of every bit: nan equals nan, and 0 is not −0."""
    one, other = np.asarray(one), np.asarray(other)
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


def assert_same(back, state):
    assert type(back.density) is type(state.density)
    for field in fields(state.density):
        identical(getattr(back.density, field.name), getattr(state.density, field.name))
    for name in ("residual", "min_eigenvalue", "nullity", "status_codes"):
        identical(getattr(back, name), getattr(state, name))
    assert back.solver == state.solver
    assert type(back.status) is type(state.status)
    assert back.batch_shape == state.batch_shape
    assert back.system.batch_shape == state.system.batch_shape
    if isinstance(state.system, ts.ThermalMaser):
        for name in MASER:
            if getattr(state.system, name) is None:
                assert getattr(back.system, name) is None
            else:
                identical(getattr(back.system, name), getattr(state.system, name))
    else:
        identical(back.system.hamiltonian, state.system.hamiltonian)
        assert back.system.dims == state.system.dims == back.dims
        assert len(back.system.channels) == len(state.system.channels)
        for (rate, operator), (old_rate, old_operator) in zip(back.system.channels, state.system.channels, strict=True):
            identical(rate, old_rate)
            identical(operator, old_operator)


def refused(call):
    with pytest.raises(ts.ArgumentError) as caught:
        call()
    text = str(caught.value)
    assert re.fullmatch(r"Argument `path` must .+, but .+\.", text), text
    return text


def rewrite(path, **changes):
    """Write a state file anew with members changed, or left out where the change is None, and its digest made right."""
    with np.load(path) as stored:
        members = {name: stored[name] for name in stored.files if name != "digest"}
    members = {name: np.asarray(value) for name, value in (members | changes).items() if value is not None}
    np.savez(path, **members, digest=digest({name: one for name, one in members.items() if one.dtype != object}))
