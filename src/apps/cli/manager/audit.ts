import type { AuditLine, AuditPage } from '#contracts/api/audit'
import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindOfText, refuseEnvironment } from './kinds.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { renderDifference, show, shownTime } from './show.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'show who changed what, when, from where and why; newest first',
  usage: '[KIND [NAME]] [options]',
  options: {
    ...managerOptions,
    by: { type: 'string' },
    action: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
    differences: { type: 'boolean' }
  },
  describe: {
    ...managerDescribe,
    by: 'only what this user did',
    action: 'only this verb: create, change, delete, undo, split, online, offline …',
    since: 'only what is newer: 30m, 12h, 7d, or a time as 2026-11-27T09:00Z',
    limit: 'so many lines; default 20, at most 1000',
    differences: 'also what changed'
  },
  examples: [
    'abox audit model rank --differences',
    'abox audit --by ann --limit 100 --output json',
    'abox audit --action split --since 12h',
    'abox audit server gw-0 --environment prod'
  ],
  run
}

/** What is no document, and stands in the audit all the same. */
const OTHERS = ['Server', 'User', 'Token', 'Bundle'] as const

async function run(input: CommandInput): Promise<number> {
  const [kindText, key, more] = input.positionals
  if (more !== undefined) throw usage(`found "${more}", expected at most KIND and NAME`)
  const limit = textOption(input, 'limit') ?? '20'
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > 1000)
    throw usage(`--limit: found "${limit}", expected 1 to 1000`)
  const other = OTHERS.find((word) => word.toLowerCase() === kindText?.toLowerCase().replace(/s$/, ''))
  const kind = kindText === undefined || other !== undefined ? undefined : kindOfText(kindText)
  if (kind !== undefined) refuseEnvironment(input, kind)
  const since = sinceOf(input)
  const client = await openManager(input)
  const isScoped = other === 'Server' || (kind !== undefined && kind.scope !== 'global')
  const scope = isScoped ? client.environment : textOption(input, 'environment')
  const { body } = await client.send<AuditPage>({
    method: 'GET',
    path: '/audit',
    query: {
      limit,
      environment: scope,
      kind: other ?? kind?.kind,
      key,
      actor: textOption(input, 'by'),
      action: textOption(input, 'action')
    }
  })
  // Newest first: what is too old is the end of it.
  const lines = body.items.filter(({ at }) => at >= since)
  const output = outputOf(input)
  if (output === 'table' && input.options['differences'] === true) {
    for (const line of lines) console.log(`${headOf(line)}\n${renderDifference(line.difference)}`)
    return 0
  }
  show(lines, output, lines.map(rowOf), 'no line')
  return 0
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `--since`, ms since 1970; 0 without it. ABOX_CLI_USAGE. */
export function sinceOf(input: CommandInput, now = Date.now()): number {
  const text = textOption(input, 'since')
  if (text === undefined) return 0
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  if (count !== undefined) return now - Number(count) * (UNITS[unit] ?? 0)
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw usage(`--since: found "${text}", expected 30m, 12h, 7d or a time as 2026-11-27T09:00Z`)
}

const rowOf = (line: AuditLine): object => ({
  when: shownTime(line.at),
  by: line.actor,
  action: line.action,
  what: whatOf(line),
  generation: line.generation ?? '',
  reason: line.reason ?? '',
  from: line.address
})

const headOf = (line: AuditLine): string =>
  `${shownTime(line.at)} ${line.actor} (${line.by}) ${line.action} ${whatOf(line)} ${line.reason ?? ''}`.trimEnd()

function whatOf({ environment, kind = '', key = '' }: AuditLine): string {
  return `${environment === undefined ? '' : `${environment}/`}${kind} ${key}`.trim()
}
