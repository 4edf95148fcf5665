import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import {
  type EmbeddedGateway,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../harness/embedded-gateway.ts'
import { type ModelHandler, type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

/** Only calls judge, and whoever comes back has its full share at once: after a time in which all calls of a test are made. */
const BY_CALLS = { ejectMs: 2000, slowStartMs: 0, probeIntervalMs: 600_000 }
/** Only probes judge. */
const BY_PROBES = { ejectMs: 600_000, slowStartMs: 0, probeIntervalMs: 100 }

/** Longer than any call takes that is answered. */
const LONG_MS = 20_000
const METHOD = { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.lang.Object', timeoutMs: LONG_MS }

interface Variant {
  readonly endpoints: readonly string[]
  readonly health?: string
  readonly protocol?: string
}

const model = (variant: Variant): object => ({
  kind: 'Model',
  name: 'rank',
  variants: [{ name: 'v', cluster: 'c', protocol: 'raw', path: '/score', ...variant }]
})

async function withGateway(
  variant: Variant,
  endpoints: object,
  body: (gateway: EmbeddedGateway) => Promise<void>,
  timeoutMs = LONG_MS
): Promise<void> {
  const gateway = await startEmbeddedGateway({
    documents: [serviceDocument([{ ...METHOD, timeoutMs }]), model(variant)],
    config: { endpoints: { ...endpoints } }
  })
  try {
    await body(gateway)
  } finally {
    await gateway.close()
  }
}

/** Calls one after the other; gives the codes of those that failed. */
async function call(gateway: EmbeddedGateway, times: number, timeoutMs = LONG_MS): Promise<string[]> {
  const failed: string[] = []
  for (let n = 0; n < times; n++) {
    const { exception } = await gateway.client.call({
      service: SERVICE,
      method: 'score',
      args: ['x'],
      parameterTypes: ['java.lang.String'],
      attachments: { timeout: String(timeoutMs) }
    })
    if (exception !== undefined) failed.push(/ABOX_\w+/.exec(exception.message ?? '')?.[0] ?? exception.className)
  }
  return failed
}

async function stateOf(gateway: EmbeddedGateway, origin: string): Promise<number> {
  const text = await gateway.instance.metricsText()
  const line = text.split('\n').find((each) => each.startsWith('abox_endpoint_state{') && each.includes(`"${origin}"`))
  return Number(line?.split(' ').at(-1) ?? Number.NaN)
}

/** Calls that count against an endpoint because of its answers. */
async function badAnswers(gateway: EmbeddedGateway, origin: string): Promise<number> {
  const text = await gateway.instance.metricsText()
  const isIt = (line: string): boolean =>
    line.startsWith('abox_endpoint_failures_total{') && line.includes(`"${origin}",reason="answer"`)
  return Number(text.split('\n').find(isIt)?.split(' ').at(-1) ?? Number.NaN)
}

async function fine(t: TestContext, handler: ModelHandler = () => ({ ok: true })): Promise<ModelServer> {
  const server = await startModelServer(handler)
  t.after(() => server.close())
  return server
}

/** A port that nobody listens on, until `open` makes a model server there. */
async function closedPort(t: TestContext): Promise<{ origin: string; open: () => Promise<{ close: () => void }> }> {
  const holder = createTcpServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as AddressInfo
  await new Promise((resolve) => holder.close(resolve))
  return {
    origin: `http://127.0.0.1:${port}`,
    async open() {
      const server = createServer((request, response) => {
        request.resume().on('end', () => {
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
        })
      })
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      const close = (): void => {
        server.close()
        server.closeAllConnections()
      }
      t.after(close)
      return { close }
    }
  }
}

describe('one of three endpoints fails', () => {
  test('that refuses connections costs no call, and takes part again when it is back', async (t) => {
    const [a, b, bad] = [await fine(t), await fine(t), await closedPort(t)]
    await withGateway({ endpoints: [a.origin, bad.origin, b.origin] }, BY_CALLS, async (gateway) => {
      // Nothing was sent, so each of the five was made at another endpoint.
      assert.deepEqual(await call(gateway, 60), [])
      assert.equal(await stateOf(gateway, bad.origin), 2)
      await bad.open()
      await until('the end of the ejection', async () => (await stateOf(gateway, bad.origin)) === 0)
      const before = a.bodies.length + b.bodies.length
      assert.deepEqual(await call(gateway, 30), [])
      assert.equal(a.bodies.length + b.bodies.length - before, 20)
    })
  })

  test('that answers 503 costs five calls, each time it comes back', async (t) => {
    const [a, b, bad] = [await fine(t), await fine(t), await fine(t)]
    bad.handle((_request, response) => void response.writeHead(503).end('<html>'))
    await withGateway({ endpoints: [a.origin, bad.origin, b.origin] }, BY_CALLS, async (gateway) => {
      assert.deepEqual(
        await call(gateway, 60),
        Array.from({ length: 5 }, () => 'ABOX_MODEL_STATUS')
      )
      await until('the end of the ejection', async () => (await stateOf(gateway, bad.origin)) === 0)
      assert.equal((await call(gateway, 60)).length, 5)
      bad.handle(() => ({ ok: true }))
      await until('the end of the second ejection', async () => (await stateOf(gateway, bad.origin)) === 0)
      assert.deepEqual(await call(gateway, 60), [])
    })
  })

  const WHOLE = '{"ok":true,"scores":[1,2,3]}'
  const BODIES: Readonly<Record<string, { readonly body: string; readonly code: string; readonly type?: string }>> = {
    'a body that its content-length has cut': { body: WHOLE.slice(0, 14), code: 'ABOX_JSON_SYNTAX' },
    'two bodies in one': { body: WHOLE + WHOLE, code: 'ABOX_JSON_SYNTAX' },
    'no body': { body: '', code: 'ABOX_MODEL_NOT_JSON' },
    'a page that says it is JSON': { body: '<html><title>Hi</title></html>', code: 'ABOX_MODEL_NOT_JSON' },
    'a page': { body: '<html><title>Hi</title></html>', code: 'ABOX_MODEL_NOT_JSON', type: 'text/html' }
  }
  for (const [name, { body, code, type = 'application/json' }] of Object.entries(BODIES)) {
    test(`that answers 200 with ${name} costs five calls, which are counted`, async (t) => {
      const [a, b, bad] = [await fine(t), await fine(t), await fine(t)]
      bad.handle((_request, response) => {
        response.writeHead(200, { 'content-type': type, 'content-length': body.length }).end(body)
      })
      const untilTheEnd = { ...BY_CALLS, ejectMs: 600_000 }
      await withGateway({ endpoints: [a.origin, bad.origin, b.origin] }, untilTheEnd, async (gateway) => {
        assert.deepEqual(
          await call(gateway, 45),
          Array.from({ length: 5 }, () => code)
        )
        assert.equal(await stateOf(gateway, bad.origin), 2)
        assert.equal(await badAnswers(gateway, bad.origin), 5)
        assert.equal(await badAnswers(gateway, a.origin), 0)
      })
    })
  }

  test('that hangs costs five calls', async (t) => {
    const [a, b, bad] = [await fine(t), await fine(t), await fine(t)]
    bad.handle(() => undefined)
    const untilTheEnd = { ...BY_CALLS, ejectMs: 600_000 }
    const timeoutMs = 1000
    const hangs = async (gateway: EmbeddedGateway): Promise<void> => {
      assert.deepEqual(
        await call(gateway, 45, timeoutMs),
        Array.from({ length: 5 }, () => 'ABOX_UPSTREAM_TIMEOUT')
      )
      assert.equal(await stateOf(gateway, bad.origin), 2)
    }
    await withGateway({ endpoints: [a.origin, bad.origin, b.origin] }, untilTheEnd, hangs, timeoutMs)
  })

  test('that refuses the requests themselves stays: these are answers of the model', async (t) => {
    const [a, b, strict] = [await fine(t), await fine(t), await fine(t)]
    strict.handle((_request, response) => void response.writeHead(400).end('{"error":"no"}'))
    await withGateway({ endpoints: [a.origin, strict.origin, b.origin] }, BY_CALLS, async (gateway) => {
      assert.equal((await call(gateway, 60)).length, 20)
      assert.equal(await stateOf(gateway, strict.origin), 0)
    })
  })
})

describe('readiness probes', () => {
  test('take an endpoint out without the loss of a call, and bring it back', async (t) => {
    const [a, b] = [await fine(t), await fine(t)]
    const bad = await closedPort(t)
    let open = await bad.open()
    await withGateway({ endpoints: [a.origin, bad.origin, b.origin] }, BY_PROBES, async (gateway) => {
      assert.deepEqual(await call(gateway, 9), [])
      open.close()
      await until('the probes to fail', async () => (await stateOf(gateway, bad.origin)) === 3)
      assert.deepEqual(await call(gateway, 60), [])
      assert.match(await gateway.instance.metricsText(), /^abox_probe_failures_total\{.*\} [3-9]/m)
      open = await bad.open()
      await until('the probes to succeed', async () => (await stateOf(gateway, bad.origin)) === 0)
      const before = a.bodies.length + b.bodies.length
      assert.deepEqual(await call(gateway, 30), [])
      assert.equal(a.bodies.length + b.bodies.length - before, 20)
    })
  })

  test('ask the path of `health`, of one endpoint too, and never take the last one out', async (t) => {
    const asked = new Set<string>()
    const only = await fine(t, ({ path }, response) => {
      asked.add(path)
      if (path === '/score') return { ok: true }
      response.writeHead(503).end()
      return undefined
    })
    await withGateway({ endpoints: [only.origin], health: '/alive?deep=1' }, BY_PROBES, async (gateway) => {
      await until('the probes to fail', async () => (await stateOf(gateway, only.origin)) === 3)
      assert.deepEqual(await call(gateway, 10), [])
      assert.deepEqual(asked, new Set(['/alive?deep=1', '/score']))
    })
  })

  test('notice an endpoint that accepts and never answers', async (t) => {
    const sockets = new Set<Socket>()
    const silent = createTcpServer((socket) => sockets.add(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    t.after(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const a = await fine(t)
    await withGateway({ endpoints: [a.origin, origin], health: '/' }, BY_PROBES, async (gateway) => {
      await until('the probes to fail', async () => (await stateOf(gateway, origin)) === 3)
      assert.deepEqual(await call(gateway, 20), [])
    })
  })
})

describe('a changed document', () => {
  test('changes the endpoints under calls, and none of them fails', async (t) => {
    const [a, b, c] = [await fine(t), await fine(t), await fine(t)]
    await withGateway({ endpoints: [a.origin, b.origin] }, BY_CALLS, async (gateway) => {
      let ended = false
      const failed: string[] = []
      const calls = Promise.all(
        Array.from({ length: 4 }, async () => {
          while (!ended) failed.push(...(await call(gateway, 1)))
        })
      )
      try {
        for (let round = 0; round < 3; round++) {
          for (const [here, gone] of [
            [c, a],
            [a, c]
          ] as const) {
            await gateway.publish([serviceDocument([METHOD]), model({ endpoints: [here.origin, b.origin] })])
            const before = here.bodies.length
            await until('calls at the new endpoint', () => here.bodies.length > before + 10)
            assert.ok(Number.isNaN(await stateOf(gateway, gone.origin)))
          }
        }
      } finally {
        ended = true
        await calls
      }
      assert.deepEqual(failed, [])
    })
  })
})
