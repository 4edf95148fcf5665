import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import type { DubboRequest, Invocation } from '#lib/dubbo'
import { createSandbox } from '#lib/sandbox'
import { prepareWeights } from '#lib/splitter'
import type { UpstreamReply } from '#lib/upstream'
import { Call } from '../../../../src/apps/gateway/call.ts'
import { HookRun } from '../../../../src/apps/gateway/hook-run.ts'
import { disabledError } from '../../../../src/apps/gateway/hooks/stand-in.ts'
import type { HookVersion } from '../../../../src/apps/gateway/hooks.ts'

const ARRIVED_AT = 1_700_000_000_123
/** Digits that no number would be printed with: who changes them has read them. */
const LIST = `[${Array.from({ length: 300 }, (_, i) => `${i}.50`).join(',')}]`
const OTHER = `[${Array.from({ length: 300 }, (_, i) => `-${i}.250`).join(', ')}]`

describe('the hook of a call', () => {
  const versions: HookVersion[] = []
  afterEach(() => {
    for (const { sandbox } of versions.splice(0)) sandbox.dispose()
  })
  const versionOf = async (source: string): Promise<HookVersion> => {
    const sandbox = await createSandbox({ source, name: 'h@1' })
    const [hasPre, hasPost] = [sandbox.exports.includes('pre'), sandbox.exports.includes('post')]
    const looks = { pre: false, post: false }
    const version = { digest: '', label: 'h@1', sandbox, hasPre, hasPost, disabled: undefined, stoodIn: 0, looks }
    versions.push(version)
    return version
  }
  const runOf = (version: HookVersion, args: string): HookRun => callOf(version, args).run
  const callOf = (version: HookVersion, args: string, route: object = {}): { run: HookRun; call: Call } => {
    const request = { connection: { remoteAddress: '127.0.0.1' } } as DubboRequest
    const call = new Call(request, ARRIVED_AT, 0)
    const invocation = {
      attachments: new Map([['note', 'costs -0e8880 at most']])
    } as Partial<Invocation> as Invocation
    const named = { service: 'a.B', method: 'score', name: 'rank', protocol: 'tensorflow' }
    Object.assign(call, { route: { ...named, ...route }, model: named, variant: named, hook: version })
    // As an instance's writer does, whose next call writes into the same bytes.
    const bytes = Buffer.from(args)
    const run = new HookRun(call, version, invocation, bytes)
    bytes.fill(0x20)
    return { run, call }
  }
  const told = (body: string): UpstreamReply =>
    ({ status: 200, body: Buffer.from(body) }) as Partial<UpstreamReply> as UpstreamReply

  test('hands long lists on as the bytes that they came as', async () => {
    const version = await versionOf(`
      export const pre = (call) => ({ body: { a: call.args[0], b: { twice: [call.args[1], call.args[1]] }, c: 'x' } })
      export const post = (reply, call) => ({ mine: call.args[1], its: reply.body.rows[0], note: call.attachments.note })`)
    const run = runOf(version, `[${LIST},${OTHER},1]`)
    assert.equal(String(await run.pre()), `{"a":${LIST},"b":{"twice":[${OTHER},${OTHER}]},"c":"x"}`)
    const result = await run.post(told(`{"rows":[${LIST}]}`))
    assert.equal(String(result), `{"mine":${OTHER},"its":${LIST},"note":"costs -0e8880 at most"}`)
    assert.deepEqual(version.looks, { pre: false, post: false })
    assert.equal(version.sandbox.stats().calls, 2)
  })

  test('gives a function that looks into a list the whole, and knows that from then on, for this function alone', async () => {
    const version = await versionOf(`
      export const pre = (call) => ({ body: call.args[0].reduce((a, b) => a + b, 0) })
      export const post = (reply) => reply.body.scores`)
    for (const calls of [2, 3]) {
      const run = runOf(version, `[${LIST}]`)
      assert.equal(String(await run.pre()), String((299 * 300) / 2 + 150))
      assert.deepEqual(version.looks, { pre: true, post: false })
      assert.equal(version.sandbox.stats().calls, calls, 'twice at the first time')
    }
    assert.equal(String(await runOf(version, '[1]').post(told(`{"scores":${LIST}}`))), LIST)
    assert.equal(version.looks.post, false)
  })

  test('starts a hook anew that uses the list of an earlier call, and gives it the whole from then on', async () => {
    const version = await versionOf('let kept; export const pre = (call) => ({ body: (kept ??= call.args[0]) })')
    assert.equal(String(await runOf(version, `[${LIST}]`).pre()), LIST)
    const printed = JSON.stringify(JSON.parse(OTHER))
    assert.equal(String(await runOf(version, `[${OTHER}]`).pre()), printed)
    assert.equal(String(await runOf(version, `[${LIST}]`).pre()), printed)
    assert.deepEqual(version.looks, { pre: true, post: false })
    assert.equal(version.sandbox.stats().faults, 1)
  })

  test('also where it looks into the list of the reply, or into that of the call, only after the model', async () => {
    const version = await versionOf('export const post = (reply, call) => [reply.body[1], call.args[0][2]]')
    assert.equal(String(await runOf(version, `[${LIST}]`).post(told(OTHER))), '[-1.25,2.5]')
    assert.equal(version.looks.post, true)
    assert.equal(String(await runOf(version, `[${LIST}]`).post(told(OTHER))), '[-1.25,2.5]')
    assert.equal(version.sandbox.stats().calls, 3)
  })

  test('is the other version once its own is disabled, and the call says so', async () => {
    const own = await versionOf('export const pre = () => ({ body: 1 }); export const post = () => 1')
    const other = await versionOf('export const pre = (call) => ({ body: call.args[0] }); export const post = () => 2')
    const disabled = { ...own, disabled: { why: 'three strikes', at: 0 } }
    const { sandbox } = own
    const call = (): Promise<string> => Promise.reject(disabledError(disabled))
    disabled.sandbox = Object.assign(Object.create(sandbox) as typeof sandbox, { call })
    const hook = { name: 'h', versions: [disabled, other], weights: prepareWeights({ a: 1_000_000, b: 0 }) }
    for (const list of ['[1]', `[${LIST}]`]) {
      const { run, call } = callOf(disabled, list, { hook })
      assert.equal(String(await run.pre()), list.slice(1, -1))
      assert.equal(call.hook, other)
      assert.equal(String(await run.post(told('{}'))), '2')
    }
    assert.equal(disabled.stoodIn, 2)
    const alone = callOf(disabled, '[1]', { hook: { ...hook, versions: [disabled] } })
    await assert.rejects(alone.run.pre(), /ABOX_HOOK_DISABLED: hook h@1 is disabled since /)
  })

  test('is no other version after the model was asked, unless both leave the asking to the gateway', async () => {
    const both = 'export const pre = () => ({ body: 1 }); export const post = () => 2'
    const post = 'export const post = () => 2'
    for (const [own, others, answer] of [
      [both, both, undefined],
      [both, post, undefined],
      [post, both, undefined],
      [post, post, '2']
    ] as const) {
      const version = await versionOf(own)
      const other = await versionOf(others)
      const { sandbox } = version
      const asked = { ...version, disabled: { why: 'three strikes', at: 0 } }
      const call = (fn: string, args: readonly string[]): Promise<string> =>
        fn === 'pre' ? sandbox.call(fn, args) : Promise.reject(disabledError(asked))
      asked.sandbox = Object.assign(Object.create(sandbox) as typeof sandbox, { call })
      const hook = { name: 'h', versions: [asked, other], weights: prepareWeights({ a: 1_000_000, b: 0 }) }
      const made = callOf(asked, '[1]', { hook })
      if (made.run.hasPre) await made.run.pre()
      if (answer === undefined) await assert.rejects(made.run.post(told('{}')), { code: 'ABOX_HOOK_DISABLED' })
      else assert.equal(String(await made.run.post(told('{}'))), answer)
      assert.equal(made.call.hook, answer === undefined ? asked : other)
      assert.equal(asked.stoodIn, answer === undefined ? 0 : 1)
    }
  })

  test('gives numbers that JavaScript reads as others in the same way in short lists, in long ones, and after a look', async () => {
    const version = await versionOf(`
      export const pre = (call) => ({ body: call.args[0] })
      export const post = (reply, call) => [reply.body, call.args[0]]`)
    const many = (token: string, count: number): string => `[${Array(count).fill(token).join()}]`
    for (const [token, read] of [
      ['9007199254740993', '"9007199254740993"'],
      ['-0.0', '0']
    ] as const) {
      for (const count of [3, 300]) {
        const run = runOf(version, `[${many(token, count)}]`)
        const expected = many(read, count)
        assert.equal(String(await run.pre()), expected)
        assert.equal(String(await run.post(told(many(token, count)))), `[${expected},${expected}]`)
      }
    }
    assert.deepEqual(version.looks, { pre: false, post: false })
  })

  test('ends with what the hook throws, whether the list was there or not', async () => {
    const version = await versionOf("export const pre = (call) => { throw new Error('no ' + call.method) }")
    await assert.rejects(runOf(version, `[${LIST}]`).pre(), /ABOX_HOOK_THROW: h@1:1:\d+: pre\(\) threw Error: no/)
    const other = await versionOf('export const pre = (call) => call.args[0]')
    await assert.rejects(runOf(other, `[${LIST}]`).pre(), /ABOX_HOOK_REQUEST/)
  })

  test('tells when the call arrived', async () => {
    const version = await versionOf(
      'export const pre = (call) => ({ body: call.at }); export const post = (_, call) => call.at'
    )
    assert.equal(String(await runOf(version, '[1]').pre()), String(ARRIVED_AT))
    assert.equal(String(await runOf(version, `[${LIST}]`).post(told('1'))), String(ARRIVED_AT))
  })
})
