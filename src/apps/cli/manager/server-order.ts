import { type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'

/** Takes a gateway instance out of the registry, or back: `abox server offline|online ID`. ABOX_CLI_USAGE. */
export async function orderServer(input: CommandInput, action: 'offline' | 'online'): Promise<number> {
  const [, id, more] = input.positionals
  if (id === undefined || more !== undefined) throw usage(`${action}: expected one ID of \`abox server list\``)
  const reason = textOption(input, 'reason')?.trim() ?? ''
  if (reason === '') throw usage('--reason: found nothing, expected why this is changed')
  const force = input.options['force'] === true
  if (force && action === 'online') throw usage('--force: found it with online, expected it with offline only')
  const client = await openManager(input)
  const path = `/environments/${encodeURIComponent(client.environment)}/servers/${encodeURIComponent(id)}/${action}`
  await client.send({ method: 'POST', path, body: {}, reason, ...(force && { query: { force } }) })
  const what =
    action === 'offline' ? 'leaves the registry; it is empty when `abox server list` says offline' : 'comes back'
  console.log(`server ${id}: ${what}`)
  return 0
}
