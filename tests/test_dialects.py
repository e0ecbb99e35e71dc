"""Is a state read in every dialect to the last bit, and no text as another state than the one that was written?"""

import gzip

import numpy as np
import pytest
import qutip

import torusync as ts
from command import as_json, refused
from dialects import TEXTS, rows
from torusync.analysis import read_matrix, read_state


def random_state(rng, size, kind):
    a = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    a = {"pure": a[:, :1], "real": a.real}.get(kind, a)
    rho = (a @ a.conj().T).astype(complex)
    if kind == "diagonal":
        rho = np.diag(rng.dirichlet(np.ones(size))).astype(complex)
    return 0.5 * (rho + rho.conj().T) / np.trace(rho).real


KINDS = ("mixed", "pure", "real", "diagonal")


@pytest.mark.parametrize("dialect", TEXTS)
def test_every_dialect_is_read_to_the_last_bit(dialect, put, rng):
    suffix, write = TEXTS[dialect]
    for kind in KINDS:
        for size in (2, 3, 4):
            rho = random_state(rng, size, kind)
            np.testing.assert_array_equal(read_state(put(f"a{suffix}", write(rho))).density.matrix, rho)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("dialect", ["pandas", "julia, tabs", "blocks, words", "json parts"])
def test_encodings_of_spreadsheets_and_terminals_are_read(dialect, encoding, put, rng):
    suffix, write = TEXTS[dialect]
    rho = random_state(rng, 3, "mixed")
    np.testing.assert_array_equal(read_matrix(put(f"a{suffix}", write(rho).encode(encoding))), rho)


@pytest.mark.parametrize("dialect", ["savetxt", "pandas", "json pairs", "julia, tabs"])
def test_packed_texts_are_read(dialect, put, rng):
    suffix, write = TEXTS[dialect]
    rho = random_state(rng, 3, "mixed")
    np.testing.assert_array_equal(read_matrix(put(f"a{suffix}.gz", gzip.compress(write(rho).encode()))), rho)


def test_a_packed_array_is_read_and_what_is_no_text_is_refused(tmp_path, put):
    np.save(tmp_path / "a.npy", np.eye(2) / 2)
    packed = gzip.compress((tmp_path / "a.npy").read_bytes())
    np.testing.assert_array_equal(read_matrix(put("a.npy.gz", packed)), np.eye(2) / 2)
    assert "cannot be read" in refused("analyze", put("b.npy.gz", packed[:-5]))
    assert "cannot be read" in refused("analyze", put("b.csv.gz", b"1,0\n0,0\n"))
    assert "end in one of" in refused("analyze", put("b.mat.gz", packed))


def test_a_bomb_is_refused_before_it_is_unpacked(put):
    assert "fit in memory" in refused("analyze", put("a.csv.gz", gzip.compress(b"0" * (2**26 + 1))))


def mutated(rng, text):
    """Return a text with one small thing changed: a character, two of them, a line, a piece, the end."""
    letters = "0123456789.,;+-eEjiD()[]{}# \t\n\"'"
    place, other = (int(one) for one in rng.integers(len(text), size=2))
    letter = letters[int(rng.integers(len(letters)))]
    lines = text.split("\n")
    line = int(rng.integers(len(lines)))
    first, last = sorted((place, other))
    return [
        text[:place] + text[place + 1 :],
        text[:place] + letter + text[place:],
        text[:place] + letter + text[place + 1 :],
        text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :],
        text[:place],
        text[:first] + text[last:],
        "\n".join(lines[:line] + lines[line + 1 :]),
        "\n".join([*lines[:line], lines[int(rng.integers(len(lines)))], *lines[line:]]),
    ][int(rng.integers(8))]


@pytest.mark.parametrize("dialect", TEXTS)
def test_a_damaged_text_is_refused_or_still_the_same_state(dialect, put, rng):
    """A shifted row, a lost sign, half a file: whatever is read of it is what was written, to the error it has."""
    suffix, write = TEXTS[dialect]
    for trial in range(60):
        rho = random_state(rng, 2 + trial % 3, KINDS[trial % 4])
        text = mutated(rng, write(rho))
        if not text.strip():
            continue
        try:
            found = read_state(put(f"a{suffix}", text))
        except ts.ArgumentError:
            continue
        # a line that stands twice may make a stack of a state and itself
        assert found.density.dimension == len(rho), text
        assert np.abs(found.density.matrix - rho).max() <= 1e-12 + np.max(found.coherence_error), text


def test_pairs_in_parentheses_were_read_as_another_matrix(put):
    found = read_state(put("a.csv", "(0.5,0),(0.1,-0.2)\n(0.1,0.2),(0.5,0)\n"))
    np.testing.assert_array_equal(found.density.matrix, [[0.5, 0.1 - 0.2j], [0.1 + 0.2j, 0.5]])


@pytest.mark.parametrize("form", ["decimal", "exp"])
def test_what_qutip_stores_as_text_is_read(form, tmp_path):
    rho = qutip.rand_dm(3, seed=5)
    for number, separator in enumerate((",", ";", "\t", " ")):
        path = tmp_path / f"{number}.dat"
        qutip.file_data_store(str(path), rho, "complex", form, separator)
        state = read_state(path)
        assert np.linalg.norm(state.density.matrix - rho.full(), "nuc") <= state.coherence_error < 1e-8


def test_where_two_readings_are_states_both_are_named(put):
    """Two pure levels as parts below each other are also a ket of four levels in two columns."""
    pure = np.array([[0.36, 0.48j], [-0.48j, 0.64]])
    text = rows(np.vstack([pure.real, pure.imag]), lambda x: repr(x.real), ",")
    said = refused("analyze", put("a.csv", text))
    assert "the imaginary part below the real one" in said
    assert "pairs re,im" in said
    # words in the file decide
    real, imaginary = text.split("\n")[:2], text.split("\n")[2:]
    found = read_matrix(put("b.csv", "\n".join(["# real", *real, "# imag", *imaginary])))
    np.testing.assert_array_equal(found, pure)
    swapped = read_matrix(put("c.csv", "\n".join(["# imag", *imaginary, "# real", *real])))
    np.testing.assert_array_equal(swapped, pure)


def test_a_cube_of_two_levels_that_is_a_stack_the_other_way_is_read(tmp_path):
    """ρ[i, j, k] of two levels, as MATLAB has stacks: along the first axis these are no states."""
    other = np.array([[[0.5, 0.5], [0.0, 0.0]], [[0.0, 0.0], [0.5, 0.5]]])
    np.save(tmp_path / "last.npy", other)
    np.testing.assert_array_equal(read_matrix(tmp_path / "last.npy"), [np.eye(2) / 2, np.eye(2) / 2])


def test_how_a_text_was_read_is_told(put, rng):
    rho = random_state(rng, 3, "mixed")
    for dialect, words in (
        ("parts in turn", "real and imaginary parts in turn"),
        ("parts below", "the imaginary part below the real one"),
        ("pandas", "without their labels"),
        ("julia, tabs", "rows separated by tabs"),
        ("json pairs", "[re, im] pairs"),
    ):
        suffix, write = TEXTS[dialect]
        assert words in as_json("analyze", put(f"a{suffix}", write(rho)))["given"]["read_as"]


def test_a_file_that_calls_itself_the_real_part_is_asked_for_the_other(put, rng):
    rho = random_state(rng, 3, "mixed")
    real = put("re.txt", "# real part of rho\n" + rows(rho.real, lambda x: repr(x.real), " "))
    imaginary = put("im.txt", rows(rho.imag, lambda x: repr(x.real), " "))
    assert "says 'real part of rho'" in refused("analyze", real)
    np.testing.assert_array_equal(read_state(real, imag=imaginary).density.matrix, rho)


def test_a_ket_in_one_column_or_two_is_a_state_and_a_cut_off_row_is_not(put):
    expected = np.outer([0.6, 0.8j], [0.6, -0.8j])
    for text in ("0.6\n0.8j\n", "0.6,0\n0,0.8\n"):
        np.testing.assert_allclose(read_state(put("a.csv", text)).density.matrix, expected, atol=1e-15)
    assert "shape is (1, 3)" in refused("analyze", put("b.csv", "1,0,0\n"))
    assert "single number" in refused("analyze", put("c.csv", "1\n"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a,b\n0.5,0\n0,x\n", "'x' in line 3"),
        (",0,1\n0,0.5,0\n1,0\n", "rows of lengths [1, 2]"),
        ("level 1,level 2\n0.5,0\n", "'level 1' in line 1"),
        (",0,2\n0,0.5,0\n2,0,0.5\n", "in line 1"),
        ("0.5 0.1 - 0.2\n0.1 0.5\n", "in line 1"),
        ("0.5,1e\n0,0.5\n", "'1e' in line 1"),
        ("1_0,0\n0,0.5\n", "'1_0' in line 1"),
        ("0.5,0.2k\n0,0.5\n", "'0.2k' in line 1"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(text, word, put):
    assert word in refused("analyze", put("a.csv", text))


def test_exponents_constants_and_signs_of_all_dialects_mean_what_they_say(put):
    off = "0.1+2*^-1 I"
    for entry in (
        off,
        "1d-1+2D-1i",
        "0.1 + 0.2*I",
        "+0.1+.2im",
        "(0.1+0.2j)",
        "'0.1+0.2j'",
        "(1E-1,2e-1)",
        "1e-1+2e-1J",
    ):
        value = read_matrix(put("a.csv", f"0.5;{entry}\n0.1-0.2j;0.5\n"))[0, 1]
        assert value == 0.1 + 0.2j, entry
