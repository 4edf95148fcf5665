import { readFileSync } from 'node:fs'

/** A recorded frame. `body` is its values as hessian-lite 3.2.13 decoded them, in typed JSON. */
export interface GoldenFrame {
  readonly file: string
  readonly name: string
  readonly hex: string
  readonly body?: readonly TypedJson[]
}

/** See typed-json.ts. */
export interface TypedJson {
  readonly t: string
  readonly c?: string
  readonly id?: number
  readonly v?: unknown
  readonly bits?: string
  readonly f?: unknown
  readonly units?: number
  readonly n?: number
  readonly sha256?: string
  readonly message?: TypedJson
  readonly cause?: TypedJson
  readonly frames?: number
}

const folder = new URL('../../../fixtures/dubbo/', import.meta.url)

/** Files whose frames carry a Hessian body. */
export const bodyFiles = [
  'request-typed',
  'request-invoke-by-generic-url',
  'request-genericservice',
  'request-oneway',
  'request-echo',
  'response-java27',
  'response-java33'
] as const

export function goldenFrames(file: string): GoldenFrame[] {
  const frames = JSON.parse(readFileSync(new URL(`${file}.json`, folder), 'utf8')) as Omit<GoldenFrame, 'file'>[]
  return frames.map((frame) => ({ ...frame, file }))
}

/** What follows the 16 bytes of the header. */
export function bodyOf(frame: GoldenFrame): Buffer {
  return Buffer.from(frame.hex, 'hex').subarray(16)
}

/** The frame of this name. */
export function golden(file: string, name: string): GoldenFrame {
  const frame = goldenFrames(file).find((candidate) => candidate.name === name)
  if (frame === undefined) throw new Error(`no frame "${name}" in ${file}.json`)
  return frame
}
