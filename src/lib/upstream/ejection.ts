import type { TrackedEndpoint } from './endpoint.ts'

/** When calls alone show that an endpoint is bad; the defaults are Envoy's (outlier_detection.proto). */
export interface EjectionRules {
  /** Failures without a good answer between them. */
  readonly failuresInARow: number
  /** Length of the first ejection, ms; the second in a row is twice as long. */
  readonly baseMs: number
  /** No ejection is longer, ms. */
  readonly maxMs: number
  /** Part of the endpoints that may be ejected at a time; one always may be. */
  readonly maxShare: number
  /** Over which the shares of good answers are compared, ms. */
  readonly windowMs: number
  /** Endpoints with fewer calls in the window are not compared. */
  readonly minCalls: number
  /** Fewer endpoints than these are not compared. */
  readonly minEndpoints: number
  /** How many standard deviations below the mean is too far. */
  readonly deviations: number
}

export const defaultEjection: EjectionRules = {
  failuresInARow: 5,
  baseMs: 30_000,
  maxMs: 300_000,
  maxShare: 0.1,
  windowMs: 10_000,
  minCalls: 100,
  minEndpoints: 5,
  deviations: 1.9
}

/** Whether one more of `count` endpoints may be ejected, when `usable` of them are usable. The last one never is. */
export function mayEject(rules: EjectionRules, count: number, ejected: number, usable: number): boolean {
  return usable > 1 && ejected < Math.max(1, Math.floor(count * rules.maxShare))
}

/** Takes the endpoint out. Each ejection is longer than the one before, up to the cap. */
export function eject(endpoint: TrackedEndpoint, rules: EjectionRules, now: number): void {
  endpoint.strikes++
  endpoint.ejections++
  endpoint.ejectedUntil = now + Math.min(rules.baseMs * endpoint.strikes, rules.maxMs)
}

/** Brings it back when its time is over; true when it did. */
export function readmit(endpoint: TrackedEndpoint, now: number): boolean {
  if (endpoint.ejectedUntil === 0 || now < endpoint.ejectedUntil) return false
  endpoint.ejectedUntil = 0
  endpoint.failuresInARow = 0
  endpoint.good = 0
  endpoint.bad = 0
  endpoint.calmSince = now
  return true
}

/** One strike is forgiven for each `baseMs` without an ejection. */
export function forgive(endpoint: TrackedEndpoint, rules: EjectionRules, now: number): void {
  if (endpoint.strikes === 0 || endpoint.ejectedUntil !== 0 || now - endpoint.calmSince < rules.baseMs) return
  endpoint.strikes--
  endpoint.calmSince = now
}

/**
 * The share of good answers below which an endpoint is an outlier: mean - deviations × σ over all endpoints that had
 * enough calls in the window. 0: too few of them to compare, nobody is below.
 */
export function outlierBound(endpoints: readonly TrackedEndpoint[], rules: EjectionRules): number {
  let count = 0
  let sum = 0
  let squares = 0
  for (const endpoint of endpoints) {
    if (!isCompared(endpoint, rules)) continue
    const share = shareOf(endpoint)
    count++
    sum += share
    squares += share * share
  }
  if (count < rules.minEndpoints) return 0
  const mean = sum / count
  return mean - rules.deviations * Math.sqrt(Math.max(0, squares / count - mean * mean))
}

/** Whether the endpoint's share of good answers is below the bound. */
export function isOutlier(endpoint: TrackedEndpoint, rules: EjectionRules, bound: number): boolean {
  // Equal shares differ from their own mean by rounding.
  return isCompared(endpoint, rules) && shareOf(endpoint) < bound - 1e-9
}

const isCompared = (endpoint: TrackedEndpoint, { minCalls }: EjectionRules): boolean =>
  endpoint.usable() && endpoint.good + endpoint.bad >= minCalls

const shareOf = ({ good, bad }: TrackedEndpoint): number => good / (good + bad)
