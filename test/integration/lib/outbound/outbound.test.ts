import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { test } from 'node:test'
import { createOutbound, type Outbound, type OutboundOptions } from '#lib/outbound'

interface Setting {
  readonly port: number
  readonly outbound: (options?: Partial<OutboundOptions>) => Outbound
  readonly seen: string[]
}

async function withServer(listener: RequestListener, body: (setting: Setting) => Promise<void>): Promise<void> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.host}`)
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const made: Outbound[] = []
  const outbound: Setting['outbound'] = (options) => {
    const one = createOutbound({ schemes: ['http:'], ports: [port], allow: ['127.0.0.0/8'], ...options })
    made.push(one)
    return one
  }
  try {
    await body({ port, outbound, seen })
  } finally {
    for (const one of made) await one.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Leads each name to the next of these addresses, as a name that is pointed elsewhere between two look-ups. */
function rebinding(...addresses: readonly (readonly string[])[]): LookupFunction {
  let at = 0
  return (_name, _options, callback) => {
    const now = addresses[Math.min(at++, addresses.length - 1)] ?? []
    callback(
      null,
      now.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    )
  }
}

const request = { method: 'GET', timeoutMs: 5000, maxBytes: 1000 } as const

test('an allowed address is asked and its answer read', async () => {
  await withServer(
    (_request, response) => response.end('pong'),
    async ({ port, outbound, seen }) => {
      const reply = await outbound().send({ ...request, url: `http://127.0.0.1:${port}/health?x=1` })
      assert.deepEqual([reply.status, reply.body.toString()], [200, 'pong'])
      assert.deepEqual(seen, [`GET /health?x=1 127.0.0.1:${port}`])
    }
  )
})

test('a name that leads to the metadata address of a cloud is refused and nothing is sent', async () => {
  await withServer(
    (_request, response) => response.end(),
    async ({ port, outbound, seen }) => {
      const one = outbound({ lookup: rebinding(['169.254.169.254']) })
      await assert.rejects(one.send({ ...request, url: `http://models.example:${port}/` }), {
        code: 'ABOX_OUTBOUND_REFUSED'
      })
      assert.deepEqual(seen, [])
    }
  )
})

test('a name with one good and one bad address is refused', async () => {
  await withServer(
    (_request, response) => response.end(),
    async ({ port, outbound }) => {
      const one = outbound({ lookup: rebinding(['127.0.0.1', '10.0.0.1']) })
      await assert.rejects(one.send({ ...request, url: `http://models.example:${port}/` }), {
        code: 'ABOX_OUTBOUND_REFUSED'
      })
    }
  )
})

test('a name that is pointed elsewhere is looked up once per request: what was checked is what is called', async () => {
  await withServer(
    (_request, response) => response.end('ours'),
    async ({ port, outbound }) => {
      const one = outbound({ lookup: rebinding(['127.0.0.1'], ['169.254.169.254']) })
      const reply = await one.send({ ...request, url: `http://models.example:${port}/` })
      assert.equal(reply.body.toString(), 'ours')
      await assert.rejects(one.send({ ...request, url: `http://models.example:${port}/` }), {
        code: 'ABOX_OUTBOUND_REFUSED'
      })
    }
  )
})

test('a redirect is an answer and not followed', async () => {
  await withServer(
    (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    async ({ port, outbound, seen }) => {
      const reply = await outbound().send({ ...request, url: `http://127.0.0.1:${port}/` })
      assert.equal(reply.status, 302)
      assert.equal(seen.length, 1)
    }
  )
})

test('an answer without end is cut off', async () => {
  await withServer(
    (_request, response) => {
      response.write(Buffer.alloc(2000))
    },
    async ({ port, outbound }) => {
      await assert.rejects(outbound().send({ ...request, url: `http://127.0.0.1:${port}/` }), {
        code: 'ABOX_OUTBOUND_FAILED',
        message: /more than 1000 bytes/
      })
    }
  )
})

test('a server that never answers ends the request in its time', async () => {
  await withServer(
    () => {},
    async ({ port, outbound }) => {
      await assert.rejects(outbound().send({ ...request, timeoutMs: 50, url: `http://127.0.0.1:${port}/` }), {
        code: 'ABOX_OUTBOUND_FAILED'
      })
    }
  )
})

const bad: [url: string, why: RegExp][] = [
  ['ftp://models.example/', /expected http/],
  ['http://models.example:22/', /found port 22/],
  ['http://user:word@models.example/', /user name/],
  ['http://169.254.169.254/', /port|range/],
  ['http://2852039166/', /port|range/],
  ['http://[::ffff:169.254.169.254]/', /port|range/],
  ['nonsense', /expected a URL/]
]
for (const [url, why] of bad) {
  test(`${url} is refused before anything is looked up`, async () => {
    const one = createOutbound({ schemes: ['http:'], ports: [80], allow: [] })
    assert.match(one.refusalOf(url) ?? '', why)
    await assert.rejects(one.send({ ...request, url }), { code: 'ABOX_OUTBOUND_REFUSED' })
    await one.close()
  })
}
