"""What to cite, kept as data so that the text and the BibTeX of it cannot differ."""

from collections.abc import Mapping
from typing import Final

from torusync import __version__

_REFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "article{MurtadhoLetter2023": {
        "author": "Murtadho, Taufiq and Vinjanampathy, Sai and Thingna, Juzar",
        "title": "Cooperation and Competition in Synchronous Open Quantum Systems",
        "journal": "Phys. Rev. Lett.",
        "volume": "131",
        "pages": "030401",
        "year": "2023",
        "doi": "10.1103/PhysRevLett.131.030401",
    },
    "article{MurtadhoCompanion2023": {
        "author": "Murtadho, Taufiq and Thingna, Juzar and Vinjanampathy, Sai",
        "title": "Synchronization lower bounds the efficiency of near-degenerate thermal machines",
        "journal": "Phys. Rev. A",
        "volume": "108",
        "pages": "012205",
        "year": "2023",
        "doi": "10.1103/PhysRevA.108.012205",
    },
    "software{torusync": {
        "author": "{The torusync developers}",
        "title": "torusync: quantum synchronization on the torus",
        "version": __version__,
    },
}


def as_bibtex() -> str:
    """Return the references as BibTeX entries."""
    entries = []
    for key, fields in _REFERENCES.items():
        body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        entries.append(f"@{key},\n{body}\n}}")
    return "\n\n".join(entries)


def as_text() -> str:
    """Return the references as one line each, with what each is for."""
    letter, companion, software = _REFERENCES.values()
    return "\n".join(
        [
            f"The machine, the measure and the figures: {_line(letter)}",
            f"Near-degenerate levels and correlated dipoles: {_line(companion)}",
            f"The software: {software['author'].strip('{}')}, {software['title']}, version {software['version']}",
        ]
    )


def _line(fields: Mapping[str, str]) -> str:
    names = [" ".join(reversed(one.split(", "))) for one in fields["author"].split(" and ")]
    where = f"{fields['journal']} {fields['volume']}, {fields['pages']} ({fields['year']})"
    return f"{', '.join(names)}, {fields['title']}, {where}, https://doi.org/{fields['doi']}"
