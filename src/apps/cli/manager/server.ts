import type { Server, ServerList } from '#contracts/api/server'
import type { Command, CommandAction, CommandInput } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { actionOf, usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { managerDescribe, managerOptions, namesOf, outputOf } from './options.ts'
import { orderServer, serversPath } from './server-order.ts'
import { show } from './show.ts'

const READ = namesOf(managerOptions)

const ACTIONS = {
  list: { usage: '', summary: 'Shows all with state, what they run and how much they have to do.', options: READ },
  describe: { usage: 'INSTANCE', summary: 'Shows all that the manager knows of one.', options: READ },
  drain: {
    usage: 'INSTANCE',
    summary: 'Takes a gateway out of the registry, and waits until consumers and calls have gone.',
    options: [...READ, 'reason', 'force', 'wait-timeout']
  },
  offline: {
    usage: 'INSTANCE',
    summary: 'Takes a gateway out of the registry; it answers the calls that still come.',
    options: [...READ, 'reason', 'force']
  },
  online: { usage: 'INSTANCE', summary: 'Brings a gateway back into the registry.', options: [...READ, 'reason'] }
} satisfies Readonly<Record<string, CommandAction>>

export const serverCommand: Command = {
  name: 'server',
  summary: 'show the gateways and workers of an environment, and take gateways out of the registry and back',
  usage: '<list | describe | drain | offline | online> [INSTANCE] [options]',
  actions: ACTIONS,
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
  const action = actionOf(input, ACTIONS)
  const [, more] = input.positionals
  if (action === 'drain' || action === 'offline' || action === 'online') return orderServer(input, action)
  if (action === 'describe') return describeServer(input)
  if (more !== undefined) throw usage(`found "${more}", expected nothing behind list`)
  const output = outputOf(input)
  const client = await openManager(input)
  const servers = await readServers(client)
  show(servers, output, servers.map(rowOf), `no gateway or worker is there in ${client.environment}`)
  return 0
}

/** All that the manager knows of one. Rejects with ABOX_CLI_NOT_THERE where there is none of this name. */
async function describeServer(input: CommandInput): Promise<number> {
  const [, id, more] = input.positionals
  if (id === undefined || more !== undefined) throw usage('describe: expected one INSTANCE of `abox server list`')
  const output = outputOf(input)
  const client = await openManager(input)
  const server = (await readServers(client)).find((one) => one.instance === id)
  if (server === undefined) {
    const text = `found no instance "${id}" in ${client.environment}, expected one of \`abox server list\``
    throw new AboxError(cliErrors.ABOX_CLI_NOT_THERE, text)
  }
  // A table of one row would be cut where somebody wants to see all of it.
  show(server, output === 'table' ? 'yaml' : output, [], '')
  return 0
}

async function readServers(client: ManagerClient): Promise<readonly Server[]> {
  const { body } = await client.send<ServerList>({ method: 'GET', path: serversPath(client) })
  return body.items
}

const rowOf = ({ instance, role, state, why = '', address = '', documents, load }: Server): object => ({
  instance,
  role,
  state,
  why,
  address,
  documents: documents ?? '',
  'calls/s': load?.callsPerSecond ?? '',
  'in flight': load?.inFlight ?? '',
  connections: load?.connections ?? ''
})
