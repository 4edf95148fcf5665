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
    assert.match(error, /mine\.yaml, document 1, Model old-copy: .*found generation 2 of ben, expected generation 1/)
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
    assert.match(err, /ABOX_DOCUMENT_INVALID: .*two\.yaml, document 2, Model second: .*limits.*"many"/)
    assert.match(out, /Model first: created \(generation 1\)\n1 of 2 documents are done/)
  })

  test('a dry run says what it cannot know before what is named is there', async () => {
    const group = { kind: 'BusinessGroup', name: 'news', members: [] }
    const path = await file('news.yaml', group, modelDocument('feed', 'news'))
    const out = await ann.ok('apply', '-f', path, '--dry-run', ...why)
    assert.match(out, /BusinessGroup news: would be created/)
    assert.match(out, /Model feed: cannot be tried before what it names is there/)
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

  test('split undo takes back a move of the split and nothing else', async () => {
    const document = modelDocument('split-undo', 'rank')
    await ben.ok('apply', '-f', await file('s.yaml', document), ...why)
    await ben.ok('split', 'set', 'split-undo', 'old=40%', 'new=60%', ...why)
    assert.match(await ben.ok('split', 'undo', 'split-undo', ...why), /now old 100%, new 0%/)
    await ben.ok('apply', '-f', await file('s.yaml', { ...document, limits: { concurrent: 5 } }), ...why)
    assert.match(
      await ben.refused('ABOX_CLI_USAGE', 'split', 'undo', 'split-undo', ...why),
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

  test('without a reason nothing is written', async () => {
    await ben.refused('ABOX_CLI_USAGE', 'delete', 'model', 'rank')
    await ben.refused('ABOX_CLI_USAGE', 'apply', '-f', 'x.yaml', '--reason', ' ')
  })
})
