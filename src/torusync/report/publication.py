"""The papers that can be reproduced: what is drawn, what is checked, and what the report calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

from torusync import claims, figures
from torusync._frozen import Frozen
from torusync.claims import Ledger
from torusync.figures import Composite, FigureSpec


@final
@dataclass(frozen=True, eq=False)
class Publication(Frozen):
    """One paper.

    Parameters
    ----------
    id : "letter" or "companion": what the report calls the paper
    title : heading of the report
    reference : authors, journal and DOI
    figures : its figures by id, in order
    composites : several figures on one page
    ledger : its claims with their checks, and the departures from print
    subject : whose claims the verdict counts
    note : what a reader must know first
    """

    id: str
    title: str
    reference: str
    figures: Mapping[str, FigureSpec]
    composites: tuple[Composite, ...]
    ledger: Ledger
    subject: str
    note: str = ""


LETTER: Final = Publication(
    id="letter",
    title="Cooperation and competition in synchronous open quantum systems: a reproduction",
    reference=(
        "T. Murtadho, S. Vinjanampathy, J. Thingna, Phys. Rev. Lett. 131, 030401 (2023), "
        "doi:10.1103/PhysRevLett.131.030401"
    ),
    figures=figures.REGISTRY,
    composites=figures.COMPOSITES,
    ledger=claims.LETTER,
    subject="claims of the letter",
)

COMPANION: Final = Publication(
    id="companion",
    title="Synchronization lower bounds the efficiency of near-degenerate thermal machines: its bounds, rederived",
    reference=(
        "T. Murtadho, J. Thingna, S. Vinjanampathy, Phys. Rev. A 108, 012205 (2023), doi:10.1103/PhysRevA.108.012205"
    ),
    figures=figures.COMPANION_REGISTRY,
    composites=figures.COMPANION_COMPOSITES,
    ledger=claims.COMPANION,
    subject="claims about the companion's machine",
    note=(
        "Of the companion only the title and the abstract could be read. Figures and claims follow from its model, "
        "rederived; nothing here is compared with a number that it prints."
    ),
)

PUBLICATIONS: Final = (LETTER, COMPANION)
