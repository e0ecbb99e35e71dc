"""Does the hunt for drifting phases find drift where it is known to be, and none in the master equation?"""

import re

import pytest
from tests.hunts import drifting
from tests.hunts.tally import Tally


@pytest.mark.parametrize(
    ("case", "starts_that_drift"),
    [
        (drifting.equal("refrigerator", 0.3, 3.0, 80.0), 1),
        (drifting.equal("refrigerator", 0.3, 0.0, 80.0), 0),
        (drifting.groups("engine", 0.01, 3.0, 80.0), 0),
    ],
    ids=["apart", "identical", "groups"],
)
def test_drift_is_counted_where_it_is(case, starts_that_drift):
    tally = Tally()
    line = drifting.examine(tally, case, 1)
    assert f"{starts_that_drift} of 1 starts drift" in line
    assert "master equation 0;" in line
    assert not tally.broken


def test_starts_are_followed_until_they_rest():
    lines = list(drifting.survivors(drifting.equal("engine", 0.3, 0.0, 60.0), 2))
    assert len(lines) == 6
    assert "t = 0 to 1.875" in lines[0]
    resting = [int(re.search(r"(\d) at the steady phases", line)[1]) for line in lines]
    assert resting[0] == 0
    assert resting[-1] == 2
    assert "0 of 2 starts drift" in lines[-1]
