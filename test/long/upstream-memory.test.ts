import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createUpstream } from '#lib/upstream'

const CALLS = 10_000
const BODY = Buffer.from('{"instances":[[1,2,3]]}')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** `heapUsed` and `external` after everything that can go has gone. */
async function used(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect()
    await new Promise(setImmediate)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Accepts and never answers. */
async function silentServer(t: TestContext): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.resume()
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const [name, connections, calls, bound] of [
  [`${CALLS} calls that wait for 64 connections`, 64, CALLS, 4096],
  ['1,000 calls on as many connections (this process is also their server)', 1000, 1000, 65_536]
] as const) {
  test(`memory of ${name} is bounded, and given back`, async (t) => {
    const origin = await silentServer(t)
    const upstream = createUpstream({ connections, maxWaiting: calls, connectTimeoutMs: 60_000 })
    const listeners = new Set<{ cancel(): void }>()
    const signal = {
      aborted: false,
      onAbort: (listener: { cancel(): void }) => void listeners.add(listener),
      offAbort: (listener: { cancel(): void }) => void listeners.delete(listener)
    }
    const round = async (count: number): Promise<number> => {
      const before = await used()
      const headers = ['x-request-id', 'abc']
      const ends = Array.from({ length: count }, () =>
        upstream.post({ origin, path: '/', headers, body: BODY, timeoutMs: 600_000, signal }).catch(() => undefined)
      )
      while (upstream.stats().running < Math.min(connections, count)) await new Promise(setImmediate)
      const each = ((await used()) - before) / count
      for (const listener of [...listeners]) listener.cancel()
      await Promise.all(ends)
      while (upstream.stats().running + upstream.stats().waiting + upstream.stats().connected > 0) {
        await new Promise(setImmediate)
      }
      return each
    }
    // What is made once is no memory of the calls.
    await round(calls)
    const start = await used()
    const each = await round(calls)
    const left = (await used()) - start
    t.diagnostic(`${each.toFixed(0)} bytes per call in flight, ${left} bytes left of ${calls}`)
    assert.ok(each < bound, `${each} bytes per call`)
    assert.ok(left < calls * 200, `${left} bytes are left`)
    await upstream.close()
  })
}
