// npm run bench -- codec [--rounds 7] [--only map,doubles] [--output json]: what it costs to read, write and transcode
// Hessian, beside hessian.js, JSON.parse and JSON.stringify, and Java's hessian-lite on a JVM, in one run. Everything is
// CPU time per operation; ratios are taken round by round. They travel to other machines, microseconds do not.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { HessianWriter } from '../../src/lib/hessian2/index.ts'
import { plainOf } from '../plain.ts'
import { type Corpus, createAbox, encode } from './abox.ts'
import { judge } from './budgets.ts'
import { contestsOf } from './contests.ts'
import { Figures } from './figures.ts'
import { type HessianJs, loadHessianJs } from './hessian-js.ts'
import { type HessianLite, startHessianLite } from './hessian-lite.ts'
import { type Cell, type Contest, compete } from './measure.ts'
import { makePayload, type PayloadName, payloadNames } from './payloads.ts'
import { printJson, printTables } from './report.ts'
import { verify } from './verify.ts'

const OPTIONS = { rounds: { type: 'string' }, only: { type: 'string' }, output: { type: 'string' } } as const

/** Verifies, measures and prints. Progress goes to standard error. */
export async function benchCodec(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true })
  const rounds = Number(values.rounds ?? 7)
  if (!(rounds >= 1)) throw new Error(`--rounds: found ${values.rounds}, expected a number from 1`)
  const names = values.only?.split(',') ?? payloadNames
  for (const name of names) {
    if (!isPayload(name)) throw new Error(`--only: found ${name}, expected some of ${payloadNames.join(',')}`)
  }
  if (values.output !== undefined && values.output !== 'json') {
    throw new Error(`--output: found ${values.output}, expected json`)
  }
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const folder = mkdtempSync(join(tmpdir(), 'abox-codec-bench-'))
  const hessianJs = await loadHessianJs(log)
  const lites = await startHessianLite(folder, log)
  try {
    const corpora: Corpus[] = []
    for (const name of names.filter(isPayload)) corpora.push(await makeCorpus(name, lites[0]))
    const cells = await measure(corpora, hessianJs, lites, rounds, log)
    const figures = new Figures(cells)
    const budgets = judge(figures, lites)
    if (values.output === 'json') printJson(cells, budgets)
    else printTables(figures, corpora, lites, budgets, conditionsOf(rounds, hessianJs, lites))
  } finally {
    for (const lite of lites) await lite.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The last line: what the tables hold, and what they do not. */
function conditionsOf(rounds: number, hessianJs: HessianJs | undefined, [lite]: readonly HessianLite[]): string {
  return [
    `medians of ${rounds} rounds; CPU time; Node ${process.version}`,
    lite === undefined
      ? 'no hessian-lite: it takes a JDK 17, and Maven the first time'
      : `Java ${lite.java}, one-threaded collector`,
    ...(hessianJs === undefined ? ['no hessian.js: npm install in benchmarks/'] : [])
  ].join('; ')
}

function isPayload(name: string): name is PayloadName {
  return (payloadNames as readonly string[]).includes(name)
}

/** All decoders get the same bytes: those that Java writes, where there is a Java. */
async function makeCorpus(name: PayloadName, lite: HessianLite | undefined): Promise<Corpus> {
  const payload = makePayload(name)
  const writer = new HessianWriter()
  const ours = payload.values.map((value) => encode(value, writer))
  const text = payload.values.map((value) => JSON.stringify(plainOf(value)))
  return {
    ...payload,
    wire: lite === undefined ? ours : await lite.reencode(ours),
    plain: text.map((one) => JSON.parse(one) as unknown),
    text,
    json: text.map((one) => Buffer.from(one))
  }
}

async function measure(
  corpora: readonly Corpus[],
  hessianJs: HessianJs | undefined,
  lites: readonly HessianLite[],
  rounds: number,
  log: (line: string) => void
): Promise<Cell[]> {
  const contests: Contest[] = []
  for (const corpus of corpora) {
    log(`verify: ${corpus.name} …`)
    const abox = createAbox(corpus)
    await verify(corpus, abox, hessianJs, lites)
    for (const lite of lites) await lite.load(corpus.name, corpus.wire)
    contests.push(...contestsOf(corpus, abox, hessianJs, lites))
  }
  return compete(contests, rounds, log)
}
