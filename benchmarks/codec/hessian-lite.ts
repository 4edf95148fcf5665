import { readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from '../../test/peers/cache.ts'
import { findProgram } from '../../test/peers/peer.ts'
import { type PeerProcess, startProcess } from '../../test/peers/process.ts'
import { run } from '../../test/peers/run.ts'
import type { Contender } from './measure.ts'

/** Java's Hessian codec in a JVM of its own; see ../java/…/CodecBench.java. */
export interface HessianLite {
  /** `hessian-lite 4.0.4` */
  readonly name: string
  /** `17.0.15` */
  readonly java: string
  /** Decodes each payload to Java objects and encodes these. */
  reencode(payloads: readonly Buffer[]): Promise<Buffer[]>
  /** Hands over the payloads of the timings. */
  load(payload: string, bytes: readonly Buffer[]): Promise<void>
  contender(operation: 'decode' | 'encode', payload: string): Contender
  stop(): Promise<void>
}

const VERSIONS = ['4.0.4', '3.2.13']
const JAVA = join(import.meta.dirname, '../java')
const RECIPE: Recipe = { name: 'codec-bench', files: [join(JAVA, 'pom.xml'), join(JAVA, 'src')] }
// A collector with one thread, whose time is its CPU time.
const FLAGS = ['-Xms512m', '-Xmx512m', '-Xmn256m', '-XX:+UseSerialGC']

/** Builds the program where it is not built yet and starts it once a version. Those that cannot be are left out, with the reason in the log. */
export async function startHessianLite(folder: string, log: (line: string) => void): Promise<HessianLite[]> {
  const started: HessianLite[] = []
  try {
    await build(log)
    for (const version of VERSIONS) started.push(await start(version, folder))
  } catch (error) {
    log(`hessian-lite is left out: ${error instanceof Error ? error.message : String(error)}`)
  }
  return started
}

async function build(log: (line: string) => void): Promise<void> {
  const programs = isBuilt(RECIPE) ? ['java'] : ['java', 'javac', 'mvn']
  for (const program of programs) {
    if (findProgram(program) === undefined) throw new Error(`no ${program} on PATH: it takes a JDK 17 and Maven`)
  }
  if (isBuilt(RECIPE)) return
  log('hessian-lite: building benchmarks/java …')
  await buildInto(RECIPE, async (out) => {
    const flags = ['-B', '-q', '-Dstyle.color=never', '-f', join(JAVA, 'pom.xml'), `-Dbench.out=${out}`]
    await run('mvn', [...flags, 'package'], log)
  })
}

interface Answer {
  /** Version of Java. */
  readonly ready?: string
  readonly count?: number
  readonly us?: number
  readonly error?: string
}

async function start(version: string, folder: string): Promise<HessianLite> {
  const name = `hessian-lite ${version}`
  const built = cachedFolder(RECIPE)
  const jars = [join(built, 'target/codec-bench-1.jar'), join(built, `lib/hessian-lite-${version}.jar`)]
  const waiting: ((answer: Answer) => void)[] = []
  const next = (): Promise<Answer> => new Promise((resolve) => waiting.push(resolve))
  const ready = next()
  const jvm: PeerProcess = startProcess({
    name,
    command: 'java',
    args: [...FLAGS, '-cp', jars.join(delimiter), 'com.example.bench.CodecBench'],
    endsWithInput: true,
    onLine: (line) => {
      if (line.startsWith('{')) waiting.shift()?.(JSON.parse(line) as Answer)
    }
  })
  void jvm.ended.then(() => {
    for (const resolve of waiting.splice(0)) resolve({ error: `ended\n${jvm.output()}` })
  })
  const checked = async (answer: Promise<Answer>, command: string): Promise<Answer> => {
    const { error, ...rest } = await answer
    if (error !== undefined) throw new Error(`${name}: ${command}: ${error}`)
    return rest
  }
  const ask = (command: string): Promise<Answer> => {
    const answer = next()
    jvm.write(`${command}\n`)
    return checked(answer, command)
  }
  const file = join(folder, `${version}.payloads`)
  const { ready: java = '' } = await checked(ready, 'start')
  return {
    name,
    java,
    async reencode(payloads) {
      writeFileSync(file, joinPayloads(payloads))
      await ask(`reencode ${file} ${file}.again`)
      return splitPayloads(readFileSync(`${file}.again`))
    },
    async load(payload, bytes) {
      writeFileSync(file, joinPayloads(bytes))
      await ask(`load ${payload} ${file}`)
    },
    contender: (operation, payload) => ({
      name,
      measure: async (ms) => (await ask(`run ${operation} ${payload} ${Math.round(ms)}`)).us ?? Number.NaN
    }),
    stop: () => jvm.stop(3000)
  }
}

function joinPayloads(payloads: readonly Buffer[]): Buffer {
  return Buffer.concat([int32(payloads.length), ...payloads.flatMap((payload) => [int32(payload.length), payload])])
}

function splitPayloads(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = []
  let at = 4
  while (payloads.length < bytes.readInt32BE(0)) {
    const length = bytes.readInt32BE(at)
    payloads.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return payloads
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
