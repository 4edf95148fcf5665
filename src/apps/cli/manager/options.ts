import type { Command } from '#core/command'
import { type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { type Wait, waitDescribe, waitOf, waitOptions } from './wait.ts'

/** Of commands about what belongs to no environment. */
export const openOptions: Command['options'] = {
  manager: { type: 'string' },
  output: { type: 'string', short: 'o' }
}

/** What every command that talks to a manager takes. */
export const managerOptions: Command['options'] = {
  manager: { type: 'string' },
  environment: { type: 'string', short: 'e' },
  output: { type: 'string', short: 'o' }
}

export const managerDescribe: Command['describe'] = {
  manager: 'URL of the manager; default ABOX_MANAGER, else that of `abox login`',
  environment: 'environment; default ABOX_ENVIRONMENT, else that of `abox login`',
  output: 'table (default), json or yaml'
}

export const writeOptions: Command['options'] = {
  reason: { type: 'string', short: 'r' },
  'dry-run': { type: 'boolean' },
  ...waitOptions
}

export const writeDescribe: Command['describe'] = {
  reason: 'why; it stands in the audit, so that only --dry-run goes without',
  'dry-run': 'print the difference and write nothing',
  ...waitDescribe
}

/** Of commands that change one document as it is now. */
export const seenOptions: Command['options'] = { generation: { type: 'string' } }

export const seenDescribe: Command['describe'] = {
  generation: 'generation that you have seen: refused if somebody has changed it since; default the one of this moment'
}

export type Output = 'table' | 'json' | 'yaml'

/** ABOX_CLI_USAGE. */
export function outputOf(input: CommandInput): Output {
  const output = textOption(input, 'output') ?? 'table'
  if (output === 'table' || output === 'json' || output === 'yaml') return output
  throw usage(`--output: found "${output}", expected table, json or yaml`)
}

/**
 * ABOX_CLI_USAGE where there is none: who looks at the audit in a year wants to know. A dry run stands in no audit.
 */
export function reasonOf(input: CommandInput): string | undefined {
  const reason = textOption(input, 'reason')?.trim()
  if (reason !== undefined && reason !== '') return reason
  if (isDryRun(input)) return undefined
  throw usage('--reason: found nothing, expected why this is changed')
}

/** Undefined: whichever it is. ABOX_CLI_USAGE. */
export function seenOf(input: CommandInput): number | undefined {
  const text = textOption(input, 'generation')
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw usage(`--generation: found "${text}", expected a generation as 7`)
}

/** How a change is made and told. */
export interface WriteAsk {
  readonly output: Output
  /** Undefined: a dry run without one. */
  readonly reason: string | undefined
  readonly dryRun: boolean
  readonly wait: Wait | undefined
  readonly seen: number | undefined
}

/** ABOX_CLI_USAGE. */
export function writeAskOf(input: CommandInput): WriteAsk {
  return {
    output: outputOf(input),
    reason: reasonOf(input),
    dryRun: isDryRun(input),
    wait: waitOf(input),
    seen: seenOf(input)
  }
}

const isDryRun = (input: CommandInput): boolean => input.options['dry-run'] === true

const ROLES: readonly string[] = ['viewer', 'engineer', 'operator', 'admin']

/** `--role`; `more` may stand in place of a role. ABOX_CLI_USAGE. */
export function roleOf(input: CommandInput, unlessGiven: string, more: readonly string[] = []): string {
  const role = textOption(input, 'role') ?? unlessGiven
  const allowed = [...ROLES, ...more]
  if (allowed.includes(role)) return role
  throw usage(`--role: found "${role}", expected one of ${allowed.join(', ')}`)
}

/** `--days`: how long a token is good. ABOX_CLI_USAGE. */
export function daysOf(input: CommandInput): number {
  const days = textOption(input, 'days') ?? '30'
  if (/^[1-9]\d{0,2}$/.test(days) && Number(days) <= 366) return Number(days)
  throw usage(`--days: found "${days}", expected 1 to 366`)
}

/** Names of the options of a table, for `CommandAction.options`. */
export const namesOf = (options: Command['options']): readonly string[] => Object.keys(options)

/** All that a command takes which changes a document that is there. */
export const changeOptions: Command['options'] = { ...managerOptions, ...writeOptions, ...seenOptions }
export const changeDescribe: Command['describe'] = { ...managerDescribe, ...writeDescribe, ...seenDescribe }
