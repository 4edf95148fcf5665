import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { findHook, type WeighedVersion } from '../../../../../src/apps/cli/hook/documents.ts'
import { type GatedChange, keepPass, type ReplayPass, refuseGated } from '../../../../../src/apps/cli/hook/gate.ts'
import type { VersionChange } from '../../../../../src/apps/cli/hook/history.ts'

const OLD = `sha256:${'a'.repeat(64)}`
const NEW = `sha256:${'b'.repeat(64)}`
const GATE = 'gate: { replay: { abovePpm: 10000, calls: 100, maxDifferent: 1, ignore: [result.at] } }\n'

const textOf = (old: number, next: number, gate = GATE): string =>
  `kind: Hook\nname: rank\nversions:\n  - { digest: "${OLD}", weight: ${old} }\n  - { digest: "${NEW}", weight: ${next} }\n${gate}`
const state = (old: number, next: number): WeighedVersion[] => [
  { digest: OLD, ppm: old },
  { digest: NEW, ppm: next }
]
const passOf = (more: Partial<ReplayPass> = {}): ReplayPass => ({
  v: 1,
  hook: 'rank',
  digest: NEW,
  base: OLD,
  rules: { calls: 100, maxDifferent: 1, tolerance: 1e-6, absolute: 0, ignore: ['result.at'] },
  calls: 100,
  differing: 1,
  by: 'ann',
  ts: '2024-05-01T00:00:00.000Z',
  ...more
})

describe('the gate of a Hook document', () => {
  let store = ''
  beforeEach(async () => {
    store = await mkdtemp(join(tmpdir(), 'abox-hook-gate-'))
  })
  afterEach(() => rm(store, { recursive: true, force: true }))

  const refused = async (
    text: string,
    after: readonly WeighedVersion[],
    more: Partial<GatedChange> = {}
  ): Promise<string | undefined> => {
    const found = await findHook(text, 'docs.yaml', 'rank')
    const command = (digest: string, ppm: number) => `run ${digest.slice(7, 11)} ${ppm}`
    const change = { found, after, history: [], store, passed: undefined, command, ...more }
    return refuseGated(change).then(
      () => undefined,
      (error: Error) => error.message
    )
  }

  test('more weight than it lets through is refused without a passed replay, with the command to run', async () => {
    assert.equal(
      await refused(textOf(990_000, 10_000), state(900_000, 100_000)),
      'ABOX_HOOK_GATE: hook rank: rank@bbbbbbbbbbbb is to get 10%, and the document wants a passed replay above 1%: found none; run: run bbbb 100000'
    )
    assert.equal(await refused(textOf(1_000_000, 0), state(990_000, 10_000)), undefined)
    assert.equal(await refused(textOf(990_000, 10_000, ''), state(0, 1_000_000)), undefined)
  })

  test('a version whose share grows because another one gives its own is held up as well', async () => {
    assert.match(
      (await refused(textOf(990_000, 10_000), state(0, 1_000_000))) ?? '',
      /rank@bbbbbbbbbbbb is to get 100%/
    )
  })

  test('a replay that this very version has passed opens it, remembered or passed a moment ago', async () => {
    const after = state(0, 1_000_000)
    assert.equal(await refused(textOf(990_000, 10_000), after, { passed: passOf() }), undefined)
    assert.match((await refused(textOf(990_000, 10_000), after, { passed: passOf({ digest: OLD }) })) ?? '', /GATE/)
    await keepPass(store, passOf())
    assert.equal(await refused(textOf(990_000, 10_000), after), undefined)
  })

  test('one of fewer calls, of more differences or by other rules does not', async () => {
    const rules = passOf().rules
    const cases: [Partial<ReplayPass>, RegExp][] = [
      [{ calls: 99 }, /found one of 99 calls, expected 100/],
      [{ differing: 2 }, /found one with 2 calls that differ or fail/],
      [
        { rules: { ...rules, ignore: ['result'] } },
        /"ignore":\["result"\]\}, expected \{.*"ignore":\["result\.at"\]\}/
      ],
      [{ rules: { ...rules, tolerance: 1 } }, /"tolerance":1,/]
    ]
    for (const [more, message] of cases) {
      assert.match(
        (await refused(textOf(990_000, 10_000), state(0, 1_000_000), { passed: passOf(more) })) ?? '',
        message
      )
    }
  })

  test('a file that is cut off, is of another version or lacks something counts as none, and is named', async () => {
    const { rules: _, ...without } = passOf()
    for (const text of ['{"v":1', JSON.stringify(passOf({ digest: OLD })), JSON.stringify(without), 'null', '7']) {
      await writeFile(join(store, `${'b'.repeat(64)}.rank.replay.json`), text)
      assert.match(
        (await refused(textOf(990_000, 10_000), state(0, 1_000_000))) ?? '',
        /^ABOX_HOOK_GATE: .*: found none, as \S*b{64}\.rank\.replay\.json (is of another version|cannot be used: )/,
        text
      )
    }
  })

  test('one against another version than has the most weight now does not', async () => {
    const base = `sha256:${'e'.repeat(64)}`
    await keepPass(store, passOf({ base }))
    assert.match(
      (await refused(textOf(990_000, 10_000), state(0, 1_000_000))) ?? '',
      /found one against e{12}, expected one against a{12}, which has the most weight now/
    )
  })

  test('to go back is never hindered: the version with the most weight, and one that once had it', async () => {
    assert.equal(await refused(textOf(900_000, 100_000), state(1_000_000, 0)), undefined)
    const made: VersionChange = {
      ts: '2024-05-01T00:00:00.000Z',
      action: 'push',
      hook: 'rank',
      generation: 1,
      by: 'ann',
      reason: 'r',
      before: [],
      after: [{ digest: OLD, ppm: 1_000_000 }]
    }
    assert.equal(await refused(textOf(0, 1_000_000), state(1_000_000, 0), { history: [made] }), undefined)
    assert.match((await refused(textOf(0, 1_000_000), state(1_000_000, 0))) ?? '', /rank@aaaaaaaaaaaa/)
    // A tenth is no proof: it may be what was rolled back from.
    const tried = {
      ...made,
      action: 'promote' as const,
      before: state(990_000, 10_000),
      after: state(900_000, 100_000)
    }
    assert.match(
      (await refused(textOf(1_000_000, 0), state(900_000, 100_000), { history: [tried] })) ?? '',
      /rank@bbbb/
    )
  })
})
