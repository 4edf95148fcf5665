import {
  encodeValue,
  HDouble,
  HDoubles,
  type HessianValue,
  HessianWriter,
  HInt,
  HList,
  HMap
} from '../src/lib/hessian2/index.ts'
import { plainOf } from './plain.ts'
import { mulberry32 } from './random.ts'

/** Varied values, because the engine remembers how it printed the last numbers. */
const VARIANTS = 64

export const INTERFACE = 'com.example.Model'
const ATTACHMENTS = {
  path: INTERFACE,
  'remote.application': 'bench',
  interface: INTERFACE,
  version: '0.0.0',
  generic: 'true'
}

/** The same request as a Dubbo frame and as the HTTP call that the gateway makes of it. */
export interface Requests {
  readonly dubbo: readonly string[]
  readonly http: readonly string[]
}

/** `$invoke(method, Map of 20 features)`, about 500 bytes; `timeoutMs` is what the consumer says that it waits. */
export function mapRequests(method: string, timeoutMs = 5000): Requests {
  return build(method, 'java.util.Map', timeoutMs, (random) => {
    const map = new HMap()
    for (let i = 0; i < 20; i++) {
      map.keys.push(`feature_${i}`)
      map.values.push(feature(i, random))
    }
    return map
  })
}

/** `$invoke(method, double[1000])`, about 9 kB. */
export function vectorRequests(method: string): Requests {
  return build(
    method,
    'double[]',
    5000,
    (random) => new HDoubles(Float64Array.from({ length: 1000 }, random), '[double')
  )
}

function feature(index: number, random: () => number): HessianValue {
  if (index % 4 === 0) return new HInt(Math.floor(random() * 10_000))
  if (index % 4 === 1) return `value-${Math.floor(random() * 1000)}`
  if (index % 4 === 2) return random() > 0.5
  return new HDouble(random())
}

function build(
  method: string,
  type: string,
  timeoutMs: number,
  argument: (random: () => number) => HessianValue
): Requests {
  const random = mulberry32(7)
  const dubbo: string[] = []
  const http: string[] = []
  for (let i = 0; i < VARIANTS; i++) {
    const value = argument(random)
    dubbo.push(invokeFrame(method, type, value, timeoutMs).toString('base64'))
    http.push(httpRequest(method, JSON.stringify({ instances: [plainOf(value)] })).toString('base64'))
  }
  return { dubbo, http }
}

function invokeFrame(method: string, type: string, value: HessianValue, timeoutMs: number): Buffer {
  const writer = new HessianWriter(16_384)
  writer.reset(16)
  writer.string('2.0.2')
  writer.string(INTERFACE)
  writer.string('0.0.0')
  writer.string('$invoke')
  writer.string('Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;')
  writer.string(method)
  encodeValue(writer, new HList([type], '[string'))
  encodeValue(writer, new HList([value], '[object'))
  const attachments = { ...ATTACHMENTS, timeout: String(timeoutMs) }
  encodeValue(writer, new HMap(Object.keys(attachments), Object.values(attachments)))
  const frame = Buffer.from(writer.take())
  Buffer.from('dabbc20000000000000000000000', 'hex').copy(frame)
  frame.writeInt32BE(frame.length - 16, 12)
  return frame
}

/** Bytes as the gateway sends them, with the host that nginx routes by. */
function httpRequest(method: string, body: string): Buffer {
  return Buffer.from(
    `POST /${method} HTTP/1.1\r\nhost: bench.local\r\nconnection: keep-alive\r\ncontent-type: application/json\r\n` +
      `x-request-id: 0123456789abcdef0123456789abcdef\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
