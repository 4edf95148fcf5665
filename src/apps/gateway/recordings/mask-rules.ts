import { AboxError } from '#core/errors'
import { compilePathRules, jsonErrors, type PathState } from '#lib/json'

/** What `call` of a recorded call has, beside `args`, and what stands beside `call` (contracts/recorded-call.ts). */
const NAMES = [
  ...['attachments', 'caller', 'service', 'method', 'model', 'variant', 'protocol', 'at'],
  ...['request', 'result']
]

/**
 * Path rules of values that must not be seen, checked: one that can mean nothing in any recorded call is a slip of the pen
 * that would leave the values in the files. Throws ABOX_JSON_PATH.
 */
export function compileMask(rules: readonly string[]): PathState {
  const mask = compilePathRules(rules)
  for (const rule of rules) {
    if (canMean(compilePathRules([rule]), rule)) continue
    throw new AboxError(
      jsonErrors.ABOX_JSON_PATH,
      `path rule "${rule}": it masks nothing, expected one that begins with args[*], attachments, request, reply.body, result or **, or with ${NAMES.slice(1, 8).join(', ')}`
    )
  }
  return mask
}

function canMean(start: PathState, rule: string): boolean {
  if (start.matched || NAMES.some((name) => isAlive(start.member(name)))) return true
  const reply = start.member('reply')
  if (reply.matched || isAlive(reply.member('body')) || isAlive(reply.member('status'))) return true
  const args = start.member('args')
  // A list: only elements are in it, of which the rule says the index.
  return args.matched || [0, ...(rule.match(/\d+/g) ?? [])].some((index) => isAlive(args.element(Number(index))))
}

const isAlive = ({ matched, dead }: PathState): boolean => matched || !dead
