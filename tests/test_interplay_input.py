"""What does an interplay say of states and sets with nothing in them, and of wrong ones?"""

import importlib
from itertools import pairwise

import numpy as np
import pytest

import torusync as ts
from coherence_sets import TRIANGLE, assert_same, machine, triangle
from problems import BATHS, ENGINE, GRAMMAR
from torusync.analysis import Verdict, interplay
from torusync.densities import CoherenceSet
from torusync.phases import Fock

# What must not matter


def test_interplay_is_the_function_and_no_module_beside_it():
    assert ts.analysis.interplay is ts.interplay is interplay
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("torusync.analysis.interplay")


def test_an_empty_batch_is_empty():
    found = interplay(np.zeros((0, 3, 3)), TRIANGLE)
    assert found.pair_sum.shape == found.gain.shape == found.verdict_codes.shape == (0,)


# Bad input


def test_no_coherence_is_neutral_and_nothing():
    for rho in (np.eye(3) / 3, np.stack([np.eye(3) / 3] * 2)):
        found = interplay(rho, TRIANGLE)
        assert (found.pair_sum == 0.0).all()
        assert all((value == 0.0).all() for value in found.alone.values())
        assert (found.chance == 0.0).all()
        assert np.isnan(found.cost).all()
        assert np.isnan(found.gain).all()
        assert np.isnan(found.rank).all()
        assert (found.verdict_codes == Verdict.NEUTRAL).all()
    assert "NEUTRAL" in repr(interplay(np.eye(3) / 3, TRIANGLE))


def test_two_levels_are_neutral():
    rho = np.array([[0.6, 0.2j], [-0.2j, 0.4]])
    found = interplay(rho, {"only": [(1, 0)]})
    assert found.verdict is Verdict.NEUTRAL
    assert found.pair_sum == pytest.approx(0.2, rel=1e-15)
    assert found.chance == found.alone["only"] == found.pair_sum


def test_the_smallest_coherences_are_no_trouble():
    for scale in (1e-12, 1e-160, 1e-300):
        off = np.array([[0, scale, scale], [0, 0, -scale], [0, 0, 0]])
        rho = np.eye(3) / 3 + off + off.T
        found = interplay(rho, TRIANGLE)
        assert found.verdict is Verdict.COMPETE
        assert found.cost == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            {"a": [(0, 1)], "b": [(1, 2), (1, 0)]},
            "`sets` must share no pair of levels, but (1, 0) is in 'a' and in 'b'",
        ),
        ({"a": [(0, 3)]}, "`sets` must join levels between 0 and 2, but 'a' has the pair (0, 3)"),
        ([CoherenceSet.within("a", slice(0, 4))], "`sets` must join levels between 0 and 2, but 'a' has level 3"),
        (
            [CoherenceSet.within("a", slice(0, 2))] * 2,
            "`sets` must have names that are texts of their own, but one name",
        ),
        ({"a": [(0, -1)]}, "`sets` must be at least 0, but it is -1"),
        ({"a": [(1, 1)]}, "`sets` must join two different levels, but 'a' has the pair (1, 1)"),
        ({"a": [(0, 1.5)]}, "`sets` must be a whole number, but it is 1.5"),
        ({"a": [(0, 1, 2)]}, "`sets` must hold pairs of levels, but 'a' holds (0, 1, 2)"),
        ({"a": (0, 1)}, "`sets` must hold pairs of levels, but 'a' holds (0, 1)"),
        ({"a": "01"}, "`sets` must hold pairs of levels"),
        ({"a": []}, "`sets` must hold pairs of levels, but 'a' holds []"),
        ({"a": 3}, "`sets` must hold pairs of levels, but 'a' holds 3"),
        ({"": [(0, 1)]}, "`sets` must have names"),
        ({1: [(0, 1)]}, "`sets` must have names"),
        ({"other": [(0, 1)]}, '"other" is what no set names'),
        ({}, "`sets` must name at least one set of coherences, but it is empty"),
        ([(0, 1)], "`sets` must map names to pairs of levels"),
        (None, "`sets` must be given for a state whose system names no coherences, but it is None; name pairs"),
    ],
    ids=str,
)
def test_wrong_sets_are_refused(sets, message):
    with pytest.raises(ts.ArgumentError) as error:
        interplay(triangle(0.0), sets)
    assert message in str(error.value)
    assert GRAMMAR.fullmatch(str(error.value)), str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draws": 0}, "`draws` must be at least 2, but it is 0"),
        ({"draws": 1}, "`draws` must be at least 2"),
        ({"draws": 10**7}, "`draws` must be at most 1000000"),
        ({"draws": 2.5}, "`draws` must be a whole number"),
        ({"seed": -1}, "`seed` must be at least 0"),
        ({"progress": "bar"}, "`progress` must be a function of the share that is done, but it is 'bar'"),
        ({"state": np.full((3, 3), np.nan)}, "`state` must be finite"),
        ({"state": np.eye(3)}, "`state` must have unit trace"),
        ({"state": np.eye(70) / 70}, "`state` must have at most 64 levels, but it has 70; every draw"),
        ({"state": np.ones((1, 1))}, "`sets` must join levels between 0 and 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_states_and_numbers_are_refused(change, message):
    arguments = {"state": triangle(0.0), "sets": TRIANGLE} | change
    with pytest.raises(ts.ArgumentError) as error:
        interplay(**arguments)
    assert message in str(error.value)
    assert GRAMMAR.fullmatch(str(error.value)), str(error.value)


def test_who_asks_is_told_what_share_of_the_draws_is_done():
    batch, told = np.stack([triangle(0.4), triangle(np.pi), np.eye(3) / 3.0]), []
    found = interplay(batch, TRIANGLE, draws=90, progress=told.append)
    assert len(told) >= 18
    assert all(0.0 < one < other <= 1.0 for one, other in pairwise(told))
    assert told[-1] == 1.0
    # the same draws, however they are cut
    assert_same(found, interplay(batch, TRIANGLE, draws=90), rtol=1e-12, atol=1e-15)
    alone = []
    interplay(np.eye(3) / 3.0, TRIANGLE, progress=alone.append)
    assert alone == [1.0]


@pytest.mark.parametrize("levels", [3, 8])
def test_an_explanation_hands_that_on(levels):
    a, told = np.diag(np.sqrt(np.arange(1.0, levels)), 1), []
    system = ts.LindbladSystem(a.T @ a + 0.3 * (a + a.T), [(0.4, a), (0.3, a.T)])
    every = ts.explain(system, progress=told.append)
    assert every.interplay is not None
    assert len(told) > 1
    assert told[-1] == 1.0
    told.clear()
    ts.explain(system, distribution=Fock(), progress=told.append)
    assert told == [1.0]
    with pytest.raises(ts.ArgumentError, match="`progress` must be a function of the share"):
        ts.explain(system, progress=1.0)


def test_a_system_without_names_asks_for_sets_and_takes_them():
    lower = np.diag([1.0, np.sqrt(2.0)], 1)
    state = ts.steady_state(ts.LindbladSystem(0.2 * (lower + lower.T), [(0.1, lower), (0.02, lower.T)]))
    with pytest.raises(ts.ArgumentError, match="`sets` must be given"):
        interplay(state)
    assert_same(interplay(state, TRIANGLE), interplay(state.rho, TRIANGLE), rtol=1e-10, atol=1e-14)


def test_machines_of_many_levels_are_refused_without_being_formed():
    maser = ts.ThermalMaser(np.full(10**6, 0.1), n_hot=5.0, **BATHS)
    with pytest.raises(ts.ArgumentError, match="at most 64 levels, but it has 1000002"):
        interplay(ts.steady_state(maser))


def test_every_verdict_says_what_it_means_and_is_the_sign_of_the_gain():
    assert [int(one) for one in Verdict] == [-1, 0, 1]
    assert repr(interplay(machine(ENGINE, 1.0))).startswith("<Interplay of entrainment, mutual: COMPETE, gain -0.")
