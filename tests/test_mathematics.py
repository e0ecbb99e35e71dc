"""Is mathematics in prose found, set so that it reads as it was written, and nothing else taken for it?"""

import re
from xml.etree import ElementTree as ET

import pytest

from torusync import papers
from torusync.report.markup import rich
from torusync.report.mathematics import runs

TOKENS = {"mi", "mn", "mo"}
SCHEMA = {"math": None, "mrow": None, "msqrt": None, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2}


def formulas(text):
    """Return the <math> elements of a text, each checked to be well formed and of MathML Core."""
    found = [ET.fromstring(one) for one in re.findall(r"<math>.*?</math>", rich(text))]  # noqa: S314 - our own
    for one in found:
        for element in one.iter():
            if element.tag in TOKENS:
                assert element.text
                assert not len(element)
            else:
                assert SCHEMA[element.tag] in {None, len(element)}, element.tag
    return found


def read(element):
    """Write an element on one line, its structure in brackets."""
    parts = [read(one) for one in element]
    match element.tag:
        case "msub":
            return f"{parts[0]}_[{parts[1]}]"
        case "msup":
            return f"{parts[0]}^[{parts[1]}]"
        case "msubsup":
            return f"{parts[0]}_[{parts[1]}]^[{parts[2]}]"
        case "msqrt":
            return f"√[{''.join(parts)}]"
        case "mover":
            return f"{parts[0]} under {parts[1]}"
        case _:
            return "".join(parts) if parts else element.text.replace("\u2062", "*")


@pytest.mark.parametrize(
    ("text", "set_as"),
    [
        ("n_h/n_c", "n_[h]/n_[c]"),
        ("e^{iφ_j1}", "e^[iφ_[j1]]"),
        ("1e-09", "10^[−9]"),
        ("8.7e-15 ω_1", "8.7×10^[−15]*ω_[1]"),
        ("2e+03", "2×10^[3]"),
        ("N = 10^6", "N=10^[6]"),
        ("(2π)^N S_max", "(2*π)^[N]*S_[max]"),
        ("√N", "√[N]"),
        ("k > 2 − √2", "k>2−√[2]"),
        ("λ²/(2π)^N", "λ^[2]/(2*π)^[N]"),
        ("1/(2^(D+1) π^(D−2))", "1/(2^[D+1]*π^[D−2])"),
        ("|P| ≤ κ_P S_max", "|P|≤κ_[P]*S_[max]"),
        ("|ρ_12|/|ρ_23| = k", "|ρ_[12]|/|ρ_[23]|=k"),
        ("Σ λ_j e^{iφ_j1}", "∑λ_[j]*e^[iφ_[j1]]"),
        ("p = -0.99", "p=−0.99"),
        ("e^{+iH̃t}", "e^[+iH under ~t]"),
        ("mean(λ)²/mean(λ²)", "mean(λ)^[2]/mean(λ^[2])"),
        ("x_j^2", "x_[j]^[2]"),
    ],
)
def test_a_formula_is_set_as_it_is_read(text, set_as):
    assert [read(one) for one in formulas(text)] == [set_as]


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("steady_state and <script>", "steady_state and &lt;script&gt;"),
        ("<b>no markup</b> & more", "&lt;b&gt;no markup&lt;/b&gt; &amp; more"),
        ("exponent -0.72, C01-C03", "exponent −0.72, C01-C03"),
        ("Figs. 2(a) and 2(b), Eq. (12), panels (c), (d)", "Figs. 2(a) and 2(b), Eq. (12), panels (c), (d)"),
        ("a fifth of it, I say, in 5 K", "a fifth of it, I say, in 5 K"),
        ("the engine's, near-degenerate, and/or", "the engine&#x27;s, near-degenerate, and/or"),
        ("0.5 to 20, or 100 %", "0.5 to 20, or 100 %"),
    ],
)
def test_words_and_plain_numbers_stay_text(text, escaped):
    assert rich(text) == escaped


def every_text():
    for name in papers.names():
        paper = papers.load(name)
        for spec in paper.figures.values():
            yield from (spec.title, spec.said, spec.alt, *spec.departures)
        yield from map(str, paper.ledger.departures)
        for claim in paper.ledger.claims:
            yield from (claim.text, claim.paper, claim.reason, claim.source)


def test_no_text_of_a_paper_loses_or_gains_a_character():
    for text in every_text():
        assert "".join(one.text for _, run in runs(text) for one in run) == text
        formulas(text)


def test_no_code_is_left_in_the_texts_of_the_papers():
    """What a reader would stumble upon: an underscore or a caret between letters."""
    for text in every_text():
        prose = re.sub(r"<math>.*?</math>", "", rich(text))
        assert not re.search(r"[A-Za-zΑ-ω]_|\^|√|[Α-ω]", prose), prose


def test_a_long_formula_may_break_before_a_relation_and_a_short_one_not():
    assert len(formulas("η ≥ κ_P S_max/(Q_inc + κ_Q S_max)")) == 2
    assert len(formulas("n_h/n_c = 100")) == 1
    assert "</math> <math><mo form=" in rich("η ≥ κ_P S_max/(Q_inc + κ_Q S_max)")


def test_marks_beside_a_formula_stay_on_its_line():
    text = rich("(for N = 2), up to 1e-5, and so on")
    assert re.findall(r"</math>([^<]*)</span>", text) == ["),", ","]
    assert '<span class="whole">' not in rich("at N = 2 as well")
