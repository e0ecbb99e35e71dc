"""How the two laws stand at a point, as codes with a sentence each: proven, said by a number only, broken, or untold.

A number within its error of 0 has no sign.  It breaks no law, but to say of it that a law holds would be to claim of a
bad state what only a good one shows.
"""

import numpy as np

from torusync._checks import Boolean, Integer, Real
from torusync._show import Code


class FirstLaw(Code):
    """Whether energy is conserved at a point, and how that is known; ``sentence`` is for people."""

    HOLDS = (
        0,
        (
            "Every jump changes the energies by what is counted as heat, so that heats and work, worked out apart, add "
            "up to what the system stores, in a steady state nothing; they do, within the error of the state and "
            "rounding."
        ),
    )
    BROKEN = (
        1,
        (
            "Heats and work do not add up: some jump does not change the energies by its frequency, or the energies "
            "are not those of the system"
        ),
    )
    TAKEN = 2, "No energies stand beside the frequencies: the work is what the heats leave, and nothing is tested."
    UNDEFINED = 3, "The steady state was refused."
    UNTOLD = (
        4,
        (
            "Heats and work add up within their error, but some jump does not change the energies by its frequency: "
            "whether less than the error is missing cannot be told"
        ),
    )


class SecondLaw(Code):
    """Whether entropy is produced at a point, and how that is known; ``sentence`` is for people."""

    PROVEN = (
        0,
        (
            "It follows: each bath leaves the thermal state of the energies alone (Spohn, J. Math. Phys. 19, 1227), or "
            "its channels are pairs whose rates are in detailed balance"
        ),
    )
    HOLDS = (
        1,
        (
            "The entropy production is not negative here, whatever its error, but nothing that is known keeps it so: "
            "some bath is not shown to be thermal."
        ),
    )
    BROKEN = (
        2,
        (
            "The entropy production is negative by more than its error: the channels of some bath are not those of a "
            "thermal bath at its temperature. Rates of a jump and its adjoint may not be in the ratio e^(−ω/T) of that "
            "temperature; or these are local dissipators of a coupled system, no thermal baths of the whole (Levy and "
            "Kosloff, EPL 107, 20004): then count the quanta that they exchange instead (frequencies=), or couple the "
            "baths to transitions between eigenstates"
        ),
    )
    NO_TEMPERATURE = 3, "A bath has no temperature, and its channels are no pairs that tell one: give `temperatures`."
    OPEN = 4, "Channels that belong to no bath, and are more than dephasing, carry entropy that nothing is known of."
    UNDEFINED = 5, "The steady state was refused."
    UNTOLD = (
        6,
        (
            "The entropy production is 0 within its error, so that its sign cannot be told, and nothing that is known "
            "keeps it from being negative: some bath is not shown to be thermal."
        ),
    )


def first_codes(residual: Real, slack: Real, fits: Boolean, gone: Boolean) -> Integer:
    """Return codes of `FirstLaw`.

    Parameters
    ----------
    residual, slack
        What heats and work leave, and how large the errors may make it; nan where nothing is tested.
    fits
        Whether each jump changes the energies by what is counted: then the residual of the true state is 0.
    gone
        Whether there is no state.
    """
    codes = np.where(fits, FirstLaw.HOLDS, FirstLaw.UNTOLD)
    codes = np.where(np.abs(residual) > slack, FirstLaw.BROKEN, codes)
    codes = np.where(np.isnan(residual), FirstLaw.TAKEN, codes)
    return np.where(gone, FirstLaw.UNDEFINED, codes)


def second_codes(production: tuple[Real, Real], proven: Boolean, closed: Boolean, gone: Boolean) -> Integer:
    """Return codes of `SecondLaw`.

    Parameters
    ----------
    production
        Entropy production and its error, nan where a temperature is missing.
    proven
        Whether every bath is thermal for certain.
    closed
        Whether what belongs to no bath takes no entropy along.
    gone
        Whether there is no state.
    """
    value, error = production
    # an infinite number with an infinite error has no sign either
    codes = np.where((value >= error) & ~np.isinf(error), SecondLaw.HOLDS, SecondLaw.UNTOLD)
    codes = np.where(proven, SecondLaw.PROVEN, codes)
    codes = np.where(value < -error, SecondLaw.BROKEN, codes)
    codes = np.where(closed, codes, SecondLaw.OPEN)
    codes = np.where(np.isnan(error), SecondLaw.NO_TEMPERATURE, codes)
    return np.where(gone, SecondLaw.UNDEFINED, codes)
