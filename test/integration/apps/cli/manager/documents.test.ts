import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { type CliPerson, cliPerson } from '../../../../harness/cli-person.ts'
import { landscape, modelDocument, putAll, type RunningManager, startManager } from '../../../../harness/manager.ts'

const SOURCE = 'export const pre = (call) => ({ body: { instances: [call.args[0]] } })\n'

describe('documents on the command line', () => {
  let manager: RunningManager
  let folder = ''
  let ann: CliPerson
  let ben: CliPerson
  let vic: CliPerson

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-apply-'))
    manager = await startManager()
    for (const name of ['ben', 'vic']) await manager.addUser(name)
    const world = landscape({
      rank: [{ user: 'ben', role: 'operator', environments: ['*'] }],
      fraud: [{ user: 'vic', role: 'viewer', environments: ['prod'] }]
    })
    await putAll(manager.root, world)
    await putAll(manager.root, { 'environments/prod/models/foreign': modelDocument('foreign', 'fraud') })
    ann = await cliPerson(manager.manager.url, 'root', 'prod')
    ben = await cliPerson(manager.manager.url, 'ben', 'prod')
    vic = await cliPerson(manager.manager.url, 'vic', 'prod')
  })
  after(async () => {
    for (const person of [ann, ben, vic]) await person?.close()
    await manager?.close()
    await rm(folder, { recursive: true, force: true })
  })
  const file = async (name: string, ...documents: readonly object[]): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, documents.map((document) => stringify(document)).join('---\n'))
    return path
  }
  const why = ['--reason', 'a test'] as const

  test('apply makes, changes with the difference shown, and leaves alone', async () => {
    const path = await file('rank.yaml', modelDocument('rank', 'rank'))
    assert.match(await ben.ok('apply', '-f', path, ...why, '--dry-run'), /Model rank: would be created/)
    await ben.refused('ABOX_FORBIDDEN', 'get', 'model', 'rank')
    assert.match(await ben.ok('apply', '-f', path, ...why), /Model rank: created \(generation 1\)/)
    assert.match(await ben.ok('apply', '-f', path, ...why), /Model rank: unchanged \(generation 1\)/)
    await file('rank.yaml', { ...modelDocument('rank', 'rank'), split: { weights: { old: 990_000, new: 10_000 } } })
    const changed = await ben.ok('apply', '-f', path, ...why)
    assert.match(
      changed,
      /changed \(generation 2\)\n {2}~ split\.weights\.old: 1000000 → 990000\n {2}~ split\.weights\.new: 0 → 10000\n/
    )
  })

  test('who edits an old copy is refused, and nothing of his is written', async () => {
    const made = await file('old.yaml', modelDocument('old-copy', 'rank'))
    await ben.ok('apply', '-f', made, ...why)
    await writeFile(join(folder, 'mine.yaml'), await ben.ok('get', 'model', 'old-copy', '-o', 'yaml'))
    await ben.ok('split', 'shift', 'old-copy', 'new=5%', ...why)
    const error = await ben.refused('ABOX_GENERATION', 'apply', '-f', join(folder, 'mine.yaml'), ...why)
    assert.match(error, /mine\.yaml, document 1: Model old-copy: found generation 2 of ben, expected generation 1/)
    await ben.refused('ABOX_GENERATION', 'split', 'shift', 'old-copy', 'new=6%', '--generation', '1', ...why)
    assert.match(await ben.ok('split', 'get', 'old-copy'), /old 95%, new 5% \(generation 2\)/)
  })

  test('an error names the file, the document and the field, and says what was done before it', async () => {
    const path = await file('two.yaml', modelDocument('first', 'rank'), {
      ...modelDocument('second', 'rank'),
      limits: { concurrent: 'many' }
    })
    const { code, out, err } = await ben.run('apply', '-f', path, ...why)
    assert.equal(code, 1)
    assert.match(err, /ABOX_DOCUMENT_INVALID: .*two\.yaml, document 2: Model second: limits.*"many"/)
    assert.match(out, /Model first: created \(generation 1\)\n1 of 2 documents are done/)
  })

  test('a dry run says what it cannot know before what is named is there', async () => {
    const group = { kind: 'BusinessGroup', name: 'news', members: [] }
    const path = await file('news.yaml', group, modelDocument('feed', 'news'))
    const out = await ann.ok('apply', '-f', path, '--dry-run', ...why)
    assert.match(out, /BusinessGroup news: would be created/)
    assert.match(out, /Model feed: cannot be tried before what it names is there/)
    // What the files do not make is an error, also where its name stands in the message.
    const wrong = await file(
      'wrong.yaml',
      { kind: 'Algorithm', name: 'fancy', businessGroup: 'rank' },
      modelDocument('fancy', 'nobody')
    )
    const refused = await ann.refused('ABOX_REFERENCE', 'apply', '-f', wrong, '--dry-run')
    assert.match(refused, /wrong\.yaml, document 2: Model fancy: businessGroup: found BusinessGroup "nobody"/)
    const hub = {
      kind: 'Environment',
      name: 'hub',
      publish: { kind: 'embedded' }
    }
    const cluster = { kind: 'Cluster', name: 'c', type: 'legacy' }
    const tried = await ann.ok('apply', '-f', await file('hub.yaml', hub, cluster), '-e', 'hub', '--dry-run')
    assert.match(tried, /Cluster c: cannot be tried/)
  })

  test('code that a hook names by file is uploaded, beside the file that names it', async () => {
    await writeFile(join(folder, 'shape.js'), SOURCE)
    const hook = { kind: 'Hook', name: 'shape', businessGroup: 'rank', versions: [{ file: 'shape.js' }] }
    const path = await file('hook.yaml', hook)
    assert.match(await ben.ok('apply', '-f', path, '--dry-run', ...why), /cannot be tried/)
    await ben.ok('apply', '-f', path, ...why)
    assert.match(await ben.ok('get', 'hook', 'shape', '-o', 'yaml'), /digest: sha256:[0-9a-f]{64}/)
    await rm(join(folder, 'shape.js'))
    assert.match(
      await ben.refused('ABOX_CLI_DOCUMENT', 'apply', '-f', path, ...why),
      /hook\.yaml, document 1: file: .*shape\.js: ENOENT/
    )
  })

  test('a viewer reads his group, writes nothing, and learns nothing of another', async () => {
    assert.match(await vic.ok('get', 'models'), /^foreign {2}fraud/m)
    await vic.refused('ABOX_FORBIDDEN', 'split', 'kill', 'foreign', 'old', ...why)
    const path = await file('vic.yaml', modelDocument('foreign', 'fraud'))
    const refused = await vic.refused('ABOX_FORBIDDEN', 'apply', '-f', path, ...why)
    assert.match(refused, /expected at least the role engineer/)
    const missing = await vic.refused('ABOX_FORBIDDEN', 'get', 'model', 'nothing')
    assert.equal(await vic.refused('ABOX_FORBIDDEN', 'get', 'model', 'rank'), missing)
    assert.doesNotMatch(await vic.ok('audit'), /rank/)
  })

  test('describe shows the document, what it said before, and who runs it', async () => {
    const path = await file('told.yaml', modelDocument('told', 'rank'))
    await ben.ok('apply', '-f', path, '--reason', 'the first')
    await ben.ok('split', 'shift', 'told', 'new=1%', '--reason', 'one per cent')
    const text = await ben.ok('describe', 'model', 'told')
    assert.match(text, /^name: told$/m)
    assert.match(text, /2 {2}\S+ \S+ {2}ben {2}written {2}one per cent\n +1 {2}.*the first/)
    assert.match(text, /Gateways:\nnone is there/)
    const json = JSON.parse(await ben.ok('describe', 'model', 'told', '-o', 'json')) as {
      document: { generation: number }
      revisions: { generation: number; reason: string }[]
      instances: object[]
    }
    assert.deepEqual(
      [json.document.generation, json.revisions.map(({ reason }) => reason), json.instances],
      [2, ['one per cent', 'the first'], []]
    )
    assert.doesNotMatch(await ann.ok('describe', 'group', 'rank'), /Gateways/)
  })

  test('undo brings back what was deleted, and tells both as JSON', async () => {
    const path = await file('gone.yaml', modelDocument('gone', 'rank'))
    await ben.ok('apply', '-f', path, ...why)
    assert.match(await ben.ok('delete', 'model', 'gone', '--dry-run', ...why), /would be deleted/)
    await ben.ok('get', 'model', 'gone')
    const deleted = JSON.parse(await ben.ok('delete', 'model', 'gone', '-o', 'json', ...why)) as object
    assert.partialDeepStrictEqual(deleted, { kind: 'Model', key: 'gone', dryRun: false, generation: 2 })
    await ben.refused('ABOX_FORBIDDEN', 'get', 'model', 'gone')
    assert.match(await ben.ok('undo', 'model', 'gone', ...why), /generation 3/)
    await ben.ok('get', 'model', 'gone')
  })

  test('undo of what made a document takes it away and says so, split undo and hook rollback leave it', async () => {
    const path = await file('solo.yaml', modelDocument('solo', 'rank'))
    await ben.ok('apply', '-f', path, ...why)
    const refused = await ben.refused('ABOX_NOTHING_BEFORE', 'split', 'undo', 'solo', ...why)
    assert.match(refused, /generation 1 of Model solo has nothing before it: `abox delete model solo` takes it away/)
    await ben.ok('get', 'model', 'solo')
    assert.match(await ben.ok('undo', 'model', 'solo', '--dry-run', ...why), /Model solo: would be deleted$/m)
    await ben.ok('get', 'model', 'solo')
    assert.match(await ben.ok('undo', 'model', 'solo', ...why), /^Model solo: deleted$/m)
    await ben.refused('ABOX_FORBIDDEN', 'get', 'model', 'solo')
  })

  test('split undo takes back a move of the split and nothing else', async () => {
    const document = modelDocument('split-undo', 'rank')
    await ben.ok('apply', '-f', await file('s.yaml', document), ...why)
    await ben.ok('split', 'set', 'split-undo', 'old=40%', 'new=60%', ...why)
    assert.match(await ben.ok('split', 'undo', 'split-undo', ...why), /now old 100%, new 0%/)
    const { out, err } = await ben.run('split', 'undo', 'split-undo', ...why)
    assert.match(out, /now old 40%, new 60%/)
    assert.match(err, /^the last change was an undo: this brings back what it took away, generation 2;/)
    await ben.ok('apply', '-f', await file('s.yaml', { ...document, limits: { concurrent: 5 } }), ...why)
    assert.match(
      await ben.refused('ABOX_CLI_OTHER_CHANGE', 'split', 'undo', 'split-undo', ...why),
      /abox undo model split-undo/
    )
  })

  test('what nobody runs within the time is written all the same, and the exit code says so', async () => {
    const path = await file('waited.yaml', modelDocument('waited', 'rank'))
    const error = await ben.refused(
      'ABOX_CLI_WAIT',
      'apply',
      '-f',
      path,
      '--wait',
      'all',
      '--wait-timeout',
      '1',
      ...why
    )
    assert.match(error, /0 of 0 gateways run it, expected 1 to be there/)
    await ben.ok('get', 'model', 'waited')
  })

  test('what was written is printed before the wait for it ends badly', async () => {
    const wait = ['--wait', 'all', '--wait-timeout', '1', '-o', 'json', ...why] as const
    const path = await file('late.yaml', modelDocument('late', 'rank'))
    for (const [args, expected] of [
      [['apply', '-f', path], [{ key: 'late', generation: 1 }]],
      [['split', 'shift', 'late', 'new=1%'], { key: 'late', generation: 2 }],
      [['undo', 'model', 'late'], { key: 'late', generation: 3 }],
      [['delete', 'model', 'late'], { key: 'late', generation: 4 }]
    ] as const) {
      const { code, out, err } = await ben.run(...args, ...wait)
      assert.equal(code, 1)
      assert.match(err, /ABOX_CLI_WAIT/)
      assert.partialDeepStrictEqual(JSON.parse(out), expected)
    }
  })

  test('a wait for what no gateway reads says so', async () => {
    const path = await file('waiting-group.yaml', { kind: 'Algorithm', name: 'bm25', businessGroup: 'rank' })
    const { code, err } = await ann.run('apply', '-f', path, '--wait', 'all', ...why)
    assert.deepEqual([code, err], [0, '  no gateway reads a document of the kind Algorithm: nothing to wait for\n'])
  })

  test('diff shows what apply would change, and its exit code says whether that is anything', async () => {
    const document = modelDocument('differs', 'rank')
    const path = await file('differs.yaml', document)
    const made = await ben.run('diff', '-f', path)
    assert.equal(made.code, 1)
    assert.match(made.out, /^Model differs: would be created \(generation 1\)\n {2}\+ \(whole document\): /)
    await ben.ok('apply', '-f', path, ...why)
    assert.deepEqual(await ben.run('diff', '-f', path), { code: 0, out: '', err: '' })
    await file('differs.yaml', { ...document, limits: { concurrent: 5 } })
    const { code, out } = await ben.run('diff', '-f', path, '-o', 'json')
    assert.equal(code, 1)
    const difference = [{ path: 'limits', after: { concurrent: 5 } }]
    assert.partialDeepStrictEqual(JSON.parse(out), [{ key: 'differs', what: 'changed', difference }])
    assert.equal((await ben.run('diff')).code, 2)
    assert.equal((await ben.run('diff', '-f', `${path}.none`)).code, 3)
  })

  test('kill says where all calls go and how it ends, and whoever looks sees that it is on', async () => {
    await ben.ok('apply', '-f', await file('killed.yaml', modelDocument('killed', 'rank')), ...why)
    const out = await ben.ok('split', 'kill', 'killed', 'new', ...why)
    assert.match(out, /^to end it: abox split unkill killed .*\nkilled: now KILL is on: all to new /m)
    assert.match(
      await ben.ok('split', 'get', 'killed'),
      /^variant +share +ppm +kill\n.*\nold .* none\nnew .* all calls\n/
    )
    assert.match(await ben.ok('split', '--help'), /kill MODEL VARIANT\n +Sends ALL calls TO this variant/)
    assert.doesNotMatch(await ben.ok('split', 'unkill', 'killed', ...why), /KILL/)
  })

  test('an option that would do nothing is refused by its name', async () => {
    for (const [option, ...args] of [
      ['wait', 'split', 'get', 'm', '--wait', 'all'],
      ['dry-run', 'split', 'watch', 'm', '--dry-run'],
      ['count', 'split', 'set', 'm', 'a=100%', '--count', '1'],
      ['reason', 'model', 'try', 'm', '--variant', 'v', '--reason', 'x'],
      ['move-to', 'model', 'online', 'm', '--variant', 'v', '--move-to', 'w'],
      ['group', 'get', 'model', 'm', '-g', 'rank'],
      ['watch', 'get', 'model', 'm', '--watch'],
      ['count', 'get', 'models', '--count', '1'],
      ['environment', 'get', 'environments', '-e', 'zzz'],
      ['environment', 'undo', 'group', 'rank', '-e', 'prod', '--dry-run'],
      ['role', 'token', 'list', '--role', 'viewer'],
      ['title', 'user', 'list', '--title', 'x'],
      ['force', 'server', 'list', '--force'],
      ['force', 'server', 'online', 'gw', '--force', '--reason', 'x']
    ]) {
      const { code, out, err } = await ben.run(...args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, new RegExp(`ABOX_CLI_USAGE: --${option}: found it with`), args.join(' '))
    }
    assert.equal((await ben.run('user', 'list', '-e', 'prod')).code, 2)
    assert.match(await ben.refused('ABOX_CLI_USAGE', 'doctor', 'extra'), /found "extra"/)
  })

  test('get prints names alone, when each was changed, and each change while it watches', async () => {
    await ben.ok('apply', '-f', await file('watched.yaml', modelDocument('watched', 'rank')), ...why)
    assert.match(await ben.ok('get', 'models', '-o', 'name'), /^watched$/m)
    assert.equal(await ben.ok('get', 'model', 'watched', '-o', 'name'), 'watched\n')
    for (const args of [['models'], ['model', 'watched']]) {
      const table = await ben.ok('get', ...args)
      assert.match(table, /^name +group +generation +changed +by/)
      assert.match(table, /^watched +rank +1 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}ben /m)
    }
    assert.match(await ann.ok('get', 'businessgroups'), /^rank/m)
    let isOver = false
    const watched = ben
      .ok('get', 'models', '--watch', '--count', '1', '--output', 'json')
      .finally(() => (isOver = true))
    for (let ppm = 1; !isOver; ppm++) await ben.ok('split', 'shift', 'watched', `new=${ppm}ppm`, '--reason', 'seen')
    assert.partialDeepStrictEqual(JSON.parse(await watched), { action: 'split', key: 'watched', reason: 'seen' })
  })

  test('the audit is chosen by verb and by time', async () => {
    assert.match(await ben.ok('audit', '--action', 'undo', '--since', '1h'), /^when +by +action/)
    assert.doesNotMatch(await ben.ok('audit', '--action', 'undo'), / create /)
    assert.equal(await ben.ok('audit', '--since', '2999-01-01'), 'no line\n')
    await ben.refused('ABOX_CLI_USAGE', 'audit', '--since', 'yesterday')
    assert.equal(await ben.ok('audit', 'server', 'gw-0'), 'no line\n')
  })

  test('without a reason nothing is written', async () => {
    await ben.refused('ABOX_CLI_USAGE', 'delete', 'model', 'rank')
    assert.match(await ben.ok('delete', 'model', 'rank', '--dry-run'), /would be deleted/)
    await ben.refused('ABOX_CLI_USAGE', 'apply', '-f', 'x.yaml', '--reason', ' ')
  })
})
