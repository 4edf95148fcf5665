import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { createDubboClient } from '#lib/dubbo'
import { HDouble, HList } from '#lib/hessian2'
import { modelDocument, SERVICE, serviceDocument } from '../../../harness/embedded-gateway.ts'
import { type GatewayProcess, startGatewayProcess } from '../../../harness/gateway-process.ts'
import { type ModelServer, startModelServer } from '../../../harness/model-server.ts'
import { until } from '../../../harness/until.ts'

/** What the admin API shows, as far as it is looked at. */
interface Status {
  readonly instances: readonly {
    readonly index: number
    readonly state: string
    readonly pid: number
    readonly port: number
  }[]
}
interface Documents {
  readonly hooks: readonly {
    readonly placement: string
    readonly version: string
    readonly disabled?: object
    readonly crashed?: { readonly why: string }
  }[]
}

const BOMB = 666

/** Whether V8 dies, blocks or can be stopped differs from version to version; each of the first two is a way to end. */
const BOMBS = {
  'that fills the memory by a Map': 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i })',
  'that blocks in one built-in': 'return new Array(2e8).fill(0).length'
}
const hook = (bomb: string): string => `
function go() { ${bomb} }
export const pre = (call) => ({ body: { instances: [call.args[0][0] === ${BOMB} ? go() : 1] } })`

describe('a hook that ends its instance', () => {
  let model: ModelServer
  let folder = ''
  before(async () => {
    model = await startModelServer(() => '{"predictions":[[2.0]]}')
  })
  after(() => model.close())

  const start = async (code: string, hooks: object): Promise<GatewayProcess> => {
    folder = await mkdtemp(join(tmpdir(), 'abox-test-'))
    const documents = [
      serviceDocument([{ name: 'score', model: 'rank', hook: 'shape', returns: 'java.util.List<java.lang.Double>' }]),
      modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
      { kind: 'Hook', name: 'shape', versions: [{ file: 'hook.js' }] }
    ]
    await writeFile(join(folder, 'hook.js'), code)
    await writeFile(join(folder, 'documents.yaml'), documents.map((document) => stringify(document)).join('---\n'))
    return begin(hooks)
  }
  const begin = async (hooks: object): Promise<GatewayProcess> => {
    const path = join(folder, 'gateway.yaml')
    const config = {
      name: 'gw',
      instances: 2,
      dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
      documents: { kind: 'file', path: 'documents.yaml' },
      observability: { host: '127.0.0.1' },
      supervisor: { spare: false, hangMs: 1000 },
      hooks
    }
    await writeFile(path, stringify(config))
    return startGatewayProcess(path)
  }
  const statusOf = async (gateway: GatewayProcess): Promise<Status> => (await gateway.admin('/state')) as Status
  const hooksOf = async (gateway: GatewayProcess): Promise<Documents['hooks']> =>
    ((await gateway.admin('/documents')) as Documents[]).flatMap(({ hooks }) => hooks)
  /** `ok`, the code of the exception, or `lost`. */
  const call = async (gateway: GatewayProcess, index: number, feature: number): Promise<string> => {
    const { instances } = await statusOf(gateway)
    const { port = 0 } = instances.find((each) => each.index === index) ?? {}
    const client = createDubboClient({ host: '127.0.0.1', port, timeoutMs: 30_000 })
    try {
      const args = [new HList([new HDouble(feature)])]
      const attachments = { timeout: '30000' }
      const { exception } = await client.call({
        service: SERVICE,
        method: 'score',
        args,
        parameterTypes: [],
        generic: true,
        attachments
      })
      return exception === undefined ? 'ok' : (/ABOX_\w+/.exec(exception.message ?? '')?.[0] ?? '')
    } catch {
      return 'lost'
    } finally {
      await client.close()
    }
  }
  const pids = async (gateway: GatewayProcess): Promise<number[]> =>
    (await statusOf(gateway)).instances.map(({ pid }) => pid)
  const ready = (gateway: GatewayProcess): Promise<void> =>
    until('both instances to be ready', async () =>
      (await statusOf(gateway)).instances.every(({ state }) => state === 'ready')
    )

  for (const [name, bomb] of Object.entries(BOMBS)) {
    test(`${name} is found, and runs in the sandbox process of all instances from then on`, async (t) => {
      let gateway = await start(hook(bomb), { placement: 'instance', memoryMb: 8, timeoutMs: 1000 })
      const mine = folder
      try {
        assert.deepEqual(
          (await hooksOf(gateway)).map(({ placement }) => placement),
          ['instance', 'instance']
        )
        const before = await pids(gateway)
        const end = await call(gateway, 0, BOMB)
        t.diagnostic(end)
        if (end !== 'lost') return
        // Its connections end before it has: until then it counts as ready.
        await until('another process', async () => (await pids(gateway))[0] !== before[0])
        await ready(gateway)
        const now = await pids(gateway)
        assert.equal(now[1], before[1], 'the other instance lives')
        assert.notEqual(now[0], before[0])
        await until('all instances to know', async () =>
          (await hooksOf(gateway)).every(({ placement, crashed }) => placement === 'sandbox' && crashed !== undefined)
        )
        const [known] = await hooksOf(gateway)
        assert.match(known?.crashed?.why ?? '', /^it (ended an instance with SIG|blocked an instance)/)
        t.diagnostic(known?.crashed?.why ?? '')
        const { text } = await gateway.observe('/metrics')
        assert.match(text, new RegExp(`abox_hook_crashes_total\\{hook="shape",version="${known?.version}"\\} 1`))
        for (const index of [0, 1]) assert.equal(await call(gateway, index, 1), 'ok')
        for (const index of [0, 1]) {
          assert.match(await call(gateway, index, BOMB), /^ABOX_HOOK_(CRASH|MEMORY|TIMEOUT)$/)
        }
        assert.deepEqual(await pids(gateway), now, 'no instance ends by it any more')
        await gateway.stop()
        gateway = await begin({ placement: 'instance' })
        const after = await hooksOf(gateway)
        assert.ok(
          after.every(({ placement, crashed }) => placement === 'sandbox' && crashed !== undefined),
          'kept'
        )
      } finally {
        await gateway.stop()
        await rm(mine, { recursive: true, force: true })
      }
    })
  }

  test('as its top-level code cannot be stopped when it starts again fails the calls that wait; the instance is replaced', async () => {
    // A hook knows nothing but the time: a machine that was too slow for one span gets a longer one.
    for (let spanMs = 8000; ; spanMs *= 2) {
      const [from, to] = [Date.now() + 1.5 * spanMs, Date.now() + 2.5 * spanMs]
      const stuck = "'a'.repeat(1e6).lastIndexOf('a'.repeat(5e5) + 'b')"
      const code = `if (Date.now() > ${from} && Date.now() < ${to}) ${stuck}${hook('for (;;);')}`
      const gateway = await start(code, { placement: 'instance', timeoutMs: 50 })
      const mine = folder
      try {
        const before = await pids(gateway)
        const first = await call(gateway, 0, 1)
        if (Date.now() > from) continue
        assert.equal(first, 'ok')
        await until('the time in which it cannot start', () => Date.now() > from, 2 * spanMs)
        let end = ''
        do {
          // On a busy machine a loop may get too little of the CPU to be stopped by a new start.
          end = (await Promise.all([call(gateway, 0, 1), call(gateway, 0, BOMB), call(gateway, 0, 1)]))[1]
        } while (end === 'ABOX_HOOK_TIMEOUT' && Date.now() < to)
        if (end !== 'ABOX_HOOK_CRASH' && Date.now() > to) continue
        assert.equal(end, 'ABOX_HOOK_CRASH')
        await until('another process', async () => (await pids(gateway))[0] !== before[0])
        await ready(gateway)
        assert.equal((await pids(gateway))[1], before[1], 'the other instance lives')
        await until('all instances to know', async () =>
          (await hooksOf(gateway)).every(({ placement, crashed }) => placement === 'sandbox' && crashed !== undefined)
        )
        return
      } finally {
        await gateway.stop()
        await rm(mine, { recursive: true, force: true })
      }
    }
  })

  test('is not suspected when somebody kills the instance', async () => {
    const gateway = await start(hook(''), { placement: 'instance' })
    const mine = folder
    try {
      const [first = 0] = await pids(gateway)
      assert.equal(await call(gateway, 0, 1), 'ok')
      process.kill(first, 'SIGKILL')
      await until('another process', async () => (await pids(gateway))[0] !== first)
      await ready(gateway)
      assert.deepEqual(
        (await hooksOf(gateway)).map(({ placement, crashed }) => [placement, crashed]),
        [
          ['instance', undefined],
          ['instance', undefined]
        ]
      )
    } finally {
      await gateway.stop()
      await rm(mine, { recursive: true, force: true })
    }
  })

  test('leaves no notes behind', async () => {
    const gateway = await start(hook(''), {})
    const mine = folder
    const notes = (): string[] =>
      ['/dev/shm', join(mine, 'abox-state')].flatMap((place) => {
        try {
          return readdirSync(place).filter((name) => name.startsWith(`abox-hook-${gateway.child.pid}-`))
        } catch {
          return []
        }
      })
    assert.equal(notes().length, 2)
    await gateway.stop()
    assert.deepEqual(notes(), [])
    await rm(mine, { recursive: true, force: true })
  })

  test('that was disabled is enabled by somebody who says why, in all instances, and stays disabled otherwise', async () => {
    const limits = { placement: 'sandbox', strikes: 1, timeoutMs: 50 }
    let gateway = await start(hook('for (;;);'), limits)
    const mine = folder
    try {
      // On a busy machine a loop may get too little of the CPU to be a strike.
      await until('a strike', async () => {
        assert.equal(await call(gateway, 0, BOMB), 'ABOX_HOOK_TIMEOUT')
        return (await call(gateway, 0, 1)) === 'ABOX_HOOK_DISABLED'
      })
      assert.equal(await call(gateway, 1, 1), 'ok')
      await gateway.stop()
      gateway = await begin(limits)
      assert.equal(await call(gateway, 0, 1), 'ABOX_HOOK_DISABLED')
      const [{ version } = { version: '' }] = await hooksOf(gateway)
      const post = (body: object, headers: object = { 'x-abox-admin': '1' }): Promise<Response> =>
        fetch(`http://127.0.0.1:${gateway.adminPort}/hooks/enable`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body)
        })
      assert.equal((await post({ hook: 'shape', version, reason: 'x' }, {})).status, 403)
      assert.equal((await post({ hook: 'shape', version })).status, 400)
      assert.equal((await post({ hook: 'shape', version: '0', reason: 'x' })).status, 404)
      const answer = await post({ hook: 'shape', version, reason: 'the loop was a test' })
      assert.equal(answer.status, 202, await answer.text())
      await until('all to be enabled', async () =>
        (await hooksOf(gateway)).every(({ disabled }) => disabled === undefined)
      )
      assert.equal(await call(gateway, 0, 1), 'ok')
      assert.match(gateway.log(), /"reason":"the loop was a test","msg":"hook version enabled"/)
    } finally {
      await gateway.stop()
      await rm(mine, { recursive: true, force: true })
    }
  })
})
