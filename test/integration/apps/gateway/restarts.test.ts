import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stringify } from 'yaml'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDouble, HDoubles, HList } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument } from '../../../harness/embedded-gateway.ts'
import { type GatewayProcess, startGatewayProcess } from '../../../harness/gateway-process.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'
import { freePort } from '../../../peers/ports.ts'

const METHODS = [{ name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>' }]

interface Status {
  readonly state: string
  readonly instances: readonly {
    readonly index: number
    readonly state: string
    /** undefined between two processes. */
    readonly pid: number | undefined
    readonly port: number
    readonly restarts: Readonly<Record<string, number>>
  }[]
  readonly spare: { readonly state: string; readonly pid: number }
  readonly rollout: { readonly state: string; readonly error?: string }
}

/** A gateway of processes with one route, whose configuration can be changed. */
interface Scene {
  readonly gateway: GatewayProcess
  /** Writes the configuration with these keys in place of the first ones. */
  configure(keys: object): Promise<void>
  status(): Promise<Status>
  post(path: string): Promise<{ status: number; error: string | undefined }>
  /** Resolves when the rolling restart that runs has ended. */
  rolled(): Promise<void>
  connect(port: number): DubboClient
  close(): Promise<void>
}

let model: ModelServer
before(async () => {
  model = await startModelServer(() => '{"predictions":[[2.0]]}')
})
after(() => model.close())

async function startScene(keys: object): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
  const documents = [serviceDocument(METHODS), modelDocument({ legacy: { origin: model.origin, percent: 100 } })]
  await writeFile(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
  const path = join(folder, 'gateway.yaml')
  const first = {
    name: 'gw',
    instances: 2,
    // Any free port, so that no test meets another one's range.
    dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
    documents: { kind: 'file', path: 'documents.yaml' },
    observability: { host: '127.0.0.1' },
    supervisor: { spare: false },
    ...keys
  }
  const configure = (more: object): Promise<void> => writeFile(path, stringify({ ...first, ...more }))
  await configure({})
  const gateway = await startGatewayProcess(path)
  const clients: DubboClient[] = []
  const status = async (): Promise<Status> => (await gateway.admin('/state')) as Status
  return {
    gateway,
    configure,
    status,
    async post(url) {
      const headers = { 'x-abox-admin': '1' }
      const response = await fetch(`http://127.0.0.1:${gateway.adminPort}${url}`, { method: 'POST', headers })
      return { status: response.status, error: ((await response.json()) as { error?: string }).error }
    },
    rolled: () => until('the rolling restart to end', async () => (await status()).rollout.state !== 'running'),
    connect(port) {
      const client = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 5000 })
      clients.push(client)
      return client
    },
    async close() {
      for (const client of clients) await client.close()
      await gateway.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const score = async (client: DubboClient): Promise<void> => {
  const args = [new HList([new HDouble(1)])]
  const { value } = await client.call({ service: SERVICE, method: 'score', parameterTypes: [], args, generic: true })
  assert.deepEqual(value, new HDoubles(Float64Array.of(2)))
}
const stateOf = (status: Status, index: number): Status['instances'][number] => {
  const found = status.instances.find((instance) => instance.index === index)
  assert.ok(found !== undefined, JSON.stringify(status))
  return found
}

const pidOf = (status: Status, index: number): number => {
  const { pid } = stateOf(status, index)
  assert.ok(pid !== undefined, JSON.stringify(status))
  return pid
}

test('an instance that is stopped counts as not ready and is replaced, and the other one is left alone', async () => {
  const scene = await startScene({ supervisor: { hangMs: 4000, spare: false } })
  try {
    const before = await scene.status()
    process.kill(pidOf(before, 1), 'SIGSTOP')
    await until('instance 1 to count as not ready', async () => {
      const { status, text } = await scene.gateway.observe('/readyz')
      return status === 200 && text.includes('"degraded"') && text.includes('{"index":1,"state":"hung"}')
    })
    await until('instance 1 to be replaced', async () => stateOf(await scene.status(), 1).state === 'ready')
    const now = await scene.status()
    assert.notEqual(stateOf(now, 1).pid, stateOf(before, 1).pid)
    assert.deepEqual(stateOf(now, 1).restarts, { crash: 0, hang: 1, start: 0 })
    assert.equal(stateOf(now, 0).pid, stateOf(before, 0).pid)
    const { text } = await scene.gateway.observe('/metrics')
    assert.match(text, /^abox_instance_restarts_total\{instance="gw-1",reason="hang"\} 1$/m)
    assert.match(text, /^abox_instance_state\{instance="gw-1",state="ready"\} 1$/m)
  } finally {
    await scene.close()
  }
})

test('an instance that dies again and again is started with pauses and shown as a crash loop; the other one serves', async () => {
  const scene = await startScene({})
  try {
    const other = stateOf(await scene.status(), 0)
    let killed = 0
    for (let deaths = 0; deaths < 6; deaths++) {
      await until('another process for instance 1', async () => {
        const { pid, state } = stateOf(await scene.status(), 1)
        // The first dies while it serves; the others need not get that far, and their starts are what takes time.
        if (pid === undefined || pid === killed || (deaths === 0 && state !== 'ready')) return false
        killed = pid
        return true
      })
      process.kill(killed, 'SIGKILL')
    }
    await until('the crash loop to be seen', async () => stateOf(await scene.status(), 1).state === 'crash_loop')
    assert.match((await scene.gateway.observe('/readyz')).text, /\{"index":1,"state":"crash_loop"\}/)
    const { text } = await scene.gateway.observe('/metrics')
    assert.match(text, /^abox_instance_state\{instance="gw-1",state="crash_loop"\} 1$/m)
    assert.match(text, /^abox_instance_restarts_total\{instance="gw-1",reason="crash"\} 1$/m)
    assert.match(text, /^abox_instance_restarts_total\{instance="gw-1",reason="start"\} 5$/m)
    assert.equal(stateOf(await scene.status(), 0).pid, other.pid)
    await score(scene.connect(other.port))
  } finally {
    await scene.close()
  }
})

test('a warm spare takes the place of an instance that is killed, and another spare is made', async () => {
  const scene = await startScene({ supervisor: { spare: true } })
  try {
    await until('the spare to wait', async () => (await scene.status()).spare.state === 'waiting')
    const before = await scene.status()
    process.kill(pidOf(before, 0), 'SIGKILL')
    await until('the spare to serve', async () => stateOf(await scene.status(), 0).pid === before.spare.pid)
    await until('it to be ready', async () => stateOf(await scene.status(), 0).state === 'ready')
    await score(scene.connect(stateOf(await scene.status(), 0).port))
    const states = (await scene.gateway.admin('/instances')) as { id: string }[]
    assert.deepEqual(states.map(({ id }) => id).sort(), ['gw-0', 'gw-1'])
    await until('another spare', async () => (await scene.status()).spare.state === 'waiting')
    assert.notEqual((await scene.status()).spare.pid, before.spare.pid)
  } finally {
    await scene.close()
  }
})

test('a rolling restart under load loses no call of consumers that follow the list of instances', async () => {
  const scene = await startScene({})
  try {
    const before = await scene.status()
    let calls = 0
    let failed = 0
    let flowing = true
    /** Calls one instance after the other, always from those that are ready, over one connection to each. */
    const consume = async (): Promise<void> => {
      const clients = new Map<number, DubboClient>()
      for (let turn = 0; flowing; turn++) {
        const ports = (await scene.status()).instances.filter(({ state }) => state === 'ready').map(({ port }) => port)
        for (const [port, client] of clients) {
          if (ports.includes(port)) continue
          clients.delete(port)
          await client.close()
        }
        const port = ports[turn % ports.length] ?? 0
        const client = clients.get(port) ?? scene.connect(port)
        clients.set(port, client)
        calls++
        await score(client).catch(() => failed++)
      }
    }
    const consumers = [consume(), consume(), consume()]
    assert.equal((await scene.post('/restart')).status, 202)
    const second = await scene.post('/restart')
    assert.equal(second.status, 409)
    assert.match(second.error ?? '', /^ABOX_ROLLOUT: one runs already/)
    await scene.rolled()
    const now = await scene.status()
    assert.equal(now.rollout.state, 'done', now.rollout.error)
    const made = calls
    await until('calls to flow on', () => calls > made + 20)
    flowing = false
    await Promise.all(consumers)
    assert.equal(failed, 0, `${failed} of ${calls} calls`)
    const old = before.instances.map(({ pid }) => pid)
    assert.ok(now.instances.length === 2 && now.instances.every(({ pid }) => !old.includes(pid)))
  } finally {
    await scene.close()
  }
})

test('a configuration that is bad, or changes what cannot change, changes nothing and says why; SIGHUP takes a good one', async () => {
  // Otherwise their number decides about the memory of each.
  const scene = await startScene({ limits: { memoryMb: 1024 } })
  try {
    const before = await scene.status()
    await scene.configure({ instances: 'many' })
    const bad = await scene.post('/restart')
    assert.equal(bad.status, 400)
    assert.match(bad.error ?? '', /^ABOX_CONFIG_INVALID: .*gateway\.yaml: instances: found "many"/)
    await scene.configure({ documents: { kind: 'file', path: 'nowhere.yaml' } })
    assert.equal((await scene.post('/restart')).status, 202)
    await scene.rolled()
    const failed = await scene.status()
    assert.equal(failed.rollout.state, 'failed')
    assert.match(failed.rollout.error ?? '', /^ABOX_ROLLOUT: instance 2: .*nowhere\.yaml/)
    assert.deepEqual(failed.instances, before.instances)

    await scene.configure({ instances: 3 })
    scene.gateway.child.kill('SIGHUP')
    await until('three instances', async () => (await scene.status()).instances.length === 3)
    await scene.rolled()
    const more = await scene.status()
    // Those that ran are the same processes: nothing but their number has changed.
    assert.deepEqual(more.instances.slice(0, 2), before.instances)
    await scene.configure({ instances: 1 })
    assert.equal((await scene.post('/restart')).status, 202)
    await scene.rolled()
    assert.deepEqual((await scene.status()).instances, before.instances.slice(0, 1))
  } finally {
    await scene.close()
  }
})

test('while it drains it is not ready but alive, and it ends when its last consumer has gone', async () => {
  const scene = await startScene({ instances: 1 })
  try {
    const client = scene.connect(stateOf(await scene.status(), 0).port)
    await score(client)
    assert.equal((await scene.post('/drain')).status, 202)
    await until('it to drain', async () => (await scene.status()).state === 'draining')
    const { status, text } = await scene.gateway.observe('/readyz')
    assert.deepEqual(
      [status, JSON.parse(text)],
      [503, { status: 'draining', instances: [{ index: 0, state: 'draining' }] }]
    )
    assert.equal((await scene.gateway.observe('/healthz')).status, 200)
    await score(client)
    await client.close()
    await until('it to end', () => scene.gateway.child.exitCode !== null)
    assert.equal(scene.gateway.child.exitCode, 0)
  } finally {
    await scene.close()
  }
})

test('with a registry that is away it serves but is not ready, for nobody can find it', async () => {
  // A port on which nobody answers.
  const address = `127.0.0.1:${await freePort()}`
  const scene = await startScene({ instances: 1, registry: { kind: 'zookeeper', address } })
  try {
    const { status, text } = await scene.gateway.observe('/readyz')
    assert.deepEqual(
      [status, JSON.parse(text)],
      [503, { status: 'starting', instances: [{ index: 0, state: 'registering' }] }]
    )
    await score(scene.connect(stateOf(await scene.status(), 0).port))
  } finally {
    await scene.close()
  }
})
