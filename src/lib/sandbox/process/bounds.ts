import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import { MAX_TEXT } from './codec.ts'
import type { Hosted } from './jobs.ts'

/** Jobs that wait or are in the child, and their text in UTF-16 units; beyond: ABOX_HOOK_BUSY. */
const MAX_JOBS = 4096
const MAX_WAITING_TEXT = 64 * 1024 * 1024

/** Says which jobs are taken. */
export class Bounds {
  inFlight = 0
  /** Why all are refused, since there is no child; '' = they are not. */
  refusing = ''
  closed = false
  #text = 0

  add(size: number, jobs: 1 | -1): void {
    this.#text += size
    this.inFlight += jobs
  }

  refusalOf(owner: Hosted, size: number): AboxError | undefined {
    const { name } = owner.options
    if (owner.disposed || this.closed) return disposed(owner)
    if (this.refusing !== '') return unavailable(owner, this.refusing)
    if (size > MAX_TEXT) {
      return new AboxError(sandboxErrors.ABOX_HOOK_INPUT, `${name}: found ${size} characters, at most ${MAX_TEXT}`)
    }
    if (this.inFlight < MAX_JOBS && this.#text + size <= MAX_WAITING_TEXT) return undefined
    const found = `found ${this.inFlight} calls with ${this.#text} characters waiting`
    return new AboxError(sandboxErrors.ABOX_HOOK_BUSY, `${name}: ${found}, at most ${MAX_JOBS} and ${MAX_WAITING_TEXT}`)
  }
}

export function disposed({ options }: Hosted): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, `${options.name} was closed`)
}

export function unavailable({ options }: Hosted, why: string): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, `${options.name}: ${why}`)
}
