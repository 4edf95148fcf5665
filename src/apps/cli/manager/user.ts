import type { User } from '#contracts/api/user'
import { type Command, type CommandAction, type CommandInput, textOption } from '#core/command'
import { actionOf, usage } from '../line-options.ts'
import { askSecret, askSecrets, checkPassword } from './ask.ts'
import { openSession } from './browserless-session.ts'
import { type ManagerClient, openManager } from './client.ts'
import { readMe } from './me.ts'
import { managerDescribe, namesOf, type Output, openOptions, outputOf } from './options.ts'
import { show, showDone, shownTime } from './show.ts'

const OPEN = namesOf(openOptions)

const ACTIONS = {
  list: { usage: '', summary: 'Shows who can log in.', options: OPEN },
  create: {
    usage: 'NAME',
    summary: 'Makes a user; what he may do stands in the members of business groups.',
    options: [...OPEN, 'title', 'oidc']
  },
  disable: { usage: 'NAME', summary: 'Ends his sessions and tokens, and lets him log in no more.', options: OPEN },
  enable: { usage: 'NAME', summary: 'Lets him log in again.', options: OPEN },
  password: { usage: 'NAME', summary: 'Asks for your password, then for his new one.', options: OPEN }
} satisfies Readonly<Record<string, CommandAction>>

export const userCommand: Command = {
  name: 'user',
  summary: 'who can log in to the manager',
  usage: '<list | create NAME | disable NAME | enable NAME | password NAME> [options]',
  actions: ACTIONS,
  options: { ...openOptions, title: { type: 'string' }, oidc: { type: 'string' } },
  describe: {
    manager: managerDescribe['manager'] ?? '',
    output: managerDescribe['output'] ?? '',
    title: 'create: name for people',
    oidc: 'create: "issuer subject" of the identity provider, in place of a password'
  },
  examples: [
    'abox user create ben --title "Ben of rank"   # asks for the password, or reads it from standard input',
    'abox user disable ben',
    'abox user list --output json'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const action = actionOf(input, ACTIONS)
  const [, name, more] = input.positionals
  if (action === 'list' && name === undefined) return list(input)
  if (name === undefined || more !== undefined || action === 'list') throw usage(`${action}: expected one NAME`)
  const output = outputOf(input)
  const client = await openManager(input)
  if (action === 'create') await create(client, input, name, output)
  else if (action === 'password') await changePassword(client, name, output)
  else {
    const { body } = await client.send<User>({ method: 'POST', path: pathOf(name, action), body: {} })
    showDone(body, output, `user ${name}: ${action}d`)
  }
  return 0
}

const pathOf = (name: string, action: string): string => `/users/${encodeURIComponent(name)}/${action}`

async function create(client: ManagerClient, input: CommandInput, name: string, output: Output): Promise<void> {
  const oidc = textOption(input, 'oidc')
  const title = textOption(input, 'title')
  const secret = oidc === undefined ? { password: await askNew(`Password of ${name}`) } : { oidc }
  const body = { name, ...secret, ...(title !== undefined && { title }) }
  const { body: made } = await client.send<User>({ method: 'POST', path: '/users', body })
  showDone(made, output, `user ${name}: created; what he may do stands in the members of business groups`)
}

/** In a session: a token that was stolen must not become a password, of its owner or of somebody else. */
async function changePassword(client: ManagerClient, name: string, output: Output): Promise<void> {
  const { user } = await readMe(client)
  const [current, password] = await askSecrets([`Present password of ${user}`, `New password of ${name}`])
  checkPassword(password)
  const session = await openSession(client.url, user, current)
  await session.changePassword(name, current, password)
  if (user !== name) await session.close()
  const line = `user ${name}: has a new password; his sessions have ended`
  showDone({ name, password: 'changed' }, output, line)
}

async function askNew(question: string): Promise<string> {
  const password = await askSecret(`${question}, 12 characters or more`)
  checkPassword(password)
  return password
}

async function list(input: CommandInput): Promise<number> {
  const output = outputOf(input)
  const client = await openManager(input)
  const users: User[] = []
  for await (const user of client.list<User>('/users')) users.push(user)
  const rows = users.map(({ name, title, disabled, createdAt }) => ({
    name,
    title,
    state: disabled ? 'disabled' : 'enabled',
    since: shownTime(createdAt)
  }))
  show(users, output, rows, 'no user')
  return 0
}
