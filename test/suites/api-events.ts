import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import type { MakeDatabase } from '../harness/databases.ts'
import {
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../harness/manager.ts'
import { until } from '../harness/until.ts'

interface Event {
  readonly id: number
  readonly kind: string
  readonly key: string
}

/** An event stream that collects what comes. */
class Stream {
  readonly events: Event[] = []
  status = 0
  type = ''
  text = ''
  ended = false
  #response: IncomingMessage | undefined

  open(port: number, headers: Record<string, string>): this {
    get({ port, host: '127.0.0.1', path: '/api/v1/events', headers, agent: false }, (response) => {
      this.#response = response
      this.status = response.statusCode ?? 0
      this.type = response.headers['content-type'] ?? ''
      response.on('data', (chunk: Buffer) => this.#read(chunk.toString()))
      response.on('close', () => {
        this.ended = true
      })
      response.on('error', () => {})
    }).on('error', () => {
      this.ended = true
    })
    return this
  }

  close(): void {
    this.#response?.destroy()
  }

  #read(chunk: string): void {
    this.text += chunk
    const blocks = this.text.split('\n\n')
    this.text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data === undefined) continue
      const { seq, kind, key } = JSON.parse(data) as { seq: number; kind: string; key: string }
      assert.match(block, new RegExp(`^id: ${seq}$`, 'm'))
      this.events.push({ id: seq, kind, key })
    }
  }
}

/** Server-sent events, on either database. */
export function eventsApiSuite(make: MakeDatabase): void {
  let running: RunningManager
  let ann: Client
  const streams: Stream[] = []
  const open = (client: Client, headers = {}): Stream => {
    const stream = new Stream().open(running.manager.port, { ...client.headers, ...headers })
    streams.push(stream)
    return stream
  }

  before(async () => {
    running = await startManager({ url: await make() })
    ann = await running.addUser('ann')
    const members = [{ user: 'ann', role: 'viewer', environments: ['*'] }]
    await putAll(running.root, landscape({ rank: members, fraud: [] }))
  })
  after(async () => {
    for (const stream of streams) stream.close()
    await running.close()
  })

  const put = (name: string, group: string): Promise<void> =>
    putAll(running.root, { [`environments/qa/models/${name}`]: modelDocument(name, group) })

  test('brings each change once, in order, and only what its reader may see', async () => {
    const all = open(running.root)
    const some = open(ann)
    await until('the stream', () => all.status === 200 && some.status === 200)
    assert.match(all.type, /^text\/event-stream/)
    for (const [name, group] of [
      ['a', 'rank'],
      ['b', 'fraud'],
      ['c', 'rank']
    ] as const)
      await put(name, group)
    await until('the stream', () => all.events.length === 3 && some.events.length === 2)
    assert.deepEqual(
      all.events.map(({ key }) => key),
      ['a', 'b', 'c']
    )
    assert.deepEqual(
      some.events.map(({ key }) => key),
      ['a', 'c']
    )
    const ids = all.events.map(({ id }) => id)
    assert.deepEqual(
      ids,
      ids.toSorted((one, other) => one - other)
    )
  })

  test('goes on behind the last event that a reader has', async () => {
    const first = open(running.root)
    await until('the stream', () => first.status === 200)
    await put('d', 'rank')
    await until('the stream', () => first.events.length === 1)
    first.close()
    await put('e', 'rank')
    await put('f', 'rank')
    const second = open(running.root, { 'last-event-id': String(first.events[0]?.id) })
    await until('the stream', () => second.events.length === 2)
    assert.deepEqual(
      second.events.map(({ key }) => key),
      ['e', 'f']
    )
  })

  test('ends when its token is revoked', async () => {
    const token = await tokenOf(running.root, running.manager.url)
    const stream = open(token)
    await until('the stream', () => stream.status === 200)
    await running.root.ask('DELETE', `/api/v1/tokens/${token.id}`)
    await put('g', 'rank')
    await until('the stream', () => stream.ended)
    assert.deepEqual(stream.events, [])
  })

  test('is refused beyond ten of one user, and to a Last-Event-ID that is none', async () => {
    const bob = await running.addUser('bob')
    const ten = Array.from({ length: 10 }, () => open(bob))
    await until('the stream', () => ten.every(({ status }) => status === 200))
    const refused = await bob.ask('GET', '/api/v1/events')
    assert.deepEqual([refused.status, refused.body.code], [429, 'ABOX_STREAMS_LIMITED'])
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    const wrong = await running.root.ask('GET', '/api/v1/events', { headers: { 'last-event-id': 'x' } })
    assert.equal(wrong.status, 400)
  })

  test('a manager that ends does not wait for its readers', async () => {
    const other = await startManager({ url: await make() })
    const stream = new Stream().open(other.manager.port, { ...other.root.headers })
    await until('the stream', () => stream.status === 200)
    await other.close()
    await until('the stream', () => stream.ended)
  })
}
