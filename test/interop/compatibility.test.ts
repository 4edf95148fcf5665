import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { describeWithPeers } from '../harness/peers.ts'
import { writeExact } from '../peers/exact-json.ts'
import { DUBBO_VERSIONS, type DubboVersion } from '../peers/java.ts'
import { type JavaConsumer, startConsumer } from '../peers/java-consumer.ts'
import { CALL_EXCEPTIONS, type Exception, TYPE_EXCEPTIONS } from './compatibility/exceptions.ts'
import { type Caller, GENERIC_KINDS, good, KINDS, WAYS, type Way } from './compatibility/kinds.ts'
import { observationKey, renderPage, type Seen } from './compatibility/page.ts'
import { labelOf, TYPE_ROWS, type TypeRow } from './compatibility/types.ts'
import { startWorld, type World } from './compatibility/world.ts'

const PAGE = join(import.meta.dirname, '../../docs/compatibility.md')
const VERSIONS = Object.keys(DUBBO_VERSIONS) as DubboVersion[]
const ALL_KINDS = [...KINDS, ...GENERIC_KINDS]

describeWithPeers('compatibility', ['zookeeper', 'java'], () => {
  const seen = new Map<string, Seen>()
  /** How many versions were seen as expected: only then is the page worth anything. */
  let proven = 0
  let world: World

  before(async () => {
    world = await startWorld()
  })
  after(() => world.stop())

  for (const version of VERSIONS) {
    test(`Dubbo ${DUBBO_VERSIONS[version]}: every kind of call and every type ends as docs/compatibility.md says`, async () => {
      const java = await startConsumer({ dubbo: version, registry: world.registry, timeoutMs: 5000 })
      try {
        assert.equal(java.dubboVersion, DUBBO_VERSIONS[version])
        const surprises: string[] = []
        for (const way of WAYS) {
          const caller = await callerOf(java, world, way)
          for (const kind of ALL_KINDS) {
            const wrong = await textOfFailure(() => kind.check(caller))
            const expected = CALL_EXCEPTIONS.find((exception) => applies(exception, version, way, kind.name, ''))
            note(version, way, kind.name, kind.refused ? 'refused' : 'works', wrong, expected, surprises)
          }
          const types = await caller.refer('types', { interface: 'TypesService' })
          for (const row of TYPE_ROWS) {
            const wrong = await textOfFailure(() => arrives(caller, types, row))
            const expected = TYPE_EXCEPTIONS.find((exception) => applies(exception, version, way, row.method, row.json))
            note(version, way, labelOf(row), 'works', wrong, expected, surprises)
          }
        }
        assert.deepEqual(surprises, [])
        proven++
      } finally {
        await java.stop()
      }
    })
  }

  test('docs/compatibility.md is what was seen', () => {
    assert.equal(proven, VERSIONS.length, 'not every version was as expected: nothing is written')
    const names = ALL_KINDS.map(({ name }) => name)
    const page = renderPage(names, TYPE_ROWS.map(labelOf), seen)
    if (process.env['ABOX_UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
    else assert.equal(readFileSync(PAGE, 'utf8'), page, 'ABOX_UPDATE_DOCS=1 writes it anew')
  })

  /** Keeps what the page says of it; what is not as expected, in either direction, is a surprise. */
  function note(
    version: DubboVersion,
    way: Way,
    row: string,
    ended: 'works' | 'refused',
    wrong: string | undefined,
    expected: Exception | undefined,
    surprises: string[]
  ): void {
    const where = `${way}: ${row}`
    if (wrong === undefined && expected !== undefined) surprises.push(`${where}: ended well, expected ${expected.seen}`)
    if (wrong !== undefined && expected?.seen.test(wrong) !== true) surprises.push(`${where}: ${wrong.slice(0, 1000)}`)
    const fails: Seen = { ended: 'fails', ...(expected !== undefined && { note: expected.note }) }
    seen.set(observationKey(version, way, row), wrong === undefined ? { ended } : fails)
  }
})

async function callerOf(java: JavaConsumer, world: World, way: Way): Promise<Caller> {
  const place = way === 'typed' ? { registry: null, direct: world.direct } : {}
  await java.refer(way, place)
  return {
    ...{ java, world, way },
    call: (method, args, options) => java.call(method, args, { reference: way, ...options }),
    refer: async (name, options) => {
      await java.refer(`${way} ${name}`, { ...place, ...options })
      return `${way} ${name}`
    }
  }
}

/** The model's JSON arrives with the declared classes; so does null, where the type has it. */
async function arrives(caller: Caller, reference: string, row: TypeRow): Promise<void> {
  const { type, value, undeclared } = good(await caller.call(row.method, [row.json], { reference }))
  assert.deepEqual(undeclared, [])
  assert.equal(byInterface(type), row.type)
  const isSet = row.type.startsWith('Set<')
  assert.equal(writeExact(sorted(value, isSet)), writeExact(sorted(row.value, isSet)))
  if (/^[a-z]+$/.test(row.returns) && row.returns !== 'void') return
  const none = good(await caller.call(row.method, ['null'], { reference }))
  assert.equal(none.value, null)
}

/** Which List, Set or Map it is may differ by version. */
const byInterface = (type: string): string =>
  type
    .replace(/\b(?:Linked)?HashMap</g, 'Map<')
    .replace(/\b(?:Linked)?HashSet</g, 'Set<')
    .replace(/\bArrayList</g, 'List<')

/** With keys in order, because maps have none; sets neither. */
function sorted(value: unknown, isSet: boolean): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item, false))
    return isSet ? items.sort((a, b) => (String(a) < String(b) ? -1 : 1)) : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner, false)]))
}

function applies(
  { of, nullInside, ways, versions }: Exception,
  version: DubboVersion,
  way: Way,
  row: string,
  text: string
): boolean {
  if (!of.test(row) || (nullInside === true && !/[[,]null/.test(text))) return false
  return (ways?.includes(way) ?? true) && (versions?.includes(version) ?? true)
}

/** What was wrong, in a text that names it; undefined when nothing was. */
async function textOfFailure(check: () => Promise<void>): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
