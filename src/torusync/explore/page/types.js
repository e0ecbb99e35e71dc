// @ts-check
// The shapes that go over the wire and through the page, once, for the type checker.  Nothing here runs.

/**
 * A complex array, apart: JSON has no complex numbers.
 * @typedef {{re: number[][], im: number[][]}} ComplexMatrix
 *
 * One value of a parameter: a number, a number a level, or complex ones.
 * @typedef {number | null} Real
 * @typedef {{re: number | number[], im: number | number[]}} Split
 * @typedef {number | number[] | Split} Value
 * @typedef {Record<string, Value>} Values
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} symbol
 * @property {string} about
 * @property {string} kind
 * @property {string} unit
 * @property {boolean} [fixed]   in an exported page: it cannot be changed there
 * @property {boolean} per_level
 * @property {boolean} complex
 * @property {Real} minimum
 * @property {Real} above
 * @property {Real} maximum
 * @property {Value | null} default
 * @property {{minimum: number, maximum: number, log: boolean, steps?: number} | null} slider
 * @property {string} [instead]
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {string | null} size
 * @property {Parameter[]} parameters
 * @property {Values} start
 * @property {string[]} [starts]   of a course in time
 *
 * @typedef {object} Quantity
 * @property {string} name
 * @property {string} symbol
 * @property {string} long_name
 * @property {string} units
 * @property {string} source
 * @property {{code: number, name: string, sentence: string}[] | null} codes
 *
 * @typedef {{name: string, start: number, stop: number, count: number, log: boolean}} Axis
 * @typedef {{axes: Axis[], quantity?: string}} Tongue
 *
 * @typedef {object} Preset
 * @property {string} name
 * @property {string} title
 * @property {string} about
 * @property {string} group
 * @property {string | null} [figure]
 * @property {string[]} [quantities]   what a line of it asks for
 * @property {string} model
 * @property {Values} values
 * @property {Axis | null} axis
 * @property {Tongue | null} tongue
 *
 * @typedef {object} Catalogue
 * @property {string} version
 * @property {Record<string, number>} limits
 * @property {Model[]} models
 * @property {Quantity[]} quantities
 * @property {Preset[]} presets
 * @property {{title: string, steps: {title: string | null, caption: string, query: string}[]} | null} [lecture]
 *
 * @typedef {object} Distribution
 * @property {string} name
 * @property {boolean} levels
 * @property {string[]} phases
 * @property {number} factor
 * @property {Real} largest
 * @property {Real} log10_factor
 * @property {number[][] | null} orders
 * @property {{re: number[], im: number[]} | null} coefficients
 *
 * @typedef {object} Synchronization
 * @property {Real[]} phases
 * @property {Real} s_max
 * @property {Real} s_max_bound
 * @property {Real} gap
 * @property {Real} relative_gap
 * @property {boolean} certified
 * @property {Named} proof
 * @property {Real} pair_sum
 * @property {Real} pair_sum_bound
 * @property {Real} order_parameter
 * @property {Real} [frustration]
 * @property {number} optima_count
 * @property {number} optima_dimension
 * @property {boolean} complete
 * @property {Real[][]} optima
 * @property {number} reference
 *
 * @typedef {{pairs: number[][], share: Real, alone: Real}} CoherenceSet
 * @typedef {{name: string, sentence: string}} Named
 * @typedef {Named & {code: number, cost?: Real, gain?: Real, words?: string}} Verdict
 * @typedef {{name: string, value: Real, text: string, units: string, evidence: string}} Figure
 * @typedef {{label: string, energy: number, group?: string}} Level
 *
 * @typedef {object} Point
 * @property {string | null} model
 * @property {Values} values
 * @property {Record<string, Real>} [derived]   what follows from the values: parameters that others stand for
 * @property {string} name
 * @property {number} dimension
 * @property {string[]} labels
 * @property {{code: number, name: string, sentence: string, good: boolean}} status
 * @property {ComplexMatrix} density
 * @property {Real[]} populations
 * @property {Distribution} distribution
 * @property {Synchronization} synchronization
 * @property {Record<string, CoherenceSet>} sets
 * @property {Verdict | null} verdict
 * @property {{levels: number[], angle: Real, weight: Real} | null} triangle
 * @property {Record<string, any> | null} machine
 * @property {Level[] | null} levels
 * @property {Figure[]} numbers
 * @property {string} code
 *
 * @typedef {object} Source
 * @property {"server" | "cube"} kind
 * @property {string | null} about   what an exported page can and cannot do
 * @property {() => Promise<Catalogue>} catalogue
 * @property {(model: string, values: Values, signal?: AbortSignal) => Promise<Point>} point
 * @property {(model: string, values: Values) => Promise<{phases: Real[][], closed: boolean}>} walk
 * @property {(spec: object, progress: (share: number) => void, signal: AbortSignal) => Promise<any>} job
 * @property {(name: string, bytes: ArrayBuffer) => Promise<any>} drop
 * @property {(view: object) => Promise<string>} code
 *
 * The state of the page: all that its address says.
 * @typedef {"auto" | "light" | "dark"} Theme
 * @typedef {object} State
 * @property {string} model
 * @property {string} preset
 * @property {Values} values
 * @property {Axis | null} axis
 * @property {Tongue | null} tongue   drawn below the story where it is given
 * @property {Theme} theme
 * @property {string} view            "all", or the one panel that fills the middle
 * @property {string} start           what time starts from
 * @property {number} duration        of time, in units of 1/ω_1; 0 where the server chooses
 * @property {string} line            what a line shows, the name of a family
 * @property {number} step            of the tour, from 1; 0 outside it
 */
/**
 * A line over one parameter.  `spec` and `model` are what was asked for; the rest is the server's answer.
 * @typedef {object} Line
 * @property {string} model
 * @property {string} family
 * @property {Axis} spec
 * @property {number[]} axis
 * @property {Record<string, Real[]>} columns
 * @property {string} lost     what is told of points without a state; empty where there are none
 * @property {{name: string, symbol: string, about: string, unit: string}} about   its axis
 *
 * A map over two parameters; the first axis runs slowest.
 * @typedef {object} Plane
 * @property {string} model
 * @property {Axis[]} specs
 * @property {number[][]} axes
 * @property {string} quantity
 * @property {Real[][]} values
 * @property {string} lost
 * @property {{name: string, symbol: string, about: string, unit: string}[]} about
 */
export {};
/**
 * A course in time.
 * @typedef {object} Course
 * @property {number[]} times
 * @property {{re: number[][][], im: number[][][]}} density
 * @property {Real[][]} populations
 * @property {Real[]} s_max
 * @property {Real[][]} optimal
 * @property {Real[]} [error]
 * @property {string} [unit]   of time
 * @property {{re: number[][], im: number[][]} | null} [coefficients]
 * @property {Real[][]} [phases]   the phase that each level's coherence with the reference prefers
 * @property {{phases: Real[][], locked: number, drifting: number} | null} frozen
 */
