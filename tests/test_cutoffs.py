"""Are enough levels of a mode kept where nobody says how many, and is it said where somebody keeps too few?

What decides is solved again with many more levels, by solvers that know nothing of cut-offs: a `LindbladSystem` of the
same matrices.
"""

import numpy as np
import pytest
from scipy.special import hyp1f1, poch

import torusync as ts
from command import run
from problems import refused
from torusync.models import SpinOne, VanDerPol, VanDerPolPair, truncated
from torusync.models.truncated import enough_levels, limit_cycle
from torusync.phases import Fock, Relative
from torusync.steady import Status, truncation
from torusync.sweeps import Outcome


def uncut(system, dims):
    """S_max with so many levels, of a system that has no cut-off to choose."""
    hamiltonian, channels = system.cut_at(dims).generator().hamiltonian, system.cut_at(dims).generator()
    plain = ts.LindbladSystem(hamiltonian, list(zip(channels.rates, channels.operators, strict=True)))
    distribution = Fock() if len(dims) == 1 else Relative(Fock(), Fock(), dims=dims)
    return ts.synchronization(ts.steady_state(plain), distribution=distribution).s_max


def test_what_is_chosen_is_enough_at_random_points():
    rng = np.random.default_rng(16)
    for _ in range(12):
        loss, drive, detuning = 10.0 ** rng.uniform(-1, 2), 10.0 ** rng.uniform(-2, 0.7), rng.normal()
        mode = VanDerPol(1.0, loss, drive, detuning)
        state = ts.steady_state(mode)
        (levels,) = state.dims
        assert state.truncation.tail < 1e-12
        assert state.populations[-1] == state.truncation.tail
        assert abs(ts.synchronization(state).s_max - uncut(mode, (levels + 12,))) < 1e-10
        # nor is it absurdly much: half as many levels would show
        assert ts.steady_state(mode.cut_at((max(3, levels // 2),)), throw=False).truncation.dims[0] < levels
    assert state.truncation.converged


def test_one_number_of_levels_serves_a_batch_and_every_point_has_its_evidence():
    batch = VanDerPol(1.0, [0.5, 2.0, 10.0], [[0.0], [0.5]])
    state = ts.steady_state(batch)
    assert batch.cutoff is None
    assert state.system.cutoff == state.dims[0] == max(VanDerPol(1.0, 0.5, 0.5).dims)
    found = state.truncation
    assert found.tail.shape == found.shift.shape == (2, 3)
    assert found.converged.all()
    assert found[1, 2].tail == found.tail[1, 2]
    assert repr(found) == f"<Truncation: {state.dims[0]} levels, tail {found.tail.max():.1e}>"
    assert "tail" in repr(state)
    assert f"{state.dims[0]} levels" in state._repr_html_()
    assert ts.solve(batch)["cutoff_shift"].max() < 1e-10


def test_the_cutoff_that_was_chosen_stands_in_a_map():
    """Levels of the mode with the most, at every point those that it was solved with."""
    axes, fixed = {"loss_b": [1e2, 1e4], "drive": [0.0, 0.01]}, {"gain_a": 1.0, "loss_a": 1e3, "gain_b": 1.0}
    found = ts.sweep(VanDerPolPair, axes, ["s_max", "cutoff_levels", "cutoff_tail"], fixed=fixed, workers=1)
    batch = ts.steady_state(VanDerPolPair(1.0, 1e3, 1.0, [[1e2], [1e4]], drive=[0.0, 0.01]))
    assert batch.dims[1] > batch.dims[0]
    np.testing.assert_array_equal(found.cutoff_levels, np.full((2, 2), batch.dims[1]))
    assert np.issubdtype(found.cutoff_levels.dtype, np.integer)
    np.testing.assert_allclose(found.cutoff_tail, batch.truncation.tail, rtol=1e-6)
    refused(lambda: ts.sweep(SpinOne, {"drive": [0.1]}, ["cutoff_levels"], fixed={"gain": 1, "damping": 2}, workers=1),
            "cutoff_levels")  # fmt: skip


def test_a_tail_that_comes_from_the_other_mode_is_found_and_given_room():
    """Alone the first mode has a tenth of a quantum; exchange fills it from the second."""
    pair = VanDerPolPair(0.01, 5.0, 1.0, 1.0, reactive=2.0)
    state = ts.steady_state(pair)
    assert state.dims[0] > pair.dims[0]
    assert state.system.cutoff == state.dims[0]
    assert state.truncation.converged
    wide = tuple(one + 3 for one in state.dims)
    assert abs(ts.synchronization(state).s_max - uncut(pair, wide)) < 1e-10


def test_a_first_guess_that_is_too_low_is_raised_until_the_tail_is_empty(monkeypatch):
    monkeypatch.setattr(truncated, "EXPECTED_TAIL", 1e-4)
    low = VanDerPol(1.0, 1.0, 0.3)
    state = ts.steady_state(low)
    assert state.dims[0] > low.dims[0]
    assert state.truncation.tail < 1e-12


def test_one_look_tells_how_many_levels_are_lacking(monkeypatch):
    """It aims below what is accepted, or every new cut-off would miss by as little as the last."""
    monkeypatch.setattr(truncated, "EXPECTED_TAIL", 1e-6)
    monkeypatch.setattr(truncation, "_ROUNDS", 2)
    for loss in (0.3, 1.0, 3.0):
        assert ts.steady_state(VanDerPol(1.0, loss, 0.1)).truncation.tail < 1e-12


def test_s_max_that_still_moves_is_not_taken_for_settled(monkeypatch):
    """Without the look at the tail, that at S_max alone holds the cut-off up."""
    monkeypatch.setattr(truncated, "EXPECTED_TAIL", 1e-4)
    monkeypatch.setattr(truncation, "TAIL", 1.0)
    state = ts.steady_state(VanDerPol(1.0, 1.0, 0.3))
    exact = uncut(state.system, (state.dims[0] + 20,))
    assert abs(ts.synchronization(state).s_max - exact) < 1e-10
    monkeypatch.setattr(truncation, "SHIFT", 1.0)
    rough = ts.steady_state(VanDerPol(1.0, 1.0, 0.3))
    assert abs(ts.synchronization(rough).s_max - exact) > 1e-8


def test_a_point_that_never_settles_says_so(monkeypatch):
    monkeypatch.setattr(truncated, "EXPECTED_TAIL", 1e-2)
    monkeypatch.setattr(truncation, "_ROUNDS", 1)
    monkeypatch.setattr(truncation, "_AIM", 1e-3)
    with pytest.raises(ts.SteadyStateError, match=r"Too few levels of a mode .* the highest holds") as caught:
        ts.steady_state(VanDerPol(1.0, 1.0, 0.3))
    assert caught.value.status is Status.TRUNCATED


def test_a_cutoff_that_is_given_is_refused_where_six_digits_are_not_there():
    with pytest.raises(ts.SteadyStateError, match=r"of 8 levels the highest holds 0\.15") as caught:
        ts.steady_state(VanDerPol(1.0, 0.1, 1.0, cutoff=8))
    assert caught.value.status is Status.TRUNCATED
    loss = [0.1, 10.0]
    state = ts.steady_state(VanDerPol(1.0, loss, cutoff=8), throw=False)
    np.testing.assert_array_equal(state.status_codes, [Status.TRUNCATED, Status.SUCCESS])
    assert np.isnan(state.populations[0]).all()
    # 1e-6 lies between the tails of 10 and of 11 levels at κ_1 = κ_2
    tails = {levels: limit_cycle(1.0, 40)[levels - 1] for levels in (10, 11)}
    assert 1e-5 > tails[10] > 1e-6 > tails[11] > 1e-7
    assert ts.steady_state(VanDerPol(1.0, 1.0, cutoff=10), throw=False).status is Status.TRUNCATED
    kept = ts.steady_state(VanDerPol(1.0, 1.0, cutoff=11)).truncation
    assert not kept.converged
    assert kept.tail == pytest.approx(tails[11], rel=0.2)


def test_a_cutoff_for_both_modes_is_one_for_each_and_a_given_one_stays():
    pair = VanDerPolPair.alike(loss=20.0, dissipative=0.1, cutoff=6)
    assert pair.dims == (6, 6)
    assert pair == VanDerPolPair.alike(loss=20.0, dissipative=0.1).cut_at((6, 6))
    assert ts.steady_state(pair).system is pair
    free = VanDerPolPair.alike(loss=20.0, dissipative=0.1)
    assert (free.cutoff, free.cutoff_b) == (None, None)


def test_cutoffs_are_swept_and_those_too_low_are_marked():
    axes, fixed = {"cutoff": [6, 10, 11, 18]}, {"gain": 1.0, "loss": 1.0, "drive": 0.1}
    found = ts.sweep(VanDerPol, axes, ["s_max", "populations"], fixed=fixed, workers=1)
    np.testing.assert_array_equal(found.status, [Outcome.TRUNCATED] * 2 + [Outcome.SUCCESS] * 2)
    assert found.sizes["level"] == 18
    assert float(found.s_max[-1]) == pytest.approx(0.03591445, abs=6e-9)


def test_the_shift_is_that_of_four_levels_more():
    mode = VanDerPol(1.0, 0.1, 1.0)
    found = ts.steady_state(mode.cut_at((30,))).truncation
    assert found.shift == pytest.approx(abs(uncut(mode, (34,)) - uncut(mode, (30,))), rel=1e-6)
    assert found.shift > 1e-6
    assert not found.converged


def test_more_quanta_than_are_taken_unasked_are_refused_alone():
    refused(lambda: VanDerPol(1.0, 1e-3), "`cutoff`", "more than 400 levels", "500 quanta")
    found = ts.sweep(VanDerPol, {"loss": [1e-3, 1.0]}, ["s_max"], fixed={"gain": 1.0, "drive": 0.1}, workers=1)
    np.testing.assert_array_equal(found.status, [Outcome.REFUSED, Outcome.SUCCESS])


def test_levels_that_are_enough_leave_what_is_aimed_at():
    for ratio in (1e-6, 0.03, 1.0, 7.5, 60.0):
        levels = enough_levels(ratio)
        populations = limit_cycle(ratio, levels + 40)
        n = np.arange(levels)
        closed = ratio**n / poch(ratio, n) * hyp1f1(1 + n, ratio + n, ratio) / hyp1f1(1, ratio, 2 * ratio)
        np.testing.assert_allclose(populations[:levels], closed, atol=1e-13)
        assert populations.sum() == pytest.approx(1.0, abs=1e-14)
        assert (populations[levels - 1 :] < 1e-14).all()
        assert levels == 4 or populations[levels - 2] >= 1e-14


def test_an_initial_state_needs_to_know_how_many_levels_there_are():
    start = np.diag([1.0, *[0.0] * 7])
    refused(lambda: ts.steady_state(VanDerPol(1.0, 10.0), initial=start), "`cutoff`", "beside `initial`")
    # neither gain nor drive: even and odd numbers are apart, and so are two states
    mode = VanDerPol(0.0, 10.0, cutoff=8)
    chosen = ts.steady_state(mode, initial=start)
    np.testing.assert_allclose(chosen.populations[0], 1.0, atol=1e-12)


def test_a_cutoff_of_few_digits_is_told_on_the_command_line(tmp_path):
    path = tmp_path / "mode.toml"
    path.write_text('model = "van_der_pol"\ngain = 1\nloss = 1\ndrive = 0.1\ncutoff = 12\n', encoding="utf-8")
    assert "Mind: the highest level of a mode holds" in run("solve", path).stdout


def test_a_very_strong_loss_costs_no_digits():
    """The highest levels have the fastest rates and are empty, which only the sparse route's bound knows."""
    state = ts.steady_state(VanDerPol.quantum_limit([0.0, 0.1], loss=1e6))
    assert (state.error < 1e-9).all()
