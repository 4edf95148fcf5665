import { AboxError } from '#core/errors'
import type { Invocation } from '#lib/dubbo'
import { putTensors, sandboxErrors, takeTensors, type WithTensors, wholeText } from '#lib/sandbox'
import type { UpstreamReply } from '#lib/upstream'
import type { Call } from './call.ts'
import { gatewayErrors } from './errors.ts'
import { hookCallText, hookReplyText, hookRequestBody } from './hook-call.ts'
import { findStandIn } from './hooks/stand-in.ts'
import type { HookVersion } from './hooks.ts'

/** Shorter JSON has no list that is worth being kept out. */
const MIN_BYTES = 512
const NUMBERS = 2 ** 40

/**
 * The hook of one call. Long lists of numbers stay out of the isolate as long as its functions only hand them on: the
 * call is made with what is left, and their bytes are put into what comes out. A function that looks into one is called
 * again with the whole, and from then on the version's function always gets the whole.
 */
export class HookRun {
  readonly #call: Call
  #version: HookVersion
  readonly #tensors: readonly string[]
  /** Number of the first one: most probably no other call of the version has these numbers. */
  readonly #first: number
  /** `call`, where marks stand for the tensors. */
  readonly #callText: string
  #wholeText: string | undefined

  /**
   * `args` is the JSON list of the arguments; it is read here and now. `odd`: whether a number may be in it that
   * JavaScript reads as another one, as who wrote it knows.
   */
  constructor(call: Call, version: HookVersion, invocation: Invocation, args: Buffer, odd: () => boolean = unknown) {
    this.#first = Math.floor(Math.random() * NUMBERS)
    const { text, tensors } = looksAlways(version) ? whole(args) : taken(args, this.#first, odd())
    this.#call = call
    this.#version = version
    this.#tensors = tensors
    this.#callText = hookCallText(call, invocation, text)
  }

  get hasPre(): boolean {
    return this.#version.hasPre
  }

  get hasPost(): boolean {
    return this.#version.hasPost
  }

  /** The body for the model. Rejects with what a sandbox rejects with, and with ABOX_HOOK_REQUEST. */
  pre(): Promise<Buffer> {
    const { sandbox, looks } = this.#version
    // Most calls are these, and an async function costs more.
    if (this.#tensors.length === 0) {
      return sandbox.call('pre', [this.#callText]).then(hookRequestBody, (error) => this.#preOfOther(error))
    }
    const body = looks.pre ? this.#preOfWhole() : this.#preWithout()
    return body.catch((error) => this.#preOfOther(error))
  }

  #preOfOther(error: unknown): Promise<Buffer> {
    this.#standIn(error, (other) => other.hasPre)
    return this.pre()
  }

  async #preWithout(): Promise<Buffer> {
    const { sandbox, looks } = this.#version
    try {
      const body = hookRequestBody(await sandbox.call('pre', [this.#callText]))
      return putTensors(body.toString('utf8'), this.#tensors, this.#first)
    } catch (error) {
      if (!hasLooked(error)) throw error
      looks.pre = true
      return this.#preOfWhole()
    }
  }

  #preOfWhole(): Promise<Buffer> {
    return this.#version.sandbox.call('pre', [this.#whole()]).then(hookRequestBody)
  }

  /** JSON of the result. Rejects with what a sandbox rejects with. */
  async post(told: UpstreamReply): Promise<string | Buffer> {
    try {
      return await this.#postOf(told)
    } catch (error) {
      // What another one would have asked the model is not what the model has answered.
      const askedAlike = !this.hasPre
      this.#standIn(error, (other) => other.hasPost && !other.hasPre && askedAlike)
      return this.post(told)
    }
  }

  /**
   * The version was disabled while the call waited for it: another one takes its place, where it is one that `can`.
   * Throws all other errors on.
   */
  #standIn(error: unknown, can: (other: HookVersion) => boolean): void {
    const entry = this.#call.route?.hook
    if (entry === undefined || AboxError.from(error).code !== gatewayErrors.ABOX_HOOK_DISABLED.code) throw error
    const other = findStandIn(entry)
    if (other === undefined || !can(other)) throw error
    this.#version.stoodIn++
    this.#version = other
    this.#call.hook = other
  }

  async #postOf(told: UpstreamReply): Promise<string | Buffer> {
    const { sandbox, looks } = this.#version
    if (!looks.post) {
      const { text, tensors } = taken(told.body, this.#first + this.#tensors.length)
      const all = tensors.length === 0 ? this.#tensors : [...this.#tensors, ...tensors]
      if (all.length > 0) {
        try {
          const reply = `{"status":${told.status},"body":${text}}`
          return putTensors(await sandbox.call('post', [reply, this.#callText]), all, this.#first)
        } catch (error) {
          if (!hasLooked(error)) throw error
          looks.post = true
        }
      }
    }
    return sandbox.call('post', [hookReplyText(told), this.#whole()])
  }

  #whole(): string {
    if (this.#tensors.length === 0) return this.#callText
    this.#wholeText ??= wholeText(this.#callText, this.#tensors, this.#first)
    return this.#wholeText
  }
}

const whole = (json: Buffer): WithTensors => ({ text: json.toString('utf8'), tensors: [] })

const taken = (json: Buffer, first: number, odd = true): WithTensors =>
  json.length < MIN_BYTES ? whole(json) : takeTensors(json, first, odd)

const unknown = (): boolean => true

/** Then there is no use in looking for tensors. */
const looksAlways = ({ hasPre, hasPost, looks }: HookVersion): boolean =>
  (looks.pre || !hasPre) && (looks.post || !hasPost)

const hasLooked = (error: unknown): boolean => AboxError.from(error).code === sandboxErrors.ABOX_HOOK_TENSOR.code
