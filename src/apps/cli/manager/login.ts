import { hostname } from 'node:os'
import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { askSecret, askSecrets, checkPassword } from './ask.ts'
import { openSession } from './browserless-session.ts'
import { ManagerClient } from './client.ts'
import { daysOf, roleOf } from './options.ts'
import { originOf, profilePath, writeProfile } from './profile.ts'

export const loginCommand: Command = {
  name: 'login',
  summary: 'log in to a manager and keep a token for the other commands',
  usage: '<URL> --user NAME [options]',
  options: {
    user: { type: 'string', short: 'u' },
    setup: { type: 'boolean' },
    environment: { type: 'string', short: 'e' },
    role: { type: 'string' },
    group: { type: 'string', short: 'g' },
    days: { type: 'string' },
    print: { type: 'boolean' }
  },
  describe: {
    user: 'who; the password is asked for, or read from the first line of standard input',
    setup:
      'make NAME the first user: asks for the one-time token that the manager has printed, then for a new password',
    environment: 'default of --environment for the other commands; the token is good for all',
    role: 'the most that the token may do: viewer, engineer, operator or admin; default admin, that is, what NAME may',
    group: 'the only business group that the token is good for; default all',
    days: 'how long the token is good, days; default 30',
    print: 'print the token and keep nothing: for a program'
  },
  examples: [
    'abox login http://127.0.0.1:8700 --setup --user ann --environment prod',
    'abox login https://abox.internal --user ann --environment prod',
    'abox login https://abox.internal --user ann --role viewer --days 365 --print'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [url, more] = input.positionals
  const user = textOption(input, 'user')
  if (url === undefined || more !== undefined || user === undefined) throw usage('expected URL and --user NAME')
  const role = roleOf(input, 'admin')
  const days = daysOf(input)
  const origin = originOf(url)
  const password = input.options['setup'] === true ? await setUp(origin, user) : await askSecret(`Password of ${user}`)
  const session = await openSession(origin, user, password)
  try {
    const { token } = await session.makeToken({
      title: `abox login on ${hostname()}`.slice(0, 256),
      role,
      businessGroup: textOption(input, 'group') ?? '*',
      environment: '*',
      days
    })
    if (input.options['print'] === true) {
      console.log(token)
      return 0
    }
    const path = profilePath(process.env)
    await writeProfile(path, { url: origin, token, environment: textOption(input, 'environment') })
    console.log(`${user} at ${origin}; the token is in ${path} and good for ${days} days`)
    for (const name of ['ABOX_MANAGER', 'ABOX_TOKEN', 'ABOX_ENVIRONMENT']) {
      if ((process.env[name] ?? '') !== '') console.error(`${name} is set and counts before this log-in: unset it`)
    }
    return 0
  } finally {
    await session.close()
  }
}

/** Makes the first user; gives the password. */
async function setUp(origin: string, user: string): Promise<string> {
  const [token, password] = await askSecrets(['One-time token', `New password of ${user}, 12 characters or more`])
  checkPassword(password)
  await new ManagerClient(origin, undefined).send({ method: 'POST', path: '/setup', body: { token, user, password } })
  return password
}
