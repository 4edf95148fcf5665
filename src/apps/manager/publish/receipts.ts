import { createChecker } from '#contracts/check'
import { contractErrors } from '#contracts/errors'
import { type Receipt, ReceiptPart, readReceiptNode } from '#contracts/receipt'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Seen } from './laggards.ts'
import { parsed } from './nodes.ts'

const checker = createChecker(ReceiptPart, contractErrors.ABOX_DOCUMENT_INVALID)

/** A part that can be relied on; undefined for everything else, which a stranger may have written. */
function readPart(data: Buffer): ReceiptPart | undefined {
  try {
    return checker.check(parsed(data), 'receipt')
  } catch {
    return undefined
  }
}

/** By instance; undefined: what stands there has never been a whole receipt. */
export type ReadReceipts = (nodes: ReadonlyMap<string, Buffer>) => ReadonlyMap<string, Receipt | undefined>

/**
 * Reads each part once, as the session hands out the same buffer for as long as a node is not changed, and gives the same
 * receipt for as long as its parts are the same. While an instance divides what it runs anew, what it said before holds; not what
 * a process before it said, which runs no more.
 */
export function createReceiptReader(): ReadReceipts {
  const known = new WeakMap<Buffer, { readonly part: ReceiptPart | undefined }>()
  let last: ReadonlyMap<string, JoinedReceipt | undefined> = new Map()
  const partOf = (data: Buffer): ReceiptPart | undefined => {
    let found = known.get(data)
    if (found === undefined) {
      found = { part: readPart(data) }
      known.set(data, found)
    }
    return found.part
  }
  return (nodes) => {
    const heads = new Map<string, ReceiptPart[]>()
    const others: { readonly instance: string; readonly found: ReceiptPart }[] = []
    for (const [name, data] of nodes) {
      const { instance, part } = readReceiptNode(name)
      const found = partOf(data)
      if (part === 0) heads.set(instance, found?.part === 0 ? [found] : [])
      else if (found?.part === part && part < found.parts) others.push({ instance, found })
    }
    for (const { instance, found } of others) {
      const parts = heads.get(instance)
      const head = parts?.[0]
      if (head?.parts === found.parts && head.epoch === found.epoch) parts?.push(found)
    }
    last = new Map([...heads].map(([instance, parts]) => [instance, receiptOf(parts, last.get(instance))]))
    return last
  }
}

/** Without part 0 there is none; some parts of one are on their way to be one. */
function receiptOf(parts: readonly ReceiptPart[], before: JoinedReceipt | undefined): JoinedReceipt | undefined {
  const [head] = parts
  if (head === undefined) return undefined
  if (parts.length < head.parts) return before?.epoch === head.epoch ? before : undefined
  if (before?.isOf(parts)) return before
  return new JoinedReceipt(parts)
}

/** The parts are put together when somebody asks: mostly one of many has changed, and nobody looks. */
class JoinedReceipt implements Receipt {
  readonly #parts: readonly ReceiptPart[]
  #applied: Receipt['applied'] | undefined = undefined
  #refused: Receipt['refused'] | undefined = undefined

  /** The first one is part 0. */
  constructor(parts: readonly ReceiptPart[]) {
    this.#parts = parts
  }

  isOf(parts: readonly ReceiptPart[]): boolean {
    return parts.length === this.#parts.length && parts.every((part, index) => part === this.#parts[index])
  }

  get instance(): string {
    return this.#head.instance
  }

  get epoch(): number {
    return this.#head.epoch
  }

  get at(): number {
    return Math.max(...this.#parts.map(({ at }) => at))
  }

  get applied(): Receipt['applied'] {
    this.#applied ??= Object.assign({}, ...this.#parts.map(({ applied }) => applied)) as Receipt['applied']
    return this.#applied
  }

  get refused(): Receipt['refused'] {
    this.#refused ??= Object.assign({}, ...this.#parts.map(({ refused }) => refused)) as Receipt['refused']
    return this.#refused
  }

  get disabled(): Record<string, string> {
    return this.#head.disabled ?? {}
  }

  get #head(): ReceiptPart {
    return this.#parts[0] as ReceiptPart
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
  let receipts: ReadonlyMap<string, Receipt | undefined> | undefined
  let unreadable: ReadonlySet<string> = new Set()
  const read = createReceiptReader()
  const tell = (): void => {
    if (gateways !== undefined && workers !== undefined && receipts !== undefined) {
      onChange(join(gateways, workers, receipts, unreadable))
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
      receipts = read(nodes)
      unreadable = unreadableOf(nodes, receipts)
      tell()
    })
  ]
  return {
    remove() {
      for (const watch of watches) watch.remove()
    }
  }
}

/** Instances whose part 0 is none; of those without a receipt only, and their parts may be on their way. */
export function unreadableOf(
  nodes: ReadonlyMap<string, Buffer>,
  receipts: ReadonlyMap<string, Receipt | undefined>
): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [instance, receipt] of receipts) {
    const head = nodes.get(instance)
    if (receipt === undefined && head !== undefined && readPart(head)?.part !== 0) found.add(instance)
  }
  return found
}

function join(
  gateways: ReadonlyMap<string, Buffer>,
  workers: ReadonlyMap<string, Buffer>,
  receipts: ReadonlyMap<string, Receipt | undefined>,
  unreadable: ReadonlySet<string>
): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const [name, data] of workers) seen.set(name, { role: 'worker', about: aboutOf(data), receipt: undefined })
  for (const name of new Set([...gateways.keys(), ...receipts.keys()])) {
    const about = gateways.get(name)
    seen.set(name, {
      role: 'gateway',
      about: about === undefined ? undefined : aboutOf(about),
      receipt: receipts.get(name),
      unreadable: unreadable.has(name)
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
