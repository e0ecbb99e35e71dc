"""How fast does a system come to rest, and at which frequencies does it shine, against QuTiP and whole matrices?"""

import numpy as np
import pytest
import qutip

import torusync as ts
from problems import BATHS, LOWERING, letter_maser, qutip_liouvillian, random_maser, refused
from torusync.dynamics import emission_spectrum, liouvillian_gap, liouvillian_spectrum, resolved, spectra
from torusync.dynamics.resolved import UNCOUNTED, Secular


def equal(levels, drive, spread, n_hot, **more):
    return ts.ThermalMaser(
        np.full(levels, drive), n_hot=n_hot, splittings=np.linspace(0.0, spread, levels), **BATHS, **more
    )


def machines():
    rng = np.random.default_rng(41)
    yield from (random_maser(rng, correlated=c, per_level=True, levels=3) for c in (False, True, False, True))
    yield from (letter_maser(n_hot=0.5 * ratio, splittings=[0.0, 0.2]) for ratio in (0.4, 4.0, 10.0))
    yield equal(5, 0.1, 0.0, 2.0)
    yield equal(4, 0.8, 2.0, 0.2)


def qutip_values(maser):
    return np.linalg.eigvals(qutip_liouvillian(maser).full())


def test_all_eigenvalues_are_those_of_qutip():
    for maser in (letter_maser(splittings=[0.0, 0.2]), letter_maser(n_hot=2.0, dipole_correlation=0.4)):
        found, theirs = liouvillian_spectrum(maser), qutip_values(maser)
        apart = np.abs(found.eigenvalues[:, np.newaxis] - theirs)
        assert apart.min(axis=0).max() <= found.error + 1e-12
        assert apart.min(axis=1).max() <= found.error + 1e-12
        assert found.error < 1e-11
        assert abs(found.eigenvalues[0]) <= found.error
        assert found.gap == pytest.approx(np.sort(-theirs.real)[1], abs=1e-12)


def test_the_error_of_eigenvalues_is_no_better_than_the_truth():
    """A Jordan chain: the drift at its exceptional point, whose eigenvalues rounding splits by its square root."""
    maser = ts.ThermalMaser([0.5 * (0.3 - 0.15)], n_hot=2.0, **BATHS)
    found = liouvillian_spectrum(maser)
    exact = -0.5 * (0.3 + 0.15) - 0.5 * (2 * 0.2 * 0.5 + 2 * 0.05 * 2.0)
    ground = found.eigenvalues[np.abs(np.abs(found.eigenvalues.imag)) > 1.0]
    assert len(ground) == 4
    assert np.abs(ground.real - exact).max() <= found.error
    assert np.abs(ground.real - exact).max() > 1e-12
    assert found.condition > 1e6


@pytest.mark.parametrize("number", range(9))
def test_the_gap_is_counted_right(number):
    maser = list(machines())[number]
    true, found = liouvillian_spectrum(maser), spectra._counted(resolved.Resolved.of(maser.generator().flat()))
    assert abs(found.gap - true.gap) <= found.error + true.error
    assert found.error < 2e-6 * found.gap * max(1.0, found.condition * 1e-6)
    secular = resolved.Secular(resolved.Resolved.of(maser.generator().flat()))
    ground = {round(float(x), 9) for x in -np.linalg.eigvals(maser.generator().drift()).real}
    assert ground
    block = np.linalg.eigvals(_block(maser))
    for x in np.random.default_rng(number).uniform(0.0, 4.0 * float(found.gap), 6):
        assert secular.right_of(x) == (block.real > -x).sum()


def _block(maser):
    """The generator of block and ground state, cut out of the whole."""
    size = maser.dimension
    kept = [0, *(i * size + j for i in range(1, size) for j in range(1, size))]
    return maser.generator().liouvillian()[np.ix_(kept, kept)]


@pytest.mark.parametrize(
    "parameters",
    [
        {"drive": [0.2, 0.1, 0.3], "n_hot": 0.2, "splittings": [0.0, 1.5, 3.0], "gamma_hot": 0.7, "detuning": 0.3},
        {"drive": [0.3, 0.3, 0.3], "n_hot": 20.0, "gamma_cold": 3.0},
        {"drive": [1.0, 1.5, 2.0], "n_hot": 2.0, "splittings": [0.0, 0.2, 0.5], "detuning": -1.0},
        {"drive": [0.0, 0.0, 0.0], "n_hot": 2.0, "splittings": [0.0, 0.4, 1.0]},
        {"drive": [0.1, 0.1, 0.1], "n_hot": 0.01, "n_cold": 0.02, "splittings": [0.0, 0.4, 1.0]},
        {"drive": [0.1, 0.2, 0.3], "n_hot": 0.01, "n_cold": 0.02, "detuning": -0.3},
    ],
)
def test_the_eigenvalue_of_the_gap_is_one_with_its_turn(parameters):
    """Coherences with |0> turn at ω_1 + Ω/2, other modes at differences of levels: none may be told as a real one."""
    maser = ts.ThermalMaser(**{**BATHS, **parameters})
    gap = liouvillian_gap(maser)
    values = liouvillian_spectrum(maser).eigenvalues
    assert np.abs(values - complex(gap.eigenvalue)).min() < 1e-6 * abs(complex(gap.eigenvalue))
    assert gap.gap == pytest.approx(-values[1].real, abs=float(gap.error) + 1e-12)


def test_what_cannot_be_counted_is_no_second_state(monkeypatch):
    """Where eigenvectors are so nearly one that no line is counted the gap is not known: it is not 0."""
    monkeypatch.setattr(Secular, "right_of", lambda *_: UNCOUNTED)
    machine = ts.ThermalMaser([0.1] * 5, n_hot=2.0, **BATHS)
    with pytest.raises(ts.ArgumentError, match="too near to each other to count"):
        liouvillian_gap(machine)


def test_the_nearest_pole_is_not_the_gap():
    """Two levels, λ = .1, the letter's baths: 1.079 and 1.119 times the pole; and .999 with levels apart."""
    for n_hot, ratio in ((0.2, 1.079), (2.0, 1.119)):
        found = spectra._counted(resolved.Resolved.of(equal(2, 0.1, 0.0, n_hot).generator().flat()))
        assert found.gap / found.nearest_pole == pytest.approx(ratio, abs=5e-4)


def test_many_levels_are_counted():
    """Fourteen against all eigenvalues of block and ground state; a hundred where no matrix of 10⁴ rows is formed."""
    maser = equal(14, 0.3, 1.0, 0.2)
    found = liouvillian_gap(maser)
    assert abs(np.sort(-np.linalg.eigvals(_block(maser)).real)[1] - found.gap) <= found.error
    many = liouvillian_gap(equal(100, 0.3, 1.0, 0.2))
    assert many.error < 1e-6 * many.gap
    assert many.gap == pytest.approx(float(many.nearest_pole), rel=1e-3)


def test_a_state_may_seem_slower_than_the_gap():
    """Levels side by side dephase: until they meet again nothing reaches |1>, and 2a_h is all that decays."""
    maser = equal(40, 0.3, 1.0, 0.2)
    state, path = ts.steady_state(maser).rho, ts.evolve(maser, 1, [0.0, 100.0, 140.0])
    far = np.linalg.norm(path.rho[1:] - state, axis=(-2, -1))
    seen, found = np.log(far[0] / far[1]) / 40.0, liouvillian_gap(maser)
    assert seen == pytest.approx(2.0 * 0.05 * 1.2, rel=2e-4)
    assert seen < found.gap - 100.0 * found.error


def test_at_exact_degeneracy_dark_modes_stay_on_their_pole():
    """N = 5: (N − 1)² − 1 = 15 eigenvalues on −2a_h exactly."""
    maser = equal(5, 0.1, 0.0, 2.0)
    values = liouvillian_spectrum(maser).eigenvalues
    assert (np.abs(values + 2.0 * 0.05 * 3.0) < 1e-10).sum() == 15


def test_without_a_unique_state_there_is_no_gap():
    maser = equal(3, 0.1, 0.0, 2.0, dipole_correlation=1.0)
    found = liouvillian_gap(maser)
    assert found.gap == 0.0
    assert found.relaxation_time == np.inf
    assert liouvillian_spectrum(maser).gap == 0.0


def test_a_decaying_qubit_has_the_gap_of_its_coherence():
    qubit = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, LOWERING)])
    assert liouvillian_gap(qubit).gap == pytest.approx(0.1, abs=1e-14)
    assert liouvillian_gap(qubit).relaxation_time == pytest.approx(10.0)


def dipole(maser, weights=1.0):
    out = np.zeros((maser.dimension, maser.dimension), dtype=complex)
    out[1, 2:] = weights
    return out


def test_the_emission_is_that_of_qutip():
    lines = np.linspace(-2.0, 2.0, 41)
    for maser in machines():
        found = emission_spectrum(maser, lines)
        theirs = qutip.spectrum(
            qutip_liouvillian(maser), lines, [], qutip.Qobj(dipole(maser)).dag(), qutip.Qobj(dipole(maser))
        )
        np.testing.assert_allclose(found.density, theirs, atol=1e-10)
        assert found.residual < 1e-12


def test_weights_and_operators_are_the_same_question():
    maser, lines, weights = letter_maser(splittings=[0.0, 0.3], detuning=0.1), np.linspace(-1.0, 1.0, 21), [0.3, 1.0j]
    found = emission_spectrum(maser, lines, weights=weights)
    again = emission_spectrum(maser, lines, operator=dipole(maser, weights))
    whole = emission_spectrum(maser, lines, operator=dipole(maser, weights) + 0.0)
    np.testing.assert_array_equal(found.density, again.density)
    assert found.coherent_weight == whole.coherent_weight
    # an operator that touches |0> takes the whole generator
    lower = np.zeros((4, 4))
    lower[0, 2] = 1.0
    cold = emission_spectrum(maser, lines - 2.0, operator=lower)
    theirs = qutip.spectrum(qutip_liouvillian(maser), lines - 2.0, [], qutip.Qobj(lower).dag(), qutip.Qobj(lower))
    np.testing.assert_allclose(cold.density, theirs, atol=1e-10)
    assert cold.coherent_weight == 0.0


def test_all_light_is_counted_once():
    """∫ S dω/2π = <d†d> − |<d>|², by ω = tan x, on which S/cos² is smooth."""
    x = np.linspace(-0.5 * np.pi, 0.5 * np.pi, 4002)[1:-1]
    for maser in machines():
        found = emission_spectrum(maser, np.tan(x))
        integral = (found.density / np.cos(x) ** 2).sum() * (x[1] - x[0]) / (2.0 * np.pi)
        assert integral == pytest.approx(float(found.incoherent_weight), rel=5e-4)
        assert found.density.min() > -1e-12
        assert 0.0 <= found.coherent_fraction <= 1.0


def test_a_weak_drive_shines_at_the_detuning_with_the_damping_s_width():
    maser = ts.ThermalMaser([1e-4], n_hot=2.0, detuning=-0.4, **BATHS)
    lines = np.linspace(0.0, 0.8, 801)
    found = emission_spectrum(maser, lines)
    peak = int(found.density.argmax())
    assert lines[peak] == pytest.approx(0.4, abs=1.1e-3)
    above = lines[found.density >= 0.5 * found.density[peak]]
    assert 0.5 * (above[-1] - above[0]) == pytest.approx(0.05 * 3.0 + 0.2 * 1.5, abs=0.06)


def test_a_batch_shines_point_by_point():
    batch = ts.ThermalMaser([[0.1, 0.2], [0.3, 0.1j]], n_hot=2.0, splittings=[0.0, 0.1], **BATHS)
    lines = np.linspace(-1.0, 1.0, 7)
    found = emission_spectrum(batch, lines)
    assert found.density.shape == (2, 7)
    np.testing.assert_allclose(found.density[1], emission_spectrum(batch[1], lines).density, atol=1e-13)
    np.testing.assert_array_equal(found[1].density, found.density[1])


REFUSED = {
    "falling": (lambda: emission_spectrum(letter_maser(), [1.0, 0.0]), "`frequencies` must ascend"),
    "table": (lambda: emission_spectrum(letter_maser(), [[1.0]]), "one row"),
    "weights": (lambda: emission_spectrum(letter_maser(), [0.0], weights=[1.0]), "each of the 2 manifold levels"),
    "both": (lambda: emission_spectrum(letter_maser(), [0.0], weights=[1, 1], operator=np.eye(4)), "left out"),
    "operator": (lambda: emission_spectrum(letter_maser(), [0.0], operator=np.eye(3)), "4 levels"),
    "none": (
        lambda: emission_spectrum(ts.LindbladSystem(np.eye(2), [(0.1, LOWERING)]), [0.0]),
        "`operator` must be given",
    ),
    "many": (lambda: liouvillian_spectrum(equal(30, 0.1, 0.0, 2.0)), "at most 20 levels"),
    "more": (lambda: liouvillian_gap(equal(600, 0.1, 0.0, 2.0)), "at most 500"),
    "batch": (lambda: liouvillian_gap(ts.ThermalMaser([[0.1], [0.2]], n_hot=2.0, **BATHS)), "be one system"),
    "system": (lambda: liouvillian_gap(np.eye(2)), "`system`"),
    "defective": (
        lambda: emission_spectrum(ts.ThermalMaser([0.075], n_hot=2.0, **BATHS), [0.0]),
        "eigenvectors are a basis",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_answer_is_refused(case):
    call, *words = REFUSED[case]
    refused(call, *words)
