"""Damaged files by the hundred: is every outcome a result, or one sentence in the grammar of the library?

A small hunt runs with the tests; `python -m tests.hunts.test_damaged_files COUNT [SEED]` runs a long one, and keeps
the files that broke something.  The files are written by NumPy, SciPy and h5py; damage is blind (bytes, numbers of a
header, pieces lost, doubled or from a file of the same kind) or goes inside what is packed, checksums made right.
"""

import faulthandler
import io
import json
import re
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from typer.testing import CliRunner

import torusync as ts
from torusync.analysis import read_matrix
from torusync.cli import app
from torusync.models import read_machine

SENTENCE = re.compile(r"Argument `[^`]+` must .+, but .+(?:[^.?]\.|[^.]\?)")
STATE = np.array([[0.5, 0.1 + 0.2j, 0.0], [0.1 - 0.2j, 0.3, 0.05j], [0.0, -0.05j, 0.2]])
FIXED = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
COMPOUND = np.dtype([("real", "f8"), ("imag", "f8")])
RUN = CliRunner()


def written(write):
    """Return what a writer of files or of streams writes."""
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def of_state(system, **options):
    with tempfile.TemporaryDirectory() as folder:
        ts.steady_state(system, **options).save(Path(folder) / "state.npz")
        return (Path(folder) / "state.npz").read_bytes()


def of_hdf5(stream, **options):
    with h5py.File(stream, "w") as stored:
        table = np.empty(STATE.shape, COMPOUND)
        table["real"], table["imag"] = STATE.T.real, STATE.T.imag
        stored.create_dataset("rho", data=table, **options)
        stored["note"] = 1.0


def healthy():
    """Files of every kind that the readers take, by their suffix."""
    mat = scipy.io.savemat
    down = np.diag([1.0, 1.4], 1)
    return {
        ".npy": [
            written(lambda f: np.save(f, STATE)),
            written(lambda f: np.save(f, np.asfortranarray(STATE.real.astype("f4")))),
            written(lambda f: np.save(f, np.stack([STATE.astype(">c8")] * 2))),
        ],
        ".csv": [
            written(lambda f: np.savetxt(f, STATE, delimiter=",")),
            b"0,5;0,1-0,2i;0\n0,1+0,2i;0,3;0,05i\n0;-0,05i;0,2\n",
            b"0.5 0.1 0 0 -0.2 0\n0.1 0.3 0 0.2 0 0.05\n0 0 0.2 0 -0.05 0  # Re | Im\n",
        ],
        ".json": [
            json.dumps([[[z.real, z.imag] for z in row] for row in STATE.tolist()]).encode(),
            json.dumps({"real": STATE.real.tolist(), "imag": STATE.imag.tolist()}).encode(),
            b'[[0.5, {"re": 0.1, "im": 0.2}], [{"re": 0.1, "im": -0.2}, 0.5]]',
        ],
        ".mat": [
            written(lambda f: mat(f, {"rho": STATE, "t": np.arange(5.0), "note": "x"})),
            written(lambda f: mat(f, {"rho": STATE}, do_compression=True)),
            written(lambda f: mat(f, {"rho": STATE, "s": {"a": 1.0}, "c": np.array([[1, "a"]], dtype=object)})),
            written(lambda f: mat(f, {"rho": scipy.sparse.csc_matrix(STATE)})),
            written(lambda f: mat(f, {"rho": scipy.sparse.csc_matrix(STATE)}, do_compression=True)),
            written(lambda f: mat(f, {"rho": STATE, "n": "x"}, format="4")),
            written(lambda f: mat(f, {"rho": scipy.sparse.csc_matrix(STATE)}, format="4")),
        ],
        ".h5.mat": [written(of_hdf5), written(lambda f: of_hdf5(f, chunks=(2, 2), compression="gzip"))],
        ".npz": [
            of_state(ts.ThermalMaser([0.1, 0.2j], **FIXED)),
            of_state(ts.ThermalMaser([0.1, 0.2j], splittings=[0.0, 0.1], dipole_correlation=0.3, **FIXED)),
            of_state(ts.LindbladSystem(0.1 * (down + down.T), [(0.3, down), (0.1, down.T)])),
        ],
        ".toml": [
            b'manifold_levels = 3\ndrive = [0.1, 0.1, "30 MHz"]\nn_hot = 5\nn_cold = 0.5\ngamma_hot = "2 MHz"\n',
            b"# a machine\ndrive = 0.1\nhot_temperature = 2.0\ncold_temperature = 1\nspread = 5e-2\n",
        ],
    }


WEIGHTS = {".npy": 5, ".csv": 3, ".json": 3, ".mat": 6, ".h5.mat": 0.5, ".npz": 5, ".toml": 3}
LONG = 6000
"""Files of a hunt whose size is not given: some two minutes."""
EDGES = (0, 1, 2, 3, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF)
NUMBERS = (*EDGES, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)
DEEP = (b"(" * 5000, b"[" * 5000, b"{" * 200, b"[[[" * 1700 + b"]]]" * 1700, b"a." * 5000, b'{"re":' * 3000)
WORDS = (b"nan", b"inf", b"-1", b"1e999", b"9" * 5000, b"\xff\xfe", b"\n", b'"', b"'", b"#", b",", b"\\N{", b"'O'")
PIECES = (*DEEP, *WORDS, b"'|V8'", b"{(             \n", b"True", b"None", b"1j", b"_", b"\0" * 64)


def damaged(content, others, rng):
    """Return a few damages of a few bytes."""
    data = bytearray(content)
    for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
        # half of the damage goes where the headers are
        size = max(len(data), 1)
        place = int(rng.integers(min(size, 160) if rng.random() < 0.5 else size))
        length = int(rng.choice([1, 2, 4, 8, 16, 64, 256]))
        kind = int(rng.integers(9))
        if kind == 0 and data:
            data[place] ^= 1 << int(rng.integers(8))
        elif kind == 1 and data:
            data[place] = int(rng.integers(256))
        elif kind == 2:
            place -= place % 4
            width, order = int(rng.choice([2, 4, 8])), str(rng.choice(["little", "big"]))
            number = NUMBERS[int(rng.integers(len(NUMBERS)))] % 2 ** (8 * width)
            data[place : place + width] = number.to_bytes(width, order)
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            del data[place : place + length]
        elif kind == 5:
            data[place:place] = data[place : place + length]
        elif kind == 6:
            data[place:place] = rng.bytes(length)
        elif kind == 7:
            data[place:place] = PIECES[int(rng.integers(len(PIECES)))]
        else:
            other = others[int(rng.integers(len(others)))]
            data[place : place + length] = other[place : place + length]
    return bytes(data)


def inside_mat(content, rng):
    """Damage a packed variable before it is packed: its checksum is right."""
    first = 128
    length = int.from_bytes(content[first + 4 : first + 8], "little")
    plain = zlib.decompress(content[first + 8 : first + 8 + length])
    packed = zlib.compress(damaged(plain, [plain], rng))
    return content[:first] + (15).to_bytes(4, "little") + len(packed).to_bytes(4, "little") + packed


def inside_zip(content, rng):
    """Damage a member of a state before it is stored, or lose, double or rename one: its checksum is right."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        members = [(name, container.read(name)) for name in container.namelist()]
    which = int(rng.integers(len(members)))
    name, data = members[which]
    other = members[int(rng.integers(len(members)))]
    kind = int(rng.integers(6))
    members[which : which + 1] = [
        [(name, damaged(data, [other[1]], rng))], [], [(name, data)] * 2, [(other[0] + "x", data)], [(name, other[1])],
        [(name, data)],
    ][kind]  # fmt: skip
    out = io.BytesIO()
    packing = zipfile.ZIP_DEFLATED if kind == 5 else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", packing) as container:
        warnings.simplefilter("ignore")  # two members of one name are meant
        for one, value in members:
            container.writestr(one, value)
    return out.getvalue()


def mutants(count, seed, weights=WEIGHTS):
    """Yield suffixes and damaged contents, the same ones for the same seed."""
    rng, files = np.random.default_rng(seed), healthy()
    suffixes, chances = list(weights), np.array(list(weights.values()), dtype=float)
    for _ in range(count):
        suffix = suffixes[int(rng.choice(len(suffixes), p=chances / chances.sum()))]
        which = int(rng.integers(len(files[suffix])))
        content = files[suffix][which]
        if suffix == ".npz" and rng.random() < 0.5:
            yield suffix, which, inside_zip(content, rng)
        elif suffix == ".mat" and content[128:132] == b"\x0f\0\0\0" and rng.random() < 0.7:
            yield suffix, which, inside_mat(content, rng)
        else:
            yield suffix, which, damaged(content, files[suffix], rng)


def outcome(path, original):
    """Return "read" or "refused"; anything else is a failure, and raised."""
    try:
        if path.suffix == ".toml":
            read_machine(path)
        elif path.suffix == ".npz":
            found, true = ts.load_state(path), ts.load_state(original)
            assert found.rho.tobytes() == true.rho.tobytes(), "a damaged state was believed"
            assert found.residual.tobytes() == true.residual.tobytes(), "damaged evidence was believed"
            assert str(vars(found.system)) == str(vars(true.system)), "a damaged system was believed"
        else:
            assert np.isfinite(read_matrix(path)).all(), "what is not finite was read"
    except ts.ArgumentError as error:
        assert SENTENCE.fullmatch(str(error)), f"no sentence: {error}"  # noqa: PT017
        return "refused"
    return "read"


def on_the_command_line(path):
    """Analyze the file in this process: a result, or a sentence and status 2."""
    result = RUN.invoke(app, ["analyze", str(path)])
    if result.exit_code == 0:
        return "read"
    assert result.exit_code == 2, f"status {result.exit_code}: {result.exception!r}"
    assert result.stdout == "", "a refusal wrote to the standard output"
    assert SENTENCE.fullmatch(result.stderr.rstrip("\n")), f"no sentence: {result.stderr}"
    return "refused"


def hunt(folder, count, seed, weights=WEIGHTS):
    """Try so many files; return how they ended, and those that broke something."""
    ends, broken, slowest = Counter(), [], 0.0
    originals = {}
    for suffix, contents in healthy().items():
        for which, content in enumerate(contents):
            originals[suffix, which] = folder / f"whole-{which}{suffix}"
            originals[suffix, which].write_bytes(content)
    for number, (suffix, which, content) in enumerate(mutants(count, seed, weights)):
        path = folder / f"{number}{suffix}"
        path.write_bytes(content)
        begin = time.perf_counter()
        try:
            end = outcome(path, originals[suffix, which])
            if suffix not in {".toml", ".h5.mat"} and (end == "refused" or number % 10 == 0):
                seen = on_the_command_line(path)
                assert end == "read" or seen == "refused", "read on the command line, refused in Python"
        except Exception as error:  # noqa: BLE001  (whatever it is, it is what the hunt is for)
            broken.append((path, repr(error)))
            end = "broken"
        else:
            path.unlink()
        ends[suffix, end] += 1
        slowest = max(slowest, time.perf_counter() - begin)
    return ends, broken, slowest


def test_whole_files_are_read(tmp_path):
    """Without this the hunt would find nothing in a library that refuses everything."""
    for suffix, contents in healthy().items():
        for which, content in enumerate(contents):
            path = tmp_path / f"{which}{suffix}"
            path.write_bytes(content)
            assert outcome(path, path) == "read"


@pytest.mark.parametrize(
    ("count", "seed", "weights"), [(600, 1, WEIGHTS | {".h5.mat": 0}), (8, 2, {".h5.mat": 1})], ids=["plain", "hdf5"]
)
def test_a_damaged_file_is_a_result_or_a_sentence(count, seed, weights, tmp_path):
    ends, broken, _ = hunt(tmp_path, count, seed, weights)
    assert not broken
    assert sum(ends.values()) == count
    # the damage is neither so light that nothing is refused nor so heavy that nothing is read
    assert 0.3 * count < sum(many for (_, end), many in ends.items() if end == "refused") < count


def main():
    """Run a long hunt, and keep what broke."""
    faulthandler.enable()
    warnings.simplefilter("error")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    folder = Path(tempfile.mkdtemp(prefix="damaged-files-"))
    ends, broken, slowest = hunt(folder, count, seed)
    for (suffix, end), many in sorted(ends.items()):
        print(f"{suffix:8} {end:8} {many}")  # noqa: T201
    for path, error in broken:
        print(f"{path}: {error[:300]}")  # noqa: T201
    print(f"{count} files, {len(broken)} broken, the slowest took {slowest:.2f} s")  # noqa: T201
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
