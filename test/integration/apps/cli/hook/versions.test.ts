import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { HDoubles } from '#lib/hessian2'
import { type CommandResult, runAbox } from '../../../../harness/abox-command.ts'
import {
  type EmbeddedGateway,
  modelDocument,
  SERVICE,
  serviceDocument,
  startEmbeddedGateway
} from '../../../../harness/embedded-gateway.ts'
import { type ModelServer, startModelServer } from '../../../../harness/model-server.ts'
import { until } from '../../../../harness/until.ts'

const source = (version: string): string => `// ${version}
export const pre = (call) => ({ body: { instances: [call.args[0]] } })
export const post = (reply) => ({ by: '${version}', score: reply.body.predictions[0][0] })
export const samples = [
  { call: { args: [[1]] }, expectRequest: { instances: [[1]] }, reply: { body: { predictions: [[2]] } },
    expect: { by: '${version}', score: 2 } }
]
`
const labelOf = (code: string): string => `shape@${createHash('sha256').update(code).digest('hex').slice(0, 12)}`

describe('abox hook for releases, on a running gateway', () => {
  let model: ModelServer
  let gateway: EmbeddedGateway
  let documents = ''

  before(async () => {
    model = await startModelServer(({ body }) => ({
      predictions: (JSON.parse(body) as { instances: unknown }).instances
    }))
    gateway = await startEmbeddedGateway({
      documents: [
        serviceDocument([{ name: 'rank', model: 'rank', hook: 'shape' }]),
        modelDocument({ legacy: { origin: model.origin, percent: 100 } }),
        { kind: 'Hook', name: 'shape', versions: [{ file: 'live.js' }], generation: 1 }
      ],
      files: { 'live.js': source('live') },
      config: { hooks: { store: 'hooks' }, recordings: { dir: 'recordings', ppm: 1_000_000 } }
    })
    documents = join(gateway.folder, 'documents.yaml')
    // Not beside the documents, where a change of it would be one of the documents.
    await mkdir(join(gateway.folder, 'mine'))
    for (const name of ['next', 'third']) await writeFile(mine(name), source(name))
  })
  after(async () => {
    await gateway.close()
    await model.close()
  })
  const mine = (name: string): string => join(gateway.folder, 'mine', `${name}.js`)
  const release = (...args: string[]): Promise<CommandResult> =>
    runAbox('hook', ...args, '--documents', documents, '--reason', 'a test', '--by', 'ann')
  const ok = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await release(...args)
    assert.deepEqual([code, err], [0, ''])
    return out
  }
  const weights = async (): Promise<Record<string, number>> => {
    const hook = parseAllDocuments(await readFile(documents, 'utf8'))
      .map((document) => document.toJS() as { kind: string; versions: { digest?: string; weight: number }[] })
      .find(({ kind }) => kind === 'Hook')
    return Object.fromEntries(
      (hook?.versions ?? []).map(({ digest, weight }) => [`shape@${digest?.slice(7, 19) ?? ''}`, weight])
    )
  }
  const applied = (generation: number): Promise<void> =>
    until('the gateway runs the change', () => gateway.instance.state().applied['hooks/shape'] === generation)

  const call = async (): Promise<void> => {
    const args = [new HDoubles(Float64Array.of(0.5, 2))]
    const { exception } = await gateway.client.call({
      service: SERVICE,
      method: 'rank',
      args,
      parameterTypes: [],
      generic: true
    })
    assert.equal(exception, undefined)
  }
  /** How many of the next calls each version answered, as the records say. */
  const divided = async (count: number): Promise<Record<string, number>> => {
    const before = (await gateway.records().catch(() => [])).length
    for (let left = count; left > 0; left -= 50) {
      await Promise.all(Array.from({ length: Math.min(50, left) }, call))
    }
    const found: Record<string, number> = {}
    for (const { hook = '', outcome } of (await gateway.records()).slice(before)) {
      assert.equal(outcome, 'ok')
      found[hook] = (found[hook] ?? 0) + 1
    }
    return found
  }

  test('push at 1 %, promote and rollback take effect exactly, and no call fails meanwhile', async () => {
    const live = labelOf(source('live'))
    const next = labelOf(source('next'))
    let failed: unknown
    let busy = true
    const load = (async () => {
      while (busy) await call().catch((error: unknown) => (failed ??= error))
    })()

    const pushed = await ok('push', mine('next'), '--name', 'shape', '--weight', '1%')
    assert.match(pushed, /was file live\.js/)
    await applied(2)
    busy = false
    await load
    assert.deepEqual(await weights(), { [live]: 990_000, [next]: 10_000 })
    // With two versions the count of one caller is never off by a whole call, wherever it began.
    const first = await divided(1000)
    assert.ok(Math.abs((first[next] ?? 0) - 10) <= 1, JSON.stringify(first))
    assert.equal((first[live] ?? 0) + (first[next] ?? 0), 1000)

    busy = true
    const more = (async () => {
      while (busy) await call().catch((error: unknown) => (failed ??= error))
    })()
    await ok('promote', 'shape', next.slice('shape@'.length, 'shape@'.length + 6))
    await applied(3)
    busy = false
    await more
    assert.deepEqual(await divided(100), { [next]: 100 })

    const back = await ok('rollback', 'shape')
    assert.ok(back.includes(`rolled back from ${next} with 100%`), back)
    await applied(4)
    assert.deepEqual(await weights(), { [live]: 990_000, [next]: 10_000 })
    assert.match(
      await ok('rollback', 'shape'),
      /hook push \S+hooks.[0-9a-f]{64}\.js --name shape --documents \S+ --weight 1%/
    )
    assert.deepEqual(await weights(), { [live]: 1_000_000 }, 'further back')
    await applied(5)
    const refused = await release('rollback', 'shape')
    assert.match(refused.err, /ABOX_HOOK_HISTORY: hook shape: found nothing before [0-9a-f]{12} 100%/)
    assert.deepEqual(await divided(100), { [live]: 100 })
    await ok('push', mine('next'), '--name', 'shape', '--weight', '100%')
    await applied(6)
    assert.deepEqual(await divided(100), { [next]: 100 })
    assert.equal(failed, undefined)
  })

  test('versions named by file are kept in the store, so that editing the file changes nothing', async () => {
    const stored = await readdir(join(gateway.folder, 'hooks'))
    const hexes = ['live', 'next'].map((name) => createHash('sha256').update(source(name)).digest('hex'))
    assert.deepEqual(stored.sort(), hexes.map((hex) => `${hex}.js`).sort())
    for (const hex of hexes) {
      const code = await readFile(join(gateway.folder, 'hooks', `${hex}.js`), 'utf8')
      assert.equal(createHash('sha256').update(code).digest('hex'), hex)
    }
  })

  test('a version whose samples fail is not pushed, and a dry run writes nothing', async () => {
    await writeFile(mine('wrong'), source('wrong').replace('score: 2', 'score: 3'))
    const text = await readFile(documents, 'utf8')
    // The running gateway keeps its own state, records and tallies beside them.
    const written = async (): Promise<string[]> =>
      (await readdir(gateway.folder, { recursive: true })).filter((name) => !/^(abox-state|calls\.)/.test(name))
    const files = await written()
    const refused = await release('push', mine('wrong'), '--name', 'shape', '--weight', '1%')
    assert.equal(refused.code, 1)
    assert.match(refused.err, /ABOX_HOOK_SAMPLE_FAILED/)
    const dry = await ok('push', mine('third'), '--name', 'shape', '--weight', '1%', '--dry-run')
    assert.match(dry, /0% +0%[\s\S]*100% +99%[\s\S]*- +1% +new/)
    assert.equal(await readFile(documents, 'utf8'), text)
    assert.deepEqual(await written(), files)
  })

  test('a release can be made to depend on recorded calls', async () => {
    await gateway.instance.flush()
    const recordings = join(gateway.folder, 'recordings')
    const refused = await release('push', mine('third'), '--name', 'shape', '--require-replay', recordings)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /ABOX_HOOK_REPLAY: [1-9]\d+ recorded calls.*worst at result\.by/)
    const ignoring = ['--require-replay', recordings, '--ignore', 'result.by', '--dry-run']
    const taken = await ok('push', mine('third'), '--name', 'shape', ...ignoring)
    assert.match(taken, /recorded calls, shape@[0-9a-f]{12} against shape@[0-9a-f]{12} \(100%\)/)
  })

  test('a document can want it: above its weight neither push nor promote goes without a passed replay', async () => {
    const text = await readFile(documents, 'utf8')
    const gate = 'gate: { replay: { abovePpm: 10000, calls: 2, ignore: [result.by] } }\n'
    await writeFile(documents, text.replace('kind: Hook\n', `kind: Hook\n${gate}`))
    const recordings = join(gateway.folder, 'recordings')
    const third = labelOf(source('third')).slice('shape@'.length)
    const push = ['push', mine('third'), '--name', 'shape', '--weight']
    const refused = await release(...push, '5%')
    assert.equal(refused.code, 1)
    assert.match(
      refused.err,
      /ABOX_HOOK_GATE: .* is to get 5%.*above 1%: found none; run: abox hook push .*third\.js --name/
    )
    await ok(...push, '1%')
    const promote = ['promote', 'shape', third, '--weight', '10%']
    const held = await release(...promote)
    assert.match(held.err, new RegExp(`ABOX_HOOK_GATE: .*run: abox hook promote shape ${third} .*--require-replay`))
    const wider = await release(...promote, '--require-replay', recordings, '--ignore', '**')
    assert.match(wider.err, /found --ignore, but `gate` of hook shape says how to compare/)
    await ok(...promote, '--require-replay', recordings)
    await ok('promote', 'shape', third, '--weight', '20%')
    await ok('rollback', 'shape')
    await ok('rollback', 'shape')
    await ok('rollback', 'shape')
    const left = await readFile(documents, 'utf8')
    assert.match(left, /^gate: .*$/m)
    await writeFile(documents, left.replace(/^gate: .*\n/m, ''))
  })

  test('of two writers at once none loses the change of the other', async () => {
    await Promise.all([
      ok('push', mine('third'), '--name', 'shape', '--weight', '2%'),
      ok('push', mine('next'), '--name', 'other'),
      ok('promote', 'shape', labelOf(source('live')), '--weight', '5%')
    ])
    const found = await weights()
    assert.deepEqual(Object.keys(found).sort(), ['live', 'next', 'third'].map((name) => labelOf(source(name))).sort())
    assert.equal(
      Object.values(found).reduce((sum, weight) => sum + weight, 0),
      1_000_000
    )
    assert.ok((found[labelOf(source('live'))] ?? 0) >= 49_000)
    assert.ok((found[labelOf(source('third'))] ?? 0) >= 19_000)
    const { out } = await runAbox('hook', 'list', '--documents', documents, '--history', '--output', 'json')
    const { hooks } = JSON.parse(out) as {
      hooks: {
        name: string
        generation: number
        changedBy: string
        versions: { bundle?: string }[]
        history: object[]
      }[]
    }
    assert.deepEqual(
      hooks.map(({ name, generation, changedBy, history }) => [name, generation, changedBy, history.length]),
      [
        ['shape', 14, 'ann', 13],
        ['other', 1, 'ann', 1]
      ]
    )
    for (const { versions } of hooks) for (const { bundle } of versions) assert.match(bundle ?? '', /hooks/)
    await applied(14)
  })

  test('what cannot be done is told, and nothing is written', async () => {
    const text = await readFile(documents, 'utf8')
    const cases: [string[], RegExp, number][] = [
      [
        ['promote', 'shape', 'ffffffff'],
        /ABOX_HOOK_VERSION: hook shape: found no version with the digest ffffffff…, expected one of/,
        1
      ],
      [
        ['promote', 'shap', labelOf(source('next'))],
        /ABOX_HOOK_VERSION: .*found no hook shap, expected one of: shape, other/,
        1
      ],
      [['promote', 'shape', 'xyz'], /expected its first 4 to 64 hex digits/, 2],
      [['promote', 'shape', labelOf(source('next')), '--weight', '1.5'], /--weight: found "1\.5"/, 2],
      [['promote', 'other', labelOf(source('next')), '--weight', '10%'], /ABOX_HOOK_WEIGHT: .*only version/, 1],
      [['push', mine('third'), '--name', 'fresh', '--weight', '1%'], /first version of a hook, expected 100%/, 2],
      [['rollback', 'other'], /ABOX_HOOK_HISTORY/, 1],
      [['push', join(gateway.folder, 'mine')], /ABOX_HOOK_FILE: .*found no hook\.js or hook\.ts/, 1],
      [['promote', 'shape', labelOf(source('live')), '--store', join(gateway.folder, 'mine')], /found no bundle/, 1]
    ]
    for (const [args, message, expected] of cases) {
      const { code, err } = await release(...args)
      assert.match(err, message)
      assert.equal(code, expected, args.join(' '))
    }
    const noHook = await runAbox('hook', 'list', 'shap', '--documents', documents)
    assert.match(noHook.err, /ABOX_HOOK_VERSION: .*found no hook shap/)
    assert.equal(noHook.code, 1)
    const noReason = await runAbox('hook', 'rollback', 'shape', '--documents', documents)
    assert.equal(noReason.code, 2)
    assert.match(noReason.err, /found no --reason/)
    assert.equal(await readFile(documents, 'utf8'), text)
  })
})
