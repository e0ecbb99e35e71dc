"""Writes the page of claims from the ledger, so that page and checks cannot disagree."""

from pathlib import Path

from torusync.claims import DEPARTURES, LEDGER


def write(path: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    lines = [
        "# The claims of the letter",
        "",
        "Each claim is computed by the library and, independently, by `torusync.claims.reference`, which imports",
        "nothing of it. Tolerances were fixed with their reasons before the numbers were seen; `torusync reproduce`",
        "prints both numbers and the verdict.",
        "",
        "| id | claim | where | tolerance | why that much |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {claim.id} | {_cell(claim.text)} | {_cell(claim.source)} | {claim.tolerance:g} | {_cell(claim.reason)} |"
        for claim in LEDGER
    ]
    lines += ["", "## Departures from print", "", *[f"- {_cell(one)}" for one in DEPARTURES], ""]
    text = "\n".join(lines)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("_", "\\_").replace("^", "\\^").replace("*", "\\*")
