"""Is a file that could be meant in two ways refused, and one whose two readings are the same state taken?"""

import numpy as np
import pytest

import torusync as ts
from command import refused
from torusync.analysis import read_matrix, read_state


def pure(size, rng):
    p = rng.normal(size=size) + 1j * rng.normal(size=size)
    return p / np.linalg.norm(p)


def printed(value, digits):
    return f"{value.real:.{digits}f}{value.imag:+.{digits}f}j"


@pytest.mark.parametrize("text", ["0.3333\n" * 9, "0.2857\n0.4518\n0.4518\n0.7144\n"])
def test_a_matrix_in_one_column_is_not_the_ket_of_more_levels(text, put):
    """Printed entries have a trace and a norm that are 1 to the same digits."""
    said = refused("analyze", put("a.csv", text))
    assert "the ket of a pure state" in said
    assert "a density matrix of" in said


def test_a_matrix_of_pure_states_in_one_column_is_refused_in_every_precision(put, tmp_path, rng):
    for trial in range(160):
        size = 2 + trial % 3
        p = pure(size, rng)
        column = np.outer(p, p.conj()).reshape(-1, 1)
        digits = 4 + trial % 3
        text = put("a.txt", "\n".join(printed(x, digits) for x in column[:, 0]))
        np.save(tmp_path / "single.npy", column.astype(np.complex64))
        np.save(tmp_path / "rounded.npy", column.round(digits))
        for path in (text, tmp_path / "single.npy", tmp_path / "rounded.npy"):
            with pytest.raises(ts.ArgumentError, match=r"a density matrix of|its norm"):
                read_state(path)


def test_kets_of_four_and_nine_levels_are_read_as_before(put, rng):
    for trial in range(40):
        p = pure((4, 9)[trial % 2], rng)
        found = read_state(put("a.txt", "\n".join(printed(x, 5) for x in p)))
        assert np.linalg.norm(found.density.matrix - np.outer(p, p.conj()), "nuc") <= found.coherence_error


@pytest.mark.parametrize(
    "text", ["0.50,(0.20)\n(0.20),0.50\n", "0.50 (0.20)\n(0.20) 0.50\n", "(.5);( 0.2 )\n(0.2);0.5\n", "(0.5)\n(0.2)\n"]
)
def test_a_number_in_parentheses_may_be_negative_and_is_refused(text, put):
    assert "in parentheses" in refused("analyze", put("a.csv", text))


def test_levels_may_be_called_by_numbers_in_parentheses(put):
    named = put("a.csv", ",(1),(2)\n(1),0.5,(0.2+0j)\n(2),(0.2,0.0),0.5\n")
    np.testing.assert_array_equal(read_matrix(named), [[0.5, 0.2], [0.2, 0.5]])


@pytest.mark.parametrize(
    "text",
    [
        '{"rho": [[1, 0], [0, 0]], "rho": [[0, 0], [0, 1]]}',
        '[[{"re": 0.5, "im": 0, "im": 0.1}, 0], [0, 0.5]]',
        '{"a": {"rho": [[1, 0], [0, 0]], "\\u0072ho": [[0, 0], [0, 1]]}}',
    ],
)
def test_a_name_that_stands_twice_in_json_is_refused(text, put):
    assert " twice" in refused("analyze", put("a.json", text))


@pytest.mark.parametrize("name", ["rho_real.csv", "rho_re.txt", "re.dat", "rhoReal.tsv", "real_rho.csv", "rho.re.json"])
def test_a_file_named_as_a_part_is_asked_for_the_other(name, put):
    real, imaginary = np.array([[0.5, 0.1], [0.1, 0.5]]), np.array([[0.0, 0.2], [-0.2, 0.0]])
    text = str(real.tolist()) if name.endswith("json") else "0.5\t0.1\n0.1\t0.5\n"
    path = put(name, text)
    said = refused("analyze", path)
    assert "its name says the real part" in said
    assert "--imag" in said
    other = put("other.csv", "0,0.2\n-0.2,0\n")
    np.testing.assert_array_equal(read_state(path, imag=other).density.matrix, real + 1j * imaginary)


def test_an_array_named_as_a_part_is_asked_for_the_other_and_a_complex_one_is_whole(tmp_path):
    np.save(tmp_path / "rho_real.npy", np.eye(2) / 2)
    assert "its name says the real part" in refused("analyze", tmp_path / "rho_real.npy")
    whole = np.array([[0.5, 0.2j], [-0.2j, 0.5]])
    np.save(tmp_path / "rho_real.npy", whole)
    np.testing.assert_array_equal(read_state(tmp_path / "rho_real.npy").density.matrix, whole)
    np.savez(tmp_path / "rho_real.npz", rho=np.eye(2) / 2)
    assert "its name says the real part" in refused("analyze", tmp_path / "rho_real.npz")
    named = read_state(tmp_path / "rho_real.npz", variable="rho")
    np.testing.assert_array_equal(named.density.matrix, np.eye(2) / 2)


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_one_entry_of_all_digits_does_not_vouch_for_the_others(suffix, put):
    table = [["0.5432000000000001", "0.1235"], ["0.1235", "0.4568"]]
    lines = [",".join(row) for row in table]
    text = "\n".join(lines) if suffix == ".csv" else f"[[{lines[0]}], [{lines[1]}]]"
    found = read_state(put(f"a{suffix}", text)).density.precision
    assert (found.words, found.entry) == ("4 printed digits", pytest.approx(5e-5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.9375,0.1234567890123456\n0.1234567890123456,0.0625\n", "double precision"),  # sixteenths are exact
        ("0.625,0.1234567890123456\n0.1234567890123456,0.375\n", "double precision"),
        ("0.5432000001,0.1235\n0.1235,0.4568\n", "4 printed digits"),
        ("0.5432109876543211,0.12345678901235\n0.12345678901235,0.4567890123456789\n", "double precision"),
    ],
)
def test_short_entries_that_are_exact_or_short_by_chance_leave_the_digits_of_the_others(text, words, put):
    assert read_state(put("a.csv", text)).density.precision.words == words


def test_doubles_written_in_full_stay_doubles(put, rng):
    for size in (2, 8, 24):
        a = rng.normal(size=(size, size))
        rho = a @ a.T / np.linalg.norm(a) ** 2
        text = "\n".join(",".join(map(repr, row)) for row in rho.tolist())
        assert read_state(put("a.csv", text)).density.precision.words == "double precision"


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_real_pure_qubit_of_few_digits_is_the_same_state_read_as_a_ket(suffix, put, rng):
    """The pairs re, im of its rows are a ket of the same state, to the digits printed."""
    for angle in (0.17165, *rng.uniform(0.1, 1.5, size=20)):
        p = np.array([np.sin(angle), np.cos(angle)])
        truth = np.outer(p, p)
        lines = [",".join(f"{x:.4f}" for x in row) for row in truth]
        text = "\n".join(lines) if suffix == ".csv" else f"[[{lines[0]}], [{lines[1]}]]"
        found = read_state(put(f"a{suffix}", text))
        read = np.array([[float(x) for x in line.split(",")] for line in lines])
        np.testing.assert_array_equal(found.density.matrix, read)
        # and it is as well known as holds for either reading
        ket = read[:, 0] + 1j * read[:, 1]
        assert np.linalg.norm(np.outer(ket, ket.conj()) - read) < found.coherence_error
        assert np.linalg.norm(truth - read, "nuc") <= found.coherence_error < 2e-3


def test_the_example_of_a_real_pure_qubit_is_read(put):
    found = read_state(put("a.csv", "0.0289,0.1675\n0.1675,0.9711\n"))
    np.testing.assert_array_equal(found.density.matrix, [[0.0289, 0.1675], [0.1675, 0.9711]])


def test_readings_that_differ_by_more_than_the_digits_are_still_refused(put):
    """The parts of two pure levels below each other, of four digits, are also a ket of four levels."""
    said = refused("analyze", put("a.csv", "0.3600,0.0000\n0.0000,0.6400\n0.0000,0.4800\n-0.4800,0.0000\n"))
    assert "the imaginary part below the real one" in said
    assert "pairs re,im" in said
