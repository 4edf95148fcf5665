import { type Command, type CommandInput, textOption } from '#core/command'
import { usage } from '../line-options.ts'
import { openManager } from './client.ts'
import { kindOfText } from './kinds.ts'
import { managerDescribe, managerOptions, outputOf } from './options.ts'
import { type Difference, renderDifference, show, shownTime } from './show.ts'

export const auditCommand: Command = {
  name: 'audit',
  summary: 'show who changed what, when, from where and why; newest first',
  usage: '[KIND [NAME]] [options]',
  options: { ...managerOptions, by: { type: 'string' }, limit: { type: 'string' }, differences: { type: 'boolean' } },
  describe: {
    ...managerDescribe,
    by: 'only what this user did',
    limit: 'so many lines; default 20, at most 1000',
    differences: 'also what changed'
  },
  examples: ['abox audit model rank --differences', 'abox audit --by ann --limit 100 --output json'],
  run
}

interface Line {
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly by: string
  readonly address: string
  readonly action: string
  readonly environment?: string
  readonly kind?: string
  readonly key?: string
  readonly generation?: number
  readonly reason?: string
  readonly difference: readonly Difference[]
}

async function run(input: CommandInput): Promise<number> {
  const [kindText, key, more] = input.positionals
  if (more !== undefined) throw usage(`found "${more}", expected at most KIND and NAME`)
  const limit = textOption(input, 'limit') ?? '20'
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > 1000)
    throw usage(`--limit: found "${limit}", expected 1 to 1000`)
  const kind = kindText === undefined ? undefined : kindOfText(kindText)
  const client = await openManager(input)
  const scope = kind === undefined || kind.global ? textOption(input, 'environment') : client.environment
  const { body } = await client.send<{ items: Line[] }>({
    method: 'GET',
    path: '/audit',
    query: { limit, environment: scope, kind: kind?.kind, key, actor: textOption(input, 'by') }
  })
  const output = outputOf(input)
  if (output === 'table' && input.options['differences'] === true) {
    for (const line of body.items) console.log(`${headOf(line)}\n${renderDifference(line.difference)}`)
    return 0
  }
  show(body.items, output, body.items.map(rowOf), 'no line')
  return 0
}

const rowOf = (line: Line): object => ({
  when: shownTime(line.at),
  who: line.actor,
  action: line.action,
  what: whatOf(line),
  generation: line.generation ?? '',
  reason: line.reason ?? '',
  from: line.address
})

const headOf = (line: Line): string =>
  `${shownTime(line.at)} ${line.actor} (${line.by}) ${line.action} ${whatOf(line)} ${line.reason ?? ''}`.trimEnd()

function whatOf({ environment, kind = '', key = '' }: Line): string {
  return `${environment === undefined ? '' : `${environment}/`}${kind} ${key}`.trim()
}
