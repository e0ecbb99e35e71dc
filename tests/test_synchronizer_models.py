"""Are the models of known synchronizers the equations that are printed, and models like any other?

The reference writes Hamiltonians and jumps as they are printed, by Kronecker products and QuTiP's convention
dρ/dt = −i[H, ρ] + Σ (CρC† − ½{C†C, ρ}), and shares no operator with the package.
"""

import copy
import pickle
from functools import reduce

import numpy as np
import pytest

import torusync as ts
from command import as_json, run
from problems import refused
from torusync.models import (
    Kind,
    MaserPair,
    QubitPair,
    Spin,
    SpinChain,
    SpinOne,
    SpinPair,
    Truncated,
    VanDerPol,
    VanDerPolPair,
    known_models,
    machine_of,
    read_machine,
)
from torusync.phases import SU2, Fock, Joint, Relative, Transition

ROOT2 = np.sqrt(2.0)
SPIN = {"+": ROOT2 * np.diag([1.0, 1.0], 1), "z": np.diag([1.0, 0.0, -1.0])}
SPIN["-"] = SPIN["+"].T
HALF = {"+": np.diag([1.0], 1), "z": np.diag([0.5, -0.5])}


def on(operator, place, *sizes):
    return reduce(np.kron, [operator if one == place else np.eye(size) for one, size in enumerate(sizes)])


def mode(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1)


def superoperator(hamiltonian, jumps):
    one = np.eye(len(hamiltonian))
    total = -1j * (np.kron(hamiltonian, one) - np.kron(one, hamiltonian.T))
    for jump in jumps:
        square = jump.conj().T @ jump
        total = total + np.kron(jump, jump.conj()) - 0.5 * (np.kron(square, one) + np.kron(one, square.T))
    return total


def spin_jumps(gain, damping):
    return [np.sqrt(gain / 2) * SPIN["+"] @ SPIN["z"], np.sqrt(damping / 2) * SPIN["-"] @ SPIN["z"]]


def spin_one(gain, damping, drive, detuning, squeezing):
    squeezed = squeezing / 2 * SPIN["+"] @ SPIN["+"]
    energy = detuning * SPIN["z"] + drive * (SPIN["+"] - SPIN["-"]) / 2j
    return energy + squeezed + squeezed.conj().T, spin_jumps(gain, damping)


def any_spin(*, gain, damping, levels, drive, detuning, squeezing, centre):
    m = 0.5 * (levels - 1) - np.arange(levels)
    up = np.diag(np.sqrt((m[0] - m[1:]) * (m[0] + m[1:] + 1)), 1)
    squeezed, away = squeezing / 2 * up @ up, np.diag(m - centre)
    energy = np.diag(detuning * m) + drive * (up - up.T) / 2j + squeezed + squeezed.conj().T
    return energy, [np.sqrt(gain / 2) * up @ away, np.sqrt(damping / 2) * up.T @ away]


def spin_pair(*, gain_a, damping_a, gain_b, damping_b, coupling, drive, detuning_a, detuning_b):
    swap = np.kron(SPIN["+"], SPIN["-"])
    energy = coupling / 2 * swap + np.conj(coupling) / 2 * swap.T
    energy = energy + on(detuning_a * SPIN["z"] + drive * (SPIN["+"] + SPIN["-"]) / 2, 0, 3, 3)
    jumps = [on(one, 0, 3, 3) for one in spin_jumps(gain_a, damping_a)]
    return energy + on(detuning_b * SPIN["z"], 1, 3, 3), jumps + [
        on(one, 1, 3, 3) for one in spin_jumps(gain_b, damping_b)
    ]


def spin_chain(*, exchange, gain, damping, drive, detuning, spins):
    sizes, energy, jumps = (3,) * spins, 0, []
    for one in range(spins):
        energy = energy + detuning[one] * on(SPIN["z"], one, *sizes)
        jumps += [on(jump, one, *sizes) for jump in spin_jumps(gain[one], damping[one])]
        if one:
            bond = on(SPIN["+"], one - 1, *sizes) @ on(SPIN["-"], one, *sizes)
            energy = energy + exchange / 2 * (bond + bond.T)
    return energy + drive * on(SPIN["+"] + SPIN["-"], 0, *sizes) / 2, jumps


def van_der_pol(gain, loss, drive, detuning, cutoff):
    a = mode(cutoff)
    return detuning * a.T @ a + 1j * drive * (a - a.T), [np.sqrt(gain) * a.T, np.sqrt(loss) * a @ a]


def van_der_pol_pair(*, gain_a, loss_a, gain_b, loss_b, reactive, dissipative, detuning, drive, cutoff, cutoff_b):
    a, b = on(mode(cutoff), 0, cutoff, cutoff_b), on(mode(cutoff_b), 1, cutoff, cutoff_b)
    energy = detuning * b.T @ b + reactive * (a.T @ b + b.T @ a) + 1j * drive * (a - a.T)
    jumps = [np.sqrt(gain_a) * a.T, np.sqrt(loss_a) * a @ a, np.sqrt(gain_b) * b.T, np.sqrt(loss_b) * b @ b]
    return energy, [*jumps, np.sqrt(dissipative) * (a - b)]


def qubit_pair(*, gain_a, decay_a, gain_b, decay_b, exchange, drive, detuning, difference):
    a, b = on(HALF["+"], 0, 2, 2), on(HALF["+"], 1, 2, 2)
    energy = exchange / 2 * (a @ b.T + b @ a.T) + drive / 2 * (a + a.T)
    energy = energy + detuning * on(HALF["z"], 0, 2, 2) + (detuning + difference) * on(HALF["z"], 1, 2, 2)
    return energy, [np.sqrt(gain_a) * a, np.sqrt(decay_a) * a.T, np.sqrt(gain_b) * b, np.sqrt(decay_b) * b.T]


def ket_bra(to, start):
    found = np.zeros((3, 3))
    found[to, start] = 1.0
    return found


def maser_pair(*, n_hot_a, n_cold_a, n_hot_b, n_cold_b, exchange, detuning, gamma_hot, gamma_cold, **levels):
    """In the letter's convention (Γ, X), which is C = √(2Γ) X; ω_1 and ω_2 are in no frame that turns."""
    assert levels.keys() == {"omega_cold", "omega_hot"}
    swap = np.kron(ket_bra(2, 1), ket_bra(1, 2))
    jumps = []
    for part, hot, cold in ((0, n_hot_a, n_cold_a), (1, n_hot_b, n_cold_b)):
        for level, gamma, n in ((2, gamma_hot, hot), (1, gamma_cold, cold)):
            jumps.append(np.sqrt(2 * gamma * (1 + n)) * on(ket_bra(0, level), part, 3, 3))
            jumps.append(np.sqrt(2 * gamma * n) * on(ket_bra(level, 0), part, 3, 3))
    return exchange * (swap + swap.T) + detuning * on(ket_bra(2, 2), 1, 3, 3), jumps


CASES = [
    (SpinOne, spin_one, {"gain": 0.7, "damping": 1.9, "drive": 0.3, "detuning": -0.4, "squeezing": 0.2 - 0.1j}),
    (Spin, any_spin, {"gain": 0.7, "damping": 1.9, "levels": 4, "drive": 0.3, "detuning": -0.4,
                      "squeezing": 0.2 - 0.1j, "centre": 0.4}),
    (SpinPair, spin_pair, {"gain_a": 0.7, "damping_a": 1.9, "gain_b": 0.2, "damping_b": 1.1, "coupling": 0.3 - 0.2j,
                           "drive": 0.25, "detuning_a": -0.4, "detuning_b": 0.6}),
    (SpinChain, spin_chain, {"exchange": 0.3, "gain": [0.7, 0.5, 1.3], "damping": [1.9, 0.1, 0.4], "drive": 0.25,
                             "detuning": [0.1, 0.4, -0.3], "spins": 3}),
    (SpinChain, spin_chain, {"exchange": 0.3, "gain": [0.7, 0.5], "damping": [1.9, 0.1], "drive": 0.25,
                             "detuning": [0.1, 0.4], "spins": 2}),
    (VanDerPol, van_der_pol, {"gain": 0.7, "loss": 1.9, "drive": 0.3, "detuning": -0.4, "cutoff": 6}),
    (VanDerPolPair, van_der_pol_pair, {"gain_a": 0.7, "loss_a": 1.9, "gain_b": 0.2, "loss_b": 1.1, "reactive": 0.3,
                                       "dissipative": 0.8, "detuning": -0.4, "drive": 0.6, "cutoff": 3, "cutoff_b": 4}),
    (QubitPair, qubit_pair, {"gain_a": 0.7, "decay_a": 1.9, "gain_b": 0.2, "decay_b": 1.1, "exchange": 0.3,
                             "drive": 0.25, "detuning": -0.4, "difference": 0.6}),
    (MaserPair, maser_pair, {"n_hot_a": 2.0, "n_cold_a": 0.3, "n_hot_b": 1.0, "n_cold_b": 0.7, "exchange": 0.3,
                             "detuning": 0.25, "gamma_hot": 0.1, "gamma_cold": 0.4,
                             "omega_cold": 1.0, "omega_hot": 3.0}),
]  # fmt: skip
IDS = [model.__name__ for model, _, _ in CASES]


@pytest.mark.parametrize(("model", "printed", "values"), CASES, ids=IDS)
def test_the_equation_is_that_printed(model, printed, values):
    system = model(**values)
    theirs = superoperator(*printed(**values))
    np.testing.assert_allclose(system.generator().liouvillian(), theirs, atol=1e-15 * abs(theirs).max() * 8)
    assert system.dimension**2 == len(theirs)
    assert np.prod(getattr(system, "dims", system.dimension)) == system.dimension


@pytest.mark.parametrize(("model", "printed", "values"), CASES, ids=IDS)
def test_every_parameter_may_run_and_points_are_those_of_a_batch(model, printed, values):
    """Each on an axis of its own; then the batch is that of all of them, and a corner is the system at that corner."""
    running = [one for one in model.PARAMETERS if one.kind is not Kind.COUNT]
    columns, corner = {}, {}
    for number, one in enumerate(running):
        base = np.asarray(values[one.name])
        two = np.stack([base, 1.1 * base])
        shape = (2, *(1 for _ in running[number + 1 :]), *base.shape)
        columns[one.name], corner[one.name] = two.reshape(shape), 1.1 * base
    counts = {name: values[name] for name in values if name not in columns}
    batch = model(**columns, **counts)
    assert batch.batch_shape == (2,) * len(running)
    assert batch.generator().batch_shape == batch.batch_shape
    last = (-1,) * len(running)
    assert batch[last] == model(**corner, **counts)
    theirs = superoperator(*printed(**corner, **counts))
    np.testing.assert_allclose(batch[last].generator().liouvillian(), theirs, atol=8e-15 * abs(theirs).max())
    flat = batch.generator().flat()
    np.testing.assert_allclose(flat.part(slice(-1, None)).liouvillian()[0], theirs, atol=8e-15 * abs(theirs).max())


@pytest.mark.parametrize(("model", "values"), [(model, values) for model, _, values in CASES], ids=IDS)
def test_what_alone_has_a_batch_axis_makes_a_batch_of_states(model, values):
    """Even where no state depends on it, and where it is 0 throughout."""
    for one in (one for one in model.PARAMETERS if one.kind is not Kind.COUNT):
        for value in (np.asarray(values[one.name]), np.zeros_like(values[one.name])):
            if one.above is None or (value > one.above).all():
                system = model(**values | {one.name: np.stack([value] * 2)})
                assert system.generator().batch_shape == system.batch_shape == (2,), one.name


@pytest.mark.parametrize(("model", "values"), [(model, values) for model, _, values in CASES], ids=IDS)
def test_they_are_solved_saved_shown_and_copied(model, values, tmp_path):
    system = model(**values | {name: 9 for name in values if name.startswith("cutoff")})
    state = ts.steady_state(system)
    state.save(tmp_path / "state.npz")
    back = ts.load_state(tmp_path / "state.npz")
    assert back.system == system == copy.deepcopy(system) == pickle.loads(pickle.dumps(system))  # noqa: S301
    np.testing.assert_array_equal(back.rho, state.rho)
    solved = ts.solve(system)
    assert solved.synchronization.certified
    dataset = solved.to_dataset()
    assert dataset.attrs["system"] == model.__name__
    assert dataset.s_max == solved["s_max"]
    assert known_models()[model.NAME] is model
    assert model.__name__ in repr(system)
    hamiltonian, jumps = system.to_qutip()
    assert [list(getattr(system, "dims", [system.dimension]))] * 2 == hamiltonian.dims
    np.testing.assert_allclose(hamiltonian.full(), system.generator().hamiltonian, atol=1e-15)
    assert len(jumps) == len(system.generator().operators)


def test_each_reads_phases_in_its_own_way():
    relative = Relative(SU2(1), SU2(1))
    assert SpinOne(1, 2).distribution == SU2(1)
    assert Spin(1, 2, spin=1.5).distribution == SU2(1.5)
    assert SpinPair(1, 2, 3, 4, coupling=1.0).distribution == relative
    assert SpinChain(0.5).distribution == Relative(SU2(1), SU2(1), dims=(3, 3, 3), parts=(0, 2))
    assert VanDerPol(1, 1).distribution == Fock()
    assert VanDerPolPair(1, 1, 1, 1, cutoff=3, cutoff_b=5).distribution == Relative(Fock(), Fock(), dims=(3, 5))
    assert QubitPair(1, 2, 3, 4, exchange=1.0).distribution == Relative(SU2(0.5), SU2(0.5))
    line = Transition(1, 2)
    assert MaserPair.identical(2.0, 0.5, exchange=0.1).distribution == Relative(line, line, dims=(3, 3))
    part = Joint(SU2(1), dims=(3, 3), parts=(1,))
    assert ts.synchronization(ts.steady_state(SpinPair.driven(0.1)), distribution=part).s_max > 1e-3


def test_points_are_swept_and_the_largest_cutoff_of_a_chunk_serves_all():
    axes = {"drive": [0.0, 0.1, 0.2], "detuning": [0.0, 0.3]}
    found = ts.sweep(SpinOne, axes, ["s_max"], fixed={"gain": 1.0, "damping": 10.0}, workers=1)
    assert found.s_max.dims == ("drive", "detuning")
    assert float(found.s_max[1, 0]) == pytest.approx(0.03200599, abs=6e-9)
    modes = ts.sweep(VanDerPol, axes | {"loss": [1.0, 4.0]}, ["s_max", "cutoff_tail"], fixed={"gain": 1.0}, workers=1)
    assert float(modes.s_max[1, 0, 0]) == pytest.approx(0.03591445, abs=6e-9)
    assert (modes.status == 0).all()
    assert (modes.cutoff_tail < 1e-12).all()
    chain = ts.sweep(SpinChain, {"exchange": [0.1, 0.5]}, ["s_max"], fixed={"gain": [1.0, 1.0, 2.0]}, workers=1)
    assert (chain.s_max > 0.0).all()
    refused(lambda: ts.sweep(VanDerPol, axes, ["populations"], fixed={"gain": 1.0, "loss": 1.0}, workers=1),
            "`cutoff`", "a value a level")  # fmt: skip
    fixed = {"gain": 1.0, "loss": 1.0, "cutoff": 20}
    assert ts.sweep(VanDerPol, axes, ["populations"], fixed=fixed, workers=1).populations.shape == (3, 2, 20)


def test_the_command_line_reads_them_from_a_file(tmp_path):
    path = tmp_path / "spin.toml"
    path.write_text('model = "spin_one"\ngain = 1\ndamping = 10\ndrive = 0.1\n', encoding="utf-8")
    assert as_json("solve", path)["synchronization"]["s_max"] == pytest.approx(0.03200599, abs=6e-9)
    path.write_text('model = "van_der_pol"\ngain = "1 kHz"\nloss = "1 kHz"\ndrive = "100 Hz"\n', encoding="utf-8")
    content = as_json("solve", path)
    assert content["synchronization"]["s_max"] == pytest.approx(0.03591445, abs=6e-9)
    assert content["steady_state"]["cutoff_tail"] < 1e-12
    assert content["system"]["model"] == "VanDerPol"
    text = run("solve", path).stdout
    assert text.startswith("VanDerPol of ")
    assert "No warnings" in text
    path.write_text('model = "spin_chain"\nexchange = 0.5\ngain = [1, 1, 1]\n', encoding="utf-8")
    assert machine_of(*reversed(read_machine(path))).system == SpinChain(0.5, gain=[1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: SpinOne(-1.0, 1.0), ("`gain`", "at least 0", "-1")),
        (lambda: SpinOne(1.0, [1.0, -2.0]), ("`damping`", "at least 0", "-2")),
        (lambda: SpinOne(1.0, 1.0, np.inf), ("`drive`", "finite")),
        (lambda: SpinOne([1.0, 2.0], [1.0, 2.0, 3.0]), ("gain", "damping", "broadcast")),
        (lambda: SpinPair(1, 1, 1, -1, coupling=1.0), ("`damping_b`", "at least 0")),
        (lambda: SpinChain(1.0, spins=1), ("`spins`", "at least 2")),
        (lambda: SpinChain(1.0, spins=6), ("`spins`", "at most 5")),
        (lambda: SpinChain(1.0, gain=[1.0, 2.0]), ("`gain`", "an axis of 3 spins", "gain[..., None]")),
        (lambda: VanDerPol(1.0, 0.0), ("`loss`", "greater than 0")),
        (lambda: VanDerPol(1.0, 1.0, cutoff=2), ("`cutoff`", "at least 3")),
        (lambda: VanDerPol(1.0, 1.0, cutoff=8.0), ("`cutoff`", "whole number")),
        (lambda: VanDerPolPair(1, 1, 1, 1, cutoff_b=8), ("`cutoff`", "beside `cutoff_b`")),
        (lambda: VanDerPolPair(1, 1, 1, 1, dissipative=-1), ("`dissipative`", "at least 0")),
        (lambda: QubitPair(1, 1, 1, -1, exchange=1), ("`decay_b`", "at least 0")),
        (lambda: MaserPair(1, 1, -1, 1, exchange=1), ("`n_hot_b`", "at least 0")),
        (lambda: MaserPair(1, 1, 1, 1, exchange=1, detuning=[0, -2.5]), ("`omega_hot`", "above `omega_cold`", "0.5")),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(call, words):
    refused(call, *words)


def test_only_models_of_modes_are_cut_off():
    assert isinstance(VanDerPol(1, 1), Truncated)
    assert not isinstance(SpinOne(1, 1), Truncated)
    assert ts.steady_state(SpinOne(1, 1, 0.1)).truncation is None
