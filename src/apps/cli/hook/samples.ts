import { AboxError } from '#core/errors'
import type { Sandbox } from '#lib/sandbox'
import { pathTo } from './diff.ts'
import { hookErrors } from './errors.ts'
import { type HookJson, type HookObject, isObject, parseHookJson, printHookJson } from './json.ts'

/** One entry of a hook's `samples`, checked. */
export interface HookSample {
  /** The author's own, else `sample 1`, counted from 1. */
  readonly name: string
  /** What `pre` and `post` get as `call`, as JSON text. */
  readonly call: string
  /** What `post` gets as `reply`, as JSON text. */
  readonly reply: string | undefined
  /** What `pre` must return as `body`. */
  readonly expectRequest: HookJson | undefined
  /** What `post` must return. */
  readonly expect: HookJson | undefined
  /** A part of the error that must end it, code or text: in `post` where there is a reply, else in `pre`. */
  readonly expectError: string | undefined
  /** See diffHookJson; 0 unless given. */
  readonly tolerance: number
}

const SAMPLE_KEYS = ['name', 'call', 'expectRequest', 'reply', 'expect', 'expectError', 'tolerance']
const CALL_KEYS = ['service', 'method', 'args', 'attachments', 'model', 'variant', 'protocol', 'caller', 'at']
const REPLY_KEYS = ['status', 'body']
const PROTOCOLS = ['tensorflow', 'seldon', 'v2', 'raw']

/**
 * The samples that a hook exports. Throws ABOX_HOOK_SAMPLES with the path of the field, such as
 * `samples[1].call.args`, and ABOX_HOOK_RESULT where the export is no plain data.
 */
export function readSamples(sandbox: Sandbox, label: string): HookSample[] {
  const text = sandbox.readExport('samples')
  if (text === undefined) {
    const found = sandbox.exports.includes('samples') ? 'a function' : 'no such export'
    throw refuse(label, 'samples', `found ${found}, expected export const samples = [{ call, expectRequest, … }]`)
  }
  const list = parseHookJson(text)
  if (!Array.isArray(list)) throw refuse(label, 'samples', `found ${shown(list)}, expected a list`)
  if (list.length === 0) throw refuse(label, 'samples', 'found an empty list, expected at least one sample')
  return list.map((entry: HookJson, index) => new SampleReader(sandbox, label, `samples[${index}]`).read(entry, index))
}

class SampleReader {
  readonly #sandbox: Sandbox
  readonly #label: string
  readonly #path: string

  constructor(sandbox: Sandbox, label: string, path: string) {
    this.#sandbox = sandbox
    this.#label = label
    this.#path = path
  }

  read(entry: HookJson, index: number): HookSample {
    const sample = this.#object(entry, '', SAMPLE_KEYS)
    const name = sample.get('name') ?? `sample ${index + 1}`
    if (typeof name !== 'string') throw this.#refuse('name', `found ${shown(name)}, expected a text`)
    const reply = this.#reply(sample.get('reply'))
    const expectError = this.#expectError(sample)
    const checked: HookSample = {
      name,
      call: this.#call(sample.get('call')),
      reply,
      expectRequest: sample.get('expectRequest'),
      expect: sample.get('expect'),
      expectError,
      tolerance: this.#tolerance(sample.get('tolerance'))
    }
    this.#consistent(checked)
    return checked
  }

  #consistent({ reply, expectRequest, expect, expectError }: HookSample): void {
    if (expect !== undefined && reply === undefined) {
      throw this.#refuse('reply', 'found none, expected the reply of the model from which `post` makes `expect`')
    }
    if (expectRequest === undefined && expect === undefined && expectError === undefined) {
      throw this.#refuse('', 'found nothing that is expected, expected expectRequest, expect or expectError')
    }
    if (reply !== undefined && expect === undefined && expectError === undefined) {
      throw this.#refuse('expect', 'found a reply and no expect, expected what `post` makes of the reply')
    }
    if (expectError !== undefined && expect !== undefined) {
      throw this.#refuse('expectError', 'found it beside expect, expected one of them')
    }
    if (expectError !== undefined && reply === undefined && expectRequest !== undefined) {
      throw this.#refuse('expectError', 'found it beside expectRequest without a reply: `pre` cannot give both')
    }
    const needsPost = expect !== undefined || (expectError !== undefined && reply !== undefined)
    const needsPre = expectRequest !== undefined || (expectError !== undefined && reply === undefined)
    if (needsPre) this.#exported('pre', expectRequest === undefined ? 'expectError' : 'expectRequest')
    if (needsPost) this.#exported('post', expect === undefined ? 'expectError' : 'expect')
  }

  #exported(fn: string, key: string): void {
    if (this.#sandbox.exports.includes(fn)) return
    throw this.#refuse(key, `found it, but the hook exports no function ${fn}`)
  }

  #call(value: HookJson | undefined): string {
    if (value === undefined) throw this.#refuse('call', 'found none, expected the call as the hook gets it')
    const call = this.#object(value, 'call', CALL_KEYS)
    const args = call.get('args') ?? []
    if (!Array.isArray(args)) throw this.#refuse('call.args', `found ${shown(args)}, expected the list of arguments`)
    const attachments = call.get('attachments') ?? new Map<string, HookJson>()
    for (const [key, item] of this.#object(attachments, 'call.attachments')) {
      if (typeof item === 'string') continue
      throw this.#refuse(pathTo('call.attachments', key), `found ${shown(item)}, expected a text`)
    }
    const protocol = call.get('protocol')
    if (protocol !== undefined && !PROTOCOLS.includes(String(protocol))) {
      throw this.#refuse('call.protocol', `found ${shown(protocol)}, expected ${PROTOCOLS.join(', ')}`)
    }
    // These two are always there in a gateway, however little the sample says.
    return printHookJson(new Map<string, HookJson>(call).set('args', args).set('attachments', attachments))
  }

  #reply(value: HookJson | undefined): string | undefined {
    if (value === undefined) return undefined
    const reply = this.#object(value, 'reply', REPLY_KEYS)
    const status = reply.get('status') ?? 200
    if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 299) {
      throw this.#refuse('reply.status', `found ${shown(status)}, expected 200 to 299: others never reach \`post\``)
    }
    const body = reply.get('body')
    if (body === undefined) throw this.#refuse('reply.body', 'found none, expected the JSON of the model')
    return `{"status":${status},"body":${printHookJson(body)}}`
  }

  #expectError(sample: HookObject): string | undefined {
    const value = sample.get('expectError')
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    throw this.#refuse('expectError', `found ${shown(value)}, expected a part of the error's code or text`)
  }

  #tolerance(value: HookJson | undefined): number {
    if (value === undefined) return 0
    if (typeof value === 'number' && value >= 0 && value < 1) return value
    throw this.#refuse('tolerance', `found ${shown(value)}, expected a number from 0 to below 1, such as 1e-6`)
  }

  #object(value: HookJson, key: string, known?: readonly string[]): HookObject {
    if (!isObject(value)) throw this.#refuse(key, `found ${shown(value)}, expected an object`)
    for (const found of value.keys()) {
      if (known !== undefined && !known.includes(found)) {
        const path = key === '' ? found : pathTo(key, found)
        throw this.#refuse(path, `found an unknown key, expected ${known.join(', ')}`)
      }
    }
    return value
  }

  #refuse(key: string, what: string): AboxError {
    return refuse(this.#label, key === '' ? this.#path : `${this.#path}.${key}`, what)
  }
}

function refuse(label: string, path: string, what: string): AboxError {
  return new AboxError(hookErrors.ABOX_HOOK_SAMPLES, `${label}: ${path}: ${what}`, { path })
}

function shown(value: HookJson): string {
  const text = printHookJson(value)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
