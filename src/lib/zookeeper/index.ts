/** One logical ZooKeeper session: ephemeral nodes that stay, watches that miss nothing, over every outage. */
export type { SessionIdentity } from './client-api.ts'
export type { Election, ElectionOptions, Leadership } from './election.ts'
export { endSession } from './end-session.ts'
export { type HandOverOptions, handOver } from './hand-over.ts'
export type { PersistentHandle } from './persistent.ts'
export { createZookeeper, type ZookeeperSession } from './session.ts'
export type { Change } from './transaction.ts'
