import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { until } from '../../../harness/until.ts'
import { answerOf, type FaultWorld, FEATURE, LARGE_BYTES, scoreFrame, startFaultWorld } from './fault-world.ts'

/** As the server has it, and what the kernel of a loopback connection may take on both sides together. */
const PAUSE_BYTES = 1024 * 1024
const OUTBOX_BYTES = 64 * 1024 * 1024
const KERNEL_BYTES = 32 * 1024 * 1024
const HEARTBEAT = 'dabbe2000000000000000001000000014e'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Objects and buffers of this process, which is gateway, consumers and model, after everything that can go has gone. */
async function usedBytes(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect()
    await new Promise(setImmediate)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const inFlight = ({ gateway }: FaultWorld): number => gateway.instance.state().inFlight
/** Connections beside that of the consumer that is there all the time. */
const strangers = ({ gateway }: FaultWorld): number => gateway.instance.state().connections - 1

/** How the last records ended, by outcome. */
async function outcomes({ gateway }: FaultWorld): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { outcome } of await gateway.records()) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

describe('a consumer that floods', () => {
  test('gets exceptions beyond the calls that its connection may have in flight, and others are served meanwhile', async (t) => {
    const bound = 50
    const calls = 5000
    const world = await startFaultWorld(t, { dubbo: { maxInFlightPerConnection: bound } })
    assert.deepEqual(await world.othersFailed(1), [])
    const before = await usedBytes()
    const peer = await world.peer()
    const frames = Array.from({ length: calls }, (_, id) => scoreFrame(id, FEATURE.held, 'flood'))
    peer.send(...frames)
    const failed = await world.othersFailed(50)
    await until('the calls within the bound at the model', () => world.held() === bound)
    for (let n = bound; n < calls; n++) {
      const { status, text } = answerOf(await peer.frame())
      // Another status than 20 would have a consumer send the call twice more.
      assert.equal(status, 20)
      assert.match(text, /java\.lang\.RuntimeException.*ABOX_DUBBO_OVERLOADED: found 50 calls in flight on this/s)
    }
    assert.deepEqual(failed, [])
    assert.equal(world.held(), bound)
    assert.equal(inFlight(world), bound)
    assert.equal(await world.events('overflow'), calls - bound)
    const grown = ((await usedBytes()) - before) / 1e6
    assert.ok(grown < 32, `${grown} MB more`)
    world.release()
    for (let n = 0; n < bound; n++) assert.doesNotMatch(answerOf(await peer.frame()).text, /ABOX_/)
    assert.equal(inFlight(world), 0)
    assert.deepEqual(await world.othersFailed(), [])
  })
})

describe('a consumer that opens connections', () => {
  /** Two handles a connection in this process, and some that are in use already. */
  function possibleConnections(wanted: number): number {
    const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
    const soft = Number(report.userLimits?.open_files?.soft ?? Number.POSITIVE_INFINITY)
    return Number.isNaN(soft) ? wanted : Math.min(wanted, Math.floor((soft - 400) / 2))
  }

  /** In parts, because the kernel keeps only so many that were not accepted yet, and lets further ones wait for a second. */
  async function openMany(t: TestContext, { gateway }: FaultWorld, count: number): Promise<Socket[]> {
    const sockets: Socket[] = []
    t.after(() => {
      for (const socket of sockets) socket.destroy()
    })
    while (sockets.length < count) {
      const length = Math.min(100, count - sockets.length)
      const part = Array.from({ length }, () => connect(gateway.instance.port, '127.0.0.1').on('error', () => {}))
      sockets.push(...part)
      await Promise.all(part.map((socket) => once(socket, 'connect')))
      // A turn of the event loop accepts what has come.
      await new Promise(setImmediate)
    }
    return sockets
  }

  test('5,000 of them take little memory each, all are answered, others are served, and the memory comes back', async (t) => {
    const count = possibleConnections(5000)
    if (count < 5000) t.diagnostic(`${count} connections only: this process may not open more files`)
    const world = await startFaultWorld(t)
    assert.deepEqual(await world.othersFailed(), [])
    const before = await usedBytes()
    const sockets = await openMany(t, world, count)
    await until('all connections', () => strangers(world) === count)
    assert.equal(await world.metric('abox_connections'), count + 1)
    const each = ((await usedBytes()) - before) / count
    t.diagnostic(`${Math.round(each)} bytes of objects and buffers per connection, both ends together`)
    assert.ok(each < 16_384, `${each} bytes per connection`)
    assert.deepEqual(await world.othersFailed(), [])
    let answered = 0
    for (const socket of sockets) {
      socket.once('data', () => answered++)
      socket.write(HEARTBEAT, 'hex')
    }
    await until('all heartbeats answered', () => answered === count)
    assert.equal(await world.events('heartbeat'), count)
    for (const socket of sockets) socket.destroy()
    sockets.length = 0
    await until('all connections gone', () => strangers(world) === 0)
    const left = ((await usedBytes()) - before) / count
    assert.ok(left < 1024, `${left} bytes left per connection`)
    assert.deepEqual(await world.othersFailed(), [])
  })

  test('beyond dubbo.maxConnections they are closed and counted; those that are open are served', async (t) => {
    const world = await startFaultWorld(t, { dubbo: { maxConnections: 10 } })
    assert.deepEqual(await world.othersFailed(), [])
    const sockets = await openMany(t, world, 100)
    await until('those refused to be closed', () => sockets.filter(({ closed }) => closed).length === 91)
    assert.equal(strangers(world), 9)
    assert.equal(await world.events('connection_refused'), 91)
    assert.deepEqual(await world.othersFailed(), [])
    for (const socket of sockets) socket.destroy()
    await until('room again', () => strangers(world) === 0)
    const late = await world.peer()
    late.send(scoreFrame(1, FEATURE.free))
    assert.equal(answerOf(await late.frame()).status, 20)
  })
})

describe('a consumer that stops reading its answers of 100 KB', () => {
  test('is paused: what it sends from then on waits with it, and nothing is lost when it reads again', async (t) => {
    const world = await startFaultWorld(t)
    const peer = await world.peer()
    peer.socket.pause()
    const before = await usedBytes()
    let sent = 0
    while ((await world.events('paused')) === 0) {
      const asked = world.model.bodies.length
      peer.send(scoreFrame(++sent, FEATURE.large))
      await until('the call to be answered', () => world.model.bodies.length > asked && inFlight(world) === 0)
    }
    const most = (KERNEL_BYTES + PAUSE_BYTES) / LARGE_BYTES
    assert.ok(sent < most, `paused after ${sent} calls`)
    for (let n = 0; n < 500; n++) peer.send(scoreFrame(++sent, FEATURE.large))
    const asked = world.model.bodies.length
    assert.deepEqual(await world.othersFailed(50), [])
    assert.equal(world.model.bodies.length, asked + 50)
    const grown = (await usedBytes()) - before
    assert.ok(grown < PAUSE_BYTES + 16e6, `${grown} bytes more`)
    assert.equal(strangers(world), 1)
    peer.socket.resume()
    for (let n = 1; n <= sent; n++) assert.ok((await peer.frame()).length > LARGE_BYTES)
    assert.equal(await world.events('slow_consumer'), 0)
    assert.equal(await world.events('reply_lost'), 0)
  })

  test('is disconnected when the calls that it has begun answer more than may be kept', async (t) => {
    const calls = 1500
    const config = { upstream: { connections: 64, maxWaiting: calls }, endpoints: { maxInFlight: 2 * calls } }
    const world = await startFaultWorld(t, { config })
    assert.deepEqual(await world.othersFailed(), [])
    const before = await usedBytes()
    const peer = await world.peer()
    peer.socket.pause()
    peer.send(...Array.from({ length: calls }, (_, id) => scoreFrame(id, FEATURE.large)))
    let most = 0
    let failed: readonly string[] = []
    await until('the connection to be ended', async () => {
      const { heapUsed, external } = process.memoryUsage()
      most = Math.max(most, heapUsed + external - before)
      failed = [...failed, ...(await world.othersFailed(1))]
      return (await world.events('slow_consumer')) === 1 && strangers(world) === 0
    })
    await until('its calls to be over', () => inFlight(world) === 0)
    assert.deepEqual(failed, [])
    assert.equal(await world.events('paused'), 1)
    assert.ok((await world.events('reply_lost')) > 0)
    // Garbage is in it, too: the answers are read as bytes, parsed and written again.
    assert.ok(most < 4 * OUTBOX_BYTES, `${most} bytes more at most`)
    const left = (await usedBytes()) - before
    assert.ok(left < 16e6, `${left} bytes left`)
    const { ok = 0, canceled = 0, ...others } = await outcomes(world)
    assert.deepEqual(others, {})
    assert.ok(canceled > 0, `${ok} ok, ${canceled} canceled`)
    assert.deepEqual(await world.othersFailed(), [])
  })
})

describe('a consumer that disappears in mid-call', () => {
  const BURST = 200
  /** Half of the burst is at the model, half waits for a connection. */
  const CONFIG = { upstream: { connections: BURST / 2 } }
  const ways: readonly [string, (socket: Socket) => void, boolean][] = [
    ['closes', (socket) => socket.destroy(), false],
    ['closes its half of the connection', (socket) => socket.end(), false],
    ['resets the connection', (socket) => socket.resetAndDestroy(), true]
  ]
  for (const [name, leave, reset] of ways) {
    test(`${name}: the model is hung up on, what waited is never sent, and all of it is counted`, async (t) => {
      const world = await startFaultWorld(t, { config: CONFIG })
      const peer = await world.peer()
      peer.send(...Array.from({ length: BURST }, (_, id) => scoreFrame(id, FEATURE.held)))
      await until('half of the calls at the model', () => world.held() === BURST / 2 && inFlight(world) === BURST)
      leave(peer.socket)
      await until('the model to be hung up on', () => world.hungUp() === BURST / 2)
      await until('the calls to be over', () => inFlight(world) === 0)
      assert.equal(world.model.bodies.length, BURST / 2)
      assert.deepEqual(await outcomes(world), { canceled: BURST })
      assert.equal(await world.metric('abox_calls_total', 'outcome="canceled"'), BURST)
      assert.equal(await world.metric('abox_upstream_canceled_total'), BURST)
      assert.equal(await world.events('reply_lost'), BURST)
      assert.equal(await world.events('socket_error'), reset ? 1 : 0)
      assert.deepEqual(await world.othersFailed(), [])
      assert.equal(strangers(world), 0)
      assert.equal(await world.metric('abox_upstream_waiting'), 0)
    })
  }

  test('does not take the endpoint out: who hangs up is not the fault of the model', async (t) => {
    const world = await startFaultWorld(t, { config: CONFIG })
    for (let round = 1; round <= 3; round++) {
      const peer = await world.peer()
      peer.send(...Array.from({ length: 20 }, (_, id) => scoreFrame(id, FEATURE.held)))
      await until('the calls at the model', () => world.held() === 20)
      peer.socket.destroy()
      await until('the model to be hung up on', () => world.hungUp() === 20 * round)
    }
    assert.equal(await world.metric('abox_endpoint_state'), 0)
    assert.equal(await world.metric('abox_endpoint_ejections_total'), 0)
    assert.deepEqual(await world.othersFailed(), [])
  })
})
