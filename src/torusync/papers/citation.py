"""What to cite, kept as data so that the text, the BibTeX and the report cannot differ."""

from dataclasses import dataclass
from typing import final

from torusync import __version__, papers

__all__ = ["Citation", "as_bibtex", "as_text"]


@final
@dataclass(frozen=True)
class Citation:
    """An article.

    Parameters
    ----------
    key, author, title, journal, volume, pages, year, doi : as in BibTeX, authors as "Family, Given and Family, Given"
    use : what of it is used here
    """

    key: str
    author: str
    title: str
    journal: str
    volume: str
    pages: str
    year: str
    doi: str
    use: str

    @property
    def place(self) -> str:
        """Journal, volume and page."""
        return f"{self.journal} {self.volume}, {self.pages}"

    @property
    def short(self) -> str:
        """Authors with initials, place and DOI."""
        names = ", ".join(f"{given[0]}. {family}" for family, given in self._authors)
        return f"{names}, {self.place} ({self.year}), doi:{self.doi}"

    @property
    def line(self) -> str:
        """Authors, title, place and address."""
        names = ", ".join(f"{given} {family}" for family, given in self._authors)
        return f"{names}, {self.title}, {self.place} ({self.year}), https://doi.org/{self.doi}"

    @property
    def bibtex(self) -> str:
        """The entry."""
        return _entry(f"article{{{self.key}", **{name: text for name, text in vars(self).items() if name not in _OURS})

    @property
    def _authors(self) -> list[list[str]]:
        return [one.split(", ") for one in self.author.split(" and ")]


_OURS = {"key", "use"}
_SOFTWARE = {
    "author": "{The torusync developers}",
    "title": "torusync: quantum synchronization on the torus",
    "year": "2026",
    "version": __version__,
}


def as_bibtex() -> str:
    """Return the references as BibTeX entries."""
    entries = [one.bibtex for one in papers.citations()]
    return "\n\n".join([*entries, _entry("software{torusync", **_SOFTWARE)])


def as_text() -> str:
    """Return the references as one line each, with what each is for."""
    author = _SOFTWARE["author"].strip("{}")
    software = f"The software: {author}, {_SOFTWARE['title']}, version {_SOFTWARE['version']} ({_SOFTWARE['year']})"
    return "\n".join([*(f"{one.use}: {one.line}" for one in papers.citations()), software])


def _entry(head: str, **fields: str) -> str:
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{head},\n{body}\n}}"
