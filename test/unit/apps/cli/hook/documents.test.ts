import assert from 'node:assert/strict'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import {
  findHook,
  replaceDocuments,
  type WeighedVersion,
  withNewHook,
  withVersions
} from '../../../../../src/apps/cli/hook/documents.ts'
import { hexOfCode } from '../../../../../src/apps/cli/hook/source.ts'

const OLD = `sha256:${'a'.repeat(64)}`
const NEW = `sha256:${'b'.repeat(64)}`
const CHANGE = { by: 'ann', reason: 'because: "so"' }

const FILE = `# the rank team's
kind: Service   # first
interface: a.S
methods:   [ {name: go,   model: m} ]
---
# who may change this
kind: Hook
name: rank   # as the service says
versions:
    # proven in May
    - digest: ${OLD}   # the old one
      weight: 1000000
# one higher each time
generation: 7   # seven
reason: old
changedBy: bob
---
kind: Model   # stays,   as it stands
name: m
`

async function change(text: string, path: string, versions: readonly WeighedVersion[]): Promise<string> {
  return withVersions(text, await findHook(text, path, 'rank'), versions, CHANGE)
}

describe('versions in a documents file', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'abox-hook-documents-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  test('comments, order and all other documents stay as they are', async () => {
    const text = await change(FILE, 'docs.yaml', [
      { digest: OLD, ppm: 990_000 },
      { digest: NEW, ppm: 10_000 }
    ])
    const own = (from: string): string => from.slice(from.indexOf('# who'), from.indexOf('---\nkind: Model'))
    assert.equal(text.replace(own(text), ''), FILE.replace(own(FILE), ''))
    assert.equal(
      own(text),
      `# who may change this
kind: Hook
name: rank # as the service says
versions:
  # proven in May
  - digest: ${OLD} # the old one
    weight: 990000
  - digest: ${NEW}
    weight: 10000
# one higher each time
generation: 8 # seven
reason: 'because: "so"'
changedBy: ann
`
    )
  })

  test('a version named by file is named by its digest from then on, with its comment', async () => {
    await writeFile(join(folder, 'hook.js'), 'export const pre = 1')
    const digest = `sha256:${hexOfCode('export const pre = 1')}`
    const text = 'kind: Hook\nname: rank\nversions:\n  - file: hook.js # ours\n'
    const path = join(folder, 'docs.yaml')
    const found = await findHook(text, path, 'rank')
    assert.deepEqual(found.versions, [
      { digest, ppm: 1_000_000, file: { path: 'hook.js', code: 'export const pre = 1' } }
    ])
    const changed = await change(text, path, [
      { digest, ppm: 1 },
      { digest: NEW, ppm: 999_999 }
    ])
    const { versions } = parse(changed) as { versions: unknown }
    assert.deepEqual(versions, [
      { digest, weight: 1 },
      { digest: NEW, weight: 999_999 }
    ])
    assert.match(changed, /# ours/)
    assert.doesNotMatch(changed, /file:/)
  })

  test('versions on one line come to stand one a line', async () => {
    const text = `kind: Hook\nname: rank\nversions: [{digest: "${OLD}"}] # x\n`
    const changed = await change(text, 'docs.yaml', [
      { digest: OLD, ppm: 0 },
      { digest: NEW, ppm: 1_000_000 }
    ])
    assert.match(
      changed,
      new RegExp(`^  - \\{digest: "${OLD}", weight: 0\\}\n  - \\{digest: ${NEW}, weight: 1000000\\}$`, 'm')
    )
  })

  test('a new hook comes behind the other documents', async () => {
    for (const text of [FILE, `${FILE}---\n`, FILE.trimEnd(), '', '# nothing yet\n']) {
      const added = withNewHook(text, 'other', NEW, CHANGE)
      const values = parseAllDocuments(added).map((document) => document.toJS() as Record<string, unknown> | null)
      assert.deepEqual(values.at(-1), {
        kind: 'Hook',
        name: 'other',
        versions: [{ digest: NEW, weight: 1_000_000 }],
        generation: 1,
        changedBy: 'ann',
        reason: 'because: "so"'
      })
      assert.ok(added.startsWith(text))
    }
  })

  test('what is no document of a hook is refused as a gateway refuses it', async () => {
    await assert.rejects(findHook('kind: Hook\nname: rank\nversions: []\n', 'd.yaml', 'rank'), {
      code: 'ABOX_DOCUMENT_INVALID'
    })
    await assert.rejects(
      findHook(FILE, 'd.yaml', 'rnk'),
      /ABOX_HOOK_VERSION: d\.yaml: found no hook rnk, expected one of: rank/
    )
    await assert.rejects(findHook('kind: Hook\nname: a\nversions: [{file: no.js}]\n', join(folder, 'd.yaml'), 'a'), {
      code: 'ABOX_HOOK_FILE'
    })
  })

  test('of a link the file is replaced and not the link', { skip: process.platform === 'win32' }, async () => {
    await writeFile(join(folder, 'real.yaml'), 'before')
    await symlink('real.yaml', join(folder, 'link.yaml'))
    await replaceDocuments(join(folder, 'link.yaml'), 'before', 'after')
    assert.equal(await readlink(join(folder, 'link.yaml')), 'real.yaml')
    assert.equal(await readFile(join(folder, 'real.yaml'), 'utf8'), 'after')
  })

  test('a file that somebody has saved meanwhile is not overwritten, and nothing is left behind', async () => {
    const path = join(folder, 'saved.yaml')
    await writeFile(path, 'by an editor')
    await assert.rejects(replaceDocuments(path, 'as it was read', 'ours'), { code: 'ABOX_HOOK_LOCKED' })
    assert.equal(await readFile(path, 'utf8'), 'by an editor')
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('saved')),
      ['saved.yaml']
    )
    await replaceDocuments(path, 'by an editor', 'ours')
    assert.equal(await readFile(path, 'utf8'), 'ours')
  })

  test('a new hook is called as it was asked for, whatever YAML makes of the bare word', () => {
    for (const name of ['007', 'true', 'null', '1e3', '0x1F', '2024-05-01', 'yes', '12_3']) {
      assert.equal((parse(withNewHook('', name, NEW, CHANGE)) as { name: unknown }).name, name)
    }
    for (const name of ['a: b', 'a #b', '', ' a', 'a\nkind: Model', '../a']) {
      assert.throws(() => withNewHook('', name, NEW, CHANGE), { code: 'ABOX_DOCUMENT_INVALID' }, name)
    }
  })

  test('the file keeps its mode, whatever the mask of the process', {
    skip: process.platform === 'win32'
  }, async () => {
    const path = join(folder, 'mode.yaml')
    await writeFile(path, 'before')
    await chmod(path, 0o666)
    await replaceDocuments(path, 'before', 'after')
    assert.equal((await stat(path)).mode & 0o777, 0o666)
  })

  test('the file keeps its owner and group', { skip: process.getuid?.() !== 0 }, async () => {
    const path = join(folder, 'owned.yaml')
    await writeFile(path, 'before')
    await chown(path, 12_345, 23_456)
    await replaceDocuments(path, 'before', 'after')
    const { uid, gid } = await stat(path)
    assert.deepEqual([uid, gid], [12_345, 23_456])
  })

  test('where it cannot be replaced, that is told and nothing is left behind', async () => {
    const path = join(folder, 'place')
    await mkdir(join(path, 'full'), { recursive: true })
    await assert.rejects(replaceDocuments(path, 'before', 'after'), { code: 'ABOX_HOOK_FILE' })
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('place')),
      ['place']
    )
  })
})
