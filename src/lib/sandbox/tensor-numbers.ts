/**
 * Whether a list of numbers says the same when JavaScript has read and written it. Only then may it be kept out of the
 * isolate: else a model would get other numbers from a hook that hands the list on than from one that looks into it, and
 * other ones for a long list than for a short one.
 *
 * What does not: whole numbers beyond ±(2^53 − 1), which hooks get as texts; minus zero, which is written as 0; what is
 * too large for a double. `list` is the text of a list that holds only numbers, words and lists.
 */
export function readsTheSame(list: string): boolean {
  if (ODD_NUMBER.test(list)) {
    for (const [found] of list.matchAll(ODD_NUMBERS)) if (!tokenReadsTheSame(found.slice(1))) return false
  }
  for (const letter of 'eE') {
    for (let at = list.indexOf(letter); at >= 0; at = list.indexOf(letter, at)) {
      let start = at
      while (!isBorder(list.charCodeAt(start - 1))) start--
      while (!isBorder(list.charCodeAt(at))) at++
      // The words true and false have one as well.
      if (list.charCodeAt(start) < LETTERS && !tokenReadsTheSame(list.slice(start, at))) return false
    }
  }
  return true
}

/**
 * What needs a second look: 16 digits or a sign and 15 before any point, and what may be minus zero: `-0` without a point,
 * or with one and zeros alone, or so many of them that it is too small for a double. The engine stops at the beginning of
 * each number for 6 ns, so long as what follows is told apart by its first characters; hence no look-ahead, and the digits
 * spelled out, which together are three times as fast.
 */
const DIGITS = String.raw`\d`.repeat(15)
const ODD = String.raw`[,[\s](?:\d${DIGITS}|-(?:${DIGITS}|0(?:[^.]|\.0(?:0{299}|0*\D))))`
const ODD_NUMBER = new RegExp(ODD)
const ODD_NUMBERS = /[,[\s](?:[-\d]\d{15}|-0)[^,\]\s]*/g
const WHOLE = /^-?\d+$/
const LETTERS = 0x41

function tokenReadsTheSame(token: string): boolean {
  const value = Number(token)
  if (!Number.isFinite(value) || Object.is(value, -0)) return false
  return Number.isSafeInteger(value) || !WHOLE.test(token)
}

/** What stands before or after a number of a list. */
function isBorder(unit: number): boolean {
  return unit === 0x2c || unit === 0x5b || unit === 0x5d || unit <= 0x20
}
