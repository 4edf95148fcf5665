import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLogger } from '#core/logger'
import type { DubboRequest } from '#lib/dubbo'
import { defaultBudget } from '#lib/hessian2'
import { createSplitter } from '#lib/splitter'
import { createAdmission } from '../../../../src/apps/gateway/admission.ts'
import { createAnswers } from '../../../../src/apps/gateway/answers.ts'
import { createArgumentWriter } from '../../../../src/apps/gateway/arguments.ts'
import type { Call } from '../../../../src/apps/gateway/call.ts'
import { compileModel, compileService } from '../../../../src/apps/gateway/documents/compile.ts'
import { createInvoke, type InvokeDeps } from '../../../../src/apps/gateway/invoke.ts'
import { createMemoryGuard } from '../../../../src/apps/gateway/memory-guard.ts'
import { body, bytes, map } from '../../lib/dubbo/bodies.ts'

const model = compileModel({
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://127.0.0.1:1'], path: '/x' }]
})
const models = new Map([['rank', model]])
const service = compileService(
  { kind: 'Service', interface: 'a.B', methods: [{ name: 'score', model: 'rank' }] },
  { models, hooks: new Map(), timeoutMs: 50 }
)

const DESCRIPTOR = 'Ljava/lang/Object;'
const ASKS_FOR_MUCH = map({ path: 'a.B', timeout: '600000' })
/** A megabyte for a method that does not exist, so that the call ends when it is decoded. */
const LARGE = body({
  method: 'nothing',
  descriptor: DESCRIPTOR,
  args: [Buffer.concat([bytes('58 49000fffff'), Buffer.alloc(0x0fffff, 0x90)])],
  attachments: ASKS_FOR_MUCH
})
const LARGE_AND_PATIENT = Buffer.concat([LARGE.subarray(0, -ASKS_FOR_MUCH.length), map({ path: 'a.B' })])
/** A list of 21 lists: an empty one, then each twice the one before. That is more JSON than may be written. */
const bomb = Array.from({ length: 20 }, (_, i) => `7a ${`51 ${(0x91 + i).toString(16)}`.repeat(2)}`)
const BOMB = body({ descriptor: DESCRIPTOR, args: [bytes('58 a5 78', ...bomb)], attachments: ASKS_FOR_MUCH })

/** Runs calls by a clock that goes on by a millisecond whenever it is read; what became of each, in order of their ends. */
function setUp(timeoutMs: number) {
  let ms = 0
  const ended: Call[] = []
  const clock = { wallMs: () => 0, monotonicMs: () => ++ms }
  const empty = { rss: 0, objects: 0, heap: 0, heapLimit: 1 }
  const guard = { limitBytes: 1, read: () => empty, collect: () => {}, everyMs: 0, log: silentLogger }
  const admission = createAdmission({ inFlight: 1000, memory: createMemoryGuard(guard) })
  const { invoke } = createInvoke({
    clock,
    budget: { ...defaultBudget, maxNodes: 2_000_000 },
    admission,
    limits: { enterRoute: () => {}, enterModel: () => {}, leave: () => {} } as unknown as InvokeDeps['limits'],
    timeoutMs,
    table: () => ({ services: new Map([[service.key, service]]), models }),
    models: createSplitter({ maxKeys: 10, seed: 1 }),
    hooks: createSplitter({ maxKeys: 10, seed: 1 }),
    args: createArgumentWriter(16 * 1024 * 1024),
    send: () => Promise.reject(new Error('nothing is sent')),
    answers: createAnswers(),
    nextTraceId: () => 't',
    onEnd: (call) => ended.push(call),
    onDefect: (error) => assert.fail(String(error))
  })
  const send = (bodyBytes: Buffer, isGone = (): boolean => false, from = 'x'): Promise<void> =>
    invoke({
      connection: { remoteAddress: from, remotePort: 1, closed: false },
      requestId: Buffer.alloc(8),
      twoWay: true,
      serialization: 2,
      body: bodyBytes,
      receivedAt: ms,
      get aborted() {
        return isGone()
      },
      onAbort: () => {},
      offAbort: () => {},
      reply: () => {}
    } as Partial<DubboRequest> as DubboRequest)
  const shed = (): object => Object.fromEntries([...admission.shed()].filter(([, count]) => count > 0))
  return { send, shed, ended, results: () => ended.map(({ outcome, errorCode }) => `${outcome} ${errorCode}`) }
}

describe('a large call', () => {
  it('ends when its connection is closed, and the next one is served', async () => {
    const { send, results } = setUp(100_000)
    let gone = false
    const all = [send(LARGE, () => gone), send(LARGE)]
    gone = true
    await Promise.all(all)
    assert.deepEqual(results(), ['canceled ABOX_UPSTREAM_CANCELED', 'no_route ABOX_NO_ROUTE'])
  })

  it('is given up after limits.timeoutMs as long as its route is not known, whatever it asks for', async () => {
    const { send, results, ended } = setUp(20)
    await send(LARGE)
    assert.deepEqual(results(), ['deadline ABOX_DEADLINE'])
    assert.equal(ended[0]?.stage, 'record')
  })

  it('is given up after the time-out of its route then, whatever it asks for', async () => {
    const { send, results, ended } = setUp(100_000)
    await send(BOMB)
    assert.deepEqual(results(), ['deadline ABOX_DEADLINE'])
    assert.equal(ended[0]?.deadlineMs, 600_000)
  })

  it('is shed, and counted, when too many others have not come to their end', async () => {
    const { send, results, shed } = setUp(Number.MAX_SAFE_INTEGER)
    await Promise.all(Array.from({ length: 300 }, (_, index) => send(LARGE_AND_PATIENT, undefined, `10.0.0.${index}`)))
    const most = Math.floor((128 * 1024 * 1024) / LARGE_AND_PATIENT.length)
    assert.equal(results().filter((each) => each === 'shed ABOX_SHED').length, 300 - most)
    assert.equal(results().filter((each) => each === 'no_route ABOX_NO_ROUTE').length, most)
    assert.deepEqual(shed(), { large_bytes: 300 - most })
  })

  it('of another caller finds room beside one that sends too many', async () => {
    const { send, results, shed } = setUp(Number.MAX_SAFE_INTEGER)
    const flood = Array.from({ length: 200 }, () => send(LARGE_AND_PATIENT, undefined, 'flood'))
    const others = Array.from({ length: 10 }, () => send(LARGE_AND_PATIENT, undefined, 'other'))
    await Promise.all([...flood, ...others])
    const most = Math.floor((128 * 1024 * 1024 * 0.8) / LARGE_AND_PATIENT.length)
    assert.equal(results().filter((each) => each === 'no_route ABOX_NO_ROUTE').length, most + 10)
    assert.deepEqual(shed(), { large_share: 200 - most })
  })
})
