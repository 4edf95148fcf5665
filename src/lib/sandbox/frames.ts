/**
 * Texts that cross between the host and the isolate. Only strings and nothing else do: a handle to an object of either
 * side would be a way out of the sandbox.
 *
 *   request = header, text, text, …            one string each, so that no text can pretend to be two
 *   header  = { code argc }                    two UTF-16 units per call
 *   code    = 8 × index of the function + forms (see number-forms.ts)
 *   argc    = how many of the texts that follow are its arguments
 *   reply   = pack(part per call …, logs)      logs = pack(line …) or ''
 *   part    = '=' JSON                         what the function returned
 *           | kind pack(name, message, place)  kind: I input  T thrown  R result  M memory; place = 'line:column…' or ''
 *           | 'L'                              it looked into a tensor (tensors.ts), whose text is not here
 *           | 'K'                              it used a tensor that an earlier call was given, and the module has kept
 *           | 'A'                              not run, because the parts before it filled the reply: ask again
 *   pack    = { length ',' } ';' texts         lengths are UTF-16 units
 */

/** Name under which the module is compiled in the isolate; what V8 puts in front of line and column in a stack. */
export const SOURCE_NAME = 'sandbox:source'

const COMMA = -4 // ',' counted from '0'

/** Takes a `pack` apart; undefined when it is not one: code in the isolate may have spoiled what makes them. */
export function unpack(pack: string): string[] | undefined {
  const parts: string[] = []
  const end = pack.indexOf(';')
  if (end < 0) return undefined
  let at = end + 1
  let length = 0
  for (let i = 0; i < end; i++) {
    const digit = pack.charCodeAt(i) - 48
    if (digit >= 0 && digit <= 9) {
      length = length * 10 + digit
      continue
    }
    if (digit !== COMMA || at + length > pack.length) return undefined
    parts.push(pack.slice(at, at + length))
    at += length
    length = 0
  }
  return at === pack.length ? parts : undefined
}
