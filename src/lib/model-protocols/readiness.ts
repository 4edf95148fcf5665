import { AboxError } from '#core/errors'
import { JsonReader, seek } from '#lib/json'
import type { ModelProtocol } from './protocol.ts'

/** How to ask a variant whether it can answer. */
export interface Readiness {
  /** What to GET; undefined: nothing can be asked, a TCP connection that is accepted counts as ready. */
  readonly path: string | undefined
  /** Total: an answer that is not understood is not ready. */
  isReady(status: number, body: Buffer): boolean
}

const STATES = ['model_version_status']
const STATE = ['state']
const READY = ['ready']

/**
 * `path` is the variant's own, that calls are sent to; `health` overrides the question: any 2xx is then ready.
 *
 * ```
 * tensorflow   …/v1/models/M:predict → …/v1/models/M        a version in state AVAILABLE (TF-Serving), ready true (KServe)
 * seldon       /ready                                        200
 * v2           …/v2/models/M/infer → …/v2/models/M/ready    200 and not ready false
 * raw          –                                             a TCP connection
 * ```
 * A path that has not this form leaves the TCP connection as the only question.
 */
export function readiness(protocol: ModelProtocol, path: string, health?: string | undefined): Readiness {
  if (health !== undefined) return { path: health, isReady: (status) => status >= 200 && status < 300 }
  switch (protocol) {
    case 'tensorflow':
      return { path: /^(.*\/models\/[^/]+.*):\w+$/.exec(path)?.[1], isReady: safely(isAvailable) }
    case 'seldon':
      return { path: '/ready', isReady: (status) => status === 200 }
    case 'v2':
      return { path: /^.*\/models\/[^/]+.*\/(?=infer$)/.exec(path)?.[0].concat('ready'), isReady: safely(isNotUnready) }
    case 'raw':
      return { path: undefined, isReady: () => true }
  }
}

/** With status 200 and a body that can be read. */
function safely(check: (body: Buffer) => boolean): Readiness['isReady'] {
  return (status, body) => {
    try {
      return status === 200 && check(body)
    } catch (error) {
      if (error instanceof AboxError) return false
      throw error
    }
  }
}

function isAvailable(body: Buffer): boolean {
  const reader = new JsonReader(body)
  if (!seek(reader, STATES)) return readyOf(body) === true
  if (reader.peek() !== 'array' || !reader.enterArray()) return false
  do {
    reader.peek()
    const version = new JsonReader(body, reader.pos)
    if (seek(version, STATE) && version.peek() === 'string' && version.readString() === 'AVAILABLE') return true
    reader.skip()
  } while (reader.nextElement())
  return false
}

/** MLServer answers without a body. */
function isNotUnready(body: Buffer): boolean {
  return body.length === 0 || readyOf(body) !== false
}

function readyOf(body: Buffer): boolean | undefined {
  const reader = new JsonReader(body)
  if (!seek(reader, READY)) return undefined
  const kind = reader.peek()
  reader.skip()
  return kind === 'true' || kind === 'false' ? kind === 'true' : undefined
}
