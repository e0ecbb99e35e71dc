"""Are states found of systems whose parts a leak joins, and told from those of parts that nothing joins?"""

import numpy as np
import pytest
from tests.evolving import stationary

import torusync as ts
from torusync.steady import Sparse, Status, sparse
from torusync.steady.bordering import factors
from torusync.steady.probing import Bordered, inverse_norm

LEVELS = 15


def joined(leak, seed=3):
    """Return two parts with operators of their own, from one of which a leak through all levels leads to the other."""
    rng, apart = np.random.default_rng(seed), np.zeros((LEVELS, LEVELS))
    apart[:5, :5] = apart[5:, 5:] = 1.0
    down = apart * np.diag(np.sqrt(np.arange(1.0, LEVELS)), 1)
    whole = rng.normal(size=(LEVELS, 2 * LEVELS)).view(np.complex128)
    energy = down + down.T + np.diag(rng.normal(size=LEVELS))
    return ts.LindbladSystem(energy, [(0.5, down), (0.2, down.T), (leak, whole)])


def bordered(system):
    generator = system.generator()
    return Bordered(generator.first_block, system.dimension, generator.first.border())


LEAK = 1.7e-11


def test_a_leak_that_the_usual_bound_does_not_see_is_seen_entry_by_entry():
    found = factors(bordered(joined(LEAK)))
    assert np.isinf(inverse_norm(found))
    smallest = np.linalg.svd(bordered(joined(LEAK)).matrix().toarray(), compute_uv=False)[-1]
    assert 1.0 / smallest <= inverse_norm(found, closely=True) < 200.0 / smallest
    state = ts.steady_state(joined(LEAK), solver=Sparse())
    assert np.linalg.svd(state.rho - stationary(joined(LEAK)), compute_uv=False).sum() <= state.error < 1e-8


@pytest.mark.parametrize("leak", [0.0, 1e-16, 1e-13])
def test_what_rounding_may_be_joins_nothing(leak):
    state = ts.steady_state(joined(leak), solver=Sparse(), throw=False)
    assert state.status == Status.NOT_UNIQUE
    assert state.nullity == 2


def test_a_bound_is_worth_what_the_rounding_of_the_equation_leaves(monkeypatch):
    """A third of the inverse of the rounding in L: beyond, the equation as it is given may have several states."""
    equation = joined(LEAK).generator().first
    least = 1.0 / 3.0 / equation.rounding()
    for closer, good in ((0.9 * least, True), (1.1 * least, False)):
        monkeypatch.setattr(sparse, "inverse_norm", lambda _, closely=False, one=closer: one if closely else np.inf)
        _, strength, nullity, _ = sparse.solved(equation, bordered(joined(LEAK)).block, joined(LEAK).generator().pairs)
        assert (nullity == 1) == good
        if good:
            assert strength == pytest.approx(closer / (1.0 - closer * equation.rounding()))


@pytest.mark.parametrize("transposed", [False, True])
def test_products_are_off_by_no_more_than_is_said(transposed):
    matrix, rng = bordered(joined(1e-3)), np.random.default_rng(1)
    whole = matrix.matrix().toarray()
    columns = rng.normal(size=(len(whole), 4)) * 10.0 ** rng.uniform(-6, 6, size=(len(whole), 1))
    found = (matrix.apply_transposed if transposed else matrix.apply)(columns)
    wide = (whole.T if transposed else whole).astype(np.longdouble) @ columns.astype(np.longdouble)
    off = np.linalg.norm((found - wide).astype(np.float64), axis=0).max()
    assert off <= matrix.lost(columns, transposed=transposed)
    assert matrix.lost(columns, transposed=transposed) < matrix.rounding * np.linalg.norm(columns, axis=0).max()


def test_a_leak_below_rounding_is_told_for_what_it_is():
    """One state alone is stationary, and no double tells: the refusal does not say that there are two."""
    rates = 10.0 ** np.random.default_rng(1).uniform(-4.0, 4.0, (26, 2))
    channels = []
    for k, (down, up) in enumerate(rates):
        jump = np.zeros((27, 27))
        jump[k, k + 1] = 1.0
        channels += [(down, jump), (up, jump.T)]
    with pytest.raises(ts.SteadyStateError, match=r"as far as rounding tells; steady\.stationary_space counts"):
        ts.steady_state(ts.LindbladSystem(np.diag(np.arange(27.0)), channels))
