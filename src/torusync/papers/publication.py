"""What a paper is to the report: what is drawn, what is checked, and what the paper is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import final

from torusync._frozen import Frozen
from torusync.claims import Ledger
from torusync.figures import Composite, FigureSpec
from torusync.papers.citation import Citation

__all__ = ["Publication", "by_id"]


@final
@dataclass(frozen=True, eq=False)
class Publication(Frozen):
    """One paper, or a further set of figures and claims about it.

    Parameters
    ----------
    id : the name of its folder
    title : heading of the report
    citation : authors, journal and DOI
    figures : its figures by id, in order; see `by_id`
    composites : several figures on one page
    ledger : its claims with their checks, and the departures from print
    subject : whose claims the verdict counts
    note : what a reader must know first
    paper : what the report calls the paper; the name of the folder by default, of which a further set has its own
    """

    id: str
    title: str
    citation: Citation
    figures: Mapping[str, FigureSpec]
    composites: tuple[Composite, ...]
    ledger: Ledger
    subject: str
    note: str = ""
    paper: str = ""

    @property
    def called(self) -> str:
        """What the report calls the paper."""
        return self.paper or self.id


def by_id(*figures: FigureSpec) -> Mapping[str, FigureSpec]:
    """Return figures by their ids, in order."""
    return MappingProxyType({spec.id: spec for spec in figures})
