"""The hunts for masers, at the size of a test run: is any number better than the truth in ball arithmetic?"""

import pytest
from tests.hunts import currents, odd_machines, pair_sums, steady_errors
from tests.hunts.library import name_of

HUNTS = {
    "states and their errors": (steady_errors.hunt, 500, 2000),
    "optima and their errors": (pair_sums.hunt, 300, 1000),
    "currents, regimes and their errors": (currents.hunt, 1000, 5000),
    "odd machines": (odd_machines.hunt, 300, 3000),
}


@pytest.mark.parametrize("name", HUNTS)
def test_nothing_is_better_than_the_truth(name):
    """Every law of the hunt holds, and it was looked at as often as the hunt is meant to."""
    hunt, count, looks = HUNTS[name]
    tally = hunt(count)
    assert not tally.broken, tally.report
    assert sum(n for key, n in tally.counts.items() if key.startswith("looked at")) >= looks


def test_every_solver_is_hunted():
    tally = steady_errors.hunt(60)
    for solver in steady_errors.SOLVERS:
        assert tally.counts[f"{name_of(solver)}: SUCCESS"] > 0
