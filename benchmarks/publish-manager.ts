import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, clientOf, PASSWORD, tokenOf } from '../test/harness/manager.ts'
import { model } from '../test/interop/apps/manager/publishing.ts'
import { residentMb } from './proc.ts'
import { quantileOf } from './quantile.ts'

const MODELS = '/api/v1/environments/bench/models'
const PER_SECOND = 200
/** One of so many requests writes. */
const WRITE_EVERY = 10
const LOAD_MS = 20_000
const LISTS = 100

export interface ManagerRow {
  readonly manager: string
  readonly p50: number | string
  readonly p99: number | string
}

/** One manager process with so many models in SQLite, published to a ZooKeeper; times in ms. */
export async function measureManager(folder: string, address: string, models: number): Promise<ManagerRow[]> {
  const config = join(folder, 'manager.yaml')
  const http = { host: '127.0.0.1', port: await freePort() }
  writeFileSync(config, JSON.stringify({ http, database: { url: 'sqlite:api.db' } }))
  const at = `http://127.0.0.1:${http.port}`
  const children: ChildProcess[] = []
  try {
    return await measure(() => started(children, config), at, address, models)
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function measure(start: () => ChildProcess, at: string, address: string, models: number): Promise<ManagerRow[]> {
  const first = start()
  const token = await setupToken(first)
  await untilServing(at)
  const nobody = clientOf(at, {})
  await nobody.ask('POST', '/api/v1/setup', { body: { token, user: 'root', password: PASSWORD } })
  const session = await nobody.ask('POST', '/api/v1/session', { body: { user: 'root', password: PASSWORD } })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const client = await tokenOf(clientOf(at, { cookie, 'x-abox-csrf': session.body.csrf }), at)
  await fill(client, address, models)
  const filledMb = residentMb(first.pid ?? 0)
  await stop(first)

  const begin = performance.now()
  const manager = start()
  await untilServing(at)
  await mustBe(200, client.ask('GET', `${MODELS}?limit=1`))
  const startMs = Math.round(performance.now() - begin)
  await pause(5000)
  const startedMb = residentMb(manager.pid ?? 0)

  const lists: number[] = []
  for (let round = 0; round < LISTS; round++) {
    lists.push(await timed(() => mustBe(200, client.ask('GET', `${MODELS}?limit=100`))))
  }
  const walks: number[] = []
  for (let round = 0; round < 5; round++) walks.push(await timed(() => walk(client)))
  const { reads, writes } = await load(client, models)
  const loadedMb = residentMb(manager.pid ?? 0)
  await stop(manager)
  return [
    { manager: 'start until it answers', p50: startMs, p99: '' },
    rowOf('list of 100', lists),
    rowOf(`walk over all ${models}, 100 a page`, walks),
    rowOf(`read at ${PER_SECOND} req/s, ${100 / WRITE_EVERY} % writes`, reads),
    rowOf('write in the same load', writes),
    { manager: `resident MB after ${models} PUTs`, p50: filledMb, p99: '' },
    { manager: 'resident MB 5 s after a start', p50: startedMb, p99: '' },
    { manager: 'resident MB after all', p50: loadedMb, p99: '' }
  ]
}

function started(children: ChildProcess[], config: string): ChildProcess {
  const bin = join(import.meta.dirname, '../src/bin/abox.ts')
  const child = spawn(process.execPath, ['--no-node-snapshot', bin, 'manager', '--config', config], {
    stdio: ['ignore', 'pipe', 'ignore']
  })
  children.push(child)
  return child
}

/** The manager is started twice and has to be found again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  await once(child, 'exit')
}

async function setupToken({ stdout }: ChildProcess): Promise<string> {
  let text = ''
  for await (const part of stdout ?? []) {
    text += part
    const token = /: (\S+)\n/.exec(text)?.[1]
    if (token !== undefined) return token
  }
  throw new Error(`found no token in "${text}"`)
}

async function untilServing(at: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${at}${MODELS}`)
      return
    } catch {
      await pause(5)
    }
  }
}

async function fill(client: Client, address: string, models: number): Promise<void> {
  const environment = { kind: 'Environment', name: 'bench', publish: { kind: 'zookeeper', address, root: '/abox/api' } }
  await mustBe(201, client.ask('PUT', '/api/v1/environments/bench', { body: environment, seen: 'absent' }))
  const cluster = { kind: 'Cluster', name: 'legacy', type: 'legacy' }
  await mustBe(201, client.ask('PUT', '/api/v1/environments/bench/clusters/legacy', { body: cluster, seen: 'absent' }))
  let next = 0
  const putAll = async (): Promise<void> => {
    for (let index = next++; index < models; index = next++) {
      const name = `model-${index}`
      await mustBe(201, client.ask('PUT', `${MODELS}/${name}`, { body: model(name), seen: 'absent' }))
    }
  }
  await Promise.all(Array.from({ length: 8 }, putAll))
}

async function walk(client: Client): Promise<void> {
  let next: string | undefined = ''
  while (next !== undefined) {
    const after: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`
    next = (await mustBe(200, client.ask('GET', `${MODELS}?limit=100${after}`))).body.next
  }
}

/** Each request begins when it is due, whatever became of those before; its time counts from then. */
async function load(client: Client, models: number): Promise<{ reads: number[]; writes: number[] }> {
  const [reads, writes]: [number[], number[]] = [[], []]
  const under: Promise<void>[] = []
  const begin = performance.now()
  const count = (LOAD_MS / 1000) * PER_SECOND
  for (let index = 0; index < count; index++) {
    const due = begin + (index * 1000) / PER_SECOND
    if (due > performance.now()) await pause(due - performance.now())
    const isWrite = index % WRITE_EVERY === 0
    const written = index / WRITE_EVERY
    const name = `model-${isWrite ? written % models : (index * 7) % models}`
    const path = `${MODELS}/${name}`
    const asked = isWrite
      ? mustBe(200, client.ask('PUT', path, { body: model(name, 9000), seen: Math.floor(written / models) + 1 }))
      : mustBe(200, client.ask('GET', path))
    under.push(asked.then(() => void (isWrite ? writes : reads).push(performance.now() - due)))
  }
  await Promise.all(under)
  return { reads, writes }
}

async function mustBe(status: number, asked: ReturnType<Client['ask']>): ReturnType<Client['ask']> {
  const answer = await asked
  if (answer.status !== status) throw new Error(`found ${answer.status}, expected ${status}: ${answer.text}`)
  return answer
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

function rowOf(manager: string, times: readonly number[]): ManagerRow {
  return { manager, p50: quantileOf(times, 0.5), p99: quantileOf(times, 0.99) }
}
