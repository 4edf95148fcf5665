import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readDocumentFiles } from '../../../../../src/apps/cli/manager/documents-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'abox-documents-'))
after(() => rm(folder, { recursive: true }))
const read = async (text: string, name = 'a.yaml') => {
  await writeFile(join(folder, name), text)
  return readDocumentFiles([join(folder, name)])
}

test('documents come in the order in which they can be made', async () => {
  const found = await read(
    'kind: Model\nname: rank\n---\nkind: Cluster\nname: legacy\n---\nkind: Environment\nname: qa\n'
  )
  assert.deepEqual(
    found.map(({ kind, key }) => `${kind.kind} ${key}`),
    ['Environment qa', 'Cluster legacy', 'Model rank']
  )
})

test('a list is read as `abox get -o yaml` prints it', async () => {
  const found = await read('- kind: Model\n  name: rank\n- kind: Model\n  name: fraud\n')
  assert.deepEqual(
    found.map(({ key }) => key),
    ['rank', 'fraud']
  )
})

test('the generation is what was seen, and what the manager writes itself is not sent', async () => {
  const [found] = await read('kind: Model\nname: rank\ngeneration: 3\nchangedBy: ann\nreason: why\n')
  assert.deepEqual([found?.generation, found?.body], [3, { kind: 'Model', name: 'rank' }])
})

test('a service is named by interface, version and group', async () => {
  const [found] = await read('kind: Service\ninterface: com.example.A\nversion: "1.0"\ngroup: g\n')
  assert.equal(found?.key, 'com.example.A:1.0@g')
})

for (const [what, text, message] of [
  ['an unknown kind', 'kind: Modell\nname: a\n', /document 1: kind: found "Modell", expected Environment/],
  ['no name', 'kind: Model\n', /document 1: found no name/],
  ['broken YAML', 'kind: [Model\n', /document 1: /],
  ['a text', 'hello\n', /document 1: expected keys/],
  ['the same twice', 'kind: Model\nname: a\n---\nkind: Model\nname: a\n', /document 2: found Model a again/],
  ['a list with a text', '- kind: Model\n  name: a\n- b\n', /document 1, item 2: expected keys/],
  [
    'a number that would be sent as another one',
    'kind: Model\nname: a\nsample:\n  - [1, +12345678901234567890]\n',
    /document 1, line 4: found \+12345678901234567890, which would become 12345678901234567000/
  ],
  ['an endless number', 'kind: Model\nname: a\nsample: .inf\n', /line 3: found \.inf, which would become null/],
  ['a generation that is none', 'kind: Model\nname: a\ngeneration: "3"\n', /generation: found "3"/]
] as const) {
  test(`${what} is refused with its place`, async () => {
    await assert.rejects(read(text), { code: 'ABOX_CLI_DOCUMENT', message })
  })
}

test('a file that is not there is named', async () => {
  await assert.rejects(readDocumentFiles([join(folder, 'none.yaml')]), {
    code: 'ABOX_CLI_DOCUMENT',
    message: /none\.yaml: ENOENT/
  })
})
