import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { HDouble, HDoubles, type HessianValue, HInt, HList } from '#lib/hessian2'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { mapOf } from '../../../harness/hessian-values.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

const METHODS = [
  { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' },
  { name: 'count', model: 'rank', input: 'args[0]', output: 'count', returns: 'long' },
  { name: 'any', model: 'rank', input: 'args[0]', returns: 'java.lang.Object' }
]
const GOOD = '{"predictions":[[2.0]]}'

describe('bad input', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway

  before(async () => {
    model = await startModelServer(() => GOOD)
    gateway = await startEmbeddedGateway({
      documents: [serviceDocument(METHODS), modelDocument({ legacy: { origin: model.origin, percent: 100 } })],
      config: { upstream: { maxResponseBytes: 1_000_000 }, limits: { expandedBytes: 100_000 } }
    })
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })

  const call = (method: string, args: HessianValue[]) =>
    gateway.client.call({ service: SERVICE, method, args, parameterTypes: [], generic: true })

  /** An ordinary call on the connection that was open all the time. */
  const othersAreServed = async (): Promise<void> => {
    model.handle(() => GOOD)
    const { value } = await call('score', [new HList([new HDouble(1)])])
    assert.deepEqual(value, new HDoubles(Float64Array.of(2)))
  }
  const counter = async (name: string, labels: string): Promise<number> => {
    const text = await gateway.instance.metricsText()
    const line = text.split('\n').find((candidate) => candidate.startsWith(name) && candidate.includes(labels))
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
  }
  const events = (event: string): Promise<number> => counter('abox_connection_events_total', `event="${event}"`)
  const outcomes = (outcome: string): Promise<number> => counter('abox_calls_total', `outcome="${outcome}"`)

  /** Sends bytes on a connection of its own; resolves with what came back when the gateway closed it. */
  const sendRaw = (bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      const chunks: Buffer[] = []
      const socket = connect(gateway.instance.port, '127.0.0.1', () => socket.write(bytes))
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('error', () => {})
      socket.on('close', () => resolve(Buffer.concat(chunks)))
    })

  /** Sends one frame and resolves with the first answer, then closes. */
  const sendFrame = (frame: Buffer): Promise<{ status: number; text: string; socket: Socket }> =>
    new Promise((resolve, reject) => {
      let data = Buffer.alloc(0)
      const socket = connect(gateway.instance.port, '127.0.0.1', () => socket.write(frame))
      socket.on('error', reject)
      socket.on('data', (chunk: Buffer) => {
        data = Buffer.concat([data, chunk])
        if (data.length < 16 || data.length < 16 + data.readInt32BE(12)) return
        resolve({ status: data[3] ?? 0, text: data.subarray(16).toString('latin1'), socket })
        socket.destroy()
      })
    })

  const frameOf = (body: Buffer, flags = 0xc2): Buffer => {
    const header = Buffer.from('dabb0000000000000000000700000000', 'hex')
    header[2] = flags
    header.writeInt32BE(body.length, 12)
    return Buffer.concat([header, body])
  }
  const short = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])

  /** A typed call score(Object) whose argument is given as bytes. */
  const callBody = (argument: Buffer): Buffer =>
    Buffer.concat([
      short('2.0.2'),
      short(SERVICE),
      short('0.0.0'),
      short('any'),
      short('Ljava/lang/Object;'),
      argument,
      Buffer.from('H'),
      short('path'),
      short(SERVICE),
      Buffer.from('Z')
    ])

  test('a byte stream that is no Dubbo ends its own connection and is counted', async () => {
    const before = await events('bad_magic')
    await sendRaw(Buffer.from(`status\r\n${'x'.repeat(4096)}\r\n`))
    assert.equal(await events('bad_magic'), before + 1)
    await sendRaw(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
    assert.equal(await events('bad_magic'), before + 2)
    await othersAreServed()
  })

  test('a length of 2 GiB is answered and closed without allocating it', async () => {
    const header = Buffer.from('dabbc2000000000000000007', 'hex')
    const before = await events('too_large')
    const answer = await sendRaw(Buffer.concat([header, Buffer.from('7fffffff', 'hex')]))
    assert.equal(answer[3], 40)
    assert.match(answer.toString('latin1'), /ABOX_DUBBO_TOO_LARGE/)
    assert.equal(await events('too_large'), before + 1)
    await othersAreServed()
  })

  test('half a header keeps nothing but its own connection waiting', async () => {
    const socket = connect(gateway.instance.port, '127.0.0.1', () => socket.write(Buffer.from('dabbc200', 'hex')))
    await othersAreServed()
    socket.destroy()
  })

  test('another serialization is refused with status 40 and its name', async () => {
    const before = await events('bad_serialization')
    const { status, text } = await sendFrame(frameOf(Buffer.from('x'), 0xc0 | 23))
    assert.equal(status, 40)
    assert.match(text, /found serialization id 23 \(fastjson2\), expected 2 \(hessian2\): set serialization=hessian2/)
    assert.equal(await events('bad_serialization'), before + 1)
    await othersAreServed()
  })

  test('a body cut anywhere is answered with status 40 and a reason', async () => {
    const body = callBody(short('hello'))
    const whole = await sendFrame(frameOf(body))
    assert.equal(whole.status, 20)
    const before = await outcomes('bad_request')
    // The attachments may be absent (proxies leave them out), so cuts are tried up to their beginning.
    const end = body.length - 7 - SERVICE.length
    for (let length = 0; length < end; length += 3) {
      const { status, text } = await sendFrame(frameOf(body.subarray(0, length)))
      assert.equal(status, 40, `cut at ${length}`)
      assert.match(text, /ABOX_/)
    }
    assert.ok((await outcomes('bad_request')) > before)
    await othersAreServed()
  })

  test('a small body that would unfold to gigabytes is refused by its expansion', async () => {
    // 30 lists, each holding the one before twice: 2^30 leaves in some 100 bytes.
    const levels = 30
    const parts: Buffer[] = []
    for (let i = 0; i < levels; i++) parts.push(Buffer.from([0x7a]))
    parts.push(Buffer.from([0x90, 0x90]))
    for (let i = levels - 1; i > 0; i--) parts.push(Buffer.from([0x51, 0x90 + i]))
    const { status, text } = await sendFrame(frameOf(callBody(Buffer.concat(parts))))
    assert.equal(status, 20)
    assert.match(text, /ABOX_(JSON_TOO_LARGE|HESSIAN_\w+)/)
    await othersAreServed()
  })

  test('nesting of 100,000 is refused and the stack stays whole', async () => {
    const { status, text } = await sendFrame(frameOf(callBody(Buffer.alloc(100_000, 0x79))))
    assert.equal(status, 40)
    assert.match(text, /ABOX_HESSIAN_TOO_DEEP/)
    await othersAreServed()
  })

  test('a key named __proto__ is a key like any other', async () => {
    model.handle(({ body }) => body)
    await call('any', [mapOf([['__proto__', mapOf([['isAdmin', true]])]])]).catch(() => {})
    assert.equal(model.bodies.at(-1), '{"instances":[{"__proto__":{"isAdmin":true}}]}')
    assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
    await othersAreServed()
  })

  const modelAnswers: readonly (readonly [string, string, string, string])[] = [
    ['text that is not JSON', 'score', 'this is not JSON', 'ABOX_(JSON_SYNTAX|MODEL_NOT_JSON)'],
    ['JSON that is cut', 'score', '{"predictions":[[2.0', 'ABOX_JSON_SYNTAX'],
    ['text behind its JSON', 'score', '{"predictions":[[2.0]]} junk', 'ABOX_JSON_SYNTAX'],
    ['broken JSON behind the result', 'score', '{"predictions":[[2.0]],"x":@@@', 'ABOX_JSON_SYNTAX'],
    ['no result', 'score', '{"other":1}', 'ABOX_ANSWER_MISSING'],
    ['a value of another type', 'score', '{"predictions":["text"]}', 'ABOX_ANSWER_TYPE'],
    ['NaN for a long', 'count', '{"count":NaN}', 'ABOX_ANSWER_TYPE'],
    ['20 digits for a long', 'count', '{"count":12345678901234567890}', 'ABOX_ANSWER_TYPE'],
    ['an error', 'score', '{"error":"no such signature"}', 'ABOX_MODEL_FAILURE']
  ]
  for (const [what, method, answer, code] of modelAnswers) {
    test(`a model that answers ${what} ends in a coded Java exception`, async () => {
      model.handle(() => answer)
      const before = await outcomes('bad_response')
      const { exception } = await call(method, [new HList([new HDouble(1)])])
      assert.equal(exception?.className, 'java.lang.RuntimeException')
      assert.match(exception?.message ?? '', new RegExp(code))
      assert.ok((await outcomes('bad_response')) >= before)
      await othersAreServed()
    })
  }

  test('the message of a wrong value names the place in the answer', async () => {
    model.handle(() => '{"predictions":[[1.0,"x"]]}')
    const { exception } = await call('score', [new HList([new HDouble(1)])])
    assert.match(exception?.message ?? '', /\[1\]/)
    assert.match(exception?.message ?? '', /found .*"x"/)
  })

  test('NaN is a double like any other', async () => {
    model.handle(() => '{"predictions":[[NaN,Infinity,-Infinity]]}')
    const { value } = await call('score', [new HList([new HDouble(1)])])
    assert.deepEqual(
      value,
      new HDoubles(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
    )
  })

  test('an answer of a gigabyte is given up at its limit', async () => {
    let closed = false
    model.handle((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.on('close', () => {
        closed = true
      })
      const chunk = Buffer.alloc(65_536, 0x20)
      const more = (): void => {
        while (!closed && response.write(chunk));
      }
      response.on('drain', more)
      more()
      return undefined
    })
    const { exception } = await call('score', [new HList([new HDouble(1)])])
    assert.match(exception?.message ?? '', /ABOX_UPSTREAM_TOO_LARGE/)
    await until('the connection to the model to be closed', () => closed)
    await othersAreServed()
  })

  test('a model that answers 500 gives its own text to Java', async () => {
    model.handle((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end('{"error":"out of memory on GPU 3"}')
      return undefined
    })
    const { exception } = await call('score', [new HList([new HDouble(1)])])
    assert.match(exception?.message ?? '', /ABOX_MODEL_STATUS.*500.*out of memory on GPU 3/)
    await othersAreServed()
  })

  test('a model that is away is a coded exception', async () => {
    const away = await startEmbeddedGateway({
      documents: [serviceDocument(METHODS), modelDocument({ legacy: { origin: 'http://127.0.0.1:1', percent: 100 } })]
    })
    try {
      const { exception } = await away.client.call({
        service: SERVICE,
        method: 'score',
        args: [new HInt(1)],
        parameterTypes: [],
        generic: true
      })
      assert.match(exception?.message ?? '', /ABOX_UPSTREAM_CONNECT/)
    } finally {
      await away.close()
    }
  })

  test('a model that is slower than the caller waits is a coded exception, and its late answer harms nothing', async () => {
    model.handle((_request, response) => {
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(GOOD)
      }, 300)
      return undefined
    })
    const { exception } = await gateway.client.call({
      service: SERVICE,
      method: 'score',
      args: [new HList([new HDouble(1)])],
      parameterTypes: [],
      attachments: { _TO: '50' },
      generic: true
    })
    assert.match(exception?.message ?? '', /ABOX_UPSTREAM_TIMEOUT/)
    await othersAreServed()
  })
})
