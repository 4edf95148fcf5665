import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { composeInstance, type GatewayInstance, resolveGatewayConfig } from '#apps/gateway'
import { silentLogger } from '#core/logger'
import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDoubles } from '#lib/hessian2'
import { printValue } from '../../../src/apps/cli/json-values.ts'
import { composeManager, type Manager } from '../../../src/apps/manager/compose.ts'
import { resolveManagerConfig } from '../../../src/apps/manager/config.ts'
import { type ModelServer, startModelServer } from '../../harness/model-server.ts'
import { describeWithPeers } from '../../harness/peers.ts'
import { startZookeeper, type Zookeeper } from '../../peers/zookeeper.ts'

const ROOT = join(import.meta.dirname, '../../..')
const SERVICE = 'com.example.rank.RankService'
/** Longest run of the script on a machine that does other things, too. */
const LIMIT_MS = 600_000

/** Multiplies each feature, so that its answers are told from those of others. */
const modelOf = (factor: number): Promise<ModelServer> =>
  startModelServer(({ body }) => {
    if (body === '') return { model_version_status: [{ version: '1', state: 'AVAILABLE' }] }
    const { instances } = JSON.parse(body) as { instances: number[][] }
    return { predictions: instances.map((features) => features.map((feature) => feature * factor)) }
  })

describeWithPeers('the manager, from nothing to a third-party model and back, by one script', ['zookeeper'], () => {
  let zookeeper: Zookeeper
  let legacy: ModelServer
  let partner: ModelServer
  let manager: Manager
  let gateway: GatewayInstance
  let client: DubboClient
  let folder = ''

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-done-'))
    zookeeper = await startZookeeper()
    legacy = await modelOf(2)
    partner = await modelOf(3)
    const port = Number(new URL(partner.origin).port)
    const local = ['127.0.0.0/8']
    const outbound = {
      thirdPartySchemes: ['http:'],
      thirdPartyPorts: [port],
      thirdPartyRanges: local,
      internalRanges: local
    }
    const ofManager = { http: { port: 0 }, database: { url: 'sqlite:manager.db' }, outbound }
    const config = resolveManagerConfig({ raw: ofManager, source: 'test', folder })
    manager = await composeManager({ config, log: silentLogger })
    await mkdir(join(folder, 'state'))
    const ofGateway = {
      name: 'done',
      dubbo: { host: '127.0.0.1', port: 0, advertise: '127.0.0.1' },
      registry: { kind: 'zookeeper', address: zookeeper.address },
      documents: { kind: 'zookeeper', root: '/abox/prod' },
      manager: { url: manager.url, tokenFile: 'state/gateway.token', environment: 'prod' },
      endpoints: { thirdPartyRanges: local },
      records: { kind: 'none' }
    }
    const resolved = resolveGatewayConfig({ raw: ofGateway, source: 'test', folder })
    gateway = await composeInstance({ config: resolved, index: 0, log: silentLogger })
    client = createDubboClient({ host: '127.0.0.1', port: gateway.port, timeoutMs: 10_000 })
  })
  after(async () => {
    await client?.close()
    await gateway?.close(1000)
    await manager?.close()
    for (const peer of [legacy, partner]) await peer?.close()
    await zookeeper?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** Runs the script; `onLine` gets each line of its standard output. */
  const runScript = async (onLine: (line: string) => void): Promise<{ code: number | null; text: string }> => {
    const abox = join(folder, 'abox')
    const command = `"${process.execPath}" --no-node-snapshot "${join(ROOT, 'src/bin/abox.ts')}"`
    await writeFile(abox, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o700 })
    const child = spawn('sh', [join(ROOT, 'config/manager-demo/ten-minutes.sh')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.timeout(LIMIT_MS),
      env: {
        ...process.env,
        ABOX: abox,
        MANAGER: manager.url,
        ZOOKEEPER: zookeeper.address,
        GATEWAY: `127.0.0.1:${gateway.port}`,
        LEGACY: legacy.origin,
        PARTNER: partner.origin,
        STATE: join(folder, 'state'),
        SETUP_TOKEN: manager.setupToken ?? ''
      }
    })
    let text = ''
    let rest = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    })
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, text }
  }

  const score = async (): Promise<string> => {
    const args = [new HDoubles(Float64Array.of(1, 2.5))]
    const { value, exception } = await client.call({
      service: SERVICE,
      method: 'score',
      parameterTypes: [],
      args,
      generic: true
    })
    assert.equal(exception, undefined)
    return printValue(value)
  }

  test('every step does what it says, and no call is lost meanwhile', async () => {
    /** How often each answer was given to a consumer that calls all the time, by step. */
    const counts = new Map<string, Map<string, number>>()
    /** What `abox call` has printed, by step. */
    const printed = new Map<string, string[]>()
    let step = ''
    let over = false
    let load: Promise<unknown> | undefined
    let failed: unknown
    const callAllTheTime = async (): Promise<void> => {
      while (!over) {
        const before = step
        const answer = await score()
        const ofStep = counts.get(step) ?? new Map<string, number>()
        // A call that a step has overtaken may have been answered as before it.
        if (before === step) counts.set(step, ofStep.set(answer, (ofStep.get(answer) ?? 0) + 1))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    }
    const { code, text } = await runScript((line) => {
      if (line.startsWith('== ')) step = line.slice(3)
      if (!line.startsWith('[')) return
      printed.set(step, [...(printed.get(step) ?? []), line])
      load ??= callAllTheTime().catch((error: unknown) => (failed = error))
    })
    over = true
    await load
    assert.equal(failed, undefined, text)
    assert.equal(code, 0, text)
    assert.match(text, /\ndone\n$/)

    const [ours, theirs, oursOrdered, theirsOrdered] = ['[2.0,5.0]', '[3.0,7.5]', '[5.0,2.0]', '[7.5,3.0]']
    const of = (name: string): Map<string, number> => counts.get(name) ?? new Map<string, number>()
    assert.deepEqual(printed.get('A legacy model, a third-party model, a hook and the service'), [ours])
    // Nothing that was refused has changed anything, and who has come online gets no share by that.
    for (const name of [
      'What must not be possible',
      'The third party comes online: it answers its health and the sample'
    ]) {
      assert.deepEqual([...of(name).keys()], [ours], name)
    }
    const whole = of('Who runs what, who changed what')
    const sum = (...answers: string[]): number => answers.reduce((all, answer) => all + (whole.get(answer) ?? 0), 0)
    const all = sum(ours, theirs, oursOrdered, theirsOrdered)
    assert.ok(all > 100, `${all} calls`)
    const told = JSON.stringify([...whole])
    // Less than one call off at the beginning and at the end of what was counted, and one that the step has overtaken.
    assert.ok(Math.abs(sum(theirs, theirsOrdered) - all / 4) <= 3, told)
    assert.ok(Math.abs(sum(oursOrdered, theirsOrdered) - all / 100) <= 3, told)

    const asked = partner.bodies.length
    for (let i = 0; i < 200; i++) assert.equal(await score(), ours)
    // Not even probes: gateways know nothing of it any more. The manager asks the endpoint's health, without a body.
    assert.deepEqual(
      partner.bodies.slice(asked).filter((body) => body !== ''),
      []
    )
    assert.match(text, /prod: gateways +ok +1 there/)
    assert.doesNotMatch(text, /NOT OK/)
  })
})
