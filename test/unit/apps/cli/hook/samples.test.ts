import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AboxError } from '#core/errors'
import { createSandbox, type Sandbox } from '#lib/sandbox'
import { runSample, type SampleResult } from '../../../../../src/apps/cli/hook/run.ts'
import { readSamples } from '../../../../../src/apps/cli/hook/samples.ts'

const HOOK = `export const pre = (call) => { if (call.args[0] === 'bad') throw new Error('no good'); return { body: call.args } }
export const post = (reply) => reply.body
`

async function withHook<T>(source: string, work: (sandbox: Sandbox) => T | Promise<T>): Promise<T> {
  const sandbox = await createSandbox({ source, name: 'h' })
  try {
    return await work(sandbox)
  } finally {
    sandbox.dispose()
  }
}

async function refusal(samples: string, hook = HOOK): Promise<string> {
  try {
    await withHook(`${hook}export const samples = ${samples}`, (sandbox) => readSamples(sandbox, 'h'))
  } catch (error) {
    const { code, message } = AboxError.from(error)
    assert.equal(code, 'ABOX_HOOK_SAMPLES', message)
    return message
  }
  return assert.fail('the samples were taken')
}

const run = (samples: string, hook = HOOK): Promise<SampleResult[]> =>
  withHook(`${hook}export const samples = ${samples}`, async (sandbox) => {
    const results: SampleResult[] = []
    for (const sample of readSamples(sandbox, 'h')) results.push(await runSample(sandbox, sample))
    return results
  })

describe('samples of a hook', () => {
  test('what is no sample is refused with the path of the field', async () => {
    const call = 'call: {}'
    const cases: [string, RegExp][] = [
      ['{}', /^ABOX_HOOK_SAMPLES: h: samples: found \{\}, expected a list/],
      ['[]', /samples: found an empty list/],
      ['() => []', /samples: found a function/],
      ['[1]', /samples\[0\]: found 1, expected an object/],
      [`[{ ${call}, expect: 1 }]`, /samples\[0\]\.reply: found none/],
      ['[{ expectRequest: 1 }]', /samples\[0\]\.call: found none/],
      [`[{ ${call} }]`, /samples\[0\]: found nothing that is expected/],
      [`[{ ${call}, expectRequest: [] }, { ${call}, expected: 1 }]`, /samples\[1\]\.expected: found an unknown key/],
      [`[{ ${call}, expectRequest: [], reply: { body: 1 } }]`, /samples\[0\]\.expect: found a reply and no expect/],
      [`[{ ${call}, reply: { status: 200 }, expect: 1 }]`, /samples\[0\]\.reply\.body: found none/],
      [`[{ ${call}, reply: { status: 500, body: 1 }, expect: 1 }]`, /samples\[0\]\.reply\.status: found 500/],
      [`[{ ${call}, reply: { body: 1, headers: 1 }, expect: 1 }]`, /samples\[0\]\.reply\.headers: found an unknown/],
      ['[{ call: { arg: [] }, expectRequest: 1 }]', /samples\[0\]\.call\.arg: found an unknown key/],
      ['[{ call: { args: {} }, expectRequest: 1 }]', /samples\[0\]\.call\.args: found \{\}, expected the list/],
      ['[{ call: { attachments: { a: 1 } }, expectRequest: 1 }]', /samples\[0\]\.call\.attachments\.a: found 1/],
      ['[{ call: { protocol: "grpc" }, expectRequest: 1 }]', /samples\[0\]\.call\.protocol: found "grpc"/],
      [`[{ ${call}, expectError: 1 }]`, /samples\[0\]\.expectError: found 1/],
      [`[{ ${call}, expectError: "a", expectRequest: 1 }]`, /samples\[0\]\.expectError: found it beside/],
      [`[{ ${call}, expectRequest: 1, tolerance: -1 }]`, /samples\[0\]\.tolerance: found -1/],
      [`[{ ${call}, expectRequest: 1, name: 7 }]`, /samples\[0\]\.name: found 7/]
    ]
    for (const [samples, message] of cases) assert.match(await refusal(samples), message)
  })

  test('a hook without samples, or without the function that a sample needs, is told so', async () => {
    await withHook(HOOK, (sandbox) => {
      assert.throws(() => readSamples(sandbox, 'h'), { code: 'ABOX_HOOK_SAMPLES' })
    })
    const message = await refusal('[{ call: {}, expectRequest: 1 }]', 'export const post = (reply) => reply.body\n')
    assert.match(message, /samples\[0\]\.expectRequest: found it, but the hook exports no function pre/)
  })

  test('samples that cannot be JSON are refused by the sandbox', async () => {
    await withHook(`${HOOK}const s = []; s.push(s); export const samples = s`, (sandbox) => {
      assert.throws(() => readSamples(sandbox, 'h'), { code: 'ABOX_HOOK_RESULT' })
    })
  })

  test('what is expected passes, and what is not is told function by function', async () => {
    const results = await run(`[
      { name: 'good', call: { args: [1] }, expectRequest: [1], reply: { body: { a: 1 } }, expect: { a: 1 } },
      { call: { args: [1] }, expectRequest: [2], reply: { body: 1 }, expect: 1 }
    ]`)
    assert.deepEqual(
      results.map(({ name, ok }) => [name, ok]),
      [
        ['good', true],
        ['sample 2', false]
      ]
    )
    assert.deepEqual(results[1]?.steps, [
      { fn: 'pre', ok: false, differences: [{ path: '[0]', expected: '2', found: '1' }] },
      { fn: 'post', ok: true, differences: [] }
    ])
  })

  test('an expected error must come, and an unexpected one fails the sample with its code and line', async () => {
    const [expected, other, missing, unexpected] = await run(`[
      { call: { args: ['bad'] }, expectError: 'no good' },
      { call: { args: ['bad'] }, expectError: 'something else' },
      { call: { args: ['fine'] }, expectError: 'no good' },
      { call: { args: ['bad'] }, expectRequest: ['bad'] }
    ]`)
    assert.deepEqual([expected?.ok, other?.ok, missing?.ok, unexpected?.ok], [true, false, false, false])
    assert.match(unexpected?.steps[0]?.error?.message ?? '', /ABOX_HOOK_THROW: h:1:\d+: pre\(\) threw Error: no good/)
  })

  test('ids beyond 2^53 reach the hook as in a gateway, as text or, where it asks for it, as BigInt', async () => {
    const text = await run('[{ call: { args: [9007199254740993n] }, expectRequest: ["9007199254740993"] }]')
    assert.equal(text[0]?.ok, true)
    const hook = `${HOOK}export const int64 = 'bigint'\n`
    const big = await run('[{ call: { args: [9007199254740993n] }, expectRequest: [9007199254740993n] }]', hook)
    assert.equal(big[0]?.ok, true)
  })

  test('what pre returns must have a body', async () => {
    const hook = 'export const pre = (call) => call.args\n'
    const [result] = await run('[{ call: { args: [1] }, expectRequest: [1] }]', hook)
    assert.equal(result?.steps[0]?.differences[0]?.expected, 'an object with body')
  })

  test('a call that is stopped fails its sample and no other', async () => {
    const hook = 'export const pre = (call) => { for (; call.args[0] === 0; ); return { body: 1 } }\n'
    const samples = '[{ call: { args: [0] }, expectRequest: 1 }, { call: { args: [1] }, expectRequest: 1 }]'
    const [stopped, fine] = await run(samples, hook)
    assert.equal(stopped?.steps[0]?.error?.code, 'ABOX_HOOK_TIMEOUT')
    assert.equal(fine?.ok, true)
  })
})
