// @ts-check
/**
 * What the views are given, as JSDoc types: nothing here runs.
 *
 * Numbers that are not finite arrive as null, so every number of an answer may be null and is read through `real`.
 *
 * @typedef {number | null} Num
 * @typedef {{re: Num[][], im: Num[][]}} Matrix
 * @typedef {{
 *   name: string, levels: boolean, phases: string[], factor: Num, largest?: Num, log10_factor?: Num,
 *   orders: number[][] | null, coefficients: {re: Num[], im: Num[]} | null,
 * }} Distribution  S = factor·Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] with `levels`, else factor·Re Σ_q c_q e^{iq·φ}
 * @typedef {{
 *   phases: Num[], s_max: Num, s_max_bound?: Num, gap?: Num, relative_gap?: Num, certified?: boolean | null,
 *   proof?: unknown, pair_sum?: Num, pair_sum_bound?: Num, order_parameter?: Num, optima_count?: Num,
 *   optima_dimension?: Num, complete?: boolean | null, optima?: Num[][] | null, reference?: Num,
 * }} Sync
 * @typedef {{
 *   regime?: {name: string, sentence?: string} | null,
 *   heats?: {[bath: string]: Num} | null, power?: Num, power_error?: Num, heat_hot?: Num, heat_hot_error?: Num, heat_cold?: Num, heat_cold_error?: Num,
 * }} Machine
 * @typedef {{label: string, energy: Num, group?: string | number | null}} Level
 * @typedef {{
 *   model?: string | null, name?: string, dimension: number, labels?: string[], density?: Matrix | null,
 *   populations?: Num[] | null, distribution: Distribution, synchronization?: Sync | null,
 *   triangle?: {levels: number[], angle: Num, weight?: Num} | null, machine?: Machine | null,
 *   levels?: Level[] | null, verdict?: {name: string, sentence?: string} | null,
 *   status?: {code?: number, name?: string, sentence?: string, good: boolean} | null,
 * }} Point
 *
 * @typedef {{
 *   onMove?: (phases: number[]) => void,
 *   onRelease?: (phases: number[]) => void,
 *   onRest?: (phases: number[]) => void,
 *   text?: (sentence: string) => void,
 *   bar?: boolean,
 * }} Handlers  of a view: phases that moved, were let go, came to rest; the sentence that says what is seen; whether S is
 *   drawn as a bar against its maximum, as it is unless `bar` is false
 *
 * @typedef {{
 *   show: (point: Point | null, phases?: Num[] | null) => void,
 *   resize: () => void,
 *   theme: (colors: import("./colors.js").Palette) => void,
 *   destroy: () => void,
 * }} View
 */

export {};
