"""Does the semidefinite bound keep its word on the families of the hunt up to 24 levels, the size of a test run?

`python -m tests.hunts.adversarial 176` is the long one, up to 200 levels.
"""

import numpy as np
from tests.hunts import adversarial


def test_no_law_is_broken():
    tally = adversarial.hunt(len(adversarial.FAMILIES) * 7)
    assert tally.broken == []
    assert tally.counts["looked at: clarabel claims the same"] == 56


def test_the_judges_notice_multipliers_and_vectors_that_are_off(monkeypatch):
    path = adversarial.dual_path
    monkeypatch.setattr(adversarial, "dual_path", lambda some: (path(some)[0] * (1.0 + 1e-7), path(some)[1]))
    broken = adversarial.hunt(8).broken
    assert any("primal and dual meet" in one for one in broken)
    assert any("clarabel proves no lower bound" in one for one in broken)
    monkeypatch.setattr(adversarial, "dual_path", lambda some: (path(some)[0], np.ones_like(some)))
    assert any("primal and dual meet" in one for one in adversarial.hunt(8).broken)
