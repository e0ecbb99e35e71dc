"""Writes the page of quantities from the registry, so that page and program cannot disagree."""

from pathlib import Path

from torusync.quantities import QUANTITIES, Quantity


def write(path: Path) -> None:
    """Write the page; leave it untouched where nothing changed, so that builds stay incremental."""
    lines = [
        "# Quantities",
        "",
        "One vocabulary for `ts.solve(...)`, its datasets and `torusync solve --json`: each name once, with its unit",
        "and where it is from. Units are those of ω_1; where ω_1 came in hertz, results leave in those in brackets.",
        "A quantity of your own joins with `torusync.quantities.register`.",
    ]
    title = None
    for one in QUANTITIES.values():
        if one.part.title != title:
            title = one.part.title
            lines += ["", f"## {title[0].upper()}{title[1:]}", "", "| name | symbol | what it is | unit | source |"]
            lines += ["|---|---|---|---|---|"]
        lines.append(_row(one))
    text = "\n".join([*lines, ""])
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _row(one: Quantity) -> str:
    unit = one.units.label if one.units.label == one.units.si else f"{one.units.label} ({one.units.si})"
    cells = (f"`{one.name}`", one.symbol, one.long_name, unit, one.source)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
