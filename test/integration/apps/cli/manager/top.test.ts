import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { callsOf, summaryOf } from '../../../../harness/live-summary.ts'
import {
  type Client,
  landscape,
  modelDocument,
  putAll,
  type RunningManager,
  startManager,
  tokenOf
} from '../../../../harness/manager.ts'
import { until } from '../../../../harness/until.ts'

describe('abox top', () => {
  let manager: RunningManager
  let ann: CliPerson
  let vic: CliPerson
  let gateway: Client

  before(async () => {
    manager = await startManager()
    await manager.addUser('vic')
    const viewer = [{ user: 'vic', role: 'viewer', environments: ['prod'] }]
    await putAll(manager.root, landscape({ rank: [], fraud: viewer }))
    await putAll(manager.root, { 'environments/prod/models/rank': modelDocument('rank', 'rank') })
    ann = await cliPerson(manager.manager.url, 'root', 'prod')
    vic = await cliPerson(manager.manager.url, 'vic', 'prod')
    gateway = await tokenOf(manager.root, manager.manager.url, { role: 'gateway', environment: 'prod' })
  })
  after(async () => {
    for (const person of [ann, vic]) await person?.close()
    await manager?.close()
  })

  test('prints one table where there is no terminal: rate, share, errors and times by variant', async () => {
    const shadows = [{ hook: 'h', version: 'abc', equal: 98, within: 0, different: 2, error: 0, dropped: 0 }]
    const calls = [
      callsOf(90),
      callsOf(10, { variant: 'new', outcomes: { ok: 8, timeout: 2 }, total: [0, 0, 0, 0, 0, 0, 0, 0, 0, 10] })
    ]
    await gateway.ask('POST', '/api/v1/environments/prod/live', { body: summaryOf({ calls, shadows }) })
    await until('the second is over', async () => {
      const { body } = await manager.root.ask('GET', '/api/v1/environments/prod/live?seconds=600')
      return body.items.length === 2
    })
    const text = await ann.ok('top', '--seconds', '600')
    assert.match(text, / errors +top error +p50/)
    assert.match(text, /^prod .* the last 600 s {2}1 instances {2}times in ms\n/)
    assert.match(text, /^rank +old +90\.0% +[\d.]+ +0\.0% +- +1\.5 +2 +- +0$/m)
    assert.match(text, /^rank +new +10\.0% +[\d.]+ +20\.0% +timeout +/m)
    assert.match(text, /^h@abc +98\.0% +0 +2 +0$/m)
    const live = JSON.parse(await ann.ok('top', '--once', '--by', 'model', '--seconds', '600', '--output', 'json')) as {
      items: { model: string; calls: number }[]
    }
    assert.deepEqual(
      live.items.map(({ model, calls: count }) => [model, count]),
      [['rank', 100]]
    )
  })

  test('shows nobody what he may not see', async () => {
    assert.match(await vic.ok('top', '--seconds', '600'), /no calls/)
    await vic.refused('ABOX_FORBIDDEN', 'top', '--environment', 'qa')
  })

  test('a model that is not there is told as such, by top as by split watch', async () => {
    for (const args of [
      ['top', '--model', 'nope'],
      ['split', 'watch', 'nope']
    ]) {
      assert.match(await ann.refused('ABOX_NOT_FOUND', ...args), /found no model "nope" that you see in prod/)
    }
  })

  test('abox server takes an instance out and back, with a reason, and the last one by force only', async () => {
    const server = (...args: string[]): Promise<string> => ann.ok('server', ...args, '--reason', 'a test')
    await gateway.ask('POST', '/api/v1/environments/prod/live', { body: summaryOf({ instance: 'gw-9' }) })
    await ann.refused('ABOX_CLI_USAGE', 'server', 'offline', 'gw-9')
    await ann.refused('ABOX_CLI_USAGE', 'server', 'offline', '--reason', 'x')
    await ann.refused('ABOX_NOT_FOUND', 'server', 'offline', 'nobody', '--reason', 'x')
    await vic.refused('ABOX_FORBIDDEN', 'server', 'offline', 'gw-9', '--reason', 'x')
    assert.match(await server('offline', 'gw-9', '--force'), /^server gw-9: leaves the registry/)
    const told = await gateway.ask('POST', '/api/v1/environments/prod/live', {
      body: summaryOf({ instance: 'gw-9', seq: 1 })
    })
    assert.equal((told.body as unknown as { offline: boolean }).offline, true)
    assert.match(await server('online', 'gw-9'), /^server gw-9: comes back/)
  })

  test('abox server list shows what the manager says of each, those included that are in no registry', async () => {
    await gateway.ask('POST', '/api/v1/environments/prod/live', {
      body: summaryOf({ instance: 'gw-5', connections: 3, inFlight: 2, calls: [callsOf(7, { model: '-' })] })
    })
    const said = await manager.root.ask('GET', '/api/v1/environments/prod/servers')
    const told = JSON.parse(await ann.ok('server', 'list', '-o', 'json')) as { instance: string; state: string }[]
    const server = told.find(({ instance }) => instance === 'gw-5')
    assert.equal(server?.state, 'unregistered')
    // The others are forgotten in between, if it takes that long.
    const items = said.body.items as unknown as typeof told
    assert.deepEqual(
      server,
      items.find(({ instance }) => instance === 'gw-5')
    )
    assert.match(
      await ann.ok('server', 'list', '-o', 'yaml'),
      /^- instance: gw-5\n {2}role: gateway\n {2}state: unregistered$/m
    )
    assert.match(await ann.ok('server', 'list'), /^gw-5 +gateway +unregistered .*7 +2 +3$/m)
    await ann.refused('ABOX_CLI_USAGE', 'server', 'list', '-o', 'xml')
  })

  test('abox server drain tells how far it is and ends when calls and consumers have gone; online undoes it', async () => {
    const tell = (more: object): Promise<unknown> =>
      gateway.ask('POST', '/api/v1/environments/prod/live', { body: summaryOf({ instance: 'gw-8', ...more }) })
    const drain = (...args: string[]): Promise<string> =>
      ann.ok('server', 'drain', 'gw-8', '--force', '--reason', 'x', ...args)
    await tell({ connections: 1, inFlight: 2 })
    const args = ['server', 'drain', 'gw-8', '--force', '--reason', 'x', '--wait-timeout', '1', '-o', 'json'] as const
    const { out, err } = await ann.run(...args)
    assert.match(err, /ABOX_CLI_DRAIN: /)
    assert.partialDeepStrictEqual(JSON.parse(out), { instance: 'gw-8', offline: true })
    assert.match(err, /^ {2}server gw-8: draining, 1 connections, 2 in flight\n/)
    assert.match(err, /server gw-8: draining, 1 connections, 2 in flight after 1 s, expected drained/)
    await tell({ seq: 1, offline: true, connections: 0, inFlight: 0 })
    assert.match(
      await drain(),
      /^server gw-8: leaves the registry\nundo: abox server online gw-8 .*\nserver gw-8: drained, 0 conn/
    )
    const told = JSON.parse(await drain('--output', 'json')) as { state: string; offline: boolean; undo: string }
    assert.deepEqual([told.state, told.offline], ['drained', true])
    assert.match(told.undo, /^abox server online gw-8/)
    assert.match(await ann.ok('server', 'describe', 'gw-8'), /^state: drained$/m)
    await ann.ok('server', 'online', 'gw-8', '--reason', 'x')
    assert.doesNotMatch(await ann.ok('server', 'describe', 'gw-8'), /drained/)
    assert.match(await ann.ok('server', 'list'), /^instance +role/)
    const { code, err: missing } = await ann.run('server', 'describe', 'nope')
    assert.equal(code, 1)
    assert.match(missing, /ABOX_CLI_NOT_THERE: found no instance "nope" in prod/)
    await ann.refused('ABOX_CLI_USAGE', 'server', 'offline', 'gw-8', '--reason', 'x', '--wait-timeout', '1')
  })

  test('abox split watch tells weights beside what the variants do, a line of JSON for each update', async () => {
    const calls = [callsOf(90), callsOf(10, { variant: 'new', outcomes: { ok: 8, timeout: 2 } })]
    await gateway.ask('POST', '/api/v1/environments/prod/live', { body: summaryOf({ instance: 'gw-7', calls }) })
    const out = await ann.ok('split', 'watch', 'rank', '--count', '2', '--seconds', '60', '--output', 'json')
    const updates = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { at: number; variants: { variant: string; share: number; errors: number }[] })
    assert.equal(updates.length, 2)
    assert.ok((updates[1]?.at ?? 0) > (updates[0]?.at ?? 0))
    const { variants = [] } = updates[1] ?? {}
    assert.deepEqual(
      variants.map(({ variant, share, errors }) => [variant, share, errors]),
      [
        ['old', 0.9, 0],
        ['new', 0.1, 0.2]
      ]
    )
    assert.match(
      await ann.ok('split', 'watch', 'rank', '--count', '1', '--seconds', '60'),
      /^rank .*\nvariant +weight +share/
    )
    assert.equal(await ann.ok('split', 'watch', 'rank', '--for', '1', '--output', 'json').then(() => 'ended'), 'ended')
    await vic.refused('ABOX_FORBIDDEN', 'split', 'watch', 'rank', '--count', '1')
    await ann.refused('ABOX_CLI_USAGE', 'split', 'watch', 'rank', '--count', '0')
  })

  test('says what it does not understand', async () => {
    for (const args of [['x'], ['--seconds', '0'], ['--by', 'caller'], ['--output', 'xml']]) {
      await ann.refused('ABOX_CLI_USAGE', 'top', ...args)
    }
  })
})
