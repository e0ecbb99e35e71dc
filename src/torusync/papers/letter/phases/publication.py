"""The set of phases as the report shows it."""

from typing import Final

from torusync.claims import Ledger
from torusync.papers.letter import CITATION
from torusync.papers.letter.phases.chimera import CHIMERA
from torusync.papers.letter.phases.claims import light, locking, relaxation, splitting, transition
from torusync.papers.letter.phases.ledger import CLAIMS, DEPARTURES
from torusync.papers.letter.phases.light import FREQUENCY
from torusync.papers.letter.phases.locking import LOCKING
from torusync.papers.letter.phases.relaxation import RELAXATION
from torusync.papers.letter.phases.terms import TERMS_FIGURE
from torusync.papers.letter.phases.transition import TRANSITION
from torusync.papers.publication import Publication, by_id

PUBLICATION: Final = Publication(
    id="phases",
    title="How phases lock: time, frequency, and what is true of the letter's phase model",
    citation=CITATION,
    figures=by_id(TERMS_FIGURE, LOCKING, TRANSITION, CHIMERA, RELAXATION, FREQUENCY),
    composites=(),
    ledger=Ledger.of(CLAIMS, (splitting, locking, transition, relaxation, light), DEPARTURES),
    subject="claims about phases in time",
    note=(
        "The letter says that its phases follow a phase synchronization model which opens classical phenomena in the "
        "quantum regime. Figures and claims here say what is true of that for its machine; none of them is printed in "
        "it."
    ),
    paper="letter",
)
