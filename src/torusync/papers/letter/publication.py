"""The letter as the report shows it."""

from typing import Final

from torusync.claims import Ledger
from torusync.figures import Composite
from torusync.papers.letter import CITATION
from torusync.papers.letter.circle import FIG3C, FIG3D
from torusync.papers.letter.claims import machine, measure, mechanisms, scaling
from torusync.papers.letter.damping import DAMPING
from torusync.papers.letter.interplay import FIG2C, FIG2D
from torusync.papers.letter.ledger import CLAIMS, DEPARTURES
from torusync.papers.letter.limit import LIMIT
from torusync.papers.letter.scaling import FIG3A, FIG3B
from torusync.papers.letter.tongue import TONGUE
from torusync.papers.letter.torus import FIG2A, FIG2B
from torusync.papers.publication import Publication, by_id

_FIG2: Final = (FIG2A, FIG2B, FIG2C, FIG2D)
_FIG3: Final = (FIG3A, FIG3B, FIG3C, FIG3D)

PUBLICATION: Final = Publication(
    id="letter",
    title="Cooperation and competition in synchronous open quantum systems: a reproduction",
    citation=CITATION,
    figures=by_id(*_FIG2, *_FIG3, LIMIT, TONGUE, DAMPING),
    composites=(
        Composite("fig2", "Entrainment and mutual coupling for two levels", _FIG2, (7.0, 5.7), (2, 2)),
        Composite("fig3", "Scaling with the number of levels", _FIG3, (7.0, 6.5), (2, 2)),
    ),
    ledger=Ledger.of(CLAIMS, (measure, machine, scaling, mechanisms), DEPARTURES),
    subject="claims of the letter",
)
