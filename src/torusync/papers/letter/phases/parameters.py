"""Machines of the figures and claims about phases in time, between the letter's baths.

Levels are equally spaced and equally driven, and all see one hot occupation: nothing but the spread is added to the
letter's machine.
"""

from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.papers.letter import CITATION
from torusync.papers.letter.parameters import BATHS

SPEC: Final = partial(FigureSpec, paper=CITATION.place)

REFRIGERATOR: Final = 0.4 * BATHS["n_cold"]
ENGINE: Final = 10.0 * BATHS["n_cold"]
UNMATCHED: Final = 4.0 * BATHS["n_cold"]
"""n_h at n_h/n_c = 0.4, 10 and 4; the last is an engine whose two dampings differ."""

SEED: Final = 20230717

SAID: Final = (
    "The phases of steady-state coherence follow a phase synchronization model, in which the drive competes with the "
    "mutual coupling; this opens the possibility of classical phenomena such as the "
    "synchronization-antisynchronization transition and chimeras in the quantum regime."
)
"""What the letter's introduction says of all of this."""

ADDED: Final = "Added here; the letter has no such figure."


def machine(levels: int, drive: ArrayLike, spread: float, n_hot: ArrayLike, **others: Any) -> ThermalMaser:
    """Return a machine, or a batch of them, whose levels are equally spaced over ``spread`` and equally driven."""
    return ThermalMaser(
        np.asarray(drive)[..., np.newaxis] * np.ones(levels),
        n_hot=n_hot,
        splittings=np.linspace(0.0, spread, levels),
        **{**BATHS, **others},
    )


def stated(evidence: str, finding: str, **parameters: str | float) -> dict[str, str | float]:
    """Return the attributes of a dataset: parameters, units, how far it is known, and what it says."""
    told = {"units_of_rates": "omega_1 (hbar = k_B = 1)"}
    return {**BATHS, **parameters, **told, "evidence": evidence, "finding": finding}
