import type { Command, CommandInput } from '#core/command'
import { unknownAction, usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { type Instance, type Receipts, readReceipts, stateOf } from './receipts.ts'
import { orderServer, serversPath } from './server-order.ts'
import { show, shownTime } from './show.ts'

export const serverCommand: Command = {
  name: 'server',
  summary: 'show the gateways and workers of an environment, and take gateways out of the registry and back',
  usage: '<list | describe ID | drain ID | offline ID | online ID> [options]',
  options: {
    ...managerOptions,
    reason: { type: 'string', short: 'r' },
    force: { type: 'boolean' },
    'wait-timeout': { type: 'string' }
  },
  describe: {
    ...managerDescribe,
    reason: 'drain, offline, online: why; it stands in the audit',
    force: 'drain, offline: even where no other instance would be left',
    'wait-timeout': 'drain: longest wait until consumers and calls have gone, seconds; default 60'
  },
  examples: [
    'abox server list --environment prod',
    'abox server drain gw-0 --environment prod --reason "new kernel"   # waits until nothing is left in it',
    'abox server offline gw-0 --environment prod --reason "new kernel"',
    'abox server online gw-0 --environment prod --reason "done"'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action, more] = input.positionals
  if (action === 'drain' || action === 'offline' || action === 'online') return orderServer(input, action)
  if (action === 'describe') return describeServer(input)
  if (action !== 'list') throw unknownAction(action, 'list, describe, drain, offline or online')
  if (more !== undefined) throw usage(`found "${more}", expected nothing behind list`)
  const output = outputOf(input)
  const client = await openManager(input)
  const receipts = await readReceipts(client)
  const loads = await readLoads(client)
  const servers = receipts.instances.map((instance) => ({
    ...instance,
    behind: behindOf(instance, receipts),
    ...(loads.has(instance.instance) && { load: loads.get(instance.instance) })
  }))
  const rows = receipts.instances.map((instance) => rowOf(instance, receipts, loads.get(instance.instance)))
  const known = new Set(receipts.instances.map(({ instance }) => instance))
  const strangers = [...loads.keys()].filter((instance) => !known.has(instance))
  show(servers, output, rows, `no gateway or worker is registered in ${client.environment}`)
  // Their documents come from a file, or their session with ZooKeeper is gone.
  if (output === 'table' && strangers.length > 0) console.log(`not registered, but calling in: ${strangers.join(', ')}`)
  return 0
}

/** All that the manager knows of one. Rejects with ABOX_CLI_USAGE where there is none of this name. */
async function describeServer(input: CommandInput): Promise<number> {
  const [, id, more] = input.positionals
  if (id === undefined || more !== undefined) throw usage('describe: expected one ID of `abox server list`')
  const output = outputOf(input)
  const client = await openManager(input)
  const { body } = await client.send<{ items: readonly { id: string }[] }>({ method: 'GET', path: serversPath(client) })
  const server = body.items.find((item) => item.id === id)
  if (server === undefined) throw usage(`found no server "${id}" in ${client.environment}, expected one of its list`)
  // A table of one row would be cut where somebody wants to see all of it.
  show(server, output === 'table' ? 'yaml' : output, [], '')
  return 0
}

interface Load {
  readonly callsPerSecond: number
  readonly inFlight: number
  readonly connections: number
  /** `draining` or `drained`: it is to be out of the registry. */
  readonly order?: string
}

/** How much each instance has to do, of those that tell. */
async function readLoads(client: ManagerClient): Promise<ReadonlyMap<string, Load>> {
  const { body } = await client.send<{ items: { id: string; state: string; order?: object; load?: Load }[] }>({
    method: 'GET',
    path: serversPath(client)
  })
  return new Map(
    body.items.flatMap(({ id, state, order, load }) =>
      load === undefined ? [] : [[id, order === undefined ? load : { ...load, order: state }] as const]
    )
  )
}

function rowOf(instance: Instance, receipts: Receipts, load: Load | undefined): object {
  const { about = {}, applied, refused, disabled, at, role } = instance
  const behind = behindOf(instance, receipts)
  return {
    instance: instance.instance,
    role,
    address: typeof about['address'] === 'string' ? about['address'] : '',
    documents: applied === undefined ? '' : Object.keys(applied).length,
    state:
      role === 'worker'
        ? 'there'
        : (load?.order ?? summaryOf(applied !== undefined, behind, Object.keys(refused).length)),
    'calls/s': load?.callsPerSecond ?? '',
    'in flight': load?.inFlight ?? '',
    'disabled hooks': Object.keys(disabled).length === 0 ? '' : Object.keys(disabled).join(', '),
    receipt: at === undefined ? '' : shownTime(at)
  }
}

function summaryOf(hasReceipt: boolean, behind: readonly string[], refused: number): string {
  if (!hasReceipt) return 'no receipt'
  if (refused > 0) return `refuses ${refused}`
  return behind.length === 0 ? 'ok' : `behind in ${behind.length}: ${behind.slice(0, 3).join(', ')}`
}

/** Places of which it does not run what is published. */
function behindOf(instance: Instance, { published }: Receipts): string[] {
  if (instance.role === 'worker' || instance.applied === undefined) return []
  const places = new Set([...Object.keys(published), ...Object.keys(instance.applied)])
  return [...places].filter((place) => stateOf(instance, place, published[place]) !== 'ok')
}
