import { createChecker } from '#contracts/check'
import { contractErrors } from '#contracts/errors'
import { Receipt } from '#contracts/receipt'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Seen } from './laggards.ts'
import { parsed } from './nodes.ts'

const checker = createChecker(Receipt, contractErrors.ABOX_DOCUMENT_INVALID)

/** A receipt that can be relied on; undefined for everything else, which a stranger may have written. */
function readReceipt(data: Buffer): Receipt | undefined {
  try {
    return checker.check(parsed(data), 'receipt')
  } catch {
    return undefined
  }
}

/**
 * Reads each receipt once: it names every document, and the session hands out the same buffer for as long as a node is not
 * changed.
 */
export function createReceiptReader(): typeof readReceipt {
  const known = new WeakMap<Buffer, { readonly receipt: Receipt | undefined }>()
  return (data) => {
    let found = known.get(data)
    if (found === undefined) {
      found = { receipt: readReceipt(data) }
      known.set(data, found)
    }
    return found.receipt
  }
}

/** Watches who is there and what he runs; `onChange` gets all of them, once everything was read. */
export function watchInstances(
  zookeeper: ZookeeperSession,
  root: string,
  onChange: (seen: ReadonlyMap<string, Seen>) => void
): { remove(): void } {
  type Nodes = ReadonlyMap<string, Buffer>
  let gateways: Nodes | undefined
  let workers: Nodes | undefined
  let receipts: Nodes | undefined
  const read = createReceiptReader()
  const tell = (): void => {
    if (gateways !== undefined && workers !== undefined && receipts !== undefined) {
      onChange(join(gateways, workers, receipts, read))
    }
  }
  const watches = [
    zookeeper.watchTree(`${root}/servers/gateways`, (nodes) => {
      gateways = nodes
      tell()
    }),
    zookeeper.watchTree(`${root}/servers/workers`, (nodes) => {
      workers = nodes
      tell()
    }),
    zookeeper.watchTree(`${root}/receipts`, (nodes) => {
      receipts = nodes
      tell()
    })
  ]
  return {
    remove() {
      for (const watch of watches) watch.remove()
    }
  }
}

function join(
  gateways: ReadonlyMap<string, Buffer>,
  workers: ReadonlyMap<string, Buffer>,
  receipts: ReadonlyMap<string, Buffer>,
  read: typeof readReceipt
): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const [name, data] of workers) seen.set(name, { role: 'worker', about: aboutOf(data), receipt: undefined })
  for (const name of new Set([...gateways.keys(), ...receipts.keys()])) {
    const [about, receipt] = [gateways.get(name), receipts.get(name)]
    seen.set(name, {
      role: 'gateway',
      about: about === undefined ? undefined : aboutOf(about),
      receipt: receipt === undefined ? undefined : read(receipt)
    })
  }
  return seen
}

function aboutOf(data: Buffer): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(data)
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
