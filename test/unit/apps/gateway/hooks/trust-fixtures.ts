import type { Clock } from '#core/clock'
import type { KeptTrust } from '../../../../../src/apps/gateway/hooks/kept-trust.ts'
import { type TrustRules, VersionTrust } from '../../../../../src/apps/gateway/hooks/trust.ts'

export const RULES: TrustRules = {
  placement: 'auto',
  promoteAfterCalls: 3,
  promoteAfterMs: 1000,
  strikes: 3,
  strikeWindowMs: 60_000
}

/** A clock that stands until it is told. Both of its times go on together. */
export class HandClock implements Clock {
  now = 1_700_000_000_000

  wallMs(): number {
    return this.now
  }

  monotonicMs(): number {
    return this.now
  }
}

export const keyFor = (name: string, digit = 'a'): string => `${name}@sha256:${digit.repeat(64)}`

export const newTrust = (clock: Clock, rules: Partial<TrustRules> = {}, kept?: KeptTrust): VersionTrust =>
  new VersionTrust(keyFor('rank'), { ...RULES, ...rules }, clock, kept)
