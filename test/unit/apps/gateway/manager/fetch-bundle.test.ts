import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { systemClock } from '#core/clock'
import { silentLogger } from '#core/logger'
import { createManagerClient } from '../../../../../src/apps/gateway/manager/client.ts'
import { type BundleFetcher, createBundleFetcher } from '../../../../../src/apps/gateway/manager/fetch-bundle.ts'
import { type StandIn, startStandIn } from '../../../../harness/live-summary.ts'
import { until } from '../../../../harness/until.ts'

const CODE = 'export const pre = () => ({ body: "\u00fc" })'
const digestOf = (code: string): string => `sha256:${createHash('sha256').update(code).digest('hex')}`
const DIGEST = digestOf(CODE)

describe('code of hooks from the manager', () => {
  let folder = ''
  let manager: StandIn
  let fetcher: BundleFetcher
  let found = 0
  const tokenFile = (): string => join(folder, 'token')
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'abox-test-'))
    writeFileSync(tokenFile(), 'abox_secret\n')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    manager = await startStandIn()
    found = 0
    fetcher = open(manager.url)
  })
  afterEach(async () => {
    void fetcher.close()
    await manager.close()
  })

  const open = (...urls: readonly string[]): BundleFetcher =>
    createBundleFetcher({
      managers: urls.map((url) => createManagerClient({ url, tokenFile: tokenFile(), timeoutMs: 5000 })),
      clock: systemClock,
      log: silentLogger,
      onFound: async () => void found++,
      backoff: { next: () => 0, reset: () => {} }
    })
  const give = (body: string, headers: Record<string, string> = { 'x-abox-language': 'ts' }, status = 200): void => {
    manager.answer = () => ({ status, headers, body })
  }

  test('is asked for by its digest with the token of the file, and comes with its language', async () => {
    give(CODE)
    assert.deepEqual(await fetcher.read(DIGEST), { code: CODE, language: 'ts' })
    assert.deepEqual(
      manager.asked.map(({ path, authorization }) => [path, authorization]),
      [[`/api/v1/bundles/${DIGEST}`, 'Bearer abox_secret']]
    )
  })

  const bad: readonly [string, () => void, RegExp][] = [
    ['that is not what its digest says', () => give(`${CODE} `), /answered code with digest sha256:/],
    ['of no language', () => give(CODE, {}), /language "null"/],
    ['of more than 4 MiB', () => give('x'.repeat(4 * 1024 * 1024 + 1)), /more than 4194304 bytes/],
    ['behind a redirect', () => give('', { location: '/elsewhere' }, 302), /redirect/],
    ['that the manager does not have', () => give('{}', {}, 404), /answered 404/]
  ]
  for (const [what, prepare, expected] of bad) {
    test(`${what} is refused`, async () => {
      prepare()
      await assert.rejects(fetcher.read(DIGEST), expected)
      assert.ok(manager.asked.every(({ path }) => path === `/api/v1/bundles/${DIGEST}`))
    })
  }

  test('that could not be had is asked for again until it is there, and then whoever needs it is told', async () => {
    give('{}', {}, 404)
    await assert.rejects(fetcher.read(DIGEST))
    await until('it was asked for again', () => manager.asked.length >= 2)
    give(CODE)
    await until('it was found', () => found === 1)
    const asked = manager.asked.length
    assert.equal((await fetcher.read(DIGEST)).code, CODE)
    assert.equal(manager.asked.length, asked + 1, 'what nobody read in time is asked for once more')
  })

  test('is not asked for while a manager is away: only the first one waits for it', async () => {
    give('', {}, 503)
    void fetcher.close()
    fetcher = createBundleFetcher({
      managers: [createManagerClient({ url: manager.url, tokenFile: tokenFile(), timeoutMs: 5000 })],
      clock: systemClock,
      log: silentLogger,
      onFound: async () => {},
      backoff: { next: () => 60_000, reset: () => {} }
    })
    await assert.rejects(fetcher.read(DIGEST), /answered 503/)
    for (let index = 0; index < 20; index++) await assert.rejects(fetcher.read(digestOf(String(index))), /answered 503/)
    assert.equal(manager.asked.length, 1)
  })

  test('comes from the next replica where the first one is away', async () => {
    const other = await startStandIn()
    other.answer = () => ({ status: 200, headers: { 'x-abox-language': 'js' }, body: CODE })
    await manager.close()
    void fetcher.close()
    fetcher = open(manager.url, other.url)
    assert.equal((await fetcher.read(DIGEST)).code, CODE)
    await other.close()
  })

  test('is handed over in parts, so that what nobody has read yet stays small', async () => {
    const codes = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index).repeat(2 * 1024 * 1024))
    give('{}', {}, 404)
    const parts: number[] = []
    void fetcher.close()
    fetcher = createBundleFetcher({
      managers: [createManagerClient({ url: manager.url, tokenFile: tokenFile(), timeoutMs: 5000 })],
      clock: systemClock,
      log: silentLogger,
      onFound: async () => void parts.push(found),
      backoff: { next: () => 0, reset: () => {} }
    })
    await Promise.all(codes.map((code) => assert.rejects(fetcher.read(digestOf(code)))))
    const byPath = new Map(codes.map((code) => [`/api/v1/bundles/${digestOf(code)}`, code]))
    manager.answer = (path) => {
      found++
      return { status: 200, headers: { 'x-abox-language': 'js' }, body: byPath.get(path) ?? '' }
    }
    await until('the last one was handed over', () => parts.at(-1) === 12)
    assert.deepEqual(parts, [8, 12])
  })

  test('that comes to be missing while other code is handed over is looked for after that, and is not lost', async () => {
    const other = `${CODE}\n`
    const { promise: handedOver, resolve: goOn } = Promise.withResolvers<void>()
    let pauses = 0
    let pausesBefore = 0
    let isMissed = false
    const got: string[] = []
    void fetcher.close()
    fetcher = createBundleFetcher({
      managers: [createManagerClient({ url: manager.url, tokenFile: tokenFile(), timeoutMs: 5000 })],
      clock: systemClock,
      log: silentLogger,
      onFound: async () => {
        if (++found > 1) {
          got.push((await fetcher.read(digestOf(other))).code)
          return
        }
        pausesBefore = pauses
        await assert.rejects(fetcher.read(digestOf(other)))
        isMissed = true
        await handedOver
      },
      backoff: { next: () => pauses++ * 0, reset: () => {} }
    })
    const answerWith = (...codes: readonly string[]): void => {
      manager.answer = (path) => {
        const body = codes.find((code) => path.endsWith(digestOf(code)))
        return { status: body === undefined ? 404 : 200, headers: { 'x-abox-language': 'js' }, body: body ?? '{}' }
      }
    }
    give('{}', {}, 404)
    await assert.rejects(fetcher.read(DIGEST))
    answerWith(CODE)
    await until('the second one is missed', () => isMissed)
    assert.equal(pauses, pausesBefore, 'nothing is looked for beside what is handed over')
    answerWith(CODE, other)
    goOn()
    await until('the second one was found', () => got.length === 1)
    assert.deepEqual(got, [other])
    assert.equal(manager.asked.filter(({ path }) => path.endsWith(digestOf(other))).length, 2)
  })

  test('is not asked for any more once the fetcher is closed', async () => {
    give('{}', {}, 404)
    for (const code of ['a', 'b', 'c']) await assert.rejects(fetcher.read(digestOf(code)))
    const before = manager.asked.length
    manager.answer = () => {
      void fetcher.close()
      return { status: 404, body: '{}' }
    }
    await until('the first one was asked for again', () => manager.asked.length > before)
    // Each of these is later than what would follow the answer at once.
    const client = createManagerClient({ url: manager.url, tokenFile: tokenFile(), timeoutMs: 5000 })
    for (let index = 0; index < 5; index++) await client.get('/other', 100)
    assert.equal(manager.asked.filter(({ path }) => path !== '/other').length, before + 1)
  })

  test('is told of where more is missing than is looked for', async () => {
    give('', {}, 503)
    const told: unknown[] = []
    void fetcher.close()
    fetcher = createBundleFetcher({
      managers: [createManagerClient({ url: manager.url, tokenFile: tokenFile(), timeoutMs: 5000 })],
      clock: systemClock,
      log: { ...silentLogger, warn: (fields) => void told.push(fields) },
      onFound: async () => {},
      backoff: { next: () => 60_000, reset: () => {} }
    })
    for (let index = 0; index < 1000; index++) await assert.rejects(fetcher.read(digestOf(String(index))))
    assert.deepEqual(told, [])
    await assert.rejects(fetcher.read(digestOf('999')), 'one that is looked for already')
    for (const code of ['x', 'y']) await assert.rejects(fetcher.read(digestOf(code)))
    assert.deepEqual(told, [{ digest: digestOf('x') }])
  })
})
