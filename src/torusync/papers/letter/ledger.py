"""The claims of the letter, and the tolerance of each with its reason.

Pure data, in three rows: what is claimed; where it stands and what the letter prints; how far our value may be from the
independent one, and why that far.
"""

from typing import Final

from torusync.claims.verdict import Claim

_SOLVE = "rounding of a dense linear solve of condition number up to 1e4"
_SEARCH = "a search by first derivatives stops at 1e-11 of the height, the solve adds a fifth of that; ten times both"


CLAIMS: Final = (
    Claim(
        "C01",
        "Integrating the Husimi function over the polar angles gives Eq. (3) with the prefactor 1/(2^(D+1) π^(D−2)).",
        "Eqs. (1)–(3)", "1/(2^(D+1) π^(D−2))",
        1e-11, "Gauss–Legendre quadrature of a trigonometric polynomial is exact to rounding, amplified by (2π)^(1−D)",
    ),
    Claim(
        "C02", "S vanishes identically for a diagonal state, and S_max vanishes for no other.",
        "below Eq. (3); supplement (d)", "S_max = 0 iff ρ is diagonal",
        1e-10, _SEARCH,
    ),
    Claim(
        "C03", "The steady-state coherences of Eqs. (9) and (10) solve Eq. (8), for N = 1 to 20.",
        "Eqs. (8)–(10)", "Eqs. (9), (10)",
        1e-10, _SOLVE,
    ),
    Claim(
        "C04", "The dissipation-to-driving ratio k = γ_h(1+n_h)/λ is the ratio of the two kinds of coherence.",
        "below Eq. (11)", "|ρ_12|/|ρ_23| = k",
        1e-10, _SOLVE,
    ),
    Claim(
        "C05",
        "Phase preferences: (3π/2, 0) in the refrigerator and (π/2, π) in the engine, compatible only in the former.",
        "after Eq. (10)", "Φ_j1 = 3π/2, Φ_jl = 0; Φ_j1 = π/2, Φ_jl = π",
        1e-9, "an angle is known to the relative rounding of its coherence; " + _SOLVE,
    ),
    Claim("C06", "S_max for two levels, all three branches of Eq. (11).", "Eq. (11)", "Eq. (11)", 1e-10, _SEARCH),
    Claim(
        "C07", "The optimal phases for two levels, all three branches of Eq. (12).",
        "Eq. (12)", "Eq. (12)",
        1e-6, "phases at a quadratic maximum are known to the square root of the rounding of its height",
    ),
    Claim(
        "C08", "The phase distribution peaks at a point for k = 3 and along a ring for k = 0.75.",
        "Figs. 2(a), 2(b)", "point at k = 3, ring at k = 0.75",
        1e-9, "both routes evaluate one finite sum on one grid; " + _SOLVE,
    ),
    Claim(
        "C09", "Refrigerator S_max lies above its entrainment part; engine S_max lies below it for k > 2 − √2.",
        "Fig. 2(c)", "above in the refrigerator, below in the engine near the boundary",
        1e-8, "a crossing is located to the rounding of two heights divided by their relative slope, of order one",
    ),
    Claim(
        "C10", "Cooperation and competition persist for unequal drives.",
        "Fig. 2(d)", "robust for all |λ_2/λ_3| ≤ 1",
        1e-10, _SEARCH,
    ),
    Claim(
        "C11", "S_max is unchanged by λ_j → −λ_j, and by any phase of λ_j.",
        "below Eq. (12)", "symmetric under λ_j → −λ_j",
        1e-10, _SEARCH,
    ),
    Claim(
        "C12", "At exact degeneracy S_max vanishes only for λ = 0 or n_h = n_c.",
        "below Eq. (12)", "zero only there",
        1e-8, "the reference loses two digits where the coherences are small against the populations; " + _SEARCH,
    ),
    Claim(
        "C13", "In the degenerate refrigerator S_max reaches the l1 bound with all phases at 3π/2, for every N.",
        "Scaling with N", "S_max ∝ Σ|ρ_ij|, φ_j1 = 3π/2",
        1e-9, _SOLVE,
    ),
    Claim(
        "C14", "Fits over N = 2 to 20 give the exponents −0.72 (engine) and +0.69 (refrigerator) for random drives.",
        "Figs. 3(a), 3(b)", "α = −0.72, +0.69",
        0.005,
        "half the last printed digit; each comparison adds three standard deviations of how far two sets of draws lie "
        "apart, measured between 50 sets of 100",
    ),
    Claim(
        "C15", "Optimal phases at N = 20 spread in the engine and coalesce at 3π/2 in the refrigerator.",
        "Figs. 3(c), 3(d)", "spread; all at 3π/2",
        1e-8, "the collective field of the optimum follows from ratios of coherences; " + _SOLVE,
    ),
    Claim(
        "C16", "For N → ∞ the refrigerator's scaled S_max tends to Eq. (13), the engine's to zero.",
        "Eq. (13)", "Eq. (13); 0",
        1e-4, "corrections are of relative order 1/N, with a coefficient below 100, at N = 10^6",
    ),
    Claim(
        "C17", "With a detuned drive ρ_1j still rotates at Ω in the laboratory frame, and ρ_jl stands still.",
        "below Eq. (10)", "locked at Ω",
        1e-7, "a phase is followed over some 50 time units by an integrator of relative accuracy 1e-11",
    ),
    Claim(
        "C18", "S_max over detuning and drive has the shape of an Arnold tongue.",
        "below Eq. (10); supplement", "Arnold tongue",
        1e-7,
        "half-widths are located by bisection; the search stops at 1e-11 of the height and the slope is of order one",
    ),
    Claim(
        "C19", "The machine is an engine iff n_h > n_c: power leaves it, and the undriven machine is inverted.",
        "below Eq. (7)", "engine iff n_h > n_c",
        1e-9, _SOLVE,
    ),
    Claim(
        "C20", "For near-degenerate levels the main results persist.",
        "below Eq. (5); Ref. [50]", "main results hold",
        1e-9, _SEARCH + "; the near-continuum of the engine is flat, which costs the search another digit",
    ),
    Claim(
        "C21", "For large N the mutual coupling dominates S_max, in both regimes: its share tends to one.",
        "Scaling with N; abstract", "mutual coupling dominates S_max for large N",
        1e-6, "the phases of a maximum, and so its shares, are known to the square root of the rounding of its height",
    ),
    Claim(
        "C22",
        "Turning one drive, λ_j → −λ_j, turns both preferences: in the refrigerator both are out of phase, in the "
        "engine the drive prefers out of phase and the mutual coupling in phase.",
        "below Eq. (12)", "refrigerator: both out of phase; engine: mutual coupling in phase, entrainment out of phase",
        1e-9, "an angle is known to the relative rounding of its coherence; " + _SOLVE,
    ),
    Claim(
        "C23", "For N → ∞ the scaled S_max stays finite only where the drive performs work on the machine.",
        "Summary", "synchronized for N → ∞ only if the drive works on the system",
        1e-9, "rounding of a closed form and of a solve for three levels with a drive of sqrt(N) λ, up to 100 ω_1",
    ),
    Claim(
        "C24",
        "The drive pulls each phase to its own; the mutual coupling pulls phases together in the refrigerator and "
        "repels them in the engine: the signs in the gradient of the pair sum.",
        "abstract; after Eq. (10)", "phase pulling and phase repulsion",
        1e-10, "differences over quarter turns are exact for a sum of first degree in each phase; " + _SOLVE,
    ),
)  # fmt: skip

DEPARTURES: Final = (
    (
        "Frame of Eq. (8): with the V(t) of Eq. (6), the drive stands still in the frame Õ = e^{+iH̃t} O e^{−iH̃t}, "
        "so in the laboratory ρ_1j(t) = ρ̃_1j e^{+iΩt}; the letter prints both with the opposite sign. S and S_max do"
        " not depend on it. Claim C17 follows the phase in the laboratory frame and finds +Ω."
    ),
    (
        "Figs. 2(a) and 2(b) are captioned n_h/n_c = 100 with λ_2 = 0.1 ω_1, which makes k = 25.5 and not 3 or 0.75. "
        "Up to its height the distribution depends on k alone; we keep n_h/n_c = 100 and take λ = 0.85 ω_1 and 3.4 "
        "ω_1."
    ),
    (
        "Compatibility of phases is printed as Φ_ij − Φ_jl = Φ_il. With Φ_ij = arg ρ_ij it is Φ_ij + Φ_jl = Φ_il: read "
        "as printed it fails by π in the refrigerator already for (i, j, l) = (2, 1, 3). Claim C05 uses the plus sign."
    ),
    (
        "Fig. 2(b) is described by a phase difference near π. At k = 0.75 the maximum lies at π − 2 arcsin(k/2) = "
        "0.755 π, as Eq. (12) has it; the difference tends to π only for k → 0."
    ),
    (
        "Fig. 2(d) does not print its bath ratios. We take those of Fig. 3: n_h/n_c = 10 and 0.4. Its caption holds "
        "λ_2 = 0.1 ω_1; read so, the engine lies above its entrainment part for |λ_2/λ_3| < 1/6. We hold the stronger "
        "drive."
    ),
    ("The caption of Fig. 3 sums |ρ_1j| from j = 1, which would count a population; we sum from j = 2."),
    (
        "The letter calls the engine S_max lower than its entrainment part; at exact degeneracy that holds for k > 2 "
        "− √2, and below that ratio S_max exceeds it (claim C09)."
    ),
    (
        "How the fits of Fig. 3 weigh their points is not printed. Least squares of log mean against log N reproduces "
        "the exponents (claim C14); unweighted least squares in S would give −0.63 and +0.63 instead."
    ),
    (
        "The exponents −0.72 and +0.69 of Fig. 3 are fits over N = 2 … 20, not asymptotic laws: the exact exponents "
        "are −1 (engine) and 0 (refrigerator); claim C16 computes both at N = 10^6, and the figure limit shows where "
        "S_max leaves the fits."
    ),
    ("Eq. (13) holds for equal drives. For λ_j/λ_2 uniform on [0, 1], as in Fig. 3(b), the limit is 3/4 of it."),
    (
        "In the engine at k ≤ N the optimal phases are a continuum, all sets with one modulus of Σ λ_j e^{iφ_j}: the "
        "scatter of Fig. 3(c) shows where a search happened to stop, and only that modulus is determined."
    ),
    (
        "Matched damping: at n_h/n_c = 10 the engine has γ_h(1+n_h) = γ_c(1+n_c) = 0.3 ω_1. Wherever its phases have "
        "room (k < N for equal drives) S_max then depends on the baths and N alone, on no drive, detuning or draw: "
        "1/24 in pair sums for two levels. The flat top of the engine's tongue and the vanishing spread of Fig. 3(a) "
        "at large N are this accident; the figure damping shows γ_c = 0.1 and 0.3 beside it, and claims that concern "
        "the engine are checked at n_h/n_c = 4, too, where 0.15 meets 0.3."
    ),
    (
        "λ_j → −λ_j is printed to turn ρ_jl for all k ≠ j, with a k that stands nowhere else. We read: one level "
        "j, and all l ≠ j. Pairs without that level keep their sign, and turning all drives at once turns no pair "
        "(claim C22)."
    ),
    (
        "That mutual coupling dominates at large N is argued from the number of coherences, N² against N. In the "
        "refrigerator its share of S_max is 1 − 2k/N, as that says. In the engine it is 1 − 2k²/N, with N > k² for a "
        "share above zero, while S_max itself falls as 1/N: what it dominates vanishes (claims C21, C23)."
    ),
    ("The supplement was not at hand: A, B and C of Eqs. (9) and (10) were rederived, and claim C03 checks them."),
)
