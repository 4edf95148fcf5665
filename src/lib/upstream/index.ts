/** HTTP/1.1 to model servers: kept connections, exact deadlines, bounded answers. Knows nothing of models. */

export type { Endpoint, EndpointAddress, EndpointOutcome, EndpointState } from './endpoint.ts'
export type { BalancePolicy } from './endpoint-picker.ts'
export { createEndpointSet, type EndpointSet } from './endpoints.ts'
export { UpstreamError, upstreamErrors } from './errors.ts'
export { createProber, type Probe } from './prober.ts'
export { createResolver, type Lookup, type RefusalOf } from './resolver.ts'
export { createRetryBudget, type RetryBudget } from './retry-budget.ts'
export type { AbortListener, CallSignal, UpstreamGet, UpstreamPost, UpstreamReply, UpstreamStats } from './types.ts'
export { createUpstream, type Upstream, type UpstreamOptions } from './upstream.ts'
