import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { until } from '../../harness/until.ts'
import type { CallOptions, CallResult, JavaConsumer } from '../../peers/java-consumer.ts'
import { TOKEN } from './documents.ts'
import { FAIL, type World } from './world.ts'

/**
 * How a consumer came to the gateway. `registry`: it found the provider URL that ABox publishes, which says generic=true, so that its typed calls
 * travel as `$invoke`. `typed`: it was given a URL without that, and its calls travel as they are.
 */
export type Way = 'registry' | 'typed'
export const WAYS: readonly Way[] = ['registry', 'typed']

/** One consumer with the reference of one way. */
export interface Caller {
  readonly java: JavaConsumer
  readonly world: World
  readonly way: Way
  call(method: string, args: readonly unknown[], options?: CallOptions): Promise<CallResult>
  /** Another reference of the same way; gives its name. */
  refer(name: string, options: Parameters<JavaConsumer['refer']>[1]): Promise<string>
}

/** A kind of call. */
export interface Kind {
  readonly name: string
  /** True when ABox is to refuse it, with a reason that the caller reads. */
  readonly refused: boolean
  /** Throws unless the call ended as it should. */
  check(caller: Caller): Promise<void>
}

const BIG = 2n ** 53n + 1n
const REQUEST = {
  userId: BIG,
  scene: 'home 中文 😀',
  itemIds: [1, 2, BIG],
  features: [1, 0.25, -3.5],
  level: 'MIDDLE',
  budget: '1234567.25'
}
const kind = (name: string, check: Kind['check']): Kind => ({ name, refused: false, check })
const refused = (name: string, check: Kind['check']): Kind => ({ name, refused: true, check })

/** A method's answer is what it says; every class in it is a declared one. */
async function answers(result: Promise<CallResult>, expected: unknown): Promise<void> {
  const { value, undeclared } = good(await result)
  assert.deepEqual(undeclared, [])
  assert.deepEqual(value, expected)
}

/** A RankResult for the fixed request, its parts checked where types are easily lost. */
async function answersRank(result: Promise<CallResult>): Promise<void> {
  const { type, value, undeclared } = good(await result)
  assert.deepEqual(undeclared, [])
  assert.match(type, /^RankResult\{.*items:ArrayList<ItemScore\{.*cost:BigDecimal.*level:Level/)
  checkRank(value as Record<string, unknown>)
}

function checkRank(rank: Record<string, unknown>): void {
  assert.deepEqual(
    [rank['requestId'], rank['scene'], rank['level'], rank['scores'], rank['cost']].map(String),
    [BIG, 'home 中文 😀', 'MIDDLE', '2,0.5,-7', '1234567.25'].map(String)
  )
}

/** The call ends in an exception whose text has everything that it should. */
async function fails(
  result: Promise<CallResult>,
  exception: RegExp,
  message: RegExp
): Promise<CallResult & { ok: false }> {
  const failure = await result
  assert.ok(!failure.ok, `found an answer, expected an exception: ${inspect(failure)}`)
  assert.match(failure.exception, exception, textOf(failure))
  assert.match(failure.message, message, textOf(failure))
  return failure
}

export function good(result: CallResult): CallResult & { ok: true } {
  assert.ok(result.ok, result.ok ? '' : textOf(result))
  return result
}

const textOf = ({ exception, message, causes }: CallResult & { ok: false }): string =>
  [`${exception}: ${message}`, ...causes].join('\ncaused by ')

/** A GenericService of a kind whose arguments ABox does not read: they are no Hessian values, or hold other ones. */
const foreign = (name: string, argument: unknown): Kind =>
  refused(`GenericService, \`generic=${name}\``, async (caller) => {
    const reference = await caller.refer(`generic ${name}`, { generic: name })
    const reason = new RegExp(`^ABOX_GENERIC_KIND: .*found "${name}", expected true or raw.return`)
    await fails(caller.call('echo', [argument], { reference }), /RuntimeException$/, reason)
  })

/** What is the same however the gateway was found. */
export const KINDS: readonly Kind[] = [
  kind('containers: `List<Double> score(List<Double>, Map)`', ({ call }) =>
    answers(call('score', [[1, 2.5], {}]), [2, 5])
  ),
  kind('beans: `RankResult rank(RankRequest)`', ({ call }) => answersRank(call('rank', [REQUEST]))),
  kind('a bean with a `LocalDateTime`, a `Date`, a `byte[]` and beans in lists as argument', async ({ call }) => {
    const result = call('rank', [{ $sample: 'request' }])
    await answersRank(result)
    const { local, at } = good(await result).value as Record<string, unknown>
    assert.deepEqual([local, at], ['2024-02-29T23:59:58.123456789', '2023-11-14T22:13:20.123Z'])
  }),
  kind('text: `String echo(String)`', ({ call }) => answers(call('echo', ['中文 😀']), '中文 😀')),
  kind('`null` as argument and answer', ({ call }) => answers(call('echo', [null]), null)),
  kind('`void` method', ({ call }) => answers(call('fire', ['event']), null)),
  kind('asynchronous: the method returns a `CompletableFuture`', ({ call }) =>
    answersRank(call('rankAsync', [REQUEST]))
  ),
  kind('asynchronous: `RpcContext.asyncCall`', ({ call }) => answersRank(call('rank', [REQUEST], { async: true }))),
  kind('one-way: `return=false`', async (caller) => {
    const reference = await caller.refer('one-way', { parameters: { 'fire.return': 'false' } })
    const event = `one-way by ${caller.way} of ${caller.java.dubboVersion}`
    await answers(caller.call('fire', [event], { reference }), null)
    await until(`the model to have "${event}"`, () => caller.world.models.bodies.includes(JSON.stringify(event)))
    await answers(caller.call('echo', ['afterwards'], { reference }), 'afterwards')
  }),
  kind('`token` of the service', async (caller) => {
    const token = caller.way === 'registry' ? {} : { parameters: { token: TOKEN } }
    const reference = await caller.refer('guarded', { group: 'guarded', ...token })
    await answers(caller.call('echo', ['x'], { reference }), 'x')
  }),
  refused('another `token`, or none', async (caller) => {
    const none = { group: 'guarded', registry: null, direct: direct(caller) }
    await caller.java.refer('no token', none)
    await fails(caller.call('echo', ['x'], { reference: 'no token' }), /RuntimeException$/, /^ABOX_TOKEN: .*found none/)
    await caller.java.refer('wrong token', { ...none, parameters: { token: 'guessed' } })
    await fails(
      caller.call('echo', ['x'], { reference: 'wrong token' }),
      /RuntimeException$/,
      /^ABOX_TOKEN: .*found another/
    )
  }),
  kind('request attachments', async (caller) => {
    const reference = await caller.refer('chosen', { group: 'chosen' })
    await answers(caller.call('echo', ['x'], { reference, attachments: { wanted: 'same' } }), 'x')
    await fails(caller.call('echo', ['x'], { reference }), /RuntimeException$/, /^ABOX_NO_MODEL: attachment wanted/)
  }),
  kind('response attachments', async ({ call }) => {
    const attachments = { traceid: 'asked-by-a-test' }
    assert.equal(good(await call('echo', ['x'], { attachments })).attachments['traceid'], attachments.traceid)
  }),
  kind('declared exception, its own fields', async ({ call }) => {
    const failure = await fails(
      call('strict', ['no stock']),
      /^com\.example\.rank\.RankException$/,
      /^rank failed: no stock$/
    )
    assert.deepEqual([failure.code, failure.reason], [42, 'no stock'])
  }),
  kind('failing model: `RuntimeException` with code and reason', async ({ call }) => {
    const attachments = { traceid: 'asked-by-a-test' }
    const message = /^ABOX_MODEL_STATUS: .*the model does not take -500.*\[trace asked-by-a-test\]$/
    const failure = await fails(call('score', [[FAIL], {}], { attachments }), /^java\.lang\.RuntimeException$/, message)
    assert.equal(failure.frames, 1)
  }),
  kind('`timeout`', async (caller) => {
    const reference = await caller.refer('hasty', { timeoutMs: 250 })
    const failure = await caller.call('slow', [1], { reference })
    // The consumer's own clock and the gateway's, which knows the time-out where the consumer sends it, run out together. 2 is TIMEOUT_EXCEPTION.
    assert.ok(!failure.ok && (failure.code === 2 || /^ABOX_UPSTREAM_TIMEOUT: /.test(failure.message)), inspect(failure))
  }),
  kind('a failing model is asked once, also with `retries=2`', async (caller) => {
    const reference = await caller.refer('stubborn', { retries: 2 })
    const before = caller.world.models.bodies.length
    await fails(caller.call('score', [[FAIL], {}], { reference }), /RuntimeException$/, /^ABOX_MODEL_STATUS: /)
    assert.equal(caller.world.models.bodies.length, before + 1)
  }),
  refused('a service that ABox does not have', async (caller) => {
    await caller.java.refer('nowhere', { group: 'nowhere', registry: null, direct: direct(caller) })
    const failure = await fails(caller.call('echo', ['x'], { reference: 'nowhere' }), /RpcException$/, /./)
    assert.match([failure.message, ...failure.causes].join('\n'), /ABOX_NO_ROUTE: .*com\.example\.rank\.RankService/)
  }),
  kind('`EchoService.$echo`', ({ call }) => answers(call('$echo', ['ping']), 'ping')),
  refused('callback argument', async (caller) => {
    // Where a Java provider has callbacks, its URL says so. A direct URL has to say the same, and 3.x looks at the reference too.
    const parameters = { methods: 'subscribe', 'subscribe.callback': 'true', 'subscribe.1.callback': 'true' }
    const url = { direct: `${caller.world.direct}?${new URLSearchParams(parameters).toString()}` }
    const place = { parameters, ...(caller.way === 'typed' && url) }
    const reference = await caller.refer('callback', place)
    const call = caller.call('subscribe', ['topic', { $listener: true }], { reference })
    await fails(call, /RuntimeException$/, /^ABOX_CALLBACK: argument 1: found a callback/)
  })
]

/** A GenericService sends `$invoke` itself, whatever the URL says. */
export const GENERIC_KINDS: readonly Kind[] = [
  kind('GenericService, `generic=true`: beans come as a `Map` with `class`, enums as names', async (caller) => {
    const reference = await caller.refer('generic true', { generic: 'true' })
    const { type, value } = good(await caller.call('rank', [REQUEST], { reference }))
    assert.match(type, /^(Linked)?HashMap</)
    // No class of the interface anywhere: Level would stand in the type.
    assert.doesNotMatch(type, /Level|RankResult|ItemScore/)
    const result = value as Record<string, unknown>
    assert.equal(result['class'], 'com.example.rank.RankResult')
    checkRank(result)
  }),
  kind('GenericService, `generic=raw.return`: beans come as objects', async (caller) => {
    const reference = await caller.refer('generic raw.return', { generic: 'raw.return' })
    const { type, value } = good(await caller.call('rank', [REQUEST], { reference }))
    assert.match(type, /^RankResult\{/)
    checkRank(value as Record<string, unknown>)
  }),
  foreign('nativejava', { $bytes: 'rO0ABXQAAXg=' }),
  foreign('bean', { $descriptor: 'x' }),
  foreign('protobuf-json', '"x"'),
  foreign('gson', '"x"')
]

const direct = ({ world, way }: Caller): string => (way === 'typed' ? world.direct : `${world.direct}?generic=true`)
