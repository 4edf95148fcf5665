/** How much may be done: token buckets, counts of what is under way, and both by key. Knows nothing of what is limited. */
export { createLimiter, type Limiter, type LimiterNumbers, type LimiterStats, type Verdict } from './limiter.ts'
export { createLimiterSet, type LimiterSet, type LimiterSetStats } from './limiter-set.ts'
