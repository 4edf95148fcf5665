import { readFileSync } from 'node:fs'

/** A frame recorded from a released Java artifact; `body` is what hessian-lite reads in it. */
export interface GoldenFrame {
  readonly name: string
  readonly call: string
  readonly consumer: string
  readonly kind: string
  readonly hex: string
  readonly status?: number
  readonly body?: readonly GoldenValue[]
}

export interface GoldenValue {
  readonly t: string
  readonly v?: unknown
  readonly c?: string
  readonly units?: number
}

export function goldenFrames(file: string): GoldenFrame[] {
  const url = new URL(`../../../fixtures/dubbo/${file}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as GoldenFrame[]
}

export const REQUEST_FILES = [
  'request-typed',
  'request-invoke-by-generic-url',
  'request-genericservice',
  'request-oneway',
  'request-echo'
]

export const goldenRequests = (): GoldenFrame[] => REQUEST_FILES.flatMap(goldenFrames)

export const bytesOf = (frame: GoldenFrame): Buffer => Buffer.from(frame.hex, 'hex')

/** The attachments of a golden request as text, by the decoder of hessian-lite. */
export function goldenAttachments(frame: GoldenFrame): Map<string, string> {
  const last = frame.body?.at(-1)
  const entries = (last?.v ?? []) as [GoldenValue, GoldenValue][]
  return new Map(entries.map(([key, value]) => [String(key.v), String(value.v)]))
}
