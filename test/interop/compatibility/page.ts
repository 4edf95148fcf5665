import { DUBBO_VERSIONS, type DubboVersion } from '../../peers/java.ts'
import { WAYS, type Way } from './kinds.ts'

/** What was seen of one row at one version, on one way: as it should be, or not for a reason. */
export interface Seen {
  readonly ended: 'works' | 'refused' | 'fails'
  readonly note?: string
}

/** By version, way and row. */
export type Observations = ReadonlyMap<string, Seen>
export const observationKey = (version: DubboVersion, way: Way, row: string): string => `${version} ${way} ${row}`

const VERSIONS = Object.keys(DUBBO_VERSIONS) as DubboVersion[]
const HEADS = VERSIONS.map((version) => DUBBO_VERSIONS[version])

const INTRODUCTION = `# Compatibility

Which Java consumers can call ABox, and how. Every cell was seen: released Dubbo versions on JDK 17, unchanged, call a gateway whose models
answer what the test tells them. \`test/interop/compatibility.test.ts\` makes the calls, and fails when a cell is not as it stands here. This
command writes the page:

\`\`\`sh
npm run peers && ABOX_UPDATE_DOCS=1 npx -c 'node --no-node-snapshot --test test/interop/compatibility.test.ts'
\`\`\`

2.6.12 is \`com.alibaba:dubbo\`, all others are \`org.apache.dubbo:dubbo\`. _works_: the call ends as the caller's code expects it. _refused_: ABox
refuses it on purpose, and the caller reads the reason in the message. _no_: it cannot work, for the reason of the note.
`

const DUBBO_GO = `## dubbo-go

\`dubbo.apache.org/dubbo-go/v3\` 3.3.0 (\`test/interop/go-consumer.test.ts\`), found in the registry and called directly: lists, texts, beans with
int64 beyond 2^53, enums, dates, \`BigDecimal\` and \`byte[]\` work both ways; errors arrive with their text. Its client sends neither the name of
its application nor attachments of the caller, so that records and pins know it by its address.
`

/** The whole of docs/compatibility.md. */
export function renderPage(kinds: readonly string[], types: readonly string[], seen: Observations): string {
  const notes: string[] = []
  const cell = (version: DubboVersion, way: Way, row: string): string => {
    const found = seen.get(observationKey(version, way, row))
    if (found === undefined) return 'not seen'
    return found.note === undefined ? found.ended : `no, ${numberOf(found.note, notes)}`
  }
  const kindTable = (way: Way): string =>
    table(
      'kind of call',
      kinds.map((name) => [name, ...VERSIONS.map((version) => cell(version, way, name))])
    )
  const typeCell = (version: DubboVersion, row: string): string => {
    const cells = WAYS.map((way) => cell(version, way, row))
    if (cells.every((text) => text === cells[0])) return cells[0] ?? ''
    return cells.flatMap((text, index) => (text === 'works' ? [] : [`${WAYS[index]}: ${text}`])).join('; ')
  }
  const parts = [
    INTRODUCTION,
    '## Found in the registry\n',
    'The provider URL that ABox publishes says `generic=true`, so that ordinary typed calls travel as `$invoke` and the consumer converts the answer.\n',
    kindTable('registry'),
    '## By a URL without `generic=true`\n',
    'Such as `dubbo://host:port`: typed calls travel as they are.\n',
    kindTable('typed'),
    '## Types of answers\n',
    'The declared return type of the method, on both ways. _works_: every element has the declared class and value, and a JSON `null` arrives as `null` where the type allows it.\n',
    table(
      'Java type',
      types.map((row) => [row, ...VERSIONS.map((version) => typeCell(version, row))])
    ),
    DUBBO_GO,
    '## Notes\n',
    `${notes.map((note, index) => `${index + 1}. ${note}`).join('\n')}\n`
  ]
  return parts.join('\n')
}

function numberOf(note: string, notes: string[]): number {
  const known = notes.indexOf(note)
  return known >= 0 ? known + 1 : notes.push(note)
}

/** Padded, as the other pages have it. */
function table(first: string, rows: readonly (readonly string[])[]): string {
  const all = [[first, ...HEADS], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return `${[line(all[0] ?? []), rule, ...rows.map(line)].join('\n')}\n`
}
