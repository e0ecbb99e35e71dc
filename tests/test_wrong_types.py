"""Does every argument of the wrong type end in the library's own sentence, at every door?"""

import inspect
import warnings
from contextlib import chdir

import numpy as np
import pytest
from tests.hunts import doors, wrong_types
from tests.hunts.tally import Tally

import torusync as ts
from problems import ENGINE_BATHS, LOWERING, letter_maser, refused
from torusync import analysis, claims, figures, maxima, models, papers, phases, plots, quantities, steady, thermo
from torusync._errors import shown

STATE = ts.steady_state(letter_maser())
RHO = STATE.rho
SYNC = ts.synchronization(STATE)
PAGE = "a page of text, and so on\n" * 200


def test_two_thousand_calls_end_in_an_answer_or_in_a_sentence():
    tally = wrong_types.hunt(2000)
    assert not tally.broken, tally.report
    assert tally.counts["answers"] > 50
    assert tally.counts["sentences"] > 1500


def test_every_door_answers_right_arguments():
    """A hunt whose right arguments are wrong would find nothing."""
    with chdir(doors.FOLDER):
        for door in doors.doors():
            right = {one.name: door.right(one.name) for one in door.parameters}
            call = wrong_types.Call(door, right, {}, unknown=False)
            if door.name == "register":
                refused(call, "registered already")
            else:
                wrong_types.ask(call())


def test_every_public_function_is_a_door():
    rooms = [ts, *(getattr(ts, name) for name in doors.ROOMS)]
    public = {
        name for room in rooms for name in getattr(room, "__all__", ()) if inspect.isfunction(getattr(room, name))
    }
    assert public - {one.name for one in doors.doors()} == {one.__name__ for one in doors.BETWEEN_ROOMS}
    assert set(doors.ROOMS) <= set(dir(ts))


def test_what_people_make_and_ask_is_a_door():
    names = {one.name for one in doors.doors()}
    assert {
        "CoherenceSet", "Dense", "Knobs", "LindbladSystem", "LindbladSystem.from_qutip", "LowRank", "Relative", "SU2",
        "Solution", "Solution.to_dataset", "SteadyState.coherence", "SteadyState.save", "Synchronization.optima",
        "ThermalMaser", "ThermalMaser.near_degenerate",
    } <= names  # fmt: skip


def foreign(_):
    return {}["key"]


def warned(_):
    warnings.warn("look out", RuntimeWarning, stacklevel=1)


def changed(index):
    index[0] = 7.0


def two_sentences(_):
    raise ts.ArgumentError("Argument `x` must be a number, but it is none. Try again.")


def two_lines(_):
    raise ts.ArgumentError("Argument `x` must be a number, but it is\nnone.")


def endless(_):
    while True:
        pass


@pytest.mark.parametrize("fault", [foreign, warned, changed, two_sentences, two_lines, endless])
def test_the_hunt_sees(fault, monkeypatch):
    monkeypatch.setattr(wrong_types, "LIMIT", 0.05)
    tally, index = Tally(), inspect.Parameter("index", inspect.Parameter.POSITIONAL_ONLY)
    wrong_types.judge(
        wrong_types.Call(doors.Door("door", fault, (index,)), {"index": np.zeros(2)}, {}, unknown=False), tally
    )
    assert len(tally.broken) == 1


NAMED = {
    "counts=None": (lambda: analysis.bootstrap_counts(RHO, None), "`counts` must be a whole number", "None"),
    "counts=True": (lambda: analysis.bootstrap_counts(RHO, True), "`counts` must be a whole number", "True"),
    "counts=1e3": (lambda: analysis.bootstrap_counts(RHO, 1e3), "`counts` must be a whole number", "1000.0"),
    "replicates=2.5": (lambda: analysis.bootstrap_counts(RHO, 9, replicates=2.5), "`replicates`", "2.5"),
    "replicates=True": (
        lambda: analysis.bootstrap_covariance(RHO, np.eye(16), replicates=True),
        "`replicates`",
        "True",
    ),
    "seed='a'": (lambda: analysis.bootstrap_counts(RHO, 9, seed="a"), "`seed` must be a whole number", "'a'"),
    "random_starts=True": (lambda: ts.synchronization(RHO, random_starts=True), "`random_starts`", "True"),
    "real_vector": (lambda: analysis.real_vector(None), "`rho` must hold numbers"),
    "optima(None)": (lambda: SYNC.optima(None), "`point` must be an index into the batch of shape ()", "None"),
    "optima(True)": (lambda: SYNC.optima(True), "`point` must be an index"),
    "read_matrix(5)": (lambda: analysis.read_matrix(5), "`path` must be a path", "int"),
    "0-d operators": (
        lambda: ts.LindbladSystem.from_qutip(np.eye(2), np.array(0.1)),
        "`collapse_operators` must be a sequence of operators",
    ),
    "0-d channels": (lambda: ts.LindbladSystem(np.eye(2), np.array(0.1)), "`channels` must be a sequence of pairs"),
    "a batch without end": (
        lambda: ts.LindbladSystem.from_qutip(np.eye(2), np.broadcast_to(LOWERING, (10**14, 2, 2))),
        "at most 100000 of them",
    ),
    "10**18 levels": (
        lambda: ts.ThermalMaser.near_degenerate(manifold_levels=10**18, hot_temperature=5.0, cold_temperature=0.5),
        "`manifold_levels` must be at most",
    ),
    "throw='no'": (lambda: ts.steady_state(letter_maser(), throw="no"), "`throw` must be True or False", "'no'"),
    "quick=1": (lambda: papers.load("letter").figures["fig2c"].data(1), "`quick` must be True or False"),
    "a name for a quantity": (lambda: ts.solve(letter_maser()).unit("power"), "`one` must be a registered Quantity"),
    "bytes for names": (lambda: ts.solve(letter_maser()).to_dataset(b"power"), "`quantities` must be names"),
    "bookkeeping": (lambda: quantities.Solution(STATE, "bare"), "`bookkeeping` must be Bookkeeping.BARE"),
    "distribution": (lambda: ts.solve(letter_maser(), distribution=phases.SUD), "`distribution`"),
    "flows": (lambda: ts.counting_statistics(STATE, flows=SYNC), "`flows` must be the Thermodynamics"),
    "state beside flows": (
        lambda: ts.counting_statistics(RHO, flows=ts.thermodynamics(STATE)),
        "`state` must be the steady state of a ThermalMaser",
    ),
    "sync": (lambda: ts.interplay(STATE, sync=STATE), "`sync` must be the synchronization"),
    "knobs": (lambda: maxima.maximum(RHO, 3), "`knobs` must be Knobs"),
    "max_dimension": (lambda: steady.Dense(None), "`max_dimension` must be a whole number"),
    "paper": (lambda: papers.source("nature"), "`set` must be one of letter, companion", "'nature'"),
    "ledger": (lambda: claims.evaluate(None), "`ledger`"),
    "checks": (lambda: claims.verdict([1.0]), "`checks`"),
    "figure": (lambda: figures.to_png(None), "`figure`"),
    "letter": (lambda: plots.panel_letter(None, 3), "`letter` must be a text"),
    "model": (lambda: models.machine_of({"drive": 0.1}, "maser"), "`model` must be a class such as ThermalMaser"),
    "typed": (lambda: models.machine_of(None), "`typed` must be values by the names of parameters"),
    "a path as a drive": (lambda: models.machine_of({"drive": np.eye(2)}), "`drive` must be a number"),
    "names": (lambda: ts.ThermalMaser.from_shorthands({3: 0.1}), "`values` must name parameters", "3"),
    "blocks": (lambda: phases_set(((0, 1),)), "`blocks` must be pairs of ranges of levels"),
    "registering a name": (lambda: quantities.register("power"), "`quantities` must be quantities"),
    "an array as large as no memory": (
        lambda: ts.phase_distribution(RHO, np.broadcast_to(0.1, (10**14, 4))),
        "`phases` must need at most",
    ),
    "a range as large as no memory": (lambda: thermo.competition(2, range(10**13)), "`k`", "memory"),
    "a number of 5000 digits": (lambda: thermo.competition(10**5000, 0.5), "`levels` must be at most 1e+100", "digits"),
    "a masked entry": (lambda: letter_maser(drive=[[0.1, np.ma.masked]]), "`drive` must be a plain array", "masked"),
    "an axis of no name": (
        lambda: ts.sweep(ts.ThermalMaser, {"a\0`b": [1.0]}, ["power"]),
        "must be a parameter of ThermalMaser",
    ),
    "an axis of a long name": (
        lambda: ts.sweep(ts.ThermalMaser, {"x" * 5000: [1.0]}, ["power"]),
        "xxx…` must be a parameter of ThermalMaser",
    ),
    "a page": (lambda: ts.synchronization(PAGE), "`state` must hold numbers"),
    "a table": (lambda: ts.steady_state(letter_maser(), solver=np.eye(40)), "`solver` must be a solver"),
}


def phases_set(blocks):
    return ts.densities.CoherenceSet("a", blocks)


@pytest.mark.parametrize("name", NAMED)
def test_named_cases_are_refused_in_one_sentence(name):
    call, *words = NAMED[name]
    refused(call, *words)


@pytest.mark.parametrize(
    "value",
    [PAGE, np.eye(30), 10**5000, [10**5000], [[[[1]]]] * 50, {"a": PAGE}, range(10**12), object()],
    ids=range(8),
)
def test_whatever_is_shown_is_short_and_on_one_line(value):
    text = shown(value)
    assert 0 < len(text) <= 40
    assert text.isprintable()


def test_what_cannot_show_itself_is_shown():
    class Mute:
        def __repr__(self):
            raise RuntimeError("no words")

    assert "Mute" in shown(Mute())
    assert "Mute" in shown([Mute()])
    refused(lambda: ts.synchronization(Mute()), "`state` must hold numbers", "Mute")


@pytest.mark.parametrize("flag", [True, np.True_, np.array([True])[0]])
def test_truth_values_of_numpy_are_truth_values(flag):
    assert ts.steady_state(letter_maser(), throw=flag).succeeded


def test_complex_numbers_without_imaginary_parts_are_fixed_as_real():
    given = {**ENGINE_BATHS, "drive": np.array([0.1 + 0j, 0.2 + 0j])}
    found = ts.sweep(ts.ThermalMaser, {"detuning": [0.0]}, ["s_max"], fixed=given)
    assert float(found.s_max[0]) == pytest.approx(float(SYNC.s_max), rel=1e-12)


def test_a_row_of_sixty_drives_says_that_it_is_one_machine_of_sixty_levels():
    drive = np.linspace(0.01, 0.3, 60)
    assert repr(ts.ThermalMaser(drive, **ENGINE_BATHS)).startswith("<ThermalMaser: N = 60, drive")
    assert "N = 1, batch (60,)" in repr(ts.ThermalMaser(drive[..., None], **ENGINE_BATHS))
    assert "N = 60" in repr(ts.steady_state(ts.ThermalMaser(drive, **ENGINE_BATHS)))


def test_occupations_that_fit_no_level_axis_say_how_a_batch_is_written():
    by_level = letter_maser(n_hot=[1.0, 5.0])
    assert by_level.batch_shape == ()
    assert "N = 2, drive" in repr(by_level)
    refused(lambda: letter_maser(drive=[0.1, 0.1, 0.1], n_hot=[1.0, 5.0]), "level axis of length 3", "n_hot[..., None]")
    batch = letter_maser(drive=[0.1, 0.1, 0.1], n_hot=np.array([1.0, 5.0])[..., None])
    assert "N = 3, batch (2,)" in repr(batch)
