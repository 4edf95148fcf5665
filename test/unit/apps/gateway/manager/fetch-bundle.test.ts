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
})
