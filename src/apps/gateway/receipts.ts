import type { Receipt } from '#contracts/receipt'
import type { Clock } from '#core/clock'
import type { ZookeeperSession } from '#lib/zookeeper'
import type { Applied } from './documents/applier.ts'
import type { HookState } from './messages.ts'
import type { RecordSource } from './records/record-text.ts'

/** Tells the manager and the operator what this instance really runs. */
export interface Receipts {
  write(applied: Applied, hooks?: readonly HookState[]): void
}

/** An ephemeral node that goes with the instance; without ZooKeeper the admin API shows the same. */
export function createReceipts(
  zookeeper: ZookeeperSession,
  root: string,
  address: string,
  source: RecordSource,
  clock: Clock
): Receipts {
  // The manager and `abox server` find the instances here; it says nothing that changes.
  const about = JSON.stringify({ v: 1, ...source, address })
  zookeeper.setEphemeral(`${root}/servers/gateways/${source.instance}`, Buffer.from(about))
  let node: ReturnType<ZookeeperSession['setEphemeral']> | undefined
  return {
    write({ applied, refused }, hooks = []) {
      const disabled = disabledOf(hooks)
      const receipt: Receipt = { v: 1, ...source, at: clock.wallMs(), applied, refused, ...disabled }
      const data = Buffer.from(JSON.stringify(receipt))
      if (node === undefined) node = zookeeper.setEphemeral(`${root}/receipts/${source.instance}`, data)
      else node.update(data)
    }
  }
}

function disabledOf(hooks: readonly HookState[]): Pick<Receipt, 'disabled'> {
  const found = hooks.flatMap(({ hook, version, disabled }) =>
    disabled === undefined
      ? []
      : [[`${hook}@${version}`, `since ${new Date(disabled.at).toISOString()}: ${disabled.why}`] as const]
  )
  return found.length === 0 ? {} : { disabled: Object.fromEntries(found) }
}
