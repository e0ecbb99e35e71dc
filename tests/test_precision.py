"""Is a matrix taken to the precision that it came in, is that said, and does what follows claim to know no more?"""

import numpy as np
import pytest

import torusync as ts
from command import as_json, refused, run
from torusync.analysis import read_state
from torusync.densities import density_of, nearest_state

EPS = float(np.finfo(np.float32).eps)


def pure(size, rng):
    p = rng.normal(size=size) + 1j * rng.normal(size=size)
    return p / np.linalg.norm(p)


def mixed(size, rng, rank=None):
    a = rng.normal(size=(size, rank or size)) + 1j * rng.normal(size=(size, rank or size))
    return a @ a.conj().T / np.linalg.norm(a) ** 2


def test_the_state_of_a_bug_report_is_taken_and_its_precision_is_told():
    rng = np.random.default_rng(0)
    p = rng.normal(size=4) + 1j * rng.normal(size=4)
    p = (p / np.linalg.norm(p)).astype(np.complex64)
    sync = ts.synchronization(np.outer(p, p.conj()))
    assert sync.precision.words == "single precision"
    assert sync.precision.entry == 4 * EPS
    assert 0.0 < sync.s_max_error < 1e-5 * sync.s_max
    assert (
        ts.synchronization(np.outer(p, p.conj()).astype(complex), precision=np.float32).s_max_error == sync.s_max_error
    )


@pytest.mark.parametrize("size", [2, 3, 5, 8, 16, 33, 64])
def test_single_precision_holds_states_of_two_to_sixty_four_levels(size, rng):
    p = pure(size, rng).astype(np.complex64)
    for rho in (np.outer(p, p.conj()), mixed(size, rng).astype(np.complex64), mixed(size, rng, 2).astype(np.complex64)):
        assert rho.dtype == np.complex64
        assert density_of(rho).dimension == size


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_an_eigenvalue_of_two_per_cent_below_zero_is_refused_in_any_precision(dtype, tmp_path):
    rho = np.diag([1.02, -0.02]).astype(dtype)
    with pytest.raises(ts.ArgumentError, match=r"eigenvalue is -0\.0"):
        ts.synchronization(rho)
    np.save(tmp_path / "a.npy", rho)
    assert "--project" in refused("analyze", tmp_path / "a.npy")
    # not by many levels of few digits either
    wide = np.diag(np.concatenate([[-0.02], np.full(399, 1.02 / 399)]))
    with pytest.raises(ts.ArgumentError, match="positive semidefinite"):
        ts.synchronization(wide, precision=1e-4)


@pytest.mark.parametrize("size", [2, 3, 4, 6])
def test_the_true_state_is_within_the_error_that_single_precision_leaves(size, rng):
    for _ in range(20):
        truth = mixed(size, rng, rank=2)
        sync = ts.synchronization(truth.astype(np.complex64))
        exact = ts.synchronization(truth)
        assert abs(sync.pair_sum - exact.pair_sum) <= sync.pair_sum_error
        assert np.linalg.norm(sync.density.to_array() - truth, "nuc") <= sync.coherence_error


@pytest.mark.parametrize("digits", [4, 5, 7, 9])
def test_the_true_state_is_within_the_error_that_printed_digits_leave(digits, tmp_path, rng):
    """One unit in the last place moves a diagonal: the worst that rounding does to two levels."""
    for _ in range(20):
        truth = mixed(3, rng)
        path = tmp_path / "a.csv"
        path.write_text("\n".join(",".join(f"{x.real:.{digits}f}{x.imag:+.{digits}f}j" for x in row) for row in truth))
        state = read_state(path)
        assert state.density.precision.words == f"{digits} printed digits"
        assert state.density.precision.entry == pytest.approx(0.5 * 10.0**-digits)
        assert np.linalg.norm(state.density.matrix - truth, "nuc") <= state.coherence_error
        sync = ts.synchronization(state)
        assert abs(sync.pair_sum - ts.synchronization(truth).pair_sum) <= sync.pair_sum_error
        assert sync.precision == state.density.precision


def test_digits_are_counted_as_they_are_worth(tmp_path):
    """Leading zeros are no digits, a short file is meant as typed, and a long one is of doubles."""
    for entry, words, error in (
        ("0.5", "few digits, taken as typed", 0.0),
        ("0.500", "few digits, taken as typed", 0.0),
        ("0.5000", "4 printed digits", 5e-5),
        ("5.0000e-01", "5 printed digits", 5e-6),
        ("0.50000000000000000", "double precision", 0.0),
    ):
        (tmp_path / "a.txt").write_text(f"{entry} 0.001\n0.001 {entry}\n")
        found = read_state(tmp_path / "a.txt").density.precision
        assert (found.words, found.entry) == (words, pytest.approx(error))


def test_a_small_number_of_many_digits_does_not_vouch_for_a_large_one_of_few(tmp_path):
    (tmp_path / "a.txt").write_text("0.7123 1.23456e-05\n1.23456e-05 0.2877\n")
    assert read_state(tmp_path / "a.txt").density.precision.entry == pytest.approx(5e-7)


def test_numbers_that_were_cast_up_are_refused_until_their_precision_is_stated(tmp_path, rng):
    p = pure(8, rng).astype(np.complex64)
    rho = np.outer(p, p.conj()).astype(complex)
    rho[0, 1] += 2e-7
    with pytest.raises(ts.ArgumentError, match="precision="):
        ts.synchronization(rho)
    assert ts.synchronization(rho, precision="single").precision.words == "single precision"
    np.save(tmp_path / "a.npy", rho)
    assert "--precision" in refused("analyze", tmp_path / "a.npy")
    told = as_json("analyze", tmp_path / "a.npy", "--precision", "single")
    assert told["given"]["precision"] == "single precision"
    assert told["synchronization"]["s_max_error"] > 0.0
    assert "Given: single precision" in run("analyze", tmp_path / "a.npy", "--precision", "single").stdout
    assert as_json("analyze", tmp_path / "a.npy", "--precision", "1e-6")["given"]["entry_error"] == 1e-6


def test_a_file_of_single_precision_is_read_as_such(tmp_path, rng):
    p = pure(5, rng).astype(np.complex64)
    np.save(tmp_path / "a.npy", np.outer(p, p.conj()))
    assert as_json("analyze", tmp_path / "a.npy")["given"]["precision"] == "single precision"


@pytest.mark.parametrize("value", ["nonsense", "0.1", "nan", "-1", True, [1], str, np.int32, 10**400], ids=repr)
def test_a_precision_that_is_none_is_refused(value):
    with pytest.raises(ts.ArgumentError, match="`precision` must"):
        ts.synchronization(np.eye(2) / 2, precision=value)


def test_the_precision_of_a_solved_state_is_not_stated_again():
    state = ts.steady_state(ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.5, [[0, 1], [0, 0]])]))
    with pytest.raises(ts.ArgumentError, match="`precision` must be left out"):
        ts.synchronization(state, precision=np.float32)


def test_hamiltonians_and_operators_of_single_precision_make_a_system_that_says_so(tmp_path, rng):
    h = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    h = (h + h.conj().T).astype(np.complex64)
    h[0, 1] *= 1 + 2 * EPS
    jump = np.diag([1.0, 1.0, 1.0], 1)
    system = ts.LindbladSystem(h, [(0.1, jump)])
    assert system.precision.words == "single precision"
    np.testing.assert_array_equal(system.hamiltonian, system.hamiltonian.conj().T)
    with pytest.raises(ts.ArgumentError, match="Hermitian"):
        ts.LindbladSystem(h.astype(complex), [(0.1, jump)])
    assert ts.LindbladSystem(h.astype(complex), [(0.1, jump)], precision=np.float32).precision == system.precision
    assert ts.LindbladSystem(np.eye(2), [(0.1, np.eye(2, dtype=np.float32))]).precision == system.precision
    ts.steady_state(system).save(tmp_path / "a.npz")
    assert ts.load_state(tmp_path / "a.npz").system.precision == system.precision
    batch = ts.LindbladSystem(np.stack([h, h]), [(0.1, jump)])
    assert batch[0].precision == system.precision


def test_half_a_matrix_is_refused_in_single_precision_too():
    with pytest.raises(ts.ArgumentError, match="Hermitian"):
        ts.LindbladSystem(np.array([[0, 1], [0, 0]], dtype=np.float32), [])


def test_points_of_a_batch_keep_what_is_known_of_them(rng):
    p = pure(3, rng).astype(np.complex64)
    solution = ts.Solution(np.stack([np.outer(p, p.conj())] * 2))
    assert solution[1].synchronization.s_max_error == solution.synchronization.s_max_error[1] > 0.0
    assert solution[1].synchronization.precision.words == "single precision"


def test_a_pair_sum_worked_out_by_hand_lies_within_the_error():
    """ρ01 = 0.3333 printed for 1/3: ΣS is off by 3.3e-5, and the error must say at least that."""
    rho = np.array([[0.5, 0.3333], [0.3333, 0.5]])
    sync = ts.synchronization(rho, precision=5e-5)
    assert abs(sync.pair_sum - 1 / 3) > 3e-5
    assert sync.pair_sum_error > 3.3e-5


@pytest.mark.parametrize("size", [2, 3, 6])
def test_the_projector_of_a_rounded_ket_is_off_by_twice_as_much(size, tmp_path, rng):
    for _ in range(20):
        truth = pure(size, rng)
        rho = np.outer(truth, truth.conj())
        found = density_of(truth.astype(np.complex64))
        assert np.linalg.norm(found.to_array() - rho, "nuc") <= found.coherence_error
        (tmp_path / "a.txt").write_text("\n".join(f"{x.real:.5f}{x.imag:+.5f}j" for x in truth))
        read = read_state(tmp_path / "a.txt")
        assert np.linalg.norm(read.density.matrix - rho, "nuc") <= read.coherence_error < 1e-3
        assert read.density.precision.entry == pytest.approx(1e-5)


@pytest.mark.parametrize(
    ("size", "below", "options"),
    [(64, 9e-11, {}), (8, 9e-11, {}), (64, 4e-7, {"precision": "single"}), (8, 3.8e-3, {"precision": "half"}),
     (8, 0.0099, {"precision": 1e-3})],
)  # fmt: skip
def test_many_small_negative_eigenvalues_are_as_far_from_a_state_as_they_sum_up_to(size, below, options):
    """The nearest state P is 2(D − 1)t away: what is reported must reach its pair sum, and its trace distance."""
    state = np.full((size, size), 1.0 / size)
    given = (1.0 + (size - 1) * below) * state - below * (np.eye(size) - state)
    sync, truth = ts.synchronization(given, **options), ts.synchronization(state)
    assert sync.coherence_error >= 2.0 * (size - 1) * below * (1.0 - 1e-6)
    assert abs(sync.pair_sum - truth.pair_sum) <= sync.pair_sum_error


def test_a_state_lies_within_the_error_of_every_noisy_matrix_that_is_taken(rng):
    for noise, options in ((3e-10, {}), (3e-5, {"precision": 5e-5})):
        taken = 0
        for _ in range(200):
            size = int(rng.integers(3, 17))
            ket = rng.normal(size=size) + 1j * rng.normal(size=size)
            ket /= np.linalg.norm(ket)
            off = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
            given = np.outer(ket, ket.conj()) + noise * (off + off.conj().T)
            given /= np.trace(given).real
            try:
                density = density_of(given, **options)
            except ts.ArgumentError:
                continue
            taken += 1
            values = np.linalg.eigvalsh(given)
            distance = np.abs(nearest_state(given).matrix - given)
            assert density.coherence_error >= 2.0 * np.maximum(-values, 0.0).sum() * (1.0 - 1e-6)
            assert np.linalg.norm(distance) <= density.coherence_error
        assert taken > 100
