"""Which channels of a system are whose: baths with the user's names, their temperatures, and what a jump carries.

A Lindblad equation knows rates and jumps; heat needs to be told whose they are, and against which energies it is
counted.  In a rotating frame the Hamiltonian is not the energies, and a local dissipator of a coupled system exchanges
what its jumps change them by: so energies and frequencies are named by whoever knows them, and never guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from numpy.typing import ArrayLike

from torusync._checks import Complex, Real, as_count, as_instance, as_list, as_real, requirement, shown
from torusync._frozen import ByValue
from torusync._indexing import Pick
from torusync._operators import as_hermitian
from torusync._show import counted
from torusync.interop import require_room

_LONGEST: Final = 40
"""Letters of the name of a bath."""


@final
@dataclass(frozen=True, eq=False)
class Bath(ByValue):
    """One bath, as `Baths` has checked it.

    Parameters
    ----------
    name
        What it is called.
    channels
        Indices of the channels that are its own.
    temperature : (...)
        k_B T/ħ in units of ω_1, 0 or more; None where it is not told.
    frequencies : (..., K)
        Energy that a jump of each of its K channels brings into the system, in units of ω_1, negative for emission;
        None where heat is what its dissipator does to the energies.
    """

    name: str
    channels: tuple[int, ...]
    temperature: Real | None
    frequencies: Real | None


@final
@dataclass(frozen=True, eq=False, init=False, repr=False)
class Baths(ByValue):
    """The baths of a system, and the energies against which their heat is counted.

    Parameters
    ----------
    channels
        Indices of channels by the name of their bath: ``{"hot": [0, 1], "cold": [2, 3]}``.  A channel belongs to one
        bath or to none.
    temperatures
        k_B T/ħ by name, in units of ω_1, at least 0, of shape ``(...)``; without one, no entropy production follows
        but from channels that are pairs of a jump and its adjoint with ``frequencies``, by their rates.
    frequencies
        What a jump of each channel brings into the system by the name of the bath, of shape ``(..., K)``; of a single
        channel a number will do.  Heat is then the quanta counted.  Without, it is tr(H_0 D_b ρ).
    energies : (..., D, D) Hermitian
        The bare Hamiltonian H_0 against which heat and work are counted, in units of ω_1; without, the Hamiltonian
        itself, which does no work as long as it does not depend on time.

    Raises
    ------
    ArgumentError
        If a channel is named twice, a bath that is none is given a temperature, or one of several baths is not.
    """

    members: tuple[Bath, ...]
    energies: Complex | None

    def __init__(
        self,
        channels: Mapping[str, Sequence[int]],
        *,
        temperatures: Mapping[str, ArrayLike] | None = None,
        frequencies: Mapping[str, ArrayLike] | None = None,
        energies: ArrayLike | None = None,
    ) -> None:
        as_instance("baths", channels, Mapping, "channels by the names of baths")
        own = {_named(name): _indices(name, found) for name, found in channels.items()}
        if not own:
            raise requirement("baths", "name at least one bath", "it is empty")
        listed = [index for found in own.values() for index in found]
        if twice := sorted({index for index in listed if listed.count(index) > 1}):
            raise requirement("baths", "give a channel to one bath", f"channel {twice[0]} belongs to two")
        warm, quanta = _by_bath("temperatures", temperatures, own), _by_bath("frequencies", frequencies, own)
        if cold := [name for name in own if temperatures is not None and name not in {*warm, *quanta}]:
            raise requirement("temperatures", "give every bath one", f"{cold[0]!r} has none")
        members = []
        for name, found in own.items():
            heat = _temperature(name, warm[name]) if name in warm else None
            carried = as_real(f"frequencies of {name}", quanta[name]) if name in quanta else None
            # one number for all would count emission and absorption alike
            if carried is not None and carried.ndim == 0 and len(found) == 1:
                carried = carried[np.newaxis]
            if carried is not None and carried.shape[-1:] != (len(found),):
                must = f"have one for each of its {counted(len(found), 'channels')}, negative for emission"
                raise requirement(f"frequencies of {name}", must, f"its shape is {carried.shape}")
            members.append(Bath(name, found, heat, carried))
        if energies is not None:
            require_room("energies", energies)
        bare = None if energies is None else as_hermitian("energies", energies)
        if bare is not None:
            bare.setflags(write=False)
        self._settle(members=tuple(members), energies=bare)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the baths."""
        return tuple(one.name for one in self.members)

    def __repr__(self) -> str:
        return f"<Baths: {', '.join(self.names)}>"

    def require(self, *, channels: int, dimension: int) -> None:
        """Refuse baths that do not fit a system of so many channels and levels.

        Raises
        ------
        ArgumentError
            If a channel is none of the system's, or the energies are of other levels.
        """
        for one in self.members:
            if beyond := [index for index in one.channels if index >= channels]:
                must = f"name some of the {channels} channels, from 0"
                raise requirement("baths", must, f"{one.name!r} names channel {beyond[0]}")
        if self.energies is not None and self.energies.shape[-1] != dimension:
            must = f"be of the {dimension} levels of the system"
            raise requirement("energies", must, f"it is of {self.energies.shape[-1]}")

    def batch_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the batch axes of all values by what they are called."""
        shapes = {} if self.energies is None else {"energies": self.energies.shape[:-2]}
        for one in self.members:
            if one.temperature is not None:
                shapes[f"temperatures of {one.name}"] = one.temperature.shape
            if one.frequencies is not None:
                shapes[f"frequencies of {one.name}"] = one.frequencies.shape[:-1]
        return shapes

    def arrays(self) -> dict[str, Any]:
        """Return what they are made of by the names under which it is stored."""
        found: dict[str, Any] = {} if self.energies is None else {"energies": self.energies}
        for number, one in enumerate(self.members):
            known: dict[str, Any] = {"name": np.asarray(one.name), "channels": np.asarray(one.channels, dtype=np.int64)}
            known |= {"temperature": one.temperature, "frequencies": one.frequencies}
            found |= {f"bath.{number}.{name}": value for name, value in known.items() if value is not None}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> "Baths | None":
        """Build them from what `arrays` returned, all of it checked again; None where there were none."""
        count = sum(name.startswith("bath.") and name.endswith(".name") for name in arrays)
        if not count:
            return None
        names = [str(arrays[f"bath.{number}.name"]) for number in range(count)]

        def told(what: str) -> dict[str, Any] | None:
            keys = {name: f"bath.{number}.{what}" for number, name in enumerate(names)}
            return {name: arrays[key] for name, key in keys.items() if key in arrays} or None

        channels = {name: [int(one) for one in found] for name, found in (told("channels") or {}).items()}
        energies = arrays.get("energies")
        return cls(channels, temperatures=told("temperature"), frequencies=told("frequencies"), energies=energies)

    @staticmethod
    def stored_names(found: set[str]) -> set[str]:
        """Return the names that `arrays` has, given those that were found in a file."""
        names = {one for one in found if one == "energies" or (one.startswith("bath.") and one.count(".") == 2)}
        parts = ("name", "channels", "temperature", "frequencies")
        return {one for one in names if one == "energies" or one.rpartition(".")[2] in parts}

    def _picked(self, pick: Pick) -> "Baths":
        again = object.__new__(Baths)
        members = tuple(
            Bath(
                one.name,
                one.channels,
                None if one.temperature is None else pick(one.temperature),
                None if one.frequencies is None else pick(one.frequencies, 1),
            )
            for one in self.members
        )
        again._settle(members=members, energies=None if self.energies is None else pick(self.energies, 2))
        return again


def baths_of(
    baths: "Baths | Mapping[str, Sequence[int]] | None",
    temperatures: Mapping[str, ArrayLike] | None,
    frequencies: Mapping[str, ArrayLike] | None,
    energies: ArrayLike | None,
) -> Baths | None:
    """Return baths as a constructor takes them: made already, or by their parts; None where there are none."""
    beside = {"temperatures": temperatures, "frequencies": frequencies, "energies": energies}
    given = [name for name, value in beside.items() if value is not None]
    if baths is None:
        if given:
            raise requirement(given[0], "be left out without `baths`", f"it is {shown(beside[given[0]])}")
        return None
    if isinstance(baths, Baths):
        if given:
            raise requirement(given[0], "be left out beside Baths, which hold them", "both are given")
        return baths
    return Baths(baths, temperatures=temperatures, frequencies=frequencies, energies=energies)


def _named(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise requirement("baths", f"have names of at most {_LONGEST} letters", f"one is {shown(name)}")
    return name


def _indices(name: str, found: object) -> tuple[int, ...]:
    listed = as_list("baths", found, f"list the channels of {name!r} by their indices")
    if not listed:
        raise requirement("baths", "give every bath a channel", f"{name!r} has none")
    return tuple(as_count("baths", one) for one in listed)


def _temperature(name: str, told: Any) -> Real:
    """Return temperatures of a bath; one that is infinite is known by its rates alone."""
    what = f"temperatures of {name}"
    if isinstance(told, float) and np.isposinf(told):
        advice = "leave it out and give the bath `frequencies`: rates that are equal say it"
        raise requirement(what, "be finite", f"it is inf; {advice}")
    return as_real(what, told, minimum=0.0)


def _by_bath(what: str, given: object, own: Mapping[str, Any]) -> dict[str, Any]:
    if given is None:
        return {}
    as_instance(what, given, Mapping, "values by the names of baths")
    assert isinstance(given, Mapping)
    for name in given:
        if name not in own:
            raise requirement(what, f"name baths out of {', '.join(own)}", f"it names {shown(name)}")
    return dict(given)
