import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { decodeInvocation } from '#lib/dubbo'
import { decodeValue, HessianScan } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { goldenFrames } from '../../../unit/lib/dubbo/golden.ts'

/** What one released Java provider was sent and what it answered, by name of the case. */
interface JavaCase {
  readonly name: string
  readonly provider: string
  readonly sent: string
  readonly answer: string | null
  readonly status?: number
}

const CASES = JSON.parse(
  readFileSync(new URL('../../../fixtures/dubbo/malformed.json', import.meta.url), 'utf8')
) as readonly JavaCase[]

/** `$echo` of all Java consumers, on an ordinary URL and, as `$invoke` of `$echo`, on one with generic=true. */
const ECHOES = [...goldenFrames('request-echo'), ...goldenFrames('request-invoke-by-generic-url')].filter(({ hex }) =>
  Buffer.from(hex, 'hex').includes('\x05$echo')
)

/** What a peer got: a status, text instead of a frame, or nothing at all. `closed`: and the connection was ended. */
type Got = number | 'text' | 'nothing' | '40, closed' | 'nothing, closed'

/**
 * Every case of the fixture: what ours answers, then Dubbo 2.7.23, then 3.3.6. Ours answers each two-way header that
 * can be read, for otherwise the caller waits out its time-out, as it does for 3.3.6; and it never answers text.
 */
const TABLE: Readonly<Record<string, readonly [ours: Got, java27: Got, java33: Got, text?: RegExp]>> = {
  'good-echo': [20, 20, 20],
  'good-echo-top-bit-id': [20, 20, 20],
  'protocol-version-2.0.1-no-response-attachments': [20, 20, 20, /^.{2}hi$/],
  'protocol-version-2.7.23': [20, 20, 20, /^.{2}hi$/],
  'protocol-version-2.5.3': [20, 20, 20, /^.{2}hi$/],
  'null-result': [20, 20, 20],
  // 60 says which services, methods, versions and groups there are; Java's consumers treat it as they treat 40 and 70.
  'unknown-service': [60, 40, 40, /ABOX_NO_ROUTE: .*com\.example\.Nope/],
  'unknown-method': [60, 40, 40, /ABOX_NO_ROUTE: .*this service has echo, rank/],
  'unknown-group': [60, 70, 70, /ABOX_NO_ROUTE: .*@zzz/],
  'wrong-version': [60, 70, 40, /ABOX_NO_ROUTE: .*:9\.9\.9/],
  // A method without overloads is found by its name; then the model's answer, a number, is no String.
  'wrong-descriptor': [20, 40, 40, /ABOX_ANSWER_TYPE: .*expected java\.lang\.String/],
  'bad-descriptor-text': [40, 40, 40, /ABOX_DUBBO_DESCRIPTOR/],
  // An nginx or APISIX proxy sends none.
  'no-attachments-at-all': [20, 40, 40],
  'attachments-null': [20, 20, 20],
  'arg-missing': [40, 40, 40, /ABOX_HESSIAN_TRUNCATED/],
  'arg-wrong-type-list': [20, 40, 40, /ABOX_ANSWER_TYPE: .*found an array/],
  'arg-unknown-class': [20, 20, 20],
  'body-empty': [40, 40, 'nothing', /ABOX_DUBBO_BODY/],
  'body-junk': [40, 40, 40, /ABOX_DUBBO_BODY/],
  'body-truncated-string': [40, 40, 'nothing', /ABOX_HESSIAN_TRUNCATED/],
  'trailing-bytes': [20, 20, 20],
  'serialization-id-0': [40, 40, 'nothing', /ABOX_DUBBO_SERIALIZATION: .*id 0 \(unknown\)/],
  'serialization-id-3-java': [40, 40, 'nothing', /ABOX_DUBBO_SERIALIZATION: .*id 3 \(java\)/],
  'serialization-id-21-unknown': [40, 40, 'nothing', /ABOX_DUBBO_SERIALIZATION: .*id 21 \(protobuf-json\)/],
  'serialization-id-23-fastjson2-with-hessian-body': [40, 40, 'nothing', /\(fastjson2\).*set serialization=hessian2/],
  // Java leaves its caller waiting and goes on reading where no frame can be found any more.
  'negative-length': ['40, closed', 'nothing', 'nothing', /ABOX_DUBBO_TOO_LARGE/],
  'length-over-payload': ['40, closed', 'nothing', 'nothing', /ABOX_DUBBO_TOO_LARGE/],
  heartbeat: [20, 20, 20, /^N$/],
  'heartbeat-empty-body': [40, 'nothing', 40, /ABOX_DUBBO_BODY: event/],
  'event-unknown-string': ['nothing', 'nothing', 'nothing'],
  'event-too-long': [40, 'nothing', 40, /ABOX_DUBBO_BODY: event: found a body of 43 bytes/],
  'oneway-echo': ['nothing', 'nothing', 'nothing'],
  // Java takes the whole write for a line that has not ended yet, the good frame in it too.
  'garbage-then-good': [20, 'nothing', 'nothing'],
  'telnet-line-status': ['nothing', 'text', 'text'],
  'telnet-line-ls': ['nothing', 'text', 'nothing'],
  // A page in a browser can send a frame as the body of a request.
  'http-get': ['nothing, closed', 'text', 'text'],
  'echo-$echo': [20, 20, 20, /ping/],
  'invoke-generic-no-attachment': [20, 20, 20],
  'invoke-generic-true': [20, 20, 20]
}

describe('odd frames', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  const good = Buffer.from(CASES.find(({ name }) => name === 'good-echo')?.sent ?? '', 'hex')
  const lastId = 'f00df00df00df00d'
  good.write(lastId, 4, 'hex')

  before(async () => {
    model = await startModelServer(({ body }) => body)
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument([
          { name: 'echo', model: 'rank', parameters: ['java.lang.String'], returns: 'java.lang.String' },
          { name: 'rank', model: 'rank', returns: 'java.util.Map' }
        ]),
        modelDocument({ legacy: { origin: model.origin, percent: 100, protocol: 'raw', path: '/echo' } })
      ]
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  /** Sends the bytes and then, in a write of its own, a good call; gives what came until its answer or the end. */
  const exchange = (sent: Buffer): Promise<{ frames: Buffer[]; closed: boolean }> =>
    new Promise((resolve) => {
      let data = Buffer.alloc(0)
      const frames: Buffer[] = []
      const socket = connect(gateway.instance.port, '127.0.0.1', () => {
        socket.write(sent)
        setImmediate(() => socket.write(good))
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve({ frames, closed: true }))
      socket.on('data', (chunk: Buffer) => {
        data = Buffer.concat([data, chunk])
        while (data.length >= 16 && data.length >= 16 + data.readInt32BE(12)) {
          const frame = data.subarray(0, 16 + data.readInt32BE(12))
          data = data.subarray(frame.length)
          if (frame.toString('hex', 4, 12) === lastId) {
            assert.equal(frame[3], 20)
            assert.equal(data.length, 0)
            resolve({ frames, closed: false })
            socket.destroy()
            return
          }
          frames.push(frame)
        }
      })
    })

  const javaGot = (name: string, version: string): Got => {
    const found = CASES.find((each) => each.name === name && each.provider.endsWith(version))
    assert.ok(found, `${name} of ${version}`)
    if (found.answer === null || found.answer === '') return 'nothing'
    return found.answer.startsWith('dabb') ? (found.status ?? 0) : 'text'
  }

  test('the table has every case of the fixture and says what Java did', () => {
    assert.deepEqual(new Set(CASES.map(({ name }) => name)), new Set(Object.keys(TABLE)))
    for (const [name, [, java27, java33]] of Object.entries(TABLE)) {
      assert.deepEqual([javaGot(name, '2.7.23'), javaGot(name, '3.3.6')], [java27, java33], name)
    }
  })

  for (const [name, [ours, , , text = /^/]] of Object.entries(TABLE)) {
    test(`${name}: ${ours}`, async () => {
      const sent = Buffer.from(CASES.find((each) => each.name === name)?.sent ?? '', 'hex')
      const { frames, closed } = await exchange(sent)
      const [frame, ...more] = frames
      assert.deepEqual(more, [])
      const status = frame?.[3] ?? 'nothing'
      assert.equal(closed ? `${status}, closed` : status, ours)
      assert.match(frame?.toString('latin1', 16) ?? '', text)
      // The id comes back as it was sent: the frame begins behind what is no frame.
      const at = sent.indexOf(Buffer.of(0xda, 0xbb))
      if (frame !== undefined) assert.deepEqual(frame.subarray(4, 12), sent.subarray(at + 4, at + 12))
    })
  }

  for (const frame of ECHOES) {
    const request = Buffer.from(frame.hex, 'hex')
    test(`the recorded probe ${frame.name} gets its argument back`, async () => {
      const { frames, closed } = await exchange(request)
      assert.equal(closed, false)
      assert.equal(frames.length, 1)
      const [answer] = frames as [Buffer]
      assert.deepEqual([answer[3], answer[16]], [20, 0x91])
      assert.deepEqual(answer.subarray(4, 12), request.subarray(4, 12))
      const asked = decodeInvocation(request.subarray(16))
      assert.equal(asked.generic, request.includes('$invoke'))
      const argument = decodeValue(asked.scan, asked.argOffsets[0] ?? 0)
      const scan = new HessianScan(answer, 17, answer.length)
      assert.deepEqual(decodeValue(scan, scan.skip()), argument)
    })
  }
})
