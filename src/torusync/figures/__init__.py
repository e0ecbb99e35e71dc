"""The figures of the letter and of its companion: data, then drawing.

Of the letter every panel of Figs. 2 and 3, their limit of many levels, and the Arnold tongue (``REGISTRY``); of the
companion, whose figures could not be read, its bounds and what correlated dipoles change (``COMPANION_REGISTRY``).

>>> from torusync.figures import REGISTRY
>>> data = REGISTRY["fig2c"].data(quick=True)
>>> figure = REGISTRY["fig2c"].draw(data)
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torusync.figures.canvas import to_png, to_svg
from torusync.figures.circle import FIG3C, FIG3D
from torusync.figures.companion_baths import BATHS
from torusync.figures.companion_competition import COMPETITION
from torusync.figures.companion_detuning import DETUNING
from torusync.figures.companion_dipoles import DIPOLES, HEAT
from torusync.figures.companion_efficiency import EFFICIENCY
from torusync.figures.companion_torus import POINT, RING
from torusync.figures.interplay import FIG2C, FIG2D
from torusync.figures.limit import LIMIT
from torusync.figures.scaling import FIG3A, FIG3B
from torusync.figures.spec import Composite, FigureSpec
from torusync.figures.tongue import TONGUE
from torusync.figures.torus import FIG2A, FIG2B

REGISTRY: Final[Mapping[str, FigureSpec]] = MappingProxyType(
    {spec.id: spec for spec in (FIG2A, FIG2B, FIG2C, FIG2D, FIG3A, FIG3B, FIG3C, FIG3D, LIMIT, TONGUE)}
)

COMPOSITES: Final = (
    Composite(
        "fig2",
        "Entrainment and mutual coupling for two levels",
        (FIG2A, FIG2B, FIG2C, FIG2D),
        (7.0, 5.7),
        (2, 2),
    ),
    Composite("fig3", "Scaling with the number of levels", (FIG3A, FIG3B, FIG3C, FIG3D), (7.0, 6.2), (2, 2)),
)

COMPANION_REGISTRY: Final[Mapping[str, FigureSpec]] = MappingProxyType(
    {spec.id: spec for spec in (BATHS, DIPOLES, HEAT, EFFICIENCY, POINT, RING, DETUNING, COMPETITION)}
)

COMPANION_COMPOSITES: Final = (
    Composite("bounds", "Bounds by S_max", (BATHS, HEAT, EFFICIENCY), (7.0, 7.5), (3, 2)),
    Composite("correlations", "What correlated dipoles change", (POINT, RING, DIPOLES), (7.0, 5.7), (2, 2)),
)

__all__ = [
    "COMPANION_COMPOSITES",
    "COMPANION_REGISTRY",
    "COMPOSITES",
    "REGISTRY",
    "Composite",
    "FigureSpec",
    "to_png",
    "to_svg",
]
