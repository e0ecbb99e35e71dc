"""Writes the page of claims from the ledgers, so that page and checks cannot disagree."""

from pathlib import Path

from torusync import papers
from torusync.papers.publication import Publication


def write(path: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    lines = [
        "# The claims",
        "",
        "Each claim is computed by the library and, independently, by `torusync.claims.reference`, which imports",
        "nothing of it. Each tolerance has its reason; `torusync reproduce` prints both numbers and the verdict, and",
        "`claims.json` has them as numbers: `ours_value`, `paper_value`, `difference`, and all `values` with names.",
        *(line for name in papers.names() for line in _section(papers.load(name))),
        "",
    ]
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _section(publication: Publication) -> list[str]:
    name, ledger = publication.id, publication.ledger
    command = "torusync reproduce" if name == papers.FIRST else f"torusync reproduce --set {name}"
    rows = [
        f"| {claim.id} | {_cell(claim.text)} | {_cell(claim.source)} | {claim.tolerance:g} | {_cell(claim.reason)} |"
        for claim in ledger.claims
    ]
    return [
        "",
        f"## The {name}",
        "",
        f"{_cell(publication.citation.short)}: `{command}`.",
        *(["", publication.note] if publication.note else []),
        "",
        "| id | claim | where | tolerance | why that much |",
        "|---|---|---|---|---|",
        *rows,
        "",
        f"### Departures from print: the {name}",
        "",
        *[f"- {_cell(one)}" for one in ledger.departures],
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_").replace("^", "\\^").replace("*", "\\*")
