/** HTTP/1.1 to model servers: kept connections, exact deadlines, bounded answers. Knows nothing of models. */
export { UpstreamError, upstreamErrors } from './errors.ts'
export { createRoundRobin, type Endpoints } from './round-robin.ts'
export type { CallSignal, UpstreamGet, UpstreamPost, UpstreamReply, UpstreamStats } from './types.ts'
export { createUpstream, type Upstream, type UpstreamOptions } from './upstream.ts'
