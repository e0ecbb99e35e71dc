// @ts-check
/**
 * Where names stand around a circle, so that none covers another: near their own angle, in the same order, spread out
 * where they would crowd.
 */

/**
 * @param {number[]} angles  in radians
 * @param {number} apart  the least angle between two
 * @param {number} [held]  which of them is not to be moved, −1 for none
 * @returns {number[]} angles of the names, each in turns near its own
 */
export function fan(angles, apart, held = -1) {
  const count = angles.length;
  if (count < 2) return angles.slice();
  const gap = Math.min(apart, (2 * Math.PI) / count);
  const wrapped = angles.map((one) => one - 2 * Math.PI * Math.floor(one / (2 * Math.PI)));
  const order = wrapped.map((_, k) => k).sort((a, b) => wrapped[a] - wrapped[b] || a - b);
  // the circle is cut where it is emptiest, and is a line from there
  let [cut, widest] = [0, -1];
  order.forEach((k, place) => {
    const before = order[(place + count - 1) % count];
    const free = wrapped[k] - wrapped[before] + (place === 0 ? 2 * Math.PI : 0);
    if (free > widest + 1e-12) [cut, widest] = [place, free];
  });
  const line = order.map((_, place) => order[(place + cut) % count]);
  const start = wrapped[line[0]];
  const want = line.map((k) => wrapped[k] + (wrapped[k] < start - 1e-12 ? 2 * Math.PI : 0));

  // neighbours that are too near move as one, by as much as suits all of them: pool adjacent violators
  /** @type {{sum: number, weight: number, size: number}[]} */
  const pools = [];
  want.forEach((angle, place) => {
    const weight = line[place] === held ? 1e4 : 1;
    let pool = { sum: weight * (angle - place * gap), weight, size: 1 };
    for (let last = pools[pools.length - 1]; last && last.sum / last.weight > pool.sum / pool.weight;) {
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, size: pool.size + last.size };
      pools.pop();
      last = pools[pools.length - 1];
    }
    pools.push(pool);
  });
  /** @type {number[]} */
  const out = new Array(count).fill(0);
  let place = 0;
  for (const pool of pools) {
    for (let k = 0; k < pool.size; k += 1, place += 1) out[line[place]] = pool.sum / pool.weight + place * gap;
  }
  return out;
}

/**
 * Neighbours on a circle that are nearer than some angle, as groups with one place each.
 * @param {number[]} angles
 * @param {number} apart
 * @returns {{at: number, members: number[]}[]}
 */
export function clusters(angles, apart) {
  const wrapped = angles.map((one) => one - 2 * Math.PI * Math.floor(one / (2 * Math.PI)));
  const order = wrapped.map((_, k) => k).sort((a, b) => wrapped[a] - wrapped[b] || a - b);
  /** @type {number[][]} */
  const groups = [];
  for (const k of order) {
    const last = groups[groups.length - 1];
    // from the first of the group, not the last: else a chain of many would be one name for half the circle
    if (last && wrapped[k] - wrapped[last[0]] < apart) last.push(k);
    else groups.push([k]);
  }
  const first = groups[0];
  const last = groups[groups.length - 1];
  if (groups.length > 1 && first && last && wrapped[first[0]] + 2 * Math.PI - wrapped[last[0]] < apart) {
    groups[0] = [...last, ...first];
    groups.pop();
  }
  return groups.map((members) => {
    const x = members.reduce((sum, k) => sum + Math.cos(wrapped[k]), 0);
    const y = members.reduce((sum, k) => sum + Math.sin(wrapped[k]), 0);
    return { at: Math.atan2(y, x), members: members.sort((a, b) => a - b) };
  });
}

/**
 * Groups of neighbours and their names, joined where two names would cover each other.
 * @param {{at: number, members: number[]}[]} groups  in order around the circle
 * @param {(members: number[], at: number) => {text: string, half: number, place: number[]}} name
 *   what a group is called, half of its width, and its middle
 * @returns {{text: string, half: number, place: number[]}[]}
 */
export function apart(groups, name) {
  const left = groups.map((group) => ({ group, named: name(group.members, group.at) }));
  for (let k = 0; left.length > 1 && k < left.length;) {
    const [one, next] = [left[k], left[(k + 1) % left.length]];
    const [dx, dy] = [one.named.place[0] - next.named.place[0], one.named.place[1] - next.named.place[1]];
    if (Math.abs(dx) > one.named.half + next.named.half + 3 || Math.abs(dy) > 12) {
      k += 1;
      continue;
    }
    const members = [...one.group.members, ...next.group.members].sort((a, b) => a - b);
    const [m, n] = [one.group.members.length, next.group.members.length];
    const turn = Math.atan2(Math.sin(next.group.at - one.group.at), Math.cos(next.group.at - one.group.at));
    const at = one.group.at + (turn * n) / (m + n);
    left[k] = { group: { at, members }, named: name(members, at) };
    left.splice((k + 1) % left.length, 1);
    k = Math.max(0, k - 2);
  }
  return left.map(({ named }) => named);
}
