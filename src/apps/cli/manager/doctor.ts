import type { Receipts } from '#contracts/api/receipts'
import type { Session } from '#contracts/api/session'
import type { Environment } from '#contracts/environment'
import type { Command, CommandInput } from '#core/command'
import { AboxError } from '#core/errors'
import { usage } from '../line-options.ts'
import { type ManagerClient, openManager } from './client.ts'
import { readEndpointHealth } from './endpoint-health.ts'
import { type Finding, findingsOf } from './findings.ts'
import { readMe } from './me.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { readReceipts } from './receipts.ts'
import { show } from './show.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'look whether the manager, your log-in, publishing and the gateways are as they should be',
  usage: '[options]',
  options: { ...managerOptions },
  describe: { ...managerDescribe, environment: 'only this environment; default all that you see' },
  examples: ['abox doctor', 'abox doctor --environment prod --output json'],
  run
}

async function run(input: CommandInput): Promise<number> {
  if (input.positionals.length > 0) throw usage(`found "${input.positionals[0]}", expected options only`)
  const output = outputOf(input)
  const client = await openManager(input)
  const findings: Finding[] = []
  // Each needs what the one before it has found well.
  const isUp = await look(findings, 'manager', () => client.readiness())
  const me = isUp === undefined ? undefined : await lookAtLogin(findings, client)
  if (me !== undefined) await lookAtEnvironments(findings, client, input.options['environment'])
  const isWell = findings.every(({ ok }) => ok)
  const rows = findings.map(({ what, ok, found, todo }) => ({
    what,
    state: ok ? 'ok' : 'NOT OK',
    found,
    'what to do': todo
  }))
  show({ ok: isWell, findings }, output, rows, '')
  return isWell ? 0 : 1
}

/** Undefined, and a finding with the error's remedy, where it fails. */
async function look<T extends string>(
  findings: Finding[],
  what: string,
  ask: () => Promise<T>
): Promise<T | undefined> {
  try {
    const found = await ask()
    findings.push({ what, ok: true, found, todo: '' })
    return found
  } catch (error) {
    const { message, remedy } = AboxError.from(error)
    findings.push({ what, ok: false, found: message, todo: remedy })
    return undefined
  }
}

async function lookAtLogin(findings: Finding[], client: ManagerClient): Promise<Session | undefined> {
  let me: Session | undefined
  await look(findings, 'log-in', async () => {
    me = await readMe(client)
    return `${me.user} by ${me.by}`
  })
  if (me === undefined) return undefined
  const roles = me.grants.map(
    ({ role, businessGroup, environment }) =>
      `${role} of ${businessGroup} in ${environment === '*' ? 'all' : environment}`
  )
  const todo = 'ask an admin of a business group to make you a member'
  findings.push({
    what: 'role',
    ok: roles.length > 0,
    found: roles.join(', ') || 'none',
    todo: roles.length > 0 ? '' : todo
  })
  return me
}

async function lookAtEnvironments(findings: Finding[], client: ManagerClient, only: unknown): Promise<void> {
  const environments: Environment[] = []
  await look(findings, 'environments', async () => {
    for await (const environment of client.list<Environment>('/environments')) environments.push(environment)
    return environments.map(({ name }) => name).join(', ')
  })
  const chosen = environments.filter(({ name }) => only === undefined || name === only)
  if (chosen.length === 0) {
    const todo = 'make an Environment by `abox apply`, or ask for a role in one'
    const found = only === undefined ? 'none that you see' : `none of the name ${String(only)} that you see`
    findings.splice(-1, 1, { what: 'environments', ok: false, found, todo })
  }
  for (const environment of chosen) {
    let receipts: Receipts | undefined
    await look(findings, `${environment.name}: receipts`, async () => {
      receipts = await readReceipts(client, { environment: environment.name })
      return `${Object.keys(receipts.published).length} documents published`
    })
    if (receipts === undefined) continue
    findings.push(...findingsOf(environment, receipts))
    await lookAtEndpoints(findings, client, environment.name)
  }
}

async function lookAtEndpoints(findings: Finding[], client: ManagerClient, environment: string): Promise<void> {
  const what = `${environment}: third parties`
  let unwell: (readonly [string, string])[] = []
  await look(findings, what, async () => {
    const health = await readEndpointHealth(client, environment)
    unwell = [...health].filter(([, state]) => state.startsWith('unwell'))
    return `${health.size} endpoints, ${unwell.length} unwell`
  })
  const todo = 'ask its owner, or move the split away from it'
  for (const [name, state] of unwell) findings.push({ what: `${environment}: ${name}`, ok: false, found: state, todo })
}
