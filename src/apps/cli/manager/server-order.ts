import { setTimeout } from 'node:timers/promises'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { outputOf } from './options.ts'
import { show } from './show.ts'

/** How often the manager is asked how far it is, ms: instances tell once a second. */
const EVERY_MS = 500

/** What `GET …/servers` says of one, as far as this needs it. */
interface Told {
  readonly id: string
  readonly state: string
  readonly load?: { readonly inFlight: number; readonly connections: number }
}

/**
 * Takes a gateway instance out of the registry, or back: `abox server drain|offline|online ID`. `drain` is `offline` that
 * waits until consumers and calls have gone. Rejects with ABOX_CLI_USAGE, and with ABOX_CLI_DRAIN where they have not in time.
 */
export async function orderServer(input: CommandInput, action: 'drain' | 'offline' | 'online'): Promise<number> {
  const [, id, more] = input.positionals
  if (id === undefined || more !== undefined) throw usage(`${action}: expected one ID of \`abox server list\``)
  const reason = textOption(input, 'reason')?.trim() ?? ''
  if (reason === '') throw usage('--reason: found nothing, expected why this is changed')
  const force = input.options['force'] === true
  if (force && action === 'online') throw usage('--force: found it with online, expected it with drain or offline')
  const limitMs = limitOf(input, action)
  const output = outputOf(input)
  const client = await openManager(input)
  const order = action === 'online' ? 'online' : 'offline'
  const path = `${serversPath(client)}/${encodeURIComponent(id)}/${order}`
  const { body } = await client.send<object>({
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
  const told = limitMs === undefined ? undefined : await waitUntilDrained(client, id, limitMs, isTable)
  if (!isTable) show({ ...body, ...told, ...(action !== 'online' && { undo: wayBack }) }, output, [], '')
  return 0
}

/** Path of the servers of the environment that is meant, below /api/v1. */
export const serversPath = ({ environment }: ManagerClient): string =>
  `/environments/${encodeURIComponent(environment)}/servers`

/** Of `drain`, ms. */
function limitOf(input: CommandInput, action: string): number | undefined {
  const text = textOption(input, 'wait-timeout')
  if (action !== 'drain') {
    if (text === undefined) return undefined
    throw usage(`--wait-timeout: found it with ${action}, expected it with drain`)
  }
  if (text !== undefined && !/^[1-9]\d{0,4}$/.test(text)) {
    throw usage(`--wait-timeout: found "${text}", expected whole seconds`)
  }
  return Number(text ?? '60') * 1000
}

/** Says how far it is whenever that has changed. */
async function waitUntilDrained(
  client: ManagerClient,
  id: string,
  limitMs: number,
  isTold: boolean
): Promise<Told | undefined> {
  const until = performance.now() + limitMs
  let last = ''
  for (;;) {
    const { body } = await client.send<{ items: readonly Told[] }>({ method: 'GET', path: serversPath(client) })
    const told = body.items.find((item) => item.id === id)
    const text = progressOf(told)
    if (isTold && text !== last) console.log(`server ${id}: ${text}`)
    last = text
    if (told?.state === 'drained') return told
    if (performance.now() >= until) {
      throw new AboxError(cliErrors.ABOX_CLI_DRAIN, `server ${id}: ${text} after ${limitMs / 1000} s, expected drained`)
    }
    await setTimeout(EVERY_MS)
  }
}

function progressOf(told: Told | undefined): string {
  if (told?.load === undefined) return 'tells nothing any more'
  return `${told.state}, ${told.load.connections} connections, ${told.load.inFlight} in flight`
}
