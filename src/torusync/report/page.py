"""The page: each figure beside what the paper says of it, the verdicts, the departures, the provenance.

One file without a single outside request: pictures are data URIs, the style sheet is inline and there is no script,
so the page can be mailed, archived with a paper, or printed.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

from torusync.claims import ClaimResult
from torusync.papers.publication import Publication
from torusync.report.kept import Drawn
from torusync.report.markup import rich

_PIXELS_PER_INCH: Final = 132


def compose(
    publication: Publication,
    drawn: Sequence[Drawn],
    claims: Sequence[ClaimResult],
    facts: Mapping[str, str],
    overviews: Sequence[str],
    *,
    quick: bool,
    others: str,
) -> str:
    """Return the whole page of the figures and claims that there are, which may be some of those of the paper.

    ``others`` says what lies beside the page and is not on it.
    """
    style = files("torusync.report").joinpath("page.css").read_text(encoding="utf-8")
    parts = [
        _heading(publication, len(drawn), claims, quick=quick, others=others),
        _figures(publication.called, drawn, overviews),
    ]
    if claims:
        parts.append(_claims(publication.called, claims))
    parts += [_departures(publication), _provenance(facts)]
    title = escape(publication.title)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def _heading(publication: Publication, drawn: int, claims: Sequence[ClaimResult], *, quick: bool, others: str) -> str:
    source = f"{publication.called.capitalize()}: {publication.citation.short}"
    lines = [f"<header>\n<h1>{escape(publication.title)}</h1>", f"<p>{escape(source)}</p>"]
    figures, total = len(publication.figures), len(publication.ledger.claims)
    if claims:
        passed = sum(bool(claim.passed) for claim in claims)
        mood = "pass" if passed == len(claims) else "fail"
        verdict = f"{passed} of {len(claims)} {publication.subject} hold within tolerance."
        lines.append(f'<p class="verdict {mood}">{escape(verdict)}</p>')
    if drawn < figures or len(claims) < total:
        there = f"So far {drawn} of {figures} figures are drawn and {len(claims)} of {total} claims checked."
        lines.append(f'<p class="note">{there} The same command without --only makes the rest.</p>')
    if others:
        lines.append(f'<p class="note">{escape(others)}</p>')
    if publication.note:
        lines.append(f'<p class="note">{escape(publication.note)}</p>')
    if quick:
        lines.append(
            '<p class="note">Quick run: coarser grids and fewer random draws than in the full reproduction.</p>'
        )
    links = [("figures", "Figures"), *([("claims", "Claims")] if claims else [])]
    links += [("departures", "Departures from print"), ("provenance", "Provenance")]
    lines.append("<nav>" + " · ".join(f'<a href="#{name}">{text}</a>' for name, text in links) + "</nav>")
    return "\n".join([*lines, "</header>", "<main>"])


def _figures(paper: str, drawn: Sequence[Drawn], overviews: Sequence[str]) -> str:
    lines = ['<section id="figures">\n<h2>Figures</h2>']
    if overviews:
        names = ", ".join(f'<a href="{escape(name)}">{escape(name)}</a>' for name in overviews)
        lines.append(f"<p>Several panels on one page each, beside this one: {names}.</p>")
    return "\n".join([*lines, *(_figure(paper, one) for one in drawn), "</section>"])


def _figure(paper: str, drawn: Drawn) -> str:
    spec = drawn.spec
    picture = "data:image/svg+xml;base64," + base64.b64encode(drawn.svg).decode("ascii")
    width, height = (round(_PIXELS_PER_INCH * inches) for inches in spec.size)
    wide = ' class="wide"' if spec.grid[1] > 1 else ""
    departures = "".join(f"<li>{rich(text)}</li>" for text in spec.departures)
    saved = " · ".join(f'<a href="{spec.id}.{end}">{text}</a>' for end, text in _FILES.items())
    return (
        f'<article id="{spec.id}"{wide}>\n<h3>{rich(spec.title)}</h3>\n<figure id="{spec.id}-large">\n'
        f'<a class="close" href="#{spec.id}">Close</a>\n'
        f'<a class="enlarge" href="#{spec.id}-large"><img width="{width}" height="{height}" '
        f'style="--ratio: {width / height:.3f}" alt="{escape(spec.alt)}" src="{picture}"></a>\n'
        f'<figcaption>{escape(spec.id)} · <span class="enlarge"><a href="#{spec.id}-large">enlarge</a> · </span>{saved}'
        "</figcaption>\n</figure>\n<div>\n"
        f"<h4>What the {paper} says</h4>\n<p>{rich(spec.said)}</p>\n"
        f"<h4>What differs from print</h4>\n<ul>{departures}</ul>\n"
        f"<h4>Evidence</h4>\n<p>{rich(_evidence(drawn.dataset.attrs))}</p>\n</div>\n</article>"
    )


_FILES: Final = {"png": "PNG", "svg": "SVG", "nc": "data (NetCDF)"}


def _evidence(attrs: Mapping[str, Any]) -> str:
    if "evidence" in attrs:  # what is no set of maxima of steady states says for itself how far it is known
        return f"{attrs['evidence']} {attrs['finding']}"
    text = (
        f"Proven global by an upper bound: {attrs['certified']} of {attrs['machines']} maxima, largest relative gap "
        f"{attrs['largest_relative_gap']:.1e}. Steady states by the solver {attrs['solver']}, "
        f"largest residual {attrs['largest_residual']:.1e} ω_1."
    )
    if "fit_exponent" in attrs:
        text += (
            f" Fitted exponent {attrs['fit_exponent']:+.4f} ± {attrs['fit_exponent_error']:.4f} (spread of "
            f"{attrs['draws']} draws), printed {attrs['printed_exponent']:+.2f}; {attrs['fit']}."
        )
    if "bookkeeping" in attrs:
        text += f" Energies: {attrs['bookkeeping']}."
    return f"{text} {attrs['finding']}" if "finding" in attrs else text


def _claims(paper: str, claims: Sequence[ClaimResult]) -> str:
    names = ("id", "verdict", "claim", "ours", paper, "tolerance", "note")
    head = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in names)
    rows = "\n".join(_claim(claim, names) for claim in claims)
    return (
        '<section id="claims">\n<h2>Claims</h2>\n<p>Each claim is checked by a route that shares no code with the '
        "solvers; each tolerance has its reason.</p>\n"
        # a table that is no longer one on a narrow screen, to a browser, stays one to a screen reader by its roles
        f'<table class="claims" role="table">\n<thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
        f'<tbody role="rowgroup">\n{rows}\n</tbody>\n</table>\n</section>'
    )


def _claim(claim: ClaimResult, names: Sequence[str]) -> str:
    mood, word = ("pass", "holds") if claim.passed else ("fail", "FAILS")
    values = (claim.claim, claim.ours, claim.paper, claim.tolerance, claim.note)
    cells = "".join(_cell(value, name) for name, value in zip(names[2:], values, strict=True))
    return (
        f'<tr role="row" id="{escape(claim.id)}"><th scope="row" role="rowheader">{escape(claim.id)}</th>'
        f'<td role="cell" class="{mood}">{word}</td>{cells}</tr>'
    )


def _cell(value: object, name: str) -> str:
    kind, text = ('class="number" ', f"{value:.6g}") if isinstance(value, float) else ("", str(value))
    return f'<td role="cell" {kind}data-name="{escape(name)}">{rich(text)}</td>'


def _departures(publication: Publication) -> str:
    items = "\n".join(f"<li>{rich(str(text))}</li>" for text in publication.ledger.departures)
    return (
        '<section id="departures">\n<h2>Departures from print</h2>\n'
        f"<p>Where we had to read the {publication.called} differently from what is printed, could not read it, or "
        f"add to it. Each figure above lists its own.</p>\n<ul>\n{items}\n</ul>\n</section>"
    )


def _provenance(facts: Mapping[str, str]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in facts.items()
    )
    return (
        '<section id="provenance">\n<h2>Provenance</h2>\n<div class="scroll"><table class="facts">\n<tbody>\n'
        f"{rows}\n</tbody>\n</table></div>\n<p>"
        + rich("Units: ħ = k_B = 1, frequencies and rates in units of ω_1. ")
        + "Each NetCDF file carries its parameters, units and evidence.</p>\n</section>\n</main>"
    )
