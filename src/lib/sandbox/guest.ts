import { SOURCE_NAME } from './frames.ts'
import { type GuestConsole, makeConsole } from './guest-console.ts'
import { makeDecimals } from './guest-decimals.ts'
import { makeHashes } from './guest-hashes.ts'
import { type GuestJson, makeJson } from './guest-json.ts'
import { makeLibrary } from './guest-library.ts'
import { closeRealm } from './guest-realm.ts'
import { type GuestTensors, makeTensors } from './guest-tensors.ts'
import { makeUnbound, type Unbound } from './guest-unbound.ts'
import { TENSOR_IN, TENSOR_OUT } from './number-forms.ts'

/** What the host keeps handles to: two functions that take and give strings and never throw. */
export interface Guest {
  /**
   * Runs the top-level code: `namespace.main` returns the exports. Reply: pack(entry …) or a failed part; entry = 'f' name,
   * beginning of the function's text; or 'v' name, part.
   */
  boot(namespace: { main(): Record<string, unknown> }): string
  /** Runs a batch of calls; request and reply as in frames.ts, '' when the user's module has spoiled what makes it. */
  run(header: string, ...texts: string[]): string
}

/**
 * Runs inside the isolate, before the user's module, as text: it may refer to nothing outside itself.
 * Everything that touches a value of the user is inside a try and, as it runs in the isolate, inside the time limit:
 * a getter, a proxy or a toJSON that loops or throws cannot reach the host.
 */
function makeGuest(
  unbound: Unbound,
  json: GuestJson,
  tensors: GuestTensors,
  log: GuestConsole,
  sourceName: string,
  maxOutput: number
): Guest {
  const { apply, ownKeys } = Reflect
  const toText = String
  const indexOf = unbound(String.prototype.indexOf)
  const slice = unbound(String.prototype.slice)
  const charCodeAt = unbound(String.prototype.charCodeAt)
  const textOf = unbound(Function.prototype.toString)
  const sliceOf = unbound(Array.prototype.slice)
  const UNPRINTABLE = 'a value that cannot be printed'
  const functions = Object.create(null) as Record<number, (...args: unknown[]) => unknown>
  return { boot, run }

  function boot(namespace: { main(): Record<string, unknown> }): string {
    try {
      const exported = namespace.main()
      json.bigint = exported['int64'] === 'bigint'
      let lengths = ''
      let texts = ''
      let count = 0
      const names = ownKeys(exported) as string[]
      for (let i = 0; i < names.length; i++) {
        const name = names[i] as string
        const value = exported[name]
        const callable = typeof value === 'function'
        if (callable) functions[count++] = value as (...args: unknown[]) => unknown
        const part = callable ? slice(textOf(value), 0, 200) : read(value)
        lengths += `${name.length + 1},${part.length},`
        texts += (callable ? 'f' : 'v') + name + part
      }
      return `${lengths};${texts}`
    } catch (error) {
      return failed('T', error)
    }
  }

  function read(value: unknown): string {
    try {
      return written(value)
    } catch (error) {
      return failed('R', error)
    }
  }

  function run(header: string, ...texts: unknown[]): string {
    try {
      let lengths = ''
      let parts = ''
      let at = 0
      for (let i = 0; i < header.length; i += 2) {
        const count = charCodeAt(header, i + 1)
        const part = parts.length > maxOutput ? 'A' : one(charCodeAt(header, i), texts, at, count)
        at += count
        lengths += `${part.length},`
        parts += part
      }
      const logs = log.take()
      return `${lengths}${logs.length},;${parts}${logs}`
    } catch {
      return ''
    }
  }

  /** Whatever comes of a call that has looked into a tensor: it did so in vain. */
  function one(code: number, texts: unknown[], at: number, count: number): string {
    tensors.begin()
    const part = called(code, texts, at, count)
    return tensors.misuse === '' ? part : tensors.misuse
  }

  function called(code: number, texts: unknown[], at: number, count: number): string {
    const fn = functions[code >> 3] as (...args: unknown[]) => unknown
    let stage = 'I'
    try {
      // The texts are replaced by what they say: own elements of a fresh list, which no setter of a prototype sees.
      for (let i = at; i < at + count; i++) texts[i] = json.read(texts[i] as string, code & 7)
      if (tensors.misuse !== '') return ''
      stage = 'T'
      let result: unknown
      if (count === 1) result = fn(texts[at])
      else if (count === 2) result = fn(texts[at], texts[at + 1])
      else result = apply(fn, undefined, sliceOf(texts, at, at + count) as unknown[])
      stage = 'R'
      return written(result)
    } catch (error) {
      return failed(stage, error)
    }
  }

  function written(value: unknown): string {
    if (value === undefined) return '=null'
    if (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function') {
      return refused('a thenable, but hooks are synchronous')
    }
    const text = json.write(value)
    if (text === undefined) return refused(`a ${typeof value}, which has no JSON`)
    if (text.length > maxOutput)
      return refused(`${text.length} bytes of JSON or more, at most ${maxOutput} are allowed`)
    return `=${text}`
  }

  function refused(what: string): string {
    return `R0,${what.length},0,;${what}`
  }

  function failed(kind: string, error: unknown): string {
    try {
      let name = ''
      let message: unknown
      let place = ''
      if ((typeof error === 'object' && error !== null) || typeof error === 'function') {
        const thrown = error as { name?: unknown; message?: unknown; stack?: unknown }
        message = thrown.message
        if (message !== undefined) name = slice(toText(thrown.name), 0, 100)
        const stack = thrown.stack
        const found = typeof stack === 'string' ? indexOf(stack, `${sourceName}:`) : -1
        if (found >= 0) place = slice(stack as string, found + sourceName.length + 1, found + sourceName.length + 25)
      }
      const text = log.print(message === undefined ? error : message, 1000)
      // An allocation that isolated-vm refused, unlike its other memory faults, is an ordinary error.
      const memory = text === 'Array buffer allocation failed'
      return `${memory ? 'M' : kind}${name.length},${text.length},${place.length},;${name}${text}${place}`
    } catch {
      return `${kind}0,${UNPRINTABLE.length},0,;${UNPRINTABLE}`
    }
  }
}

/** The script that prepares a fresh context; its value is a function of (maxOutput, maxLog, noTensors) that returns a Guest. */
export const GUEST_SCRIPT = `(() => {
'use strict';
${[makeUnbound, makeTensors, makeJson, makeConsole, makeGuest, makeDecimals, makeHashes, makeLibrary, closeRealm].map(String).join('\n')}
return (maxOutput, maxLog, noTensors) => {
  const unbound = makeUnbound();
  const [markIn, markOut] = ${JSON.stringify([TENSOR_IN, TENSOR_OUT])};
  const tensors = makeTensors(markOut, noTensors);
  const json = makeJson(unbound, tensors, markIn, markOut);
  tensors.guard();
  const log = makeConsole(unbound, maxLog);
  const guest = makeGuest(unbound, json, tensors, log, ${JSON.stringify(SOURCE_NAME)}, maxOutput);
  makeLibrary(makeHashes, makeDecimals);
  closeRealm();
  return guest;
};
})()`
