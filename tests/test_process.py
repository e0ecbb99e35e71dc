"""Does what leaves the process, by pickle or by copy, come back equal and as frozen as it was?"""

import copy
import dataclasses
import importlib
import inspect
import multiprocessing
import pickle
import pkgutil
from enum import Enum
from functools import partial
from types import MappingProxyType

import numpy as np
import pytest

import torusync as ts
from problems import ENGINE_BATHS
from torusync import (
    analysis,
    claims,
    densities,
    dynamics,
    figures,
    generators,
    maxima,
    measures,
    models,
    papers,
    phases,
    quantities,
    sweeps,
    thermo,
)
from torusync.papers.citation import Citation
from torusync.papers.publication import Publication
from torusync.steady import (
    Block,
    Cauchy,
    Charged,
    Collective,
    Dense,
    Krylov,
    LowRank,
    MatrixFree,
    Sparse,
    Stacked,
    StationarySpace,
    Status,
    Truncation,
    stationary_space,
)

MASER = ts.ThermalMaser([0.1, 0.2j], **ENGINE_BATHS)
APART = ts.ThermalMaser([0.1, 0.2], splittings=[0.0, 0.1], detuning=[0.0, 0.1, 0.2], **ENGINE_BATHS)
DOWN = np.diag([1.0, 1.4], 1)
LOOP = {"chain": [(0, 1), (1, 2)], "end": [(0, 2)]}
LETTER = papers.load("letter")
RHO = np.array([[0.4, 0.1, 0.1j], [0.1, 0.3, 0.05], [-0.1j, 0.05, 0.3]])


def refusal():
    with pytest.raises(ts.SteadyStateError) as caught:
        ts.steady_state(ts.ThermalMaser([0.1, 0.1], dipole_correlation=1.0, **ENGINE_BATHS))
    return caught.value


def objection():
    with pytest.raises(ts.ArgumentError) as caught:
        ts.ThermalMaser([np.nan], **ENGINE_BATHS)
    return caught.value


def counted():
    return thermo.counting_statistics(ts.steady_state(MASER))


STUDY = sweeps.Study(
    ts.ThermalMaser, {"detuning": [0.0, 0.1]}, ["s_max"],
    fixed={"drive": sweeps.Draw("normal", 0.1, 0.01), **ENGINE_BATHS}, realisations=sweeps.Realisations(2, seed=1),
)  # fmt: skip

REDUCED = sweeps.reduce(
    STUDY,
    {
        "most": sweeps.Extreme("s_max"), "heights": sweeps.Histogram("s_max"), "gap": sweeps.WorstGap(),
        "edge": sweeps.Contour("s_max", 1e-4),
    },
    workers=1,
)  # fmt: skip

TWO_BATHS = models.Baths(
    {"hot": [0, 1], "cold": [2]}, temperatures={"hot": [2.0, 3.0]}, frequencies={"cold": [-1.0]}, energies=DOWN + DOWN.T
)


def exchanging():
    channels = [(0.3, DOWN), (0.1, DOWN.T), (0.2, DOWN)]
    return ts.steady_state(ts.LindbladSystem(DOWN + DOWN.T, channels, baths=TWO_BATHS))


EXAMPLES = {
    ts.ArgumentError: objection,
    ts.SteadyStateError: refusal,
    ts.ThermalMaser: lambda: APART,
    ts.LindbladSystem: lambda: ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [([0.3, 0.2], DOWN), (0.1, DOWN.T)]),
    ts.SteadyState: lambda: ts.steady_state(MASER),
    ts.Synchronization: lambda: ts.synchronization(ts.steady_state(APART)),
    ts.Thermodynamics: lambda: ts.thermodynamics(ts.steady_state(APART)),
    ts.Auto: ts.Auto,
    Block: Block,
    Cauchy: Cauchy,
    Collective: Collective,
    Dense: lambda: Dense(max_dimension=7),
    Sparse: Sparse,
    Charged: lambda: Charged(np.diag([0.0, 1.0])),
    StationarySpace: lambda: stationary_space(ts.LindbladSystem(np.zeros((2, 2)), [(0.5, np.eye(2))])),
    Stacked: Stacked,
    Krylov: lambda: Krylov(max_steps=90),
    MatrixFree: lambda: MatrixFree(max_steps=90),
    LowRank: lambda: LowRank(max_rank=12),
    analysis.ErrorBars: lambda: analysis.bootstrap_counts(RHO, 1000, replicates=20),
    analysis.Explanation: lambda: ts.explain(MASER),
    analysis.GivenState: lambda: analysis.GivenState(densities.density_of(RHO), "typed"),
    analysis.Interplay: lambda: analysis.interplay(RHO, LOOP, draws=8),
    claims.Check: lambda: claims.Check("one", 1.0, 1.0, 0.1),
    claims.Claim: lambda: LETTER.ledger.claims[0],
    claims.ClaimResult: lambda: claims.ClaimResult("C", "", "", "", 0.1, True, "", (claims.Check("a", 1.0, 1.0, 0.1),)),
    claims.Value: lambda: claims.Value("slope", 0.5, 0.4),
    claims.Ledger: lambda: LETTER.ledger,
    densities.CoherenceSet: lambda: MASER.coherence_sets[0],
    densities.DenseDensity: lambda: ts.steady_state(MASER, solver=Dense()).density,
    densities.ThermalPlusBlock: lambda: ts.steady_state(MASER, solver=Block()).density,
    densities.ThermalPlusCollective: lambda: ts.steady_state(MASER).density,
    densities.ThermalPlusLowRank: lambda: ts.steady_state(APART, solver=LowRank()).density,
    dynamics.EvolutionInterrupted: lambda: dynamics.EvolutionInterrupted(ts.evolve(MASER, "ground", [0.0])),
    dynamics.EmissionSpectrum: lambda: dynamics.emission_spectrum(MASER, [0.0, 1.0]),
    dynamics.LiouvillianGap: lambda: dynamics.liouvillian_gap(MASER),
    dynamics.LiouvillianSpectrum: lambda: dynamics.liouvillian_spectrum(MASER),
    dynamics.FirstOrder: lambda: dynamics.first_order(MASER, np.eye(4)),
    dynamics.FixedPoints: lambda: ts.phase_model(MASER).frozen().fixed_points(2),
    dynamics.FrozenModel: lambda: ts.phase_model(MASER).frozen(),
    dynamics.MeanField: lambda: dynamics.mean_field(models.VanDerPol(1.0, 0.1, 0.3)),
    dynamics.MeanFieldPair: lambda: dynamics.mean_field_pair(models.VanDerPolPair.alike(dissipative=0.5)),
    dynamics.PhaseModel: lambda: ts.phase_model(MASER),
    dynamics.PhaseRuns: lambda: ts.phase_model(MASER).frozen().run(2.0, starts=1),
    dynamics.PhaseSlips: lambda: dynamics.unravel(MASER, 0, [0.0, 1.0], trajectories=2).phase_slips(1, 2),
    dynamics.PhaseState: lambda: dynamics.PhaseState([0.0, 1.0, np.nan]),
    dynamics.SlowModes: lambda: dynamics.slow_modes(ts.LindbladSystem(DOWN + DOWN.T, [(0.1, DOWN)])),
    dynamics.TorusFlow: lambda: dynamics.torus_flow(ts.steady_state(MASER), 2.0, starts=1),
    dynamics.Trajectories: lambda: dynamics.unravel(MASER, 0, [0.0, 1.0], trajectories=2),
    dynamics.Trajectory: lambda: ts.evolve(MASER, "ground", [0.0, 1.0]),
    figures.Composite: lambda: LETTER.composites[0],
    figures.FigureSpec: lambda: LETTER.figures["fig2c"],
    generators.Arrow: lambda: generators.Arrow.of(APART.generator()),
    generators.LindbladGenerator: lambda: ts.LindbladSystem(0.1 * (DOWN + DOWN.T), [([0.3, 0.2], DOWN)]).generator(),
    generators.PumpedManifold: lambda: ts.ThermalMaser([0.1, 0.2], dipole_correlation=0.3, **ENGINE_BATHS).generator(),
    models.Bath: lambda: TWO_BATHS.members[0],
    models.Baths: lambda: TWO_BATHS,
    models.SpinOne: lambda: models.SpinOne(1.0, [1.0, 2.0], 0.1),
    models.Spin: lambda: models.Spin(1.0, [1.0, 2.0], spin=1.5, squeezing=0.1),
    models.SpinPair: lambda: models.SpinPair.driven([0.1, 0.2]),
    models.SpinChain: lambda: models.SpinChain(0.5, gain=[1.0, 2.0], spins=2),
    models.VanDerPol: lambda: models.VanDerPol(1.0, [2.0, 3.0], 0.1),
    models.VanDerPolPair: lambda: models.VanDerPolPair.alike(reactive=0.1, cutoff=4),
    models.QubitPair: lambda: models.QubitPair.inverted(0.5, [0.1, 0.2]),
    models.MaserPair: lambda: models.MaserPair.identical(2.0, [0.5, 0.6], exchange=0.1),
    Truncation: lambda: ts.steady_state(models.VanDerPol(1.0, [20.0, 30.0], 0.1)).truncation,
    models.Machine: lambda: models.machine_of(ENGINE_BATHS | {"drive": [0.1, "0.2j"]}),
    models.Parameter: lambda: ts.ThermalMaser.PARAMETERS[-1],
    measures.Measured: lambda: measures.coherence_entropy(RHO),
    measures.Triangles: lambda: measures.triangle_frustration(RHO),
    Citation: lambda: LETTER.citation,
    Publication: lambda: LETTER,
    maxima.Knobs: lambda: maxima.Knobs(random_starts=3),
    maxima.Optima: lambda: ts.synchronization(RHO).optima(),
    maxima.Peak: lambda: maxima.maximum(RHO),
    sweeps.Axis: lambda: STUDY.axes[0],
    sweeps.Derived: lambda: next(iter(sweeps.derived_of(ts.ThermalMaser).values())),
    sweeps.Draw: lambda: STUDY.fixed["drive"],
    sweeps.Failure: lambda: sweeps.Failure(MappingProxyType({"drive": 0.1}), sweeps.Outcome.NOT_UNIQUE, "It is not."),
    sweeps.Progress: lambda: sweeps.Progress(1, 2, 0.5),
    sweeps.Realisations: lambda: STUDY.realisations,
    sweeps.Study: lambda: STUDY,
    sweeps.Contour: lambda: REDUCED["edge"],
    sweeps.Extreme: lambda: REDUCED["most"],
    sweeps.Histogram: lambda: REDUCED["heights"],
    sweeps.Reduced: lambda: REDUCED,
    sweeps.WorstGap: lambda: REDUCED["gap"],
    phases.SU2: lambda: phases.SU2(1.5),
    phases.Fock: phases.Fock,
    phases.Transition: lambda: phases.Transition(1, 2),
    phases.Joint: lambda: phases.Joint(phases.SU2(0.5), phases.Fock(), dims=(2, 4)),
    phases.Relative: lambda: phases.Relative(phases.SU2(0.5), phases.Fock(), dims=(2, 4)),
    phases.Factor: lambda: phases.SUD().factor(5),
    phases.Harmonics: lambda: phases.SUD().harmonics(ts.synchronization(RHO).density),
    phases.SUD: phases.SUD,
    quantities.Largest: lambda: quantities.largest(
        ts.ThermalMaser, "power", over={"drive": (0.01, 1.0)}, fixed={"manifold_levels": 1, **ENGINE_BATHS}, points=64
    ),
    quantities.Part: lambda: quantities.QUANTITIES["s_max"].part,
    quantities.Quantity: lambda: quantities.QUANTITIES["s_max"],
    quantities.Solution: lambda: ts.solve(MASER),
    thermo.ChannelStatistics: lambda: thermo.counting_statistics(exchanging(), counted={"cold": {2: -1.0}}),
    thermo.CountingStatistics: counted,
    thermo.Cumulants: lambda: counted().hot,
    thermo.HeatFlows: lambda: thermo.thermodynamics(exchanging()),
    thermo.Inequality: lambda: thermo.synchronization_bounds(ts.steady_state(MASER)).power_always,
    thermo.OptimalCorrelation: lambda: thermo.optimal_correlation(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS)),
    thermo.OptimalLevels: lambda: thermo.optimal_levels(ts.ThermalMaser([0.1, 0.1], **ENGINE_BATHS)),
    thermo.SynchronizationBounds: lambda: thermo.synchronization_bounds(ts.steady_state(MASER)),
}
"""How to come by one of each public type; enumerations and abstract types are left out."""


def public_types():
    """Every class that any package names in its ``__all__``."""
    packages = [ts, *(importlib.import_module(one.name) for one in pkgutil.walk_packages(ts.__path__, "torusync.")
                      if one.name != "torusync.__main__")]  # fmt: skip
    named = [getattr(package, name) for package in packages for name in getattr(package, "__all__", ())]
    return sorted({one for one in named if inspect.isclass(one)}, key=lambda one: one.__qualname__)


def is_made(kind):
    """Whether instances of it exist, other than named members."""
    return not (issubclass(kind, Enum) or inspect.isabstract(kind) or getattr(kind, "_is_protocol", False))


def test_every_public_type_is_tried():
    """A new type cannot be forgotten, and an old one not kept."""
    assert {one for one in public_types() if is_made(one)} == set(EXAMPLES)


def look_at(value):
    """Ask for everything that is worked out when asked for, so that it is kept."""
    for name in dir(type(value)):
        if isinstance(inspect.getattr_static(type(value), name), property) or name in {"shares", "pair_shares"}:
            getattr(value, name)
    for name, member in inspect.getmembers_static(type(value)):
        if type(member).__name__ == "cached_property":
            getattr(value, name)
    repr(value)
    return value


def fresh(value):
    return value


def locked(value):
    """Return a copy of which no array may be written to."""
    value = copy.deepcopy(value)
    for field in dataclasses.fields(value) if dataclasses.is_dataclass(value) else ():
        inside = getattr(value, field.name)
        if isinstance(inside, np.ndarray):
            inside.setflags(write=False)
    return value


def assert_same(back, value):
    """Assert equality of type, of every bit, and of what may be written to."""
    assert type(back) is type(value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype
        assert back.shape == value.shape
        assert back.tobytes() == value.tobytes()
        assert back.flags.writeable == value.flags.writeable
    elif isinstance(value, dict | MappingProxyType):
        assert list(back) == list(value)
        for name in value:
            assert_same(back[name], value[name])
    elif isinstance(value, tuple | list):
        assert len(back) == len(value)
        for one, other in zip(back, value, strict=True):
            assert_same(one, other)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            assert_same(getattr(back, field.name), getattr(value, field.name))
    elif isinstance(value, BaseException):
        assert_same(back.args, value.args)
        assert_same(vars(back), vars(value))
        assert str(back) == str(value)
    elif isinstance(value, partial):
        assert back.func is value.func
        assert back.args == value.args
        assert back.keywords == value.keywords
    else:
        assert back is value or back == value or (np.isnan(back) and np.isnan(value))


WAYS = {f"pickle {protocol}": lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))  # noqa: S301
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1)}  # fmt: skip
WAYS |= {"copy": copy.copy, "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("look", [fresh, look_at, locked], ids=["fresh", "looked at", "locked"])
@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_a_public_type_comes_back_equal_and_as_frozen_as_it_was(kind, look):
    value = look(EXAMPLES[kind]())
    assert type(value) is kind
    for name, way in WAYS.items():
        back = way(value)
        assert_same(back, value)
        assert repr(back) == repr(value), name
        assert_same(look_at(back), look_at(value))
        if dataclasses.is_dataclass(value) and dataclasses.fields(value):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(back, dataclasses.fields(value)[0].name, None)
    assert_same(copy.deepcopy(pickle.loads(pickle.dumps(value))), value)  # noqa: S301


@pytest.mark.parametrize(
    "kind", [kind for kind in public_types() if issubclass(kind, Enum)], ids=lambda one: one.__name__
)
def test_members_of_enumerations_stay_what_they_are(kind):
    for member in kind:
        for way in WAYS.values():
            assert way(member) is member


@pytest.mark.parametrize("way", [way for name, way in WAYS.items() if name != "copy"])
def test_a_copy_stands_by_itself_and_one_array_in_two_places_stays_one(way):
    state = ts.steady_state(ts.ThermalMaser([0.1, 0.2], **ENGINE_BATHS))
    back = way(state)
    assert back.system.drive is back.density.drive
    assert not np.shares_memory(back.system.drive, state.system.drive)
    assert not back.system.drive.flags.writeable


def test_what_was_looked_at_is_worked_out_again_and_not_carried_along():
    plain, seen = (
        ts.synchronization(ts.steady_state(ts.ThermalMaser(np.full(500, 0.1), **ENGINE_BATHS))) for _ in range(2)
    )
    assert len(pickle.dumps(look_at(seen))) == len(pickle.dumps(plain))


def test_a_mapping_that_came_back_refuses_to_be_written_to():
    plan = analysis.interplay(RHO, LOOP, draws=8)
    for way in WAYS.values():
        with pytest.raises(TypeError, match="does not support item assignment"):
            way(plan).pair_shares["chain"] = 0.0


def test_an_error_keeps_what_was_noted_on_it():
    error = refusal()
    error.add_note("point 7")
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert back.__notes__ == ["point 7"]
    assert back.status is Status.NOT_UNIQUE
    assert str(back) == str(error)
    assert "NOT_UNIQUE" not in str(back)


def _solve(correlation):
    return ts.steady_state(ts.ThermalMaser([0.1, 0.1], dipole_correlation=correlation, **ENGINE_BATHS))


def test_a_pool_hands_on_states_and_refusals():
    """A refusal that cannot be unpickled kills the thread that waits for it, and the pool hangs for ever."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        good, bad = pool.apply_async(_solve, (0.5,)), pool.apply_async(_solve, (1.0,))
        assert_same(good.get(timeout=60), _solve(0.5))
        with pytest.raises(ts.SteadyStateError, match="not unique") as caught:
            bad.get(timeout=60)
    assert caught.value.status is Status.NOT_UNIQUE
