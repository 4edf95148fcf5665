import type { Clock } from '#core/clock'
import { describe } from '#core/errors'
import type { Logger } from '#core/logger'
import type { Store } from '../store/open-store.ts'
import { auditRepairs, type Repair } from './repairs.ts'

export interface RepairAuditOptions {
  readonly store: Store
  readonly environment: string
  /** Something was written. */
  readonly onAudit?: (() => void) | undefined
  readonly clock: Clock
  readonly log: Logger
}

/** Repairs whose audit could not be written yet; beyond them only their number is kept. */
const MAX_WAITING = 1000

/** Repairs of one environment that the audit has not told of yet. */
export class RepairAudit {
  readonly #options: RepairAuditOptions
  #waiting: Repair[] = []
  #total = 0

  constructor(options: RepairAuditOptions) {
    this.#options = options
  }

  add(repair: Repair): void {
    this.#total++
    if (this.#waiting.length < MAX_WAITING) this.#waiting.push(repair)
  }

  /** Never rejects: what cannot be told now is told at the next call, and keeps nothing from being published. */
  async write(): Promise<void> {
    const [repairs, total] = [this.#waiting, this.#total]
    if (total === 0) return
    const { store, environment, onAudit, clock, log } = this.#options
    try {
      await store.write((db) => auditRepairs(db, environment, { repairs, total }, clock.wallMs()))
    } catch (error) {
      log.warn({ environment, repairs: total, error: describe(error) }, 'repairs are not in the audit yet')
      return
    }
    this.#waiting = []
    this.#total = 0
    onAudit?.()
  }
}
