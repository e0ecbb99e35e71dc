"""The claims about phases in time, frequency and on the torus, and the tolerance of each with its reason.

The letter says that phases follow a phase synchronization model and leaves it at that.  What follows from its machine
is claimed here, statement by statement, beside what the letter prints where it prints something.
"""

from typing import Final

from torusync.claims.verdict import Claim

_MODEL: Final = "the machine of Eq. (8)"
_INTRODUCTION: Final = "introduction"
_SILENT: Final = "not in the letter"
_SUMS: Final = "rounding of sums over indices, divided by coherences of a hundredth or more"
_SOLVE: Final = "rounding of a dense linear solve of condition number up to 1e4"
_WHOLE: Final = "numbers of phases, starts and directions are whole; a twentieth tells them apart"
_SEARCH: Final = "a search by first derivatives stops at 1e-11 of the height; the solve adds a fifth of that"


CLAIMS: Final = (
    Claim(
        "P01",
        "dΦ_nm/dt and d ln R_nm/dt of any Lindblad equation split exactly into six terms: detuning, shift, drive on "
        "populations, coherent coupling, dissipative coupling, pull of populations.",
        _INTRODUCTION + "; any Lindblad equation", "phases follow a phase synchronization model",
        1e-9, _SUMS,
    ),
    Claim(
        "P02",
        "The split depends on the gauge: C → C + c, H → H − (i/2)(c*C − cC†) leaves the equation alone and moves "
        "terms by order one, though not their sum. With traceless channels, in one frame and basis, it is unique.",
        "any Lindblad equation", _SILENT,
        1e-9, _SUMS,
    ),
    Claim(
        "P03",
        "In the machine dΦ_1j/dt and dΦ_jl/dt have the terms written out for it: entrainment is the drive on "
        "populations, mutual coupling goes through the drive.",
        _MODEL, "drives couple the coherences (coherently)",
        1e-9, _SUMS,
    ),
    Claim(
        "P04",
        "Independent dipoles have no dissipative coupling of phases and no pull of populations; correlated ones, p ≠ "
        "0, have both.",
        _INTRODUCTION, "coherences are mutually coupled (dissipatively)",
        1e-9, _SUMS,
    ),
    Claim(
        "P05",
        "With amplitudes that evolve along, the phase model is the master equation: it is linear, and where its steady "
        "state is unique every coherence locks.",
        _MODEL, _SILENT,
        1e-8, "an angle is known to the relative rounding of its coherence, of 1e-5 or more here",
    ),
    Claim(
        "P06",
        "With frozen amplitudes the steady-state phases are a fixed point, which attracts in every random machine "
        "looked at; no proof is known.",
        _MODEL, _SILENT,
        1e-5, "a Jacobian by differences of fourth order, steps of 1e-5, whose rounding is 1e-11 over 1e-5",
    ),
    Claim(
        "P07",
        "At exact degeneracy and N ≥ 3 the slowest return to the steady phases is min(2a_h, Γ), a_h = γ_h(1+n_h), at "
        "every k: nothing happens at k = N.",
        _MODEL, _SILENT,
        1e-6, "a Jacobian by differences of fourth order, steps of 1e-5, well conditioned here",
    ),
    Claim(
        "P08",
        "Under a strong drive of levels apart the frozen model is multistable: beside the steady phases, which "
        "attract, starts drift, as far as they are followed. None drifts in the master equation.",
        _MODEL, _SILENT,
        0.05, _WHOLE,
    ),
    Claim(
        "P09",
        "Twenty levels over 3 ω_1, λ = 0.3, refrigerator, frozen: partly locked, Φ_1j of the two edge levels drift and "
        "the other 18 lock. All lock in the master equation: an artefact of freezing.",
        _INTRODUCTION, "chimeras in the quantum regime are a possibility",
        0.05, _WHOLE,
    ),
    Claim(
        "P10",
        "Identical levels show no chimera: random starts come back to the steady phases even with frozen amplitudes.",
        _INTRODUCTION, "chimeras in the quantum regime are a possibility",
        1e-6, "starts that come back at a rate of a_h are within e^(−60) and the error of an integration of 1e-9",
    ),
    Claim(
        "P11",
        "That steady phases attract is no theorem for Lindblad equations: there are three levels and one channel whose "
        "steady phases repel.",
        "any Lindblad equation", _SILENT,
        1e-6, "a Jacobian by differences of fourth order, steps of 1e-5",
    ),
    Claim(
        "P12",
        "At exact degeneracy the optimal phases of the engine have an order parameter of min(1, k/N) for equal drives, "
        "and |Σλ_j e^{iφ_j}| = clip(c/y, m_min, Σ|λ_j|) for unequal ones.",
        "below Eq. (12)", "in phase for k > 2, out of phase below, N = 2",
        1e-9, _SEARCH + "; phases of a search to the square root of that",
    ),
    Claim(
        "P13",
        "The torus flow dφ/dt = ∇ΣS of the homogeneous engine is a repulsive Kuramoto model in a field, and ends at an "
        "order parameter of min(1, k/N).",
        "Scaling with N", "analogous to the Kuramoto model with phase-repulsive coupling",
        1e-5, "what is left of a search dynamics after 1500/Ny; two integrators of relative accuracy 1e-9",
    ),
    Claim(
        "P14",
        "In that flow the in-phase state loses its stability at k = N in N − 1 directions at once: rates −c, and N − 1 "
        "times y(N − k).",
        "below Eq. (12)", "transition at k = 2, N = 2",
        1e-6, "differences of the torque with steps of 1e-4, off by a sixth of their square",
    ),
    Claim(
        "P15",
        "The phase of two manifold levels in the steady state is arg λ_l − arg λ_j and jumps by π at n_h = n_c, "
        "through zero amplitude, and nowhere as k is varied.",
        "after Eq. (10)", "Φ_jl = 0 (refrigerator), π (engine)",
        1e-9, "an angle is known to the relative rounding of its coherence; " + _SOLVE,
    ),
    Claim(
        "P16",
        "Off degeneracy the order parameter of proven maxima exceeds k/N well below k = N, and stays below 1 at k = N.",
        "below Eq. (5)", "main results hold in the near-degenerate case",
        1e-9, _SEARCH + "; its phases to the square root of that, a thousand times more",
    ),
    Claim(
        "P17",
        "From disorder the flow of many levels follows Kuramoto's mean field, ṙ = ½(c − Ny r)(1 − r²), to c/Ny = k/N.",
        "Scaling with N", "mean-field synchronization order parameter",
        1e-6, "two integrators of relative accuracy 1e-10; r^N is left of a finite number of levels, below 1e-15",
    ),
    Claim(
        "P18", "At fixed baths and drive the order parameter of the engine tends to zero, as k/N.",
        "Scaling with N", "order parameter approaches zero",
        1e-9, _SOLVE + ", of three levels",
    ),
    Claim(
        "P19",
        "States in time by modes of the drift and one scalar equation are those of the whole exponential, and within "
        "their bound; correlated dipoles and coherences of |0> included.",
        _MODEL, _SILENT,
        1e-9, "rounding of an exponential by squaring, some 1e-15 times the time in units of the fastest rate",
    ),
    Claim(
        "P20",
        "Aligned dipoles and equal drives have several steady states, and the start decides which is reached.",
        _MODEL, _SILENT,
        1e-9, "rounding of an exponential by squaring",
    ),
    Claim(
        "P21",
        "The gap of the generator, counted by zeros of a scalar function, is that of its whole spectrum, and is not "
        "the slowest pole of the drift.",
        _MODEL, _SILENT,
        1e-6, "the two lines between which an eigenvalue is counted are 1e-6 apart",
    ),
    Claim(
        "P22",
        "At exact degeneracy (N − 1)² − 1 eigenvalues stay at −2γ_h(1+n_h); two more where the dampings are equal, as "
        "at n_h/n_c = 10.",
        _MODEL, _SILENT,
        1e-7, "eigenvalues of a generator that is not normal, of a multiple eigenvalue to the square root of rounding",
    ),
    Claim(
        "P23",
        "The gap does not say how fast a state seems to relax: less than half of the distance is left in units of "
        "e^(−gap t). The drift is normal only where its dampings are equal.",
        _MODEL, _SILENT,
        1e-9, "rounding of an exponential by squaring; relative to a distance that fell by e^(−8), 1e5 times more",
    ),
    Claim(
        "P24", "The incoherent spectrum of the driven transition, by sums over poles, is that of quantum regression.",
        _MODEL, _SILENT,
        1e-9, _SOLVE,
    ),
    Claim(
        "P25", "Sum rule: the incoherent spectrum holds <d†d> − |<d>|² in all.",
        _MODEL, _SILENT,
        1e-9, "trapezoids over an angle, exact but for e^(−400 times a width); " + _SOLVE,
    ),
    Claim(
        "P26", "The coherent part of the light is at Ω exactly, at any detuning.",
        "below Eq. (10)", "frequency locking, even if the drive is detuned",
        1e-9, _SOLVE + "; a rotation in the laboratory is followed by an integrator, to 1e-7",
    ),
    Claim(
        "P27",
        "The incoherent peak is not locked: at the transition and of width 2Γ under a weak drive, pushed away by a "
        "strong one, or the middle one of three, near the drive; the coherent fraction stays below a per cent.",
        "below Eq. (10)", "frequency locking",
        1e-5, "a parabola through three points of a grid of 1e-3, whose fourth derivative is of order one",
    ),
    Claim(
        "P28",
        "In the laboratory ρ_1j turns at +Ω, ρ_0j at Ω/2, ρ_01 at −Ω/2, and ρ_jl stands still.",
        "below Eq. (10)", "ρ_1j = ρ̃_1j e^(−iΩt), ρ_jl = ρ̃_jl",
        1e-8, "an integrator of relative accuracy 1e-11 over some 40 radians",
    ),
)  # fmt: skip

DEPARTURES: Final = (
    (
        "The introduction speaks of coherences that are mutually coupled (dissipatively). With the letter's "
        "independent dipoles no dissipative term couples phases: the mutual coupling is coherent, through the drive, "
        "and dissipation supplies amplitudes and inversion only. A dissipative coupling needs correlated dipoles, p ≠ "
        "0 (claim P04)."
    ),
    (
        "The phase synchronization model is exact only with amplitudes that evolve along, and is then the master "
        "equation, in which every phase locks (claim P05). With amplitudes frozen it drifts where the master equation "
        "does not (claim P08): figures show it together with the evolution of the same start and in no other way."
    ),
    (
        "Chimeras: none in the strict sense, of identical oscillators, was found (claim P10). Partly locked states "
        "exist in the frozen model of levels that differ under a strong drive and are an artefact of freezing (claim "
        "P09)."
    ),
    (
        "Scanned for a chimera with frozen amplitudes, I: two groups of ten levels, λ = 0.3 and 0.01 ω_1, each over 3 "
        "ω_1, seed 20230717. Refrigerator: 14, 12, 11 and 6 of 16 starts drift until t = 500, 1000, 2000 and 4000, "
        "and 10 are at the steady phases then: a slow transient, whose length is a matter of chance. With λ = 0.3 and "
        "0.1 ω_1, 8 of 8 drift until t = 1000. Engines, n_h/n_c = 4 and 10: 0 of 8 each. Without a spread, "
        "refrigerator and engine: 0 of 8 each. No phase drifts in the master equation of any of them."
    ),
    (
        "Scanned, II: a strong engine drive, N = 20, 8 starts each, to t = 200, the same seed. n_h/n_c = 10: 0, 0 and "
        "8 drift at λ = 1 ω_1 with spreads of 3, 6 and 12 ω_1, and 0, 8 and 8 at λ = 3 ω_1. n_h/n_c = 4: all 8 at λ = "
        "1 ω_1 with each of these spreads and at λ = 3 ω_1 with 3 and 6 ω_1, and 2 of 2 with 12 ω_1. Mostly phases "
        "among the manifold drift, up to 162 of 210, and few of ρ_1j. The steady phases attract in all of them, and "
        "no phase drifts in the master equation. Longer: 8 of 8 drift until t = 800 in engines at λ = 1 ω_1, n_h/n_c "
        "= 10 over 12 ω_1 and 4 over 6 ω_1, and until t = 2000 in a refrigerator at λ = 0.3 ω_1 over 3 ω_1. Identical "
        "levels, λ = 0.03, 0.3 and 3 ω_1 in three baths: 0 of 2 each. Such drives and spreads are beyond what the "
        "equation describes."
    ),
    (
        "The transition at k = N, of which k = 2 is the letter's, is one of the phases that maximise S and of the "
        "torus flow, a search dynamics and the classical analogue. The phases of the steady state, and their "
        "stability, do not notice it (claims P07, P12 to P15)."
    ),
    (
        "The letter expects its results to hold for near-degenerate levels. An order parameter of min(1, k/N) does "
        "not: off degeneracy it is larger well below k = N, and smaller than 1 at k = N and beyond (claim P16)."
    ),
    (
        "Frequency locking, read as rotation of ρ_1j at Ω, holds at any detuning as it does for every driven linear "
        "response. In the light it is a coherent part of less than half a per cent; the rest, whose peak an observer "
        "sees, is not locked (claims P26, P27)."
    ),
    ("Frame: ρ_1j(t) = ρ̃_1j e^{+iΩt} with the V(t) of Eq. (6); the letter prints the opposite sign (claim P28)."),
)
