/** Numbers of a JSON text that JSON.parse alone would round or refuse; the code in the isolate reads them the slow way. */
export const PLAIN = 0
/** May hold integers beyond ±(2^53 − 1). */
export const LONG_INTEGERS = 1
/** May hold NaN, Infinity or -Infinity outside strings. */
export const BARE_WORDS = 2

/** May hold marks of tensors (tensors.ts). */
export const TENSORS = 4
/** All of these together are below it. */
export const FORMS = 8
/** Stands for a tensor on the way in; its number follows. No JSON, so nothing that was sent to us can hold it. */
export const TENSOR_IN = '@tensor:'
/** The same on the way out, where it has to be JSON: a number that JavaScript writes for no value. */
export const TENSOR_OUT = '-0e888'

/** An integer follows one of these or begins the text; the digits after a point do not, so full doubles stay quick. */
const SIXTEEN_DIGITS = /[[,:\s-]\d{16}/

/** Which forms may occur in the text. May say so in vain (digits inside a string), never overlooks one. */
export function numberForms(text: string): number {
  let forms = PLAIN
  if (text.length >= 16 && (SIXTEEN_DIGITS.test(text) || isDigit(text.charCodeAt(0)))) forms |= LONG_INTEGERS
  if (text.includes(TENSOR_IN)) forms |= TENSORS
  if (text.includes('NaN') || text.includes('Infinity')) forms |= BARE_WORDS
  return forms
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57
}
