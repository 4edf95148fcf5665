import { readdirSync, readFileSync } from 'node:fs'

/** What the operating system lets this process open, files and sockets alike, and what it has open. */
export interface FileHandles {
  readonly limit: number
  readonly open: number
}

/** The rest is for connections to models, records and documents. */
const FOR_CONSUMERS = 0.75
/** Handles that connections to models leave free as long as some of these are idle: files and sockets that come for a moment. */
const SPARE_HANDLES = 8

/** Without a limit where the system does not tell it in /proc (macOS, Windows). */
export function readFileHandles(): FileHandles {
  try {
    const [, soft] = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return { limit: Number(soft ?? Number.NaN) || Number.POSITIVE_INFINITY, open: readdirSync('/proc/self/fd').length }
  } catch {
    return { limit: Number.POSITIVE_INFINITY, open: 0 }
  }
}

/**
 * How many connections consumers may have: `configured`, or fewer where they could take the last handle. A process without
 * handles closes what it accepts without our hearing of it (libuv does), and reaches no model; connections that we refuse
 * are counted, and the calls of the others go on.
 */
export function mostConnections(configured: number, { limit, open }: FileHandles): number {
  return Math.min(configured, Math.max(1, Math.floor((limit - open) * FOR_CONSUMERS)))
}

/** Whether there is a handle for one more connection, where so many were made since `open` was counted. */
export const hasHandle = ({ limit, open }: FileHandles, connections: number): boolean =>
  open + connections + SPARE_HANDLES < limit
