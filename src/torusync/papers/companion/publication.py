"""The companion as the report shows it."""

from typing import Final

from torusync.claims import Ledger
from torusync.figures import Composite
from torusync.papers.companion import CITATION
from torusync.papers.companion.baths import BATHS
from torusync.papers.companion.claims import bounds, machine
from torusync.papers.companion.competition import COMPETITION
from torusync.papers.companion.detuning import DETUNING
from torusync.papers.companion.dipoles import DIPOLES, HEAT
from torusync.papers.companion.efficiency import EFFICIENCY
from torusync.papers.companion.ledger import CLAIMS, DEPARTURES
from torusync.papers.companion.torus import COLD_POINT, COLD_RING, POINT, RING
from torusync.papers.publication import Publication, by_id

PUBLICATION: Final = Publication(
    id="companion",
    title="Synchronization lower bounds the efficiency of near-degenerate thermal machines: its bounds, rederived",
    citation=CITATION,
    figures=by_id(BATHS, DIPOLES, HEAT, EFFICIENCY, POINT, RING, COLD_POINT, COLD_RING, DETUNING, COMPETITION),
    composites=(
        Composite("bounds", "Bounds by S_max", (BATHS, HEAT, EFFICIENCY), (7.0, 7.5), (3, 2)),
        Composite("correlations", "What correlated dipoles change", (POINT, RING, DIPOLES), (7.0, 5.7), (2, 2)),
        Composite("maps", "Point and ring in both regimes", (POINT, RING, COLD_POINT, COLD_RING), (7.0, 6.1), (2, 2)),
    ),
    ledger=Ledger.of(CLAIMS, (bounds, machine), DEPARTURES),
    subject="claims about the companion's machine",
    note=(
        "Of the companion only the title and the abstract could be read. Figures and claims follow from its model, "
        "rederived, at the parameters that the authors' public repository states; nothing here is compared with a "
        "number that it prints."
    ),
)
