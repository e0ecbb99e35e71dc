"""Writes the page of claims from the ledgers, so that page and checks cannot disagree."""

from pathlib import Path

from torusync.report import COMPANION, LETTER, Publication


def write(path: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    lines = [
        "# The claims",
        "",
        "Each claim is computed by the library and, independently, by `torusync.claims.reference`, which imports",
        "nothing of it. Tolerances were fixed with their reasons before the numbers were seen; `torusync reproduce`",
        "prints both numbers and the verdict.",
        *_section(LETTER, "torusync reproduce"),
        *_section(COMPANION, "torusync reproduce --set companion"),
        "",
    ]
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _section(publication: Publication, command: str) -> list[str]:
    name, ledger = publication.id, publication.ledger
    rows = [
        f"| {claim.id} | {_cell(claim.text)} | {_cell(claim.source)} | {claim.tolerance:g} | {_cell(claim.reason)} |"
        for claim in ledger.claims
    ]
    return [
        "",
        f"## The {name}",
        "",
        f"{_cell(publication.reference)}: `{command}`.",
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
