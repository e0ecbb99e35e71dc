"""Points with several steady states, of which an initial state chooses one."""

import numpy as np

from torusync._checks import requirement
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.generators import Generator, LindbladGenerator
from torusync.steady.answer import Answer
from torusync.steady.bordering import judged
from torusync.steady.several import space_of
from torusync.steady.units import measured_in, units


def chosen_by(answer: Answer, generator: Generator, start: Density) -> Answer:
    """Return the answer with the limit of ``start`` wherever there are several stationary matrices.

    Raises
    ------
    ArgumentError
        If ``start`` is no state of that many levels, or not of one point or of the batch.
    """
    if start.dimension != generator.dimension:
        raise requirement(
            "initial", f"have the {generator.dimension} levels of the system", f"it has {start.dimension}"
        )
    if start.batch_shape not in {(), generator.batch_shape}:
        raise requirement("initial", "be one state or a batch like the system", f"its shape is {start.batch_shape}")
    several = np.flatnonzero(answer.nullity != 1)
    if not several.size or not isinstance(generator, LindbladGenerator):
        return answer
    size, batch, flat = generator.dimension, generator.batch_shape, generator.flat()
    states = np.broadcast_to(start.to_array(), (*batch, size, size)).reshape(-1, size, size)
    matrix = answer.density.to_array().reshape(-1, size, size).copy()
    rows = np.stack([np.array(one).reshape(-1) for one in (answer.residual, answer.scale, answer.min_eigenvalue)])
    errors, nullity = np.array(answer.error).reshape(-1), np.array(answer.nullity).reshape(-1)
    lasting = np.full(nullity.shape, np.inf)
    for point in several.tolist():
        one = flat.part(point)
        space, unit = space_of(one), units(one)
        matrix[point] = space.limit(states[point])
        own = np.zeros(size, dtype=np.int64)
        rows[:, point] = judged(measured_in(one, unit).sparse(), matrix[point], 0.0, nullity=1, groups=own)[:3]
        rows[:2, point] *= unit
        errors[point] = size**0.5 * space.error + size * EPS
        nullity[point], lasting[point] = space.nullity, space.holds_until
    matrix.setflags(write=False)
    density = DenseDensity(matrix.reshape(*batch, size, size))
    evidence = np.stack([*rows, errors, 2.0 * errors])
    assert answer.solver is not None
    found = Answer.of(density, evidence, solver=answer.solver, nullity=nullity)
    return found.chosen_from(answer, lasting.reshape(batch))
