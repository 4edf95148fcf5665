import type { ServerList, ServerOrder } from '#contracts/api/server'
import { type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { outputOf, reasonOf } from './options.ts'
import { show } from './show.ts'
import { progressOf, type Told, waitUntilDrained } from './wait-drained.ts'
import { tellProgress } from './write.ts'

/**
 * Takes a gateway instance out of the registry, or back: `abox server drain|offline|online INSTANCE`. `drain` is `offline` that
 * waits until consumers and calls have gone, or it has ended itself. Rejects with ABOX_CLI_USAGE, and with ABOX_CLI_DRAIN where they have not in time.
 */
export async function orderServer(input: CommandInput, action: 'drain' | 'offline' | 'online'): Promise<number> {
  const [, id, more] = input.positionals
  if (id === undefined || more !== undefined) throw usage(`${action}: expected one INSTANCE of \`abox server list\``)
  const reason = reasonOf(input)
  const force = input.options['force'] === true
  const limitMs = limitOf(input, action)
  const output = outputOf(input)
  const client = await openManager(input)
  const order = action === 'online' ? 'online' : 'offline'
  const path = `${serversPath(client)}/${encodeURIComponent(id)}/${order}`
  const { body } = await client.send<ServerOrder>({
    method: 'POST',
    path,
    body: {},
    reason,
    ...(force && { query: { force } })
  })
  const isTable = output === 'table'
  const wayBack = `abox server online ${id} --environment ${client.environment} --reason "…"`
  if (isTable) {
    console.log(`server ${id}: ${action === 'online' ? 'comes back' : 'leaves the registry'}`)
    if (action === 'offline') console.log('it is empty when `abox server list` says drained')
    if (action !== 'online') console.log(`undo: ${wayBack}`)
  }
  const tellOrder = (told?: Told): void => {
    if (!isTable) show({ ...body, ...told, ...(action !== 'online' && { undo: wayBack }) }, output, [], '')
    else if (told !== undefined) console.log(`server ${id}: ${progressOf(told)}`)
  }
  if (limitMs === undefined) tellOrder()
  else {
    const told = await waitForServer(client, id, limitMs).catch((error: unknown) => {
      // The order was given, however long it takes.
      tellOrder()
      throw error
    })
    tellOrder(told)
  }
  return 0
}

/** Path of the servers of the environment that is meant, below /api/v1. */
export const serversPath = ({ environment }: ManagerClient): string =>
  `/environments/${encodeURIComponent(environment)}/servers`

/** Of `drain`, ms. */
function limitOf(input: CommandInput, action: string): number | undefined {
  if (action !== 'drain') return undefined
  const text = textOption(input, 'wait-timeout')
  if (text !== undefined && !/^[1-9]\d{0,4}$/.test(text)) {
    throw usage(`--wait-timeout: found "${text}", expected whole seconds`)
  }
  return Number(text ?? '60') * 1000
}

/** Says how far it is on standard error. Rejects as `waitUntilDrained`. */
function waitForServer(client: ManagerClient, id: string, limitMs: number): Promise<Told> {
  const ask = async (): Promise<Told | undefined> => {
    const { body } = await client.send<ServerList>({ method: 'GET', path: serversPath(client) })
    return body.items.find((item) => item.instance === id)
  }
  return waitUntilDrained({ id, limitMs, ask, tell: tellProgress })
}
