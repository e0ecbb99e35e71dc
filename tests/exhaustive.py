"""The maximum of f(z) = ½ z† R z over unit phasors by exhaustive branch and bound, for up to six levels.

It is the truth that the search and its proofs are held against, and shares no code with them.  R is a Hermitian matrix
without its diagonal.  Boxes of phases are divided until none can hold a point that is higher than the highest one known
by more than the width asked for.  A box is dropped

1. where no phase in it can answer the pull of the others: at a maximum z_i is the phase of w_i = Σ_j R_ij z_j, which
   also narrows boxes, and gives one level its place without dividing it;
2. where each pair at its best, and one level turned freely, stay below;
3. where f bends upwards along one direction everywhere, so that no maximum lies inside;
4. where a quadratic form in the sines of the phases stays below, which its spectrum tells.

For 4, write the phasors about c as z_i = c_i (1 − v_i + i y_i) and c̄_i R_ij c_j = P + iQ, μ = P1, g = −Qᵀ1,
H = P − diag μ.  Because v² + y² = 2v on the circle, with no remainder

    f(z) = f(c) + g·y + ½ v·Hv + ½ y·Hy + v·Qy

and any Σ ν(v − ½v² − ½y²) = 0 may be added.  Half widths h leave v ≤ y²/(1 + cos h), so that for ν ≥ 0 and ν − H ≻ 0

    f(z) ≤ f(c) + g·y + ½ y·Ky,    K = H + ν tan²(h/2) + Qᵀ(ν − H)⁻¹Q

About a nondegenerate maximum c, K is negative definite on a whole neighbourhood, which is then finished at one stroke;
on a continuum of maxima the form in v and y together is often negative semidefinite.  So boxes are bounded about the
stationary point that Newton's method finds near them.
"""

from dataclasses import dataclass

import numpy as np

_EPS = float(np.finfo(float).eps)
_CHUNK = 4096
"""Boxes looked at together, which bounds the memory taken."""
_BOXES = 1_000_000
"""Boxes after which a search is given up."""
_NARROW = 1.2
"""Half width in radians below which boxes are bounded by quadratic forms, about points that close at most."""
_WIDE = 0.5 * np.pi
"""The same for forms in v and y together; nothing is concluded from points farther away than a quarter turn."""
_STEPS = 12
"""Newton steps towards the stationary point nearest to a box."""


def bracket(rho: np.ndarray, width: float = 1e-6, *, limit: int = _BOXES) -> tuple[float, float]:
    """Return a height that is attained and a bound that none exceeds, at most ``width`` × the height apart.

    Both ends include rounding, so that ``width`` can be 1e-9 and more.  A `RuntimeError` says that more than ``limit``
    boxes would be needed.
    """
    lower, upper, _ = explore(rho, width, limit=limit)
    return lower, upper


def explore(rho: np.ndarray, width: float = 1e-6, *, limit: int = _BOXES) -> tuple[float, float, int]:
    """Return lower and upper end of the bracket, and how many boxes were looked at."""
    coherences = np.array(rho, dtype=complex)
    np.fill_diagonal(coherences, 0.0)
    coherences = 0.5 * (coherences + coherences.conj().T)
    lower = upper = 0.0
    boxes = 0
    for levels in _components(coherences != 0.0):
        if len(levels) > 1:
            part = coherences[np.ix_(levels, levels)]
            largest = np.abs(part).max()
            low, high, count = _component(part / largest, width, limit)
            lower, upper, boxes = lower + low * largest, upper + high * largest, boxes + count
    return float(lower), float(upper), boxes


def _components(linked: np.ndarray) -> list[np.ndarray]:
    """Return the levels of each connected part."""
    reached = linked | np.eye(len(linked), dtype=bool)
    for _ in range(len(linked)):
        reached = reached @ reached
    return [np.flatnonzero(row) for index, row in enumerate(reached) if row.argmax() == index]


@dataclass
class _Tree:
    """What the search knows of one connected part, whose strongest level is first and keeps its phase.

    ``rows`` are the sums of moduli, ``margin`` the rounding of a bound, ``best`` and ``phases`` the highest point
    known, and ``highest`` is the highest bound by which a box was finished.
    """

    coherences: np.ndarray
    moduli: np.ndarray
    rows: np.ndarray
    margin: float
    best: float
    phases: np.ndarray
    highest: float = -np.inf

    def offer(self, angles: np.ndarray) -> None:
        """Keep the highest of some points."""
        if len(angles):
            heights = _heights(self.coherences, np.exp(1j * angles))
            if heights.max() > self.best:
                self.best, self.phases = float(heights.max()), angles[heights.argmax()].copy()


def _component(coherences: np.ndarray, width: float, limit: int) -> tuple[float, float, int]:
    """Bracket the maximum of one connected part with coherences up to one."""
    size = len(coherences)
    order = np.argsort(-np.abs(coherences).sum(axis=1), kind="stable")
    coherences = coherences[np.ix_(order, order)]
    moduli = np.abs(coherences)
    margin = 16 * size**2 * _EPS * moduli.sum()
    tree = _Tree(coherences, moduli, moduli.sum(axis=1), margin, best=-np.inf, phases=np.zeros(size))
    tree.offer(_climbed(coherences))
    boxes = _search(tree, width, limit) if size > 2 else 0
    tree.offer(_towards_stationary(tree, tree.phases[np.newaxis], np.array([1e-3])))
    # evaluation and the rounding of unit phasors: a few ε of every term
    rounding = 8 * _EPS * moduli.sum()
    return tree.best - rounding, max(tree.best + rounding, tree.highest), boxes


def _heights(coherences: np.ndarray, z: np.ndarray) -> np.ndarray:
    return 0.5 * (z.conj() * (z @ coherences.T)).real.sum(axis=-1)


def _climbed(coherences: np.ndarray, starts: int = 96, sweeps: int = 40) -> np.ndarray:
    """Turn one level after the other into the pull of the rest, from random starts."""
    size = len(coherences)
    z = np.exp(2j * np.pi * np.random.default_rng(0).random((starts, size)))
    for sweep in range(2 * sweeps):
        for level in range(size):
            pull = z @ coherences[level]
            modulus = np.abs(pull)
            z[:, level] = np.where(modulus > 0, pull / np.where(modulus > 0, modulus, 1.0), z[:, level])
        if sweep == sweeps:
            z = z[np.argsort(_heights(coherences, z))[-8:]]
    return np.angle(z * z[:, :1].conj())


def _search(tree: _Tree, width: float, limit: int) -> int:
    """Divide boxes until none is left; return how many there were."""
    size = len(tree.rows)
    root = np.zeros((1, size)), np.full((1, size), np.pi)
    root[1][:, 0] = 0.0
    stack, boxes = [root], 0
    while stack:
        center, half = stack.pop()
        if len(center) > _CHUNK:
            stack.append((center[_CHUNK:], half[_CHUNK:]))
            center, half = center[:_CHUNK], half[:_CHUNK]
        elif stack and len(center) + len(stack[-1][0]) <= _CHUNK:
            center, half = (np.concatenate(pair) for pair in zip((center, half), stack.pop(), strict=True))
        boxes += len(center)
        if boxes > limit:
            msg = f"no bracket of relative width {width:g} within {limit} boxes"
            raise RuntimeError(msg)
        center, half = _survivors(tree, center, half, width)
        if len(center):
            stack.append(_halves(tree, center, half))
    return boxes


def _halves(tree: _Tree, center: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Halve boxes along the phase that matters most; the second level follows from the others and is not divided."""
    cost = half * np.sqrt(tree.rows)
    cost[:, 1] = -1.0
    along = cost.argmax(axis=1)
    rows = np.arange(len(center))
    half = half.copy()
    half[rows, along] *= 0.5
    left, right = center.copy(), center.copy()
    left[rows, along] -= half[rows, along]
    right[rows, along] += half[rows, along]
    return np.concatenate([left, right]), np.concatenate([half, half])


def _survivors(tree: _Tree, center: np.ndarray, half: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the boxes, contracted, that may hold a higher point."""

    def below(bound: np.ndarray) -> np.ndarray:
        """Whether boxes are finished by a bound, which is noted."""
        bound = bound + tree.margin
        done = bound <= tree.best * (1.0 + 0.99 * width)
        tree.highest = max(tree.highest, float(bound[done].max(initial=-np.inf)))
        return done

    for _ in range(2):
        center, half = _contracted(tree, center, half)
    bound, pairs = _pair_bound(tree, center, half)
    open_ = ~below(bound)
    center, half, pairs = center[open_], half[open_], pairs[open_]

    finished = np.zeros(len(center), dtype=bool)
    rows = np.flatnonzero(half.max(axis=1, initial=0.0) < _NARROW)
    bound, direction = _Form.about(tree, center[rows]).bound(tree, half[rows])
    finished[rows] = below(bound) | _bends_upwards(direction, pairs[rows])

    # about the stationary point nearby, if there is one
    rows = np.flatnonzero(~finished & (half[:, 2:].max(axis=1, initial=0.0) < _NARROW))
    moved = _towards_stationary(tree, center[rows], half[rows].max(axis=1))
    tree.offer(moved)
    form, wide = _Form.about(tree, moved), half[rows] + np.abs(moved - center[rows])
    fits = np.flatnonzero(wide.max(axis=1, initial=0.0) < _NARROW)
    finished[rows[fits]] = below(form.of(fits).bound(tree, wide[fits])[0])
    left = np.flatnonzero(~finished[rows] & (wide[:, 2:].max(axis=1, initial=0.0) < _WIDE))
    finished[rows[left]] = below(form.of(left).bound_off_circle(tree, wide[left]))
    return center[~finished], half[~finished]


def _towards_stationary(tree: _Tree, angles: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """Return where Newton's steps, no longer than told, lead."""
    angles = angles.copy()
    for _ in range(_STEPS):
        angles[:, 1:] += _Form.about(tree, angles).newton(longest)
    return angles


def _contracted(tree: _Tree, center: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Narrow each level to where the pull of the others may point, and drop boxes that leave it nowhere to be."""
    z = np.exp(1j * center)
    turned = z.conj()[:, :, np.newaxis] * tree.coherences * z[:, np.newaxis, :]
    pull = turned.sum(axis=2)
    reach = (2.0 * np.sin(0.5 * half)) @ tree.moduli
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(pull) > reach, reach / np.abs(pull), 1.0)
    spread = np.where(ratio < 1.0, np.arcsin(np.minimum(ratio, 1.0)), np.pi) + 1e-12
    away = np.angle(pull)
    # an arc may leave a box at one end and come back at the other
    wraps = half + spread + np.abs(away) >= 2.0 * np.pi
    low = np.where(wraps, -half, np.maximum(-half, away - spread))
    high = np.where(wraps, half, np.minimum(half, away + spread))
    # a level that is nowhere yet is where the others want it
    free = (half >= np.pi) & (spread < np.pi)
    low, high = np.where(free, away - spread, low), np.where(free, away + spread, high)
    possible = (low <= high + 1e-12).all(axis=1)
    middle = 0.5 * (low + high)
    half = np.clip(0.5 * (high - low), 0.0, np.pi) + 4 * _EPS
    middle[:, 0], half[:, 0] = 0.0, 0.0
    return (center + middle)[possible], half[possible]


def _pair_bound(tree: _Tree, center: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Proof each pair by its best in the box, and the second level by its pull; also return the pairs' best."""
    z = np.exp(1j * center)
    pairs = _best_cosines(z.conj()[:, :, np.newaxis] * tree.coherences * z[:, np.newaxis, :], half)
    index = np.arange(pairs.shape[1])
    pairs[:, index, index] = 0.0
    all_pairs = 0.5 * pairs.sum(axis=(1, 2))
    rest = all_pairs - pairs[:, 1].sum(axis=1)
    # |w|² = Σ_jl Re[(R_kj z_j)^* R_kl z_l]
    pulls = z * tree.coherences[1]
    squared = _best_cosines(pulls.conj()[:, :, np.newaxis] * pulls[:, np.newaxis, :], half).sum(axis=(1, 2))
    reach = np.abs(pulls.sum(axis=1)) + (2.0 * np.sin(0.5 * half)) @ tree.moduli[1]
    pull = np.minimum(np.sqrt(np.maximum(squared, 0.0)), reach)
    return np.minimum(all_pairs, rest + pull), pairs


def _best_cosines(turned: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return the maximum of Re[t e^{iδ}] over |δ| ≤ h_i + h_j."""
    spread = np.minimum(half[:, :, np.newaxis] + half[:, np.newaxis, :], np.pi)
    modulus, cosine = np.abs(turned), np.cos(spread)
    inside = turned.real >= modulus * cosine
    return np.where(inside, modulus, turned.real * cosine + np.abs(turned.imag) * np.sin(spread))


def _bends_upwards(direction: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Whether Σ_ij (u_i − u_j)² Re[z̄_i R_ij z_j] < 0 in the whole box, so that f is convex along u."""
    u = np.concatenate([np.zeros((len(direction), 1)), direction], axis=1)
    bend = ((u[:, :, np.newaxis] - u[:, np.newaxis, :]) ** 2 * pairs).sum(axis=(1, 2))
    return bend < -1e-9 * (u**2).sum(axis=1)


@dataclass
class _Form:
    """f about some points: height, gradient, Hessian H and the antisymmetric Q, all without the first level."""

    height: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    skew: np.ndarray

    @classmethod
    def about(cls, tree: _Tree, angles: np.ndarray) -> "_Form":
        z = np.exp(1j * angles)
        turned = z.conj()[:, :, np.newaxis] * tree.coherences * z[:, np.newaxis, :]
        pull = turned.sum(axis=2)
        hessian = turned.real[:, 1:, 1:].copy()
        index = np.arange(hessian.shape[1])
        hessian[:, index, index] -= pull.real[:, 1:]
        return cls(0.5 * pull.real.sum(axis=1), pull.imag[:, 1:], hessian, turned.imag[:, 1:, 1:])

    def of(self, rows: np.ndarray) -> "_Form":
        return _Form(self.height[rows], self.gradient[rows], self.hessian[rows], self.skew[rows])

    def newton(self, longest: np.ndarray) -> np.ndarray:
        """Return an ascending step towards a stationary point."""
        values, vectors = np.linalg.eigh(self.hessian)
        along = np.einsum("bij,bi->bj", vectors, self.gradient)
        damped = np.abs(values) + 0.1 * np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
        step = np.einsum("bij,bj->bi", vectors, along / damped)
        length = np.abs(step).max(axis=1)
        return step * (longest / np.maximum(length, longest))[:, np.newaxis]

    def bound(self, tree: _Tree, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return an upper bound in boxes about the points by K, and the direction along which K bends upwards most."""
        bound, direction = _highest(self.of_sines(tree, half), self.gradient, np.sin(half[:, 1:]), tree.rows[0])
        return self.height + bound, direction

    def of_sines(self, tree: _Tree, half: np.ndarray) -> np.ndarray:
        """Return K."""
        tangent = np.tan(0.5 * half[:, 1:])
        index = np.arange(tangent.shape[1])
        diagonal = self.hessian[:, index, index]
        gershgorin = np.abs(self.hessian).sum(axis=2) - np.abs(diagonal) + diagonal
        # cross terms and what they cost in K balance
        nu = np.maximum(gershgorin, 0.0) + np.abs(self.skew).sum(axis=2) / np.maximum(tangent, 1e-9)
        nu = nu + 1e-3 * tree.rows[1:] + 1e-12 * tree.rows[0]
        inner = -self.hessian
        inner[:, index, index] += nu
        form = self.hessian + np.swapaxes(self.skew, 1, 2) @ np.linalg.solve(inner, self.skew)
        form[:, index, index] += nu * tangent**2
        return form

    def bound_off_circle(self, tree: _Tree, half: np.ndarray) -> np.ndarray:
        """Return an upper bound in boxes about the points by the form in v and y together.

        Where phasors gain nothing by leaving the circle, as on many continua of maxima, this form is semidefinite.
        """
        half = np.minimum(half[:, 1:], np.pi)
        form = np.block([[self.hessian, self.skew], [np.swapaxes(self.skew, 1, 2), self.hessian]])
        gradient = np.concatenate([np.zeros_like(self.gradient), self.gradient], axis=1)
        sides = np.concatenate([1.0 - np.cos(half), np.sin(np.minimum(half, 0.5 * np.pi))], axis=1)
        return self.height + _highest(form, gradient, sides, tree.rows[0])[0]


def _highest(form: np.ndarray, gradient: np.ndarray, sides: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Proof g·x + ½ x·Kx over |x_i| ≤ s_i, and return the direction of the largest eigenvalue of K in x_i/s_i."""
    form = 0.5 * (form + np.swapaxes(form, 1, 2)) * sides[:, :, np.newaxis] * sides[:, np.newaxis, :]
    values, vectors = np.linalg.eigh(form)
    values = values + 1e-12 * scale * (sides**2).max(axis=1, keepdims=True)
    along = np.abs(np.einsum("bij,bi->bj", vectors, gradient * sides))
    count = sides.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        # each eigenvector by itself in a cube, or all of them in a ball
        reach = np.abs(vectors).sum(axis=1)
        inside = along < -values * reach
        cube = np.where(inside, 0.5 * along**2 / -values, along * reach + 0.5 * values * reach**2).sum(axis=1)
        lift = np.maximum(values[:, -1], 0.0) + np.sqrt((along**2).sum(axis=1) / count)
        ball = 0.5 * count * lift + 0.5 * (along**2 / (lift[:, np.newaxis] - values)).sum(axis=1)
    return np.fmin(cube, ball), vectors[:, :, -1] * sides
