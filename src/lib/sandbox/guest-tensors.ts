export interface GuestTensors {
  /** While a result is written: a tensor in it is then the number that stands for it. */
  writing: boolean
  /** How many such numbers were asked for; who writes counts from zero. */
  written: number
  /** What code did with tensors that it may not, as the part of a reply (frames.ts) that its call gets; '' = nothing. */
  misuse: '' | 'L' | 'K'
  /** The next call begins; what earlier ones were given is now worth nothing. */
  begin(): void
  /** From now on `JSON.stringify` is no way to that number for code that runs while a result is written: a getter, a toJSON. */
  guard(): void
  /** What code gets for the tensor of that number. */
  give(number: string): unknown
}

/** Number of the tensor, and of the call that it came with. */
type Behind = readonly [number: string, call: number]

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 *
 * The text of a tensor (tensors.ts) is not in the isolate. Code gets a proxy that it can hand on, but not look into: the
 * first try ends the function, unless it catches that, and the whole call is then made again with the text.
 *
 * Code may also keep it and use it in a later call, for which nobody has the text. With `never` code gets none at all:
 * each one that comes is as good as looked into.
 */
export function makeTensors(mark: string, never: boolean): GuestTensors {
  const NativeProxy = Proxy
  const rawJSON = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON
  const refuse = (behind: Behind): never => {
    if (behind[1] !== call) tensors.misuse = 'K'
    else if (tensors.misuse === '') tensors.misuse = 'L'
    throw new TypeError('this list is not here yet')
  }
  let call = 0
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
  traps['get'] = (behind: Behind, name: PropertyKey): unknown => {
    // These two are asked of everything that is written, and are nothing of the list.
    if (name === 'then') return undefined
    if (name !== 'toJSON' || !tensors.writing || behind[1] !== call) return refuse(behind)
    return () => {
      tensors.written++
      return rawJSON(mark + behind[0])
    }
  }
  const tensors: GuestTensors = { writing: false, written: 0, misuse: '', begin, guard, give }
  return tensors

  function begin(): void {
    call++
    tensors.misuse = ''
  }

  function guard(): void {
    const { stringify: native } = JSON
    const guarded = {
      stringify(value: unknown, replacer: never, space: never) {
        const { writing } = tensors
        tensors.writing = false
        try {
          return native(value, replacer, space)
        } finally {
          tensors.writing = writing
        }
      }
    }
    Object.defineProperty(JSON, 'stringify', { value: guarded.stringify })
  }

  function give(number: string): unknown {
    if (never) tensors.misuse = 'L'
    return new NativeProxy([number, call], traps)
  }
}
