// npm run chaos [-- options]: what each fault costs Java consumers that call all the time.
//   --only name,…        some of the faults (faults.ts, model-faults.ts), in their order
//   --consumers 27,33    some of the Dubbo versions
//   --retries 2          Dubbo's own default in place of 0: columns gateway/call and model/call show the amplification
//   --output json        the rows as JSON
import { parseArgs } from 'node:util'
import { DUBBO_VERSIONS, type DubboVersion } from '../peers/java.ts'
import type { Fault } from './fault.ts'
import { faults } from './faults.ts'
import { problemsOf, reportDetails, reportTable } from './report.ts'
import { type Row, runSequence } from './sequence.ts'
import { startWorld } from './world.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    consumers: { type: 'string', default: '26,27,32,33' },
    retries: { type: 'string', default: '0' },
    output: { type: 'string', default: 'table' }
  }
})

const wanted = <T>(text: string, known: ReadonlyMap<string, T>): T[] =>
  text.split(',').map((name) => {
    const found = known.get(name)
    if (found === undefined) throw new Error(`found ${name}, expected one of ${[...known.keys()].join()}`)
    return found
  })

const byName = new Map<string, Fault>(faults.map((fault) => [fault.name, fault]))
const only = values.only === undefined ? faults : wanted(values.only, byName)
const versions = Object.keys(DUBBO_VERSIONS) as DubboVersion[]
const consumers = wanted(values.consumers, new Map(versions.map((version) => [version, version])))
if (!/^\d$/.test(values.retries)) throw new Error(`--retries: found ${values.retries}, expected 0 to 9`)

const world = await startWorld(consumers, Number(values.retries))
let rows: readonly Row[] = []
try {
  rows = await runSequence(world, only, (row) => {
    console.error(`${row.fault}: ${row.seconds} s, ${problemsOf(row).join('; ') || 'passed'}`)
  })
} finally {
  await world.stop()
}
if (values.output === 'json') console.log(JSON.stringify(rows, undefined, 2))
else console.log(`${reportTable(rows)}\n\n${reportDetails(rows)}`)
if (rows.some((row) => problemsOf(row).length > 0)) process.exitCode = 1
