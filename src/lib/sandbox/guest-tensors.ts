import type { Unbound } from './guest-unbound.ts'

export interface GuestTensors {
  /** While a result is written: a tensor in it is then the number that came in its place. */
  writing: boolean
  /** Whether code has looked into a tensor. What it then did is worth nothing. */
  looked: boolean
  /** What stands for a tensor, given the number in its place; undefined when that is an ordinary number. */
  give(source: string): unknown
}

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 *
 * The text of a tensor (tensors.ts) is not in the isolate. Code gets a proxy that it can hand on, but not look into: the
 * first try ends the function, unless it catches that, and the whole call is then made again with the text.
 */
export function makeTensors(unbound: Unbound, token: string): GuestTensors {
  const NativeProxy = Proxy
  const indexOf = unbound(String.prototype.indexOf)
  const rawJSON = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON
  const refuse = (): never => {
    tensors.looked = true
    throw new TypeError('this list is not here yet')
  }
  const traps: Record<string, unknown> = { __proto__: null }
  for (const name of [
    'set',
    'has',
    'ownKeys',
    'getOwnPropertyDescriptor',
    'defineProperty',
    'deleteProperty',
    'getPrototypeOf',
    'setPrototypeOf',
    'isExtensible',
    'preventExtensions'
  ])
    traps[name] = refuse
  // One for all of them: what a proxy stands for is in the list behind it.
  traps['get'] = (behind: readonly string[], name: PropertyKey): unknown => {
    // These two are asked of everything that is written, and are nothing of the list.
    if (name === 'toJSON') return tensors.writing ? () => rawJSON(behind[0] as string) : refuse()
    return name === 'then' ? undefined : refuse()
  }
  const tensors: GuestTensors = { writing: false, looked: false, give }
  return tensors

  function give(source: string): unknown {
    if (source.length <= token.length || indexOf(source, token) !== 0) return undefined
    return new NativeProxy([source], traps)
  }
}
