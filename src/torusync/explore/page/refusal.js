// @ts-check
// A refusal: the library's own sentence on why it refuses, and the parameter that it is about.

export class Refusal extends Error {
  /**
   * @param {string | null} parameter
   * @param {string} sentence
   */
  constructor(parameter, sentence) {
    super(sentence);
    this.name = "Refusal";
    this.parameter = parameter;
    this.sentence = sentence;
  }
}

/**
 * Whether a fault is only that something newer came.
 * @param {unknown} fault
 */
export function isAborted(fault) {
  return fault instanceof DOMException && fault.name === "AbortError";
}

/**
 * What to tell of any fault.
 * @param {unknown} fault
 * @returns {Refusal}
 */
export function refusalOf(fault) {
  if (fault instanceof Refusal) return fault;
  console.error(fault);
  return new Refusal(null, `The page itself failed: ${fault instanceof Error ? fault.message : String(fault)}`);
}
