import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { AboxError } from '#core/errors'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import {
  findRecordings,
  type RecordedLine,
  readRecordedLine,
  readRecordings
} from '../../../../../src/apps/cli/hook/recorded.ts'
import { createReplay, type ReplayReport } from '../../../../../src/apps/cli/hook/replay-run.ts'

const CODE = {
  live: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = (reply, call) => ({ id: call.args[0].id, score: reply.body.predictions[0], none: NaN })`,
  within: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = (reply, call) => ({ none: NaN, score: reply.body.predictions[0] * (1 + 1e-9), id: call.args[0].id })`,
  different: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = (reply, call) => ({ id: call.args[0].id, score: reply.body.predictions[0] + (call.args[0].x > 1 ? 1 : 0), none: 1 })`,
  rounding: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, Number(call.args[0].id)] } })`,
  throws: `export const pre = (call) => { if (call.args[0].x > 1) throw new Error('too large')
      return { body: { instances: [call.args[0].x, call.args[0].id] } } }`,
  nobody: 'export const pre = () => 7',
  lostPost: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const posst = () => 7`,
  lostPre: `
    export const post = (reply, call) => ({ id: call.args[0].id, score: reply.body.predictions[0], none: NaN })`,
  noPrice: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = (reply, call) => { throw new Error('no price') }`,
  noPriceElsewhere: `
    // Other lines, the same message.
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })

    export const post = (reply, call) => { throw new Error('no price') }`,
  noItem: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = (reply, call) => { throw new Error('no item') }`,
  preBug: `
    export const pre = (call) => ({ body: { instances: [nothing.x] } })
    export const post = (reply, call) => 1`,
  undeclared: `
    export const pre = (call) => ({ body: { instances: [call.args[0].x, call.args[0].id] } })
    export const post = () => ({ $exception: { class: 'com.example.Nope' } })`,
  loops: 'export const post = () => { for (;;); }'
}
type Name = keyof typeof CODE

const line = (x: number, more: Partial<RecordedLine> = {}): RecordedLine => ({
  source: `calls.jsonl:${x}`,
  hook: 'rank@0123456789ab',
  call: `{"args":[{"x":${x},"id":9007199254740993}]}`,
  request: `{"instances":[${x},"9007199254740993"]}`,
  reply: '{"status":200,"body":{"predictions":[0.5,NaN]}}',
  result: '{"id":"9007199254740993","score":0.5,"none":NaN}',
  error: undefined,
  masked: 0,
  ...more
})

describe('a replay', () => {
  const sandboxes = new Map<Name, Sandbox>()
  before(async () => {
    for (const [name, source] of Object.entries(CODE))
      sandboxes.set(name as Name, await createSandbox({ source, name }))
  })
  after(() => {
    for (const sandbox of sandboxes.values()) sandbox.dispose()
  })
  const replay = async (
    against: Name,
    base: Name | undefined,
    lines: RecordedLine[],
    ignore: string[] = []
  ): Promise<ReplayReport> => {
    const run = createReplay(sandboxes.get(against) as Sandbox, base === undefined ? undefined : sandboxes.get(base), {
      relative: 1e-6,
      ignore
    })
    await run.run(lines)
    return run.report()
  }
  const calls = (report: ReplayReport) =>
    Object.fromEntries(Object.entries(report.calls).filter(([, count]) => count > 0))
  const THREE = [line(0), line(1), line(2)]

  test('the version that was recorded does again what was recorded, NaN and long ids included', async () => {
    assert.deepEqual(calls(await replay('live', undefined, THREE)), { equal: 3 })
    assert.deepEqual(calls(await replay('live', 'live', THREE)), { equal: 3 })
  })

  test('numbers within the tolerance and keys in another order are within', async () => {
    assert.deepEqual(calls(await replay('within', 'live', THREE)), { within: 3 })
  })

  test('what differs is told by field, with the call in which it is worst', async () => {
    const { differences, ...report } = await replay('different', 'live', THREE)
    assert.deepEqual(calls({ ...report, differences }), { different: 3 })
    assert.deepEqual(
      differences.fields
        .filter(({ worst }) => worst !== undefined)
        .map(({ field, nan, different }) => [field, nan, different]),
      [
        ['result.none', 3, 0],
        ['result.score', 0, 1]
      ]
    )
    assert.equal(differences.fields[1]?.worst?.source, 'calls.jsonl:2')
  })

  test('what is ignored makes no difference', async () => {
    assert.deepEqual(calls(await replay('different', 'live', [line(1)], ['result.none'])), { equal: 1 })
  })

  test('an id that is rounded is another request, and its results are told to be from another one', async () => {
    const report = await replay('rounding', undefined, [line(1)])
    assert.deepEqual(calls(report), { different: 1 })
    assert.equal(report.otherRequests, 1)
  })

  test('a call that fails only with the new version is an error, one that fails only with the old one is fixed', async () => {
    const report = await replay('throws', 'rounding', THREE)
    assert.deepEqual(
      [report.calls.error, report.errors[0]?.code, report.errors[0]?.source],
      [1, 'ABOX_HOOK_THROW', 'calls.jsonl:2']
    )
    assert.equal((await replay('live', 'throws', [line(2)])).calls.fixed, 1)
    assert.equal((await replay('throws', 'throws', [line(2)])).calls.equal, 1)
    assert.equal((await replay('nobody', 'throws', [line(2)])).calls.error, 1)
  })

  test('a version that never ends fails its calls and no other', async () => {
    const report = await replay('loops', undefined, [line(1), line(2, { reply: undefined })])
    assert.deepEqual([report.calls.error, report.errors[0]?.code], [1, 'ABOX_HOOK_TIMEOUT'])
  })

  test('the recorded error of a hook is compared, that of a model is not the hook’s', async () => {
    const failed = { request: undefined, reply: undefined, result: undefined }
    assert.equal((await replay('throws', undefined, [line(2, { ...failed, error: 'ABOX_HOOK_THROW' })])).calls.equal, 1)
    assert.equal((await replay('live', undefined, [line(2, { ...failed, error: 'ABOX_HOOK_THROW' })])).calls.fixed, 1)
    const timedOut = line(2, { reply: undefined, result: undefined, error: 'ABOX_UPSTREAM_TIMEOUT' })
    assert.equal((await replay('live', undefined, [timedOut])).calls.equal, 1)
  })

  test('errors are equal only where stage, code and the hook’s own message are, whatever its line', async () => {
    assert.deepEqual(calls(await replay('noPriceElsewhere', 'noPrice', [line(1)])), { equal: 1 })
    assert.deepEqual(calls(await replay('noItem', 'noPrice', [line(1)])), { error: 1 })
    const report = await replay('preBug', 'noPrice', [line(1)])
    assert.deepEqual(calls(report), { error: 1 })
    assert.match(report.errors[0]?.message ?? '', /pre\(\) threw ReferenceError/)
  })

  test('of a recorded error its stage is compared as well; its message is not recorded, which is told', async () => {
    const thrown = line(1, { result: undefined, error: 'ABOX_HOOK_THROW' })
    assert.deepEqual(calls(await replay('preBug', undefined, [thrown])), { error: 1 })
    const report = await replay('noPrice', undefined, [thrown])
    assert.deepEqual([calls(report), report.messagesUnknown], [{ equal: 1 }, 1])
    assert.equal((await replay('noPrice', 'noPrice', [thrown])).messagesUnknown, 0)
  })

  test('the version that raised an exception which is not declared raises it again', async () => {
    const raised = line(1, { result: '{"$exception":{"class":"com.example.Nope"}}', error: 'ABOX_HOOK_EXCEPTION' })
    assert.deepEqual(calls(await replay('undeclared', undefined, [raised])), { equal: 1 })
    assert.deepEqual(calls(await replay('undeclared', 'undeclared', [raised])), { equal: 1 })
    assert.deepEqual(calls(await replay('live', undefined, [raised])), { different: 1 })
  })

  test('without base a function that the new version does not have is what a gateway does without it', async () => {
    const raw = (protocol: string, more: Partial<RecordedLine> = {}): RecordedLine =>
      line(1, { call: `{"args":[{"x":1,"id":9007199254740993}],"protocol":"${protocol}"}`, ...more })
    assert.deepEqual(calls(await replay('lostPost', undefined, [line(1), raw('tensorflow')])), { different: 2 })
    assert.deepEqual(calls(await replay('lostPost', undefined, [raw('tensorflow', { result: '0.5' })])), { equal: 1 })
    const body = '{"predictions":[0.5,NaN]}'
    assert.deepEqual(calls(await replay('lostPost', undefined, [raw('raw', { result: body })])), { equal: 1 })
    assert.deepEqual(calls(await replay('lostPost', undefined, [raw('seldon')])), { error: 1 })
    assert.deepEqual(calls(await replay('lostPre', undefined, [raw('tensorflow')])), { different: 1 })
    const request = '{"instances":[{"x":1,"id":9007199254740993}]}'
    assert.deepEqual(calls(await replay('lostPre', undefined, [raw('tensorflow', { request })])), { equal: 1 })
  })

  test('with base a function that the new version does not have is missing', async () => {
    const report = await replay('rounding', 'live', [line(1)], ['request'])
    assert.equal(report.calls.different, 1)
    assert.equal(report.differences.missing, 1)
  })
})

describe('recorded lines', () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'abox-recorded-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  test('values are taken as they stand, bare words and long integers included', () => {
    const text = '{"v":1,"ts":1,"hook":"h@1","call":{"args":[9007199254740993]},"result": NaN ,"masked":2}'
    const read = readRecordedLine(Buffer.from(text), 'x')
    assert.deepEqual([read.call, read.result, read.hook, read.masked], ['{"args":[9007199254740993]}', 'NaN', 'h@1', 2])
  })

  test('what is no recorded call is told with its place, and the others are read', async () => {
    const path = join(dir, 'calls.jsonl')
    const good = '{"v":1,"call":{}}'
    await writeFile(path, `${good}\n{"v":2,"call":{}}\n{"v":1}\n\n[]\n${good}\n{"v":1,"call":{"ar`)
    const lines: (RecordedLine | AboxError)[] = []
    for await (const each of readRecordings(path)) lines.push(each)
    const told = lines.map((each) => (each instanceof AboxError ? each.code : each.source.slice(path.length)))
    assert.deepEqual(told, [
      ':1',
      'ABOX_HOOK_RECORDING',
      'ABOX_HOOK_RECORDING',
      'ABOX_HOOK_RECORDING',
      ':6',
      'ABOX_HOOK_RECORDING'
    ])
  })

  test('a folder is its jsonl files in the order of their names', async () => {
    for (const name of ['b.jsonl', 'a.jsonl', 'c.txt']) await writeFile(join(dir, name), '')
    const found = await findRecordings(dir)
    assert.deepEqual(
      found.map((path) => path.slice(dir.length + 1)),
      ['a.jsonl', 'b.jsonl', 'calls.jsonl']
    )
    await assert.rejects(findRecordings(join(dir, 'none')), { code: 'ABOX_HOOK_FILE' })
  })
})
