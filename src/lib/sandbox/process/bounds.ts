import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import { MAX_TEXT } from './codec.ts'
import type { Hosted } from './jobs.ts'

/** Jobs that wait or are in the child, and their text in UTF-16 units; beyond: ABOX_HOOK_BUSY. */
const TOTAL = { jobs: 16_384, text: 64 * 1024 * 1024 }
/** Of one sandbox, so that a slow one cannot fill all of it; but one job alone may have as much text as any. */
const SHARE = { jobs: 4096, text: 16 * 1024 * 1024 }
/** What each sandbox may have though the others, such as many versions of one hook, have filled all of it. */
const RESERVED = { jobs: 64, text: 1024 * 1024 }

/** What is not answered. */
interface Held {
  jobs: number
  text: number
}

/** Says which jobs are taken. */
export class Bounds {
  /** Why all are refused, since there is no child; '' = they are not. */
  refusing = ''
  closed = false
  readonly #held: Held = { jobs: 0, text: 0 }

  get inFlight(): number {
    return this.#held.jobs
  }

  add({ held }: Hosted, size: number, jobs: 1 | -1): void {
    this.#held.jobs += jobs
    this.#held.text += size * jobs
    held.jobs += jobs
    held.text += size * jobs
  }

  refusalOf(owner: Hosted, size: number): AboxError | undefined {
    const { held, options } = owner
    if (owner.disposed || this.closed) return disposed(owner)
    if (this.refusing !== '') return unavailable(owner, this.refusing)
    if (size > MAX_TEXT) {
      return new AboxError(
        sandboxErrors.ABOX_HOOK_INPUT,
        `${options.name}: found ${size} characters, at most ${MAX_TEXT}`
      )
    }
    if (fits(held, size, RESERVED)) return undefined
    if (held.jobs > 0 && !fits(held, size, SHARE)) return busy(owner, 'of its own', held, SHARE)
    return fits(this.#held, size, TOTAL) ? undefined : busy(owner, 'of all hooks', this.#held, TOTAL)
  }
}

function fits(held: Held, size: number, most: Held): boolean {
  return held.jobs < most.jobs && held.text + size <= most.text
}

function busy({ options }: Hosted, whose: string, held: Held, most: Held): AboxError {
  const found = `found ${held.jobs} calls ${whose} with ${held.text} characters waiting`
  return new AboxError(sandboxErrors.ABOX_HOOK_BUSY, `${options.name}: ${found}, at most ${most.jobs} and ${most.text}`)
}

export function disposed({ options }: Hosted): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${options.name} was closed`)
}

export function unavailable({ options }: Hosted, why: string): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, `${options.name}: ${why}`)
}
