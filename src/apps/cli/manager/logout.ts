import { rm } from 'node:fs/promises'
import type { Command, CommandInput } from '#core/command'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { readMe } from './me.ts'
import { managerDescribe, managerOptions } from './options.ts'
import { profilePath } from './profile.ts'

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'revoke the token that `abox login` has made, and forget it',
  usage: '[options]',
  options: { manager: managerOptions['manager'] ?? { type: 'string' } },
  describe: { manager: managerDescribe['manager'] ?? '' },
  examples: ['abox logout'],
  run
}

async function run(input: CommandInput): Promise<number> {
  if (input.positionals.length > 0) throw usage(`found "${input.positionals[0]}", expected nothing`)
  if ((process.env['ABOX_TOKEN'] ?? '') !== '') {
    throw usage('ABOX_TOKEN is set: what it holds is revoked by `abox token revoke`')
  }
  const client = await openManager(input)
  const { user, by } = await readMe(client)
  await client.send({ method: 'DELETE', path: `/tokens/${encodeURIComponent(by.replace('token ', ''))}` })
  const path = profilePath(process.env)
  await rm(path, { force: true })
  console.log(`${user} at ${client.url}: the token is revoked, and ${path} is gone`)
  return 0
}
