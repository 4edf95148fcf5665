import type { Token, TokenList } from '#contracts/api/token'
import { type Command, type CommandAction, type CommandInput, textOption } from '#core/command'
import { actionOf, usage } from '../line-options.ts'
import { askSecret } from './ask.ts'
import { openSession } from './browserless-session.ts'
import { type ManagerClient, openManager } from './client.ts'
import { readMe } from './me.ts'
import { daysOf, managerDescribe, managerOptions, namesOf, openOptions, outputOf, roleOf } from './options.ts'
import { show, showDone, shownTime } from './show.ts'

const OPEN = namesOf(openOptions)

const ACTIONS = {
  list: {
    usage: '',
    summary: 'Shows tokens with what they are good for, never their text.',
    options: [...OPEN, 'user']
  },
  create: {
    usage: 'TITLE',
    summary: 'Asks for your password, makes a token and prints it, this once.',
    options: [...OPEN, 'role', 'group', 'environment', 'days']
  },
  revoke: { usage: 'ID', summary: 'Ends a token at once.', options: OPEN }
} satisfies Readonly<Record<string, CommandAction>>

export const tokenCommand: Command = {
  name: 'token',
  summary: 'tokens for programs: what you may do, or less, for a time',
  usage: '<list | create TITLE | revoke ID> [options]',
  actions: ACTIONS,
  options: {
    ...managerOptions,
    user: { type: 'string', short: 'u' },
    role: { type: 'string' },
    group: { type: 'string', short: 'g' },
    days: { type: 'string' }
  },
  describe: {
    ...managerDescribe,
    environment: 'create: the only environment that the token is good for; default all',
    user: 'list: whose; default your own',
    role: 'create: the most that it may do: viewer (default), engineer, operator, admin; or gateway, for those of one environment',
    group: 'create: the only business group that it is good for; default all',
    days: 'create: how long it is good, days; default 30, at most 366'
  },
  examples: [
    'abox token create "deploy job" --role operator --group rank --environment prod --days 90',
    'abox token create "gateways of prod" --role gateway --environment prod --days 366 > gateway.token',
    'abox token create "gateways of prod" --role gateway --environment prod --days 366',
    'abox token list',
    'abox token revoke 07bb50933b102d64'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const action = actionOf(input, ACTIONS)
  const [, name, more] = input.positionals
  if (action === 'list' && name === undefined) return list(input)
  if (action === 'list') throw usage(`found "${name}", expected nothing behind list`)
  if (name === undefined || more !== undefined) {
    throw usage(`${action}: expected one ${action === 'create' ? 'TITLE' : 'ID'}`)
  }
  if (action === 'create') return create(input, name)
  if (!/^[0-9a-f]{16}$/.test(name)) throw usage(`found "${name}", expected an ID as \`abox token list\` shows it`)
  const output = outputOf(input)
  await (await openManager(input)).send({ method: 'DELETE', path: `/tokens/${name}` })
  showDone({ id: name, revoked: true }, output, `token ${name}: revoked`)
  return 0
}

async function create(input: CommandInput, title: string): Promise<number> {
  const output = outputOf(input)
  const request = {
    title,
    role: roleOf(input, 'viewer', ['gateway']),
    businessGroup: textOption(input, 'group') ?? '*',
    environment: textOption(input, 'environment') ?? '*',
    days: daysOf(input)
  }
  const client: ManagerClient = await openManager(input)
  // A token cannot make tokens: what was stolen would live for ever.
  const { user } = await readMe(client)
  const session = await openSession(client.url, user, await askSecret(`Password of ${user}`))
  try {
    const made = await session.makeToken(request)
    // Nothing but the token: it goes into a file.
    showDone(made, output, made.token)
  } finally {
    await session.close()
  }
  return 0
}

async function list(input: CommandInput): Promise<number> {
  const output = outputOf(input)
  const client = await openManager(input)
  const query = { user: textOption(input, 'user') }
  const { body } = await client.send<TokenList>({ method: 'GET', path: '/tokens', query })
  show(body.items, output, body.items.map(rowOf), 'no token')
  return 0
}

const rowOf = (token: Token): object => ({
  id: token.id,
  title: token.title,
  role: token.role,
  group: token.businessGroup,
  environment: token.environment,
  state: stateOf(token),
  until: shownTime(token.expiresAt),
  used: token.usedAt === undefined ? 'never' : shownTime(token.usedAt)
})

function stateOf({ revokedAt, expiresAt }: Token): string {
  if (revokedAt !== undefined) return 'revoked'
  return expiresAt < Date.now() ? 'expired' : 'good'
}
