"""The claims about the companion's machine, and the tolerance of each with its reason.

Of the companion (PRA 108, 012205) the abstract could be read.  It names three bounds: of the power, of the coherent
heat and of the efficiency, each by S_max, through cooperation and competition of coherences.  Constants, conditions and
all other claims are consequences of its model, rederived here; what the companion prints of them is not known.
"""

from typing import Final

from torusync.claims.verdict import Claim

_MODEL: Final = "the model, rederived"
_UNREAD: Final = "not read"
_SOLVE: Final = "rounding of a dense linear solve of condition number up to 1e5"
_SEARCH: Final = "a search by first derivatives stops at 1e-11 of a height that may be flat; " + _SOLVE

CLAIMS: Final = (
    Claim(
        "K01",
        "The first law with the hot heat split, P = Q_inc + Q_coh + Q_c, between two temperatures, for near-degenerate "
        "levels and correlated dipoles in both regimes.",
        "abstract (coherent heat, power); the terms: " + _MODEL, "names coherent heat; terms not read",
        1e-9, _SOLVE + "; absolute deviations, against the largest of the four terms",
    ),
    Claim(
        "K02",
        "Refrigerator: |P| ≤ κ_P S_max, κ_P = 32π² λ ω_31, for independent dipoles, and for correlated ones of equal "
        "drives and occupations on degenerate levels or with p ≤ 3/4; nearly aligned ones on split levels exceed it.",
        "abstract (power bounded by the measure); constant and conditions: " + _MODEL,
        "a bound of the power; constant and conditions not read",
        1e-8, _SEARCH,
    ),
    Claim(
        "K03", "Engine: competition lifts |P|/(κ_P S_max) above 1, to √N at (1+p)k = √N for equal drives on resonance "
        "(κ_P = 2λω_31 ΣS/S_max); no state of any machine exceeds √N.",
        "abstract (competition modifies the bound); value and window: " + _MODEL, _UNREAD,
        1e-8, _SEARCH + "; an edge of the window is located to it divided by a slope of order one",
    ),
    Claim(
        "K04", "The coherent heat is bounded always: |Q_coh| ≤ κ_Q S_max, κ_Q = 64π² γ_h |p| ω_3 (1+n_2).",
        "abstract (coherent heat bounded by the measure); constant: " + _MODEL,
        "a bound of the coherent heat; constant not read",
        1e-8, _SEARCH,
    ),
    Claim(
        "K05", "Refrigerator: COP ≥ Q_c/(κ_P S_max) wherever the bound of the power holds.",
        "title, abstract (efficiency bounded by the measure); form: " + _MODEL, "a lower bound; form not read",
        1e-8, _SEARCH,
    ),
    Claim(
        "K06", "Engine: η ≥ κ_P S_max/(Q_inc + κ_Q S_max) wherever P ≥ κ_P S_max; where P is smaller it can fail.",
        "title, abstract (efficiency bounded by the measure); form and condition: " + _MODEL,
        "a lower bound; form and condition not read",
        1e-8, _SEARCH,
    ),
    Claim(
        "K07", "Equal occupations and drives at Δ = 0: correlations replace a_h by π a_h, π = 1 + (N−1)p, and "
        "Q_coh = (π − 1) Q_inc, for any N and detuning.",
        _MODEL, _UNREAD,
        1e-9, _SOLVE,
    ),
    Claim(
        "K08", "The correlation p of largest power has a closed form for two degenerate levels; where it lies outside "
        "(−1, 1), |P| is monotone in p.",
        _MODEL, _UNREAD,
        1e-6, "a quadratic maximum is located to the square root of the rounding of its height",
    ),
    Claim(
        "K09", "At Δ = 0 there are 1 + m² stationary matrices: m = N − 1 for aligned dipoles (p = 1) and equal drives, "
        "m = N − 2 for unequal ones, m = 0 for p = −1 and equal drives of two levels; splitting all levels makes it 1.",
        _MODEL, _UNREAD,
        0.05, "numbers of matrices are whole; a twentieth tells them apart",
    ),
    Claim(
        "K10",
        "From p = 0.5 to p = −0.99 the ratio (1+p)k falls from 4.5 to 0.03 in the engine and from 3.15 to 0.021 in the "
        "refrigerator: S no longer localises at a point but along a ring of fixed phase difference, near π in the "
        "engine and 0 in the refrigerator, at Δ = 0 as at Δ = 0.1.",
        _MODEL, _UNREAD,
        1e-6, "phases at a quadratic maximum are known to the square root of the rounding of its height",
    ),
    Claim(
        "K11",
        "Power against detuning, Γ = (1+p)γ_h(1+n_2) + γ_c(1+n_c). At p = 0.8: one maximum at Δ = 0.05 (0.13 and 0.17 "
        "Γ in engine and refrigerator); at Δ = 0.2 two of the engine (0.53 Γ) and one of the refrigerator (0.67 Γ). "
        "At p = 0: one at Δ = 0.2 (0.77 and 0.93 Γ), two near both transitions at Δ = 0.6 (2.3 and 2.8 Γ).",
        _MODEL, _UNREAD,
        1e-9, _SOLVE,
    ),
    Claim(
        "K12",
        "Correlated dipoles with unequal occupations obey a Redfield equation: its bare entropy production can be "
        "negative, and its stationary matrix can fail to be a state, which is refused.",
        _MODEL, _UNREAD,
        1e-9, _SOLVE,
    ),
)  # fmt: skip

DEPARTURES: Final = (
    (
        "Only the title and the abstract of the companion could be read. They name the machine (four levels, "
        "near-degenerate) and say that S_max bounds the power, the coherent heat and the efficiency. The printed "
        "figures and numbers could not be read: no value here is compared with one of its own."
    ),
    (
        "Machine, axes and parameters of the figures are those that the authors' public repository "
        "(taufiqmurtadho/QuantumSyncThermalMaser, 2023) states: ω_2 = 3, γ_h = γ_c = 0.1, λ = 0.05 in units of ω_1, "
        "n_c = 0.1, n_h the occupation of the lower level ω_2, rates with the factor 2 of Eq. (7) of the letter. It "
        "has no licence: nothing was copied, and no stored number is compared with. The figure competition is added "
        "here."
    ),
    (
        "What those scripts do: at Δ = 0 they solve the master equation used here. At Δ ≠ 0 one damping has a leftover "
        "index and the cross terms of the dipoles have indices swapped, which moves results by up to 4 %, and S_max "
        "has one phase of Eq. (3) with another sign, which moves it by up to 19 %. This changes one statement: for the "
        "engine at p = 0, n_h/n_c = 2, Δ = 0.12 ω_1, |P|/(κ_P S_max) is 0.93 in their data and 1.13747 by Eq. (3) "
        "(claim K03). Whether the printed figure rests on these data could not be read."
    ),
    (
        "The constants κ_P = 32π² λ ω_31 and κ_Q = 64π² γ_h |p| ω_3 (1+n_2) are rederived for the S_max of Eq. (4) of "
        "the letter; the authors' repository has the same two; what is printed could not be read."
    ),
    (
        "The dissipator of correlated dipoles is that of the documentation: for unequal occupations a Redfield "
        "equation, without a secular step. A stationary matrix with a negative eigenvalue is refused (claim K12)."
    ),
    (
        "Energies are bare throughout, ω_j for heat and ω_j − ω_1 for power, as in claim K01 and in the repository; at "
        "exact degeneracy on resonance the usual bookkeepings agree."
    ),
    (
        "The bound of the power needs more than the refrigerator: nearly aligned dipoles on split levels break it, "
        "by up to √2, even for equal drives (claim K02). In the engine competition breaks it, by up to √2 (claim K03)."
    ),
    (
        "The lower bound of the engine's efficiency follows from two bounds in opposite directions and needs "
        "P ≥ κ_P S_max, which only a competing engine reaches (claim K06)."
    ),
)
