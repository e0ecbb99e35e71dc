"""Is the evidence of a state that was read that of the state, whatever became of the file since it was written?"""

import io
import tracemalloc
import zipfile
from dataclasses import dataclass, replace

import numpy as np
import pytest

import torusync as ts
from problems import BATHS, ENGINE_BATHS, qutip_liouvillian, random_maser
from statefiles import STATES, assert_same, refused, rewrite
from torusync.steady import Cauchy, Dense, LowRank, states
from torusync.steady.recheck import recheck

KINDS = ("collective", "block", "low rank", "dense", "correlated", "lindblad")


def members_of(path):
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def saved(name, tmp_path):
    path = tmp_path / "state.npz"
    STATES[name]().save(path)
    return path


def nudged(array):
    """Every array that differs from this one in one entry by the least that can be told, or in its type."""
    if array.dtype.kind == "U":
        yield np.array(str(array) + " ")
        yield np.array(str(array).upper())
        return
    for place in np.ndindex(array.shape):
        other = array.copy()
        other[place] = other[place] + 1 if array.dtype.kind == "i" else np.nextafter(other[place].real, np.inf)
        yield other
    yield array.astype(np.complex64 if array.dtype.kind == "c" else np.float32)
    yield array[np.newaxis]


@pytest.mark.parametrize("name", KINDS)
def test_the_least_change_of_any_member_is_noticed(name, tmp_path):
    path = saved(name, tmp_path)
    members = members_of(path)
    tried = 0
    for member, array in members.items():
        for other in nudged(array):
            if other.dtype == array.dtype and np.array_equal(other, array):
                continue
            np.savez(path, **(members | {member: other}))
            assert ("save" if member == "format" else "changed since") in refused(lambda: ts.load_state(path))
            tried += 1
    assert tried > 30
    np.savez(path, **dict(reversed(members.items())))
    assert_same(ts.load_state(path), STATES[name]())


@pytest.mark.parametrize("name", KINDS)
def test_every_member_is_required_and_no_other_known(name, tmp_path):
    path = saved(name, tmp_path)
    members = members_of(path)
    for member in members:
        np.savez(path, **{one: array for one, array in members.items() if one != member})
        word = "save" if member == "format" else f"'{member}'"
        if member not in {"lindblad.rate.0", "lindblad.rate.1", "dense.matrix"}:  # told by what is left
            assert word in refused(lambda: ts.load_state(path))
        else:
            assert "whole state file" in refused(lambda: ts.load_state(path))
    others = ("maser.colour", "lindblad.rate.2", "lindblad.operator.0", "evidence.confidence", "note", "block.core",
              "dense.matrix", "lowrank.ground")  # fmt: skip
    for other in set(others) - set(members):
        rewrite(path, **{other: np.zeros(2)})
        refused(lambda: ts.load_state(path))
        np.savez(path, **members)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_not_expected_is_refused_before_it_is_read(name, tmp_path):
    path = saved(name, tmp_path)
    with zipfile.ZipFile(path, "a") as container:
        container.writestr("note.npy", b"not an array at all")
    assert "unknown 'note'" in refused(lambda: ts.load_state(path))
    path = saved(name, tmp_path)
    with zipfile.ZipFile(path, "a") as container, pytest.warns(UserWarning, match="Duplicate"):
        container.writestr("solver.npy", b"not an array at all")
    assert "'solver.npy' twice" in refused(lambda: ts.load_state(path))


def test_the_examples_that_were_believed_once_are_refused(tmp_path):
    path = saved("collective", tmp_path)
    members = members_of(path)
    rewrite(path, **{"collective.link": 1.5 * members["collective.link"]})
    assert "residual" in refused(lambda: ts.load_state(path))
    path = saved("block", tmp_path)
    rewrite(path, **{"maser.splittings": None})
    assert "lacks 'maser.splittings'" in refused(lambda: ts.load_state(path))
    rewrite(path, **{"maser.splittings": np.array(0.0)})
    assert "residual" in refused(lambda: ts.load_state(path))


@pytest.mark.parametrize(("spoiled", "believed"), [(1e-9, True), (0.5, False)])
def test_a_success_that_admits_a_large_residual_is_none(spoiled, believed, tmp_path):
    path = saved("block", tmp_path)
    block = members_of(path)["block.block"]
    off = block - np.diag(np.diag(block))
    rewrite(path, **{"block.block": block + spoiled * off, "evidence.residual": np.array(1.0)})
    if believed:
        assert ts.load_state(path).residual == 1.0
    else:
        assert "residual" in refused(lambda: ts.load_state(path))


def reference(system, rho):
    """‖dρ/dt‖_F of one system by generators that share no code with the library."""
    if isinstance(system, ts.ThermalMaser):
        change = qutip_liouvillian(system).full() @ rho.reshape(-1, order="F")
        return np.linalg.norm(change)
    change = -1j * (system.hamiltonian @ rho - rho @ system.hamiltonian)
    for rate, x in system.channels:
        y = x.conj().T
        change = change + rate * (2 * x @ rho @ y - y @ x @ rho - rho @ y @ x)
    return np.linalg.norm(change)


@pytest.mark.parametrize("name", ["block", "low rank", "dense", "correlated", "lindblad"])
@pytest.mark.parametrize("change", [1e-9, 1e-3, 0.5, -2.0])
def test_a_forged_file_is_refused_or_its_residual_is_true(name, change, tmp_path):
    """Its digest is right: only the equation of motion tells."""
    path = saved(name, tmp_path)
    members = members_of(path)
    refusals = 0
    for member, array in members.items():
        if array.dtype.kind not in "fc":
            continue
        for place in np.ndindex(array.shape):
            other = array.copy()
            other[place] = other[place] * (1.0 + change) + (other[place] == 0.0) * abs(change)
            rewrite(path, **{member: other})
            try:
                state = ts.load_state(path)
            except ts.ArgumentError:
                refusals += 1
            else:
                scale = np.linalg.norm(state.system.generator().liouvillian())
                assert reference(state.system, state.rho) <= state.residual + 1e-15 * scale
            np.savez(path, **members)
    assert refusals > 10


@pytest.mark.parametrize("solver", [ts.steady.Block(), Dense(), LowRank(), Cauchy()], ids=repr)
@pytest.mark.parametrize("spoiled", [0.0, 1e-10, 1e-3])
def test_the_residual_worked_out_anew_is_that_of_an_independent_generator(solver, spoiled, rng):
    for levels in (1, 2, 4):
        maser = random_maser(rng, correlated=isinstance(solver, ts.steady.Block), per_level=True, levels=levels)
        density = ts.steady_state(maser, solver=solver).density
        arrays = {name: array + spoiled * rng.normal(size=array.shape) for name, array in density.arrays().items()}
        density = type(density)(**arrays)
        found, true = recheck(maser, density), reference(maser, density.to_array())
        assert abs(found.residual - true) <= 1e-3 * true + 10.0 * found.rounding
        assert found.residual <= true + found.rounding + 1e-12 * true
        assert found.scale >= np.linalg.norm(maser.generator().liouvillian(), 2) * 0.25


@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_many_levels_are_seen_by_random_vectors(correlation, rng):
    """What they prove of a residual that the test multiplies out is at most all of it, and more than a fifth."""
    levels = 80
    maser = ts.ThermalMaser(rng.normal(size=levels) + 1j * rng.normal(size=levels), splittings=rng.random(levels),
                            dipole_correlation=correlation, **BATHS, n_hot=rng.random(levels) + 1.0)  # fmt: skip
    density = ts.steady_state(maser).density
    for spoiled in (0.0, 1e-6):
        block = density.to_array()[1:, 1:] + 0j
        block[3, 5] += spoiled
        block[5, 3] += spoiled
        arrays = density.arrays()
        thermal = np.diag(arrays["ground"] * arrays["ratios"])
        part = type(density)(ground=arrays["ground"], ratios=arrays["ratios"], block=block - thermal)
        found = recheck(maser, part)
        manifold = maser.generator()
        change = manifold.drift() @ block
        change = change + change.conj().T + arrays["ground"] * manifold.pump()
        true = np.linalg.norm(change)
        if spoiled:
            assert 0.2 * true <= found.residual <= true
        else:
            assert found.residual <= found.rounding


def test_a_spoiled_state_of_very_many_levels_is_refused(tmp_path):
    for options, member in (({}, "collective.link"), ({"splittings": np.linspace(0, 0.05, 3000)}, "lowrank.core")):
        state = ts.steady_state(ts.ThermalMaser(np.full(3000, 0.002), n_hot=5.0, **options, **BATHS))
        state.save(tmp_path / "state.npz")
        assert_same(ts.load_state(tmp_path / "state.npz"), state)
        rewrite(tmp_path / "state.npz", **{member: members_of(tmp_path / "state.npz")[member] * (1 + 1e-6)})
        assert "residual" in refused(lambda: ts.load_state(tmp_path / "state.npz"))


def test_one_spoiled_point_of_a_map_is_found_in_any_chunk(tmp_path, monkeypatch):
    monkeypatch.setattr("torusync.steady.recheck.CHUNK_BYTES", 16 * 10 * 16 * 7)
    detuning = np.linspace(-1, 1, 30).reshape(5, 6)
    maser = ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], detuning=detuning, **ENGINE_BATHS)
    state = ts.steady_state(maser)
    state.save(tmp_path / "state.npz")
    assert_same(ts.load_state(tmp_path / "state.npz"), state)
    block = members_of(tmp_path / "state.npz")["block.block"]
    for place in ((0, 0), (1, 0), (1, 1), (4, 5)):
        other = block.copy()
        other[place] *= 1.0 + 1e-9
        rewrite(tmp_path / "state.npz", **{"block.block": other})
        assert "residual" in refused(lambda: ts.load_state(tmp_path / "state.npz"))
    away = members_of(tmp_path / "state.npz")["maser.detuning"].copy()
    away[1, 2] += 1e-9
    rewrite(tmp_path / "state.npz", **{"block.block": block, "maser.detuning": away})
    assert "residual" in refused(lambda: ts.load_state(tmp_path / "state.npz"))


def test_failed_points_hold_nothing(tmp_path):
    path = saved("map with failures", tmp_path)
    members = members_of(path)
    for name in ("block.ground", "block.block"):
        rewrite(path, **{name: np.nan_to_num(members[name])})
        refused(lambda: ts.load_state(path))
    rewrite(path, **{"evidence.status_codes": np.zeros(2, dtype=np.int64), "block.block": members["block.block"]})
    refused(lambda: ts.load_state(path))


def test_a_density_of_another_kind_of_system_is_refused(tmp_path):
    path = saved("lindblad", tmp_path)
    members = members_of(path)
    other = {f"block.{name}": array for name, array in STATES["block"]().density.arrays().items()}
    rewrite(path, **other, **{"dense.matrix": None})
    refused(lambda: ts.load_state(path))
    path = saved("lindblad", tmp_path)
    rewrite(path, **{"dense.matrix": members["dense.matrix"].real})
    assert "float64 in place of complex128" in refused(lambda: ts.load_state(path))
    rewrite(path, **{"dense.matrix": members["dense.matrix"][:2, :2]})
    refused(lambda: ts.load_state(path))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('{"name": "Oracle", "knobs": {}}', "Oracle"),
        ('{"name": "Block", "knobs": {"depth": 3}}', "depth"),
        ('{"name": "Dense", "knobs": {}}', "knobs"),
        ('{"name": "Dense", "knobs": {"max_dimension": "40"}}', "max_dimension"),
        ('{"name": "Dense", "knobs": {"max_dimension": true}}', "max_dimension"),
        ('{"name": "Block", "knobs": {}, "note": 1}', "knobs"),
        ('{"name": "Block"}', "knobs"),
        ("[" * 5000 + "]" * 5000, "fits its system"),
        ("[" * 100_000, "fits its system"),
        ("null", "fits its system"),
    ],
    ids=lambda value: value[:40],
)  # fmt: skip
def test_a_solver_that_is_none_is_refused(text, word, tmp_path):
    path = saved("block", tmp_path)
    rewrite(path, solver=text)
    assert word in refused(lambda: ts.load_state(path))


def test_a_file_of_the_older_format_is_refused_with_what_to_do(tmp_path):
    path = saved("block", tmp_path)
    rewrite(path, format="torusync state 1")
    assert "solve its system again" in refused(lambda: ts.load_state(path))
    rewrite(path, format="torusync state 3")
    assert "written by `save`" in refused(lambda: ts.load_state(path))
    assert states.FORMAT == "torusync state 2"


@dataclass(frozen=True)
class Oracle:
    """A solver of the user's own."""

    depth: int = 3

    def solve(self, generator):
        return replace(ts.steady.Block().solve(generator), solver=None)


@dataclass(frozen=True)
class Block:
    """Another one, with a name that is taken."""

    def solve(self, generator):
        return replace(ts.steady.Block().solve(generator), solver=None)


@pytest.mark.parametrize("solver", [Oracle(), Block()], ids=["unknown", "namesake"])
def test_a_state_that_could_not_be_read_back_is_not_written(solver, tmp_path):
    state = ts.steady_state(ts.ThermalMaser([0.1], n_hot=5.0, **BATHS), solver=solver)
    assert "pickle" in refused(lambda: state.save(tmp_path / "state.npz"))
    assert not list(tmp_path.iterdir())


def test_a_solver_that_loading_does_not_know_is_refused_on_saving(tmp_path, monkeypatch):
    monkeypatch.setattr(states, "_SOLVERS", {"Auto": ts.Auto, "Dense": Dense})
    assert "Collective could not be found again" in refused(lambda: STATES["collective"]().save(tmp_path / "a.npz"))


def peak_of(call):
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_unpacks_to_gigabytes_is_refused_by_its_size(tmp_path):
    """A packed member is refused before it is opened, and one that only announces gigabytes before they are taken."""
    path = saved("block", tmp_path)
    members = members_of(path)
    np.savez_compressed(path, **members)
    assert "compressed" in refused(lambda: ts.load_state(path))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container, container.open("format.npy", "w") as stream:
        for _ in range(64):
            stream.write(bytes(2**20))
    assert peak_of(lambda: refused(lambda: ts.load_state(path))) < 2**20
    text = b"{'descr': '<c16', 'fortran_order': False, 'shape': (100000, 100000), }".ljust(117) + b"\n"
    for member in ("format", "block.block"):
        with zipfile.ZipFile(path, "w") as container:
            for name, array in members.items():
                whole = io.BytesIO()
                np.save(whole, array)
                container.writestr(f"{name}.npy", whole.getvalue())
            content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
            with pytest.warns(UserWarning, match="Duplicate"):
                container.writestr(f"{member}.npy", content)
        assert "twice" in refused(lambda: ts.load_state(path))
        with zipfile.ZipFile(path, "w") as container:
            container.writestr(f"{member}.npy", content)
            if member != "format":
                whole = io.BytesIO()
                np.save(whole, members["format"])
                container.writestr("format.npy", whole.getvalue())
                for name in set(members) - {"format", member}:
                    whole = io.BytesIO()
                    np.save(whole, members[name])
                    container.writestr(f"{name}.npy", whole.getvalue())
        assert "announces" in refused(lambda: ts.load_state(path))
        assert peak_of(lambda: refused(lambda: ts.load_state(path))) < 2**21


def test_members_that_share_their_bytes_are_refused(tmp_path):
    """Many entries of the table of contents may point at the same large member."""
    path = tmp_path / "state.npz"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("a.npy", bytes(2**16))
        first = container.infolist()[0]
        for index in range(100):
            other = zipfile.ZipInfo(f"b{index}.npy")
            for name in ("header_offset", "file_size", "compress_size", "CRC"):
                setattr(other, name, getattr(first, name))
            container.filelist.append(other)
            container.NameToInfo[other.filename] = other
    assert "larger than the file" in refused(lambda: ts.load_state(path))


def test_numbers_of_the_other_byte_order_are_the_same_numbers(tmp_path):
    path, state = saved("block", tmp_path), STATES["block"]()
    rewrite(path, **{name: array.astype(array.dtype.newbyteorder(">")) for name, array in members_of(path).items()
                     if array.dtype.kind in "fci"})  # fmt: skip
    assert_same(ts.load_state(path), state)


def test_solvers_and_evidence_are_those_that_states_have():
    """A state that does not last for ever is not kept in a file, so that how long is no evidence in one."""
    told = {"system", "density", "solver", "why", "holds_until"}
    assert set(states.EVIDENCE) == set(ts.SteadyState.__dataclass_fields__) - told
    assert {name: getattr(ts.steady, name) for name in states._SOLVERS} == states._SOLVERS


def test_the_digest_tells_names_types_shapes_and_entries_apart():
    values = np.arange(6.0)
    forms = [
        {"a": values},
        {"b": values},
        {"a": values.reshape(2, 3)},
        {"a": values.reshape(3, 2)},
        {"a": values + 1},
        {"a": values.view("i8")},
        {"a": values[:3], "b": values[3:]},
        {"a": values[:4], "b": values[4:]},
    ]
    assert len({states.digest(form) for form in forms}) == len(forms)
    assert states.digest({"a": np.asfortranarray(values.reshape(2, 3))}) == states.digest(forms[2])


def test_a_member_that_claims_another_packing_is_not_opened(tmp_path):
    """LZMA takes the memory that its own header asks for, whatever the sizes are."""
    path = saved("block", tmp_path)
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = content.index(mark) + offset
        content[place : place + 2] = (14).to_bytes(2, "little")
    path.write_bytes(content)
    assert "compressed" in refused(lambda: ts.load_state(path))
