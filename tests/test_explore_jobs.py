"""Do jobs give the library's numbers, tell how far they are, end when told to, and keep no more than they may?"""

import threading
import time

import numpy as np
import pytest

import torusync as ts
from explorer import Client, density, numbers
from problems import ENGINE_BATHS
from torusync._checks import requirement
from torusync._threads import stop_if_told
from torusync.dynamics import PhaseRuns
from torusync.explore import jobs as explore_jobs
from torusync.explore.jobs import Jobs
from torusync.explore.refused import RefusedError
from torusync.quantities import QUANTITIES

ASK = Client()
MASER = {"manifold_levels": 2, "drive": 0.1, "n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
FIXED = {name: one for name, one in MASER.items() if name != "n_hot"}


def test_a_line_is_a_sweep():
    axis = {"name": "occupation_ratio", "start": 0.1, "stop": 10.0, "count": 6, "log": True}
    asked = ["s_max", "shares", "regime", "verdict", "power", "power_bound"]
    told = ASK.result("line", model="maser", values=MASER, axis=axis, quantities=asked)
    ds = ts.sweep(ts.ThermalMaser, {"occupation_ratio": np.geomspace(0.1, 10.0, 6)}, asked, fixed=FIXED)
    assert set(told["quantities"]) == set(ds.data_vars) - {"status"}
    for name, one in told["quantities"].items():
        np.testing.assert_allclose(numbers(one["values"]), ds[name].to_numpy(), rtol=1e-9, atol=1e-13, err_msg=name)
        assert one["symbol"] == QUANTITIES[name].symbol
    assert told["quantities"]["shares"]["dims"] == ["set"]
    assert told["labels"]["set"] == ["entrainment", "mutual"]
    assert told["quantities"]["s_max"]["bound"] == "s_max_bound"
    np.testing.assert_allclose(told["axes"][0]["values"], ds["occupation_ratio"])
    assert told["axes"][0]["symbol"] == "n_h/n_c"
    assert told["status"] == [0] * 6


def test_a_tongue_is_a_sweep_over_two_parameters():
    axes = [
        {"name": "detuning", "start": -1.0, "stop": 1.0, "count": 9},
        {"name": "drive", "start": 0.0, "stop": 0.3, "count": 7},
    ]
    told = ASK.result("tongue", model="maser", values=MASER, axes=axes, quantity="s_max")
    held = {name: one for name, one in MASER.items() if name != "drive"}
    ds = ts.sweep(
        ts.ThermalMaser, {"detuning": np.linspace(-1, 1, 9), "drive": np.linspace(0, 0.3, 7)}, "s_max", fixed=held
    )
    np.testing.assert_allclose(numbers(told["quantities"]["s_max"]["values"]), ds["s_max"], rtol=1e-12, atol=1e-20)
    assert np.shape(told["status"]) == (9, 7)


def test_levels_are_an_axis_of_whole_numbers():
    axis = {"name": "manifold_levels", "start": 2, "stop": 6, "count": 11}
    told = ASK.result("line", model="maser", values=MASER, axis=axis, quantities=["scaled"])
    assert told["axes"][0]["values"] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("start", ["turned", "ground", "thermal", 1])
def test_states_in_time_are_those_of_evolve(start):
    told = ASK.result("evolve", model="maser", values=MASER, start=start, frames=9, seed=3, duration=20.0)
    system = ts.ThermalMaser([0.1, 0.1], n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    state, times = ts.steady_state(system), np.linspace(0.0, 20.0, 9)
    turned = np.random.default_rng(3).uniform(0.0, 2.0 * np.pi, 4)
    turn = np.exp(-1j * turned)
    given = turn[:, None] * state.density.to_array() * turn.conj() if start == "turned" else start
    path = ts.evolve(system, given, times)
    np.testing.assert_allclose(density(told), path.rho, atol=1e-13)
    np.testing.assert_allclose(told["times"], times)
    sync = ts.synchronization(path)
    np.testing.assert_allclose(numbers(told["s_max"]), sync.s_max, rtol=1e-7, atol=1e-18)
    assert max(told["error"]) < 1e-9
    # the phases lock where the steady state has them, whatever they began with
    level = numbers(told["phases"])
    if start == "turned":
        np.testing.assert_allclose(np.exp(1j * level[0, 2:]), np.exp(-1j * np.angle(path.rho[0, 1, 2:])), atol=1e-12)


def test_the_frozen_phase_model_stands_beside_and_starts_where_the_evolution_does():
    told = ASK.result("evolve", model="maser", values=MASER, frames=30, seed=5)
    frozen = numbers(told["frozen"]["phases"])
    coevolving = numbers(told["phases"])
    np.testing.assert_allclose(np.exp(1j * frozen[0, 1:]), np.exp(1j * coevolving[0, 1:]), atol=1e-12)
    assert told["frozen"]["locked"] + told["frozen"]["drifting"] == len(told["frozen"]["pairs"]) == 3
    assert told["duration"] == pytest.approx(8.0 / told["gap"])
    system = ts.ThermalMaser([0.1, 0.1], n_hot=5.0, n_cold=0.5, gamma_hot=0.05, gamma_cold=0.2)
    assert told["gap"] == pytest.approx(ts.dynamics.liouvillian_gap(system).gap)
    assert told["frozen"]["stability"] == pytest.approx(ts.phase_model(system).frozen().stability)


def test_phases_that_are_followed_alone_are_those_of_a_run():
    system = ts.ThermalMaser([0.1, 0.07], splittings=[0.0, 0.3], **ENGINE_BATHS)
    frozen = ts.phase_model(system).frozen()
    run = frozen.run(30.0, starts=3, seed=1)
    assert isinstance(run, PhaseRuns)
    alone = frozen.follow(run.starts, run.times)
    np.testing.assert_allclose(alone, run.frozen, atol=1e-12)
    later = frozen.follow(run.starts, run.times[::50])
    np.testing.assert_allclose(later, run.frozen[:, ::50], atol=1e-7)
    np.testing.assert_allclose(frozen.follow(run.starts, [3.0])[:, 0], run.frozen[:, 0], atol=1e-12)
    for turned, times in ((run.starts[0], run.times), (run.starts[:, :2], run.times), (run.starts, [1.0, 0.0])):
        with pytest.raises(ts.ArgumentError):
            frozen.follow(turned, times)
    with pytest.raises(ts.ArgumentError, match="times"):
        frozen.follow(run.starts, [0.0, 1e12])


class Slow:
    """Work that goes on until it may end, or is told to."""

    def __init__(self):
        self.begun, self.ended, self.may_end = threading.Event(), threading.Event(), threading.Event()

    def __call__(self, tell):
        self.begun.set()
        try:
            while not self.may_end.wait(0.002):
                tell(0.5)
        finally:
            self.ended.set()
        return {"value": 1.0}


@pytest.fixture
def jobs():
    made = []

    def make(**settings):
        made.append(Jobs(**settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def state(jobs, name):
    return explore_jobs.json.loads(jobs.look(name))


def ended(jobs, name):
    for _ in range(2000):
        if (found := state(jobs, name))["state"] != "running":
            return found
        time.sleep(0.005)
    raise AssertionError


def test_the_newest_of_a_session_and_kind_wins_and_no_other(jobs):
    pool, work = jobs(), [Slow() for _ in range(4)]
    first = pool.submit("a", "line", work[0])
    other = pool.submit("b", "line", work[1])
    assert work[0].begun.wait(5.0)
    assert work[1].begun.wait(5.0)
    assert state(pool, first)["state"] == "running"
    second = pool.submit("a", "line", work[2])
    assert work[0].ended.wait(5.0)
    assert state(pool, first) == {"state": "cancelled", "done": 0.5}
    third = pool.submit("a", "tongue", work[3])
    for one in work:
        one.may_end.set()
    for name in (other, second, third):
        assert ended(pool, name) == {"state": "done", "done": 1, "result": {"value": 1.0}}


def test_a_job_that_waits_is_ended_without_having_begun(jobs):
    pool, work = jobs(), [Slow() for _ in range(3)]
    names = [pool.submit(str(number), "line", one) for number, one in enumerate(work)]
    assert work[0].begun.wait(5.0)
    pool.cancel(names[2])
    work[0].may_end.set()
    work[1].may_end.set()
    assert ended(pool, names[0])["state"] == ended(pool, names[1])["state"] == "done"
    time.sleep(0.02)
    assert not work[2].begun.is_set()
    assert state(pool, names[2])["state"] == "cancelled"


def test_work_that_never_tells_ends_where_solvers_look(jobs):
    pool = jobs(seconds=0.05)
    looked = threading.Event()

    def endless(_):
        while True:
            stop_if_told()
            looked.set()
            time.sleep(0.001)

    found = ended(pool, pool.submit("a", "line", endless))
    assert looked.is_set()
    assert found["state"] == "failed"
    assert "at most 0.05 s" in found["error"]["sentence"]
    name = pool.submit("b", "line", endless)
    pool.cancel(name)
    assert state(pool, name)["state"] == "cancelled"


def test_a_job_whose_page_is_closed_ends(jobs):
    work = Slow()
    pool = jobs(unasked=0.05)
    pool.submit("a", "line", work)
    assert work.ended.wait(5.0)
    waiting = Slow()
    name = pool.submit("a", "line", waiting)
    for _ in range(20):
        assert state(pool, name)["state"] == "running"
        time.sleep(0.01)


def test_results_are_bounded_in_number_bytes_and_time(jobs, monkeypatch):
    monkeypatch.setattr(explore_jobs, "JOBS_BYTES", 40_000)
    pool = jobs()
    rng = np.random.default_rng(0)
    names = []
    for number in range(12):
        names.append(pool.submit(str(number), "line", lambda _: {"values": rng.random(1000).tolist()}))
        ended(pool, names[-1])
        assert pool.held[1] <= 40_000 + 12_000
    assert state(pool, names[-1])["state"] == "done"
    with pytest.raises(RefusedError, match="no longer kept"):
        pool.look(names[0])
    monkeypatch.setattr(explore_jobs, "JOBS_KEPT_SECONDS", 0.0)
    time.sleep(0.01)
    with pytest.raises(RefusedError):
        pool.look(names[-1])
    assert pool.held == (0, 0)


def test_no_more_jobs_wait_than_may(jobs, monkeypatch):
    monkeypatch.setattr(explore_jobs, "JOBS_WAITING", 3)
    pool, work = jobs(), [Slow() for _ in range(4)]
    for number in range(3):
        pool.submit(str(number), "line", work[number])
    with pytest.raises(RefusedError, match="later"):
        pool.submit("3", "line", work[3])
    pool.submit("0", "line", work[3])
    for one in work:
        one.may_end.set()


def test_what_goes_wrong_in_a_job_is_a_sentence(jobs, capsys):
    def refuse(_):
        raise requirement("drive", "be small", "it is not")

    def fail(_):
        raise ZeroDivisionError

    def fill(_):
        raise MemoryError

    pool = jobs()
    assert ended(pool, pool.submit("a", "line", refuse))["error"] == {
        "parameter": "drive", "sentence": "Argument `drive` must be small, but it is not."
    }  # fmt: skip
    assert "fault" in ended(pool, pool.submit("a", "line", fail))["error"]["sentence"]
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "memory" in ended(pool, pool.submit("a", "line", fill))["error"]["sentence"]


def test_jobs_are_asked_for_and_ended_over_http():
    axis = {"name": "detuning", "start": -1.0, "stop": 1.0, "count": 5}
    name = ASK.job("line", model="maser", values=MASER, axis=axis)
    assert ASK.waited(name)["state"] == "done"
    assert ASK("DELETE", f"/api/job/{name}").content["state"] == "done"
    heavy = {"name": "detuning", "start": 0.0, "stop": 1.0, "count": 401}
    chain = {"exchange": 0.5, "drive": 0.3, "spins": 4}
    name = ASK.job("line", model="spin_chain", values=chain, axis=heavy)
    assert ASK("DELETE", f"/api/job/{name}").content["state"] == "cancelled"
    for body in ({"kind": "nonsense"}, {"kind": ["line"]}, {}):
        assert ASK.refused("/api/job", body)[0] == "kind"
    for session in (5, "x" * 65, "a b", "é"):
        assert ASK("POST", "/api/job", {"kind": "line", "session": session}).status == 400


def test_stiff_frozen_phases_are_followed_to_where_they_rest():
    # deep in the quantum limit some coherences turn a million times faster than what is watched
    system = ts.models.VanDerPolPair.alike(loss=1e5, dissipative=2.0)
    frozen = ts.phase_model(system).frozen()
    turned = np.random.default_rng(0).uniform(0.0, 2.0 * np.pi, (2, system.cut_at(system.dims).dimension))
    last = frozen.follow(turned, [0.0, 20.0])[:, -1]
    assert np.abs(np.angle(np.exp(1j * (last - frozen.phases)))).max() < 1e-6
    assert np.abs(frozen.velocity(last)).max() < 1e-3


def test_a_look_waits_a_little_for_a_short_job_and_few_wait_at_once():
    jobs, go = Jobs(), threading.Event()
    try:
        name = jobs.submit("a", "line", lambda _: {"ended": go.wait(10.0)})
        threading.Timer(0.05, go.set).start()
        jobs.await_end(name)
        assert b'"done"' in jobs.look(name)
        stuck = threading.Event()
        name = jobs.submit("a", "line", lambda _: {"ended": stuck.wait(10.0)})
        others = [threading.Thread(target=jobs.await_end, args=(name,)) for _ in range(3)]
        for one in others:
            one.start()
        time.sleep(0.05)
        began = time.monotonic()
        jobs.await_end(name)  # all places to wait are taken: it is answered at once
        assert time.monotonic() - began < 0.1
        for one in others:
            one.join()
        assert b'"running"' in jobs.look(name)
        stuck.set()
    finally:
        jobs.close()
