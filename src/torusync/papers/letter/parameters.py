"""Parameters of the letter's figures and claims, as its captions have them.

Whatever a caption leaves open is chosen here once, so that no two figures choose it differently.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from torusync.figures.record import EVIDENCE, Columns, Field
from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.papers.letter import CITATION
from torusync.papers.letter.closed_form import Rates
from torusync.steady import Auto
from torusync.steady.answer import Solver
from torusync.sweeps import Study

_AUTO: Final = Auto()

SPEC: Final = partial(FigureSpec, paper=CITATION.place)

BATHS: Final[Mapping[str, float]] = {
    "gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5, "omega_cold": 1.0, "omega_hot": 3.0,
}  # fmt: skip
"""γ_h, γ_c, n_c, ω_1, ω_2 of the caption of Fig. 2, in units of ω_1."""

RATES: Final = Rates(BATHS["gamma_hot"], BATHS["gamma_cold"], BATHS["n_cold"])

DRIVE: Final = 0.1
"""λ_2 of the caption of Fig. 2, in units of ω_1."""

SEED: Final = 20230717
"""Seed of every random draw: the day the letter was published."""

DRAWS: Final = 100
"""Realisations of the drive, as in Fig. 3."""

QUICK_DRAWS: Final = 20

LEVELS: Final = tuple(range(2, 21))
"""N of Fig. 3."""

PRINTED: Final = {"engine": -0.72, "refrigerator": 0.69}
"""Exponents of the letter's fits, caption of Fig. 3."""

UNIT: Final = 1e-4
"""S_max is drawn in units of 10⁻⁴."""

RANGE: Final = (0.01, 100.0)
"""n_h/n_c of Fig. 2(c)."""

MATCHED: Final = (
    "Matched damping, an accident of these baths: at n_h/n_c = 10 the engine has γ_h(1+n_h) = γ_c(1+n_c) = 0.3 ω_1, "
    "so {consequence}"
)
"""Said wherever the letter's engine is drawn where its phases have room: its height rests on the baths alone."""

BESIDE: Final = " The figure damping shows γ_c = 0.1 and 0.3 beside it."

RATIOS: Final = {"refrigerator": 0.4, "engine": 10.0}
"""n_h/n_c."""

N_HOT: Final = {regime: ratio * BATHS["n_cold"] for regime, ratio in RATIOS.items()}

STATED_RATIOS: Final = {f"ratio_{regime}": ratio for regime, ratio in RATIOS.items()}

REGIME: Final[Columns] = {Field("regime", ("regime",), "regime", "n_h/n_c", "0.4 and 10, as in Fig. 3"): list(RATIOS)}


def study(axes: Mapping[str, Any], *quantities: str, solver: Solver = _AUTO, **fixed: Any) -> Study:
    """Return a sweep of the letter's machine, between its baths where nothing else is said."""
    held = {name: one for name, one in BATHS.items() if name not in axes}
    return Study(ThermalMaser, axes, [*quantities, *EVIDENCE], fixed={**held, **fixed}, solver=solver)
