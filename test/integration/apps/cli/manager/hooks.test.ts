import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { landscape, putAll, type RunningManager, startManager } from '../../../../harness/manager.ts'

const source = (version: string): string => `// ${version}
export const pre = (call) => ({ body: { instances: [call.args[0]] } })
export const post = (reply) => ({ by: '${version}', score: reply.body.predictions[0][0] })
export const samples = [
  { call: { args: [[1]] }, expectRequest: { instances: [[1]] }, reply: { body: { predictions: [[2]] } },
    expect: { by: '${version}', score: 2 } }
]
`
const short = (version: string): string => createHash('sha256').update(source(version)).digest('hex').slice(0, 12)

describe('releases of hooks at the manager, on the command line', () => {
  let manager: RunningManager
  let folder = ''
  let eve: CliPerson
  let cid: CliPerson
  const why = ['--reason', 'a test'] as const
  const file = (version: string): string => join(folder, `${version}.js`)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-hooks-'))
    for (const version of ['first', 'second']) await writeFile(file(version), source(version))
    await writeFile(file('wrong'), source('wrong').replace('score: 2', 'score: 3'))
    manager = await startManager()
    for (const name of ['eve', 'cid']) await manager.addUser(name)
    const world = landscape({
      rank: [{ user: 'eve', role: 'engineer', environments: ['*'] }],
      fraud: [{ user: 'cid', role: 'engineer', environments: ['*'] }]
    })
    await putAll(manager.root, world)
    eve = await cliPerson(manager.manager.url, 'eve', 'prod')
    cid = await cliPerson(manager.manager.url, 'cid', 'prod')
  })
  after(async () => {
    for (const person of [eve, cid]) await person?.close()
    await manager?.close()
    await rm(folder, { recursive: true, force: true })
  })
  const weights = async (): Promise<Record<string, number>> => {
    const [hook] = JSON.parse(await eve.ok('hook', 'list', 'shape', '-o', 'json')) as [
      { versions: { digest: string; weight: number }[] }
    ]
    return Object.fromEntries(hook.versions.map(({ digest, weight }) => [digest.slice(7, 19), weight]))
  }

  test('a hook is pushed, gets a new version at 1 %, which is promoted and rolled back', async () => {
    const push = ['hook', 'push', file('first'), '--name', 'shape', ...why] as const
    await eve.refused('ABOX_CLI_USAGE', ...push)
    await eve.ok(...push, '--group', 'rank')
    assert.deepEqual(await weights(), { [short('first')]: 1_000_000 })

    const next = ['hook', 'push', file('second'), '--name', 'shape', '--weight', '1%', ...why] as const
    const dry = await eve.ok(...next, '--dry-run')
    assert.match(dry, new RegExp(`shape@${short('second')} +- +1%`))
    assert.deepEqual(await weights(), { [short('first')]: 1_000_000 })
    await eve.ok(...next)
    assert.deepEqual(await weights(), { [short('first')]: 990_000, [short('second')]: 10_000 })

    await eve.ok('hook', 'promote', 'shape', short('second').slice(0, 6), '--weight', '50%', ...why)
    assert.deepEqual(await weights(), { [short('first')]: 500_000, [short('second')]: 500_000 })
    await eve.ok('hook', 'rollback', 'shape', ...why)
    assert.deepEqual(await weights(), { [short('first')]: 990_000, [short('second')]: 10_000 })
    await eve.ok('hook', 'rollback', 'shape', ...why)
    assert.deepEqual(await weights(), { [short('first')]: 1_000_000 })
    await eve.refused('ABOX_HOOK_HISTORY', 'hook', 'rollback', 'shape', ...why)
  })

  test('a rollback of the first version is refused, and the hook stays', async () => {
    await eve.ok('hook', 'push', file('first'), '--name', 'solo', '--group', 'rank', ...why)
    const refused = await eve.refused('ABOX_HOOK_HISTORY', 'hook', 'rollback', 'solo', ...why)
    assert.match(refused, /hook solo: found nothing before what generation 1 says/)
    await eve.ok('get', 'hook', 'solo')
  })

  test('what recorded calls must say is asked for by option and by the gate, with the code from the manager', async () => {
    const recordings = join(folder, 'calls.jsonl')
    const call = { v: 1, ts: 1, hook: `gated@${short('first')}`, call: { args: [[1]] }, masked: 0 }
    const reply = { status: 200, headers: {}, body: { predictions: [[2]] } }
    const line = { ...call, request: { body: { instances: [[1]] } }, reply, result: { by: 'first', score: 2 } }
    await writeFile(recordings, `${JSON.stringify(line)}\n`)
    const push = (version: string, ...more: string[]): readonly string[] => [
      ...['hook', 'push', file(version), '--name', 'gated', ...why, ...more]
    ]
    await eve.ok(...push('first', '--group', 'rank'))
    const next = push('second', '--weight', '1%', '--require-replay', recordings)
    await eve.refused('ABOX_HOOK_REPLAY', ...next)
    const said = await eve.ok(...next, '--ignore', 'result.by')
    assert.match(said, new RegExp(`1 recorded calls, gated@${short('second')} against gated@${short('first')}`))

    const digest = short('second')
    const gated = JSON.parse(await eve.ok('get', 'hook', 'gated', '-o', 'json')) as object
    await writeFile(file('gated'), JSON.stringify({ ...gated, gate: { replay: { abovePpm: 10_000 } } }))
    await eve.ok('apply', '-f', file('gated'), ...why)
    const promote = ['hook', 'promote', 'gated', digest, '--weight', '50%', ...why] as const
    await eve.refused('ABOX_HOOK_GATE', ...promote)
    await eve.refused('ABOX_HOOK_REPLAY', ...promote, '--require-replay', recordings)
    await writeFile(
      file('gated'),
      JSON.stringify({ ...gated, gate: { replay: { ignore: ['result.by'] } }, generation: 3 })
    )
    await eve.ok('apply', '-f', file('gated'), ...why)
    await eve.ok(...promote, '--require-replay', recordings)
    await eve.ok('hook', 'promote', 'gated', short('first'), '--weight', '90%', ...why)
  })

  test('a list of hooks answers as --output says, and is refused where it does not know that', async () => {
    assert.match(await eve.ok('hook', 'list', '-o', 'yaml'), /^- kind: Hook$/m)
    const said = await eve.ok('hook', 'push', file('first'), '--name', 'shape', '--dry-run', '-o', 'yaml', ...why)
    assert.match(said, /^kind: Hook\nkey: shape\n/)
    await eve.refused('ABOX_CLI_USAGE', 'hook', 'list', '-o', 'xml')
    await eve.refused('ABOX_CLI_USAGE', 'hook', 'list', '-o', 'yaml', '-d', 'documents.yaml')
  })

  test('a version whose samples fail is not sent', async () => {
    const args = ['hook', 'push', file('wrong'), '--name', 'wrong', '--group', 'rank', ...why] as const
    await eve.refused('ABOX_HOOK_SAMPLE_FAILED', ...args)
    assert.doesNotMatch(await eve.ok('hook', 'list'), /wrong@/)
  })

  test('nobody of another group sees or changes a hook, or brings one into a group that is not his', async () => {
    assert.match(await cid.ok('hook', 'list'), /no hook/)
    await cid.refused('ABOX_FORBIDDEN', 'hook', 'promote', 'shape', '12345678', ...why)
    await cid.refused('ABOX_FORBIDDEN', 'hook', 'push', file('first'), '--name', 'other', '--group', 'rank', ...why)
  })
})
