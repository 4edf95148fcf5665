/** A compiled path rule on its way into a value, as lib/json has it: contracts know no library. */
export interface MaskState {
  readonly matched: boolean
  readonly dead: boolean
  member(name: string): MaskState
  element(index: number): MaskState
}

/** What `call` of a recorded call has, beside `args`, and what stands beside `call` (recorded-call.ts). */
const NAMES = [
  ...['attachments', 'caller', 'service', 'method', 'model', 'variant', 'protocol', 'at'],
  ...['request', 'result']
]

/**
 * Why the rules of a `mask` cannot be used: one that can mean nothing in any recorded call is a slip of the pen that would
 * leave the values in the files. Undefined: they can. `compile` may throw at what is no rule.
 */
export function maskRefusal(
  rules: readonly string[],
  compile: (rules: readonly string[]) => MaskState
): string | undefined {
  const bad = rules.find((rule) => !canMean(compile([rule]), rule))
  if (bad === undefined) return undefined
  return `path rule "${bad}": it masks nothing, expected one that begins with args[*], attachments, request, reply.body, result or **, or with ${NAMES.slice(1, 8).join(', ')}`
}

function canMean(start: MaskState, rule: string): boolean {
  if (start.matched || NAMES.some((name) => isAlive(start.member(name)))) return true
  const reply = start.member('reply')
  if (reply.matched || isAlive(reply.member('body')) || isAlive(reply.member('status'))) return true
  const args = start.member('args')
  // A list: only elements are in it, of which the rule says the index.
  return args.matched || [0, ...(rule.match(/\d+/g) ?? [])].some((index) => isAlive(args.element(Number(index))))
}

const isAlive = ({ matched, dead }: MaskState): boolean => matched || !dead
