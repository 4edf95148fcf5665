import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import {
  HDate,
  HDouble,
  HDoubles,
  type HessianValue,
  HInt,
  HLong,
  HMap,
  HObject
} from '../../src/lib/hessian2/index.ts'
import { run } from '../../test/peers/run.ts'

/** The package hessian.js, the one other Hessian 2 codec in JavaScript. */
export interface HessianJs {
  /** Its default: plain objects, no types. */
  decode(bytes: Buffer): unknown
  /** Takes what `toHessianJs` gives. */
  encode(value: unknown): Buffer
}

interface Module {
  decode(bytes: Buffer, version: string): unknown
  encode(value: unknown, version: string): Buffer
}

const FOLDER = join(import.meta.dirname, '..')
const NAME = 'hessian.js'

/** Loads it, after installing it beside the benchmarks where it is missing. Undefined, and the reason in the log, when it cannot be had. */
export async function loadHessianJs(log: (line: string) => void): Promise<HessianJs | undefined> {
  if (installedVersion() !== wantedVersion()) {
    log(`${NAME} ${wantedVersion()} is not installed: npm install in benchmarks/ …`)
    try {
      const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
      await run('npm', ['install', '--prefix', FOLDER, ...flags], log)
    } catch (error) {
      log(`${NAME} is left out: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }
  // By a name that no tool follows: it is no dependency of the product.
  const hessian = createRequire(join(FOLDER, 'package.json'))(NAME) as Module
  return {
    decode: (bytes) => hessian.decode(bytes, '2.0'),
    encode: (value) => hessian.encode(value, '2.0')
  }
}

function wantedVersion(): string | undefined {
  return readVersion(join(FOLDER, 'package.json'), ({ dependencies }) => dependencies?.[NAME])
}

function installedVersion(): string | undefined {
  return readVersion(join(FOLDER, 'node_modules', NAME, 'package.json'), ({ version }) => version)
}

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

function readVersion(path: string, pick: (manifest: Manifest) => string | undefined): string | undefined {
  return existsSync(path) ? pick(JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined
}

/**
 * The value as its README tells to write it: `{$class, $}` where JavaScript's own types do not say what Java's are. Lists of
 * doubles stay numbers, which it writes as doubles as long as they are not whole.
 */
export function toHessianJs(value: HessianValue): unknown {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value
  if (value instanceof HInt) return value.value
  if (value instanceof HLong) return { $class: 'java.lang.Long', $: Number(value.value) }
  if (value instanceof HDouble) return { $class: 'java.lang.Double', $: value.value }
  if (value instanceof HDate) return new Date(Number(value.ms))
  if (value instanceof HDoubles) {
    const numbers = Array.from(value.values)
    return value.type === undefined ? numbers : { $class: value.type, $: numbers }
  }
  if (value instanceof HMap) return fieldsOf(value.keys.map(String), value.values)
  if (value instanceof HObject) return { $class: value.className, $: fieldsOf(value.names, value.values) }
  return value.items.map(toHessianJs)
}

function fieldsOf(names: readonly string[], values: readonly HessianValue[]): object {
  return Object.fromEntries(names.map((name, i) => [name, toHessianJs(values[i] ?? null)]))
}
