/** Dubbo providers in a registry: their URLs, keeping ours registered, finding those of others. */
export { advertiseHost } from './advertise-host.ts'
export type { ApplicationInstance } from './application-instance.ts'
export { createDubboRegistry, type DubboRegistry, type Registration } from './registry.ts'
export { zookeeperAddress } from './url-text.ts'
