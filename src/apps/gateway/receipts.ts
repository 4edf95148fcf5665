import type { Receipt } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import { AboxError } from '#core/errors'
import type { Logger } from '#core/logger'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Applied } from './documents/applier.ts'
import type { HookState } from './messages.ts'
import { type ReceiptChange, ReceiptParts } from './receipt-parts.ts'
import type { RecordSource } from './records/record-text.ts'

/** Tells the manager and the operator what this instance really runs. */
export interface Receipts {
  write(applied: Applied, hooks?: readonly HookState[]): void
}

/** Ephemeral nodes that go with the instance; without ZooKeeper the admin API shows the same. */
export function createReceipts(
  zookeeper: ZookeeperSession,
  root: string,
  address: string,
  source: RecordSource,
  clock: Clock,
  log: Logger
): Receipts {
  // The manager and `abox server` find the instances here; it says nothing that changes.
  const about = JSON.stringify(aboutOf(source, address))
  zookeeper.setEphemeral(`${root}/servers/gateways/${source.instance}`, Buffer.from(about))
  const parts = new ReceiptParts(source)
  const nodes = new Map<string, ReturnType<ZookeeperSession['setEphemeral']>>()
  /** Whose last text was too large. */
  const stale = new Set<string>()
  const put = ({ node, text }: ReceiptChange): void => {
    const handle = nodes.get(node)
    if (text === undefined) {
      nodes.delete(node)
      void handle?.remove()
    } else if (handle === undefined) {
      nodes.set(node, zookeeper.setEphemeral(`${root}/receipts/${node}`, Buffer.from(text)))
    } else handle.update(Buffer.from(text))
  }
  return {
    write({ applied, refused }, hooks = []) {
      for (const change of parts.change({ applied, refused, ...disabledOf(hooks) }, clock.wallMs())) {
        const { node } = change
        try {
          put(change)
          stale.delete(node)
        } catch (error) {
          // The parts behind it are told all the same: each of them is written only when it changes.
          if (!(error instanceof AboxError && error.code === 'ABOX_ZK_TOO_LARGE')) throw error
          if (!stale.has(node)) log.warn({ node, error: error.message }, 'this part of the receipt stays as it was')
          stale.add(node)
        }
      }
    }
  }
}

/** Takes the receipts of an instance in this process, and what it says of itself. Must not throw. */
export type TakeReceipt = (receipt: Receipt, about: Readonly<Record<string, unknown>>) => void

export function handReceipts(address: string, source: RecordSource, clock: Clock, take: TakeReceipt): Receipts {
  const about = aboutOf(source, address)
  return { write: (applied, hooks = []) => take(receiptOf(applied, hooks, source, clock), about) }
}

const aboutOf = (source: RecordSource, address: string): Readonly<Record<string, unknown>> => ({
  v: 1,
  ...source,
  address
})

function receiptOf(
  { applied, refused }: Pick<Applied, 'applied' | 'refused'>,
  hooks: readonly HookState[],
  source: RecordSource,
  clock: Clock
): Receipt {
  return { ...source, at: clock.wallMs(), applied, refused, ...disabledOf(hooks) }
}

function disabledOf(hooks: readonly HookState[]): Pick<Receipt, 'disabled'> {
  const found = hooks.flatMap(({ hook, version, disabled }) =>
    disabled === undefined
      ? []
      : [[`${hook}@${version}`, `since ${new Date(disabled.at).toISOString()}: ${disabled.why}`] as const]
  )
  return found.length === 0 ? {} : { disabled: Object.fromEntries(found) }
}
