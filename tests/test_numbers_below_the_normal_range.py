"""Are there numbers in factors that a processor is slow with, and does anything else see that they are taken for zero?

Whether a machine is slow with them is not asked: where it is, a mode of 200 levels takes several times as long.
"""

import numpy as np
import pytest
from scipy.sparse.linalg import splu
from tests.lattices import lowering
from tests.test_single_precision_factors import mode

import torusync as ts
from torusync import _flushed
from torusync._flushed import SINGLE_PAYS, flushed
from torusync._threads import one_blas_thread
from torusync.steady import Sparse, bordering, shells
from torusync.steady.probing import Bordered

LEAST = np.finfo(np.float32).tiny

can_flush = pytest.mark.skipif(_flushed._LIBRARY is None, reason="nothing is known here that takes them for zero")


def small(values):
    """Return how many numbers are below the normal range of single precision, and not zero."""
    numbers = np.concatenate([np.ravel(getattr(one, "data", one)) for one in values if one is not None])
    least = np.finfo(numbers.dtype).tiny
    return int(((numbers != 0.0) & (np.abs(numbers) < least)).sum())


@one_blas_thread  # as in every solver: threads of BLAS have a register each
def test_factors_by_shells_have_none():
    system = mode(50)
    generator = system.generator()
    matrix = Bordered(generator.first_block, 50, generator.first.border())
    found = shells.Shells(matrix.block, generator.first_layout, 50, matrix.strength, single=SINGLE_PAYS)
    assert found.good
    values = [own.numbers for own in found._blocks]
    assert small([*values, *[one for one in found._steps if one is not None], found._trace]) == 0


def test_sparse_factors_have_none(monkeypatch):
    made = []
    monkeypatch.setattr(shells, "_THIN", 1e7)
    monkeypatch.setattr(bordering, "splu", lambda *given, **how: made.append(splu(*given, **how)) or made[-1])
    state = ts.steady_state(mode(100), solver=Sparse())
    assert state.succeeded
    assert len(made) == 1
    assert small([made[0].L.data, made[0].U.data]) == 0


@can_flush
def test_inside_they_are_zero_and_outside_they_are_not():
    half, least = np.array([0.5], dtype=np.float32), np.array([LEAST])
    with flushed():
        with flushed():
            assert not (half * least).view(np.int32).any()
        assert not (half * least).view(np.int32).any()
    assert (half * least).view(np.int32).all()
    with pytest.raises(ValueError, match="inside"), flushed():
        raise ValueError("inside")
    assert (half * least).view(np.int32).all()


@can_flush
@pytest.mark.parametrize("levels", [50, 100])
def test_after_a_solve_the_thread_is_as_it_was(levels):
    ts.steady_state(mode(levels), solver=Sparse())
    assert np.array([2.0**-1022]) * 0.5 > 0.0


@pytest.mark.parametrize("levels", [50, 90])
def test_where_they_cannot_be_taken_for_zero_factors_are_of_double_precision(levels, monkeypatch):
    expected = ts.steady_state(mode(levels), solver=Sparse())
    monkeypatch.setattr(bordering, "SINGLE_PAYS", False)
    a = lowering(levels)
    generator = mode(levels).generator()
    found = bordering.factors(Bordered(generator.first_block, levels, generator.first.border()), single=True)
    assert not found.single
    state = ts.steady_state(mode(levels), solver=Sparse())
    assert np.abs(state.rho - expected.rho).max() <= state.error + expected.error
    assert abs(np.trace(a.conj().T @ a @ (state.rho - expected.rho))) < 1e-9


@pytest.mark.parametrize("levels", [50, 100])
def test_what_is_told_of_a_state_is_not_less_for_it(levels, monkeypatch):
    """Against the same factors with the numbers in them."""
    state = ts.steady_state(mode(levels), solver=Sparse())
    monkeypatch.setattr(_flushed, "_LIBRARY", None)
    plain = ts.steady_state(mode(levels), solver=Sparse())
    assert 0.999 < state.error / plain.error < 1.001
    assert np.abs(state.rho - plain.rho).max() < 1e-14
