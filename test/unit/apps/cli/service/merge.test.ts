import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import type { ServiceDraft } from '../../../../../src/apps/cli/service/draft.ts'
import { draftFromJars } from '../../../../../src/apps/cli/service/from-jars.ts'
import { mergeInto } from '../../../../../src/apps/cli/service/merge.ts'
import { jarsOf } from '../../../lib/class-files/made.ts'

const RANK = 'com.example.rank'
const draft = draftFromJars(jarsOf('rank-api.jar'), `${RANK}.RankService`, 'rank-api.jar')

const FILE = `# who may change this: the rank team
kind: Service   # a comment
interface: ${RANK}.RankService
version: 1.0.0
generation: 7
limits: {ratePerSecond: 100}
methods:
    # the important one
    - name: rank   # called a lot
      model: rank-v3
      hook: features
      output: "outputs[0]"
      idempotent: true
    - name: strict
      modelFrom: attachments.model
      returns: ${RANK}.RankResult
      throws: [a.Own]
    - {name: own, model: other, returns: int}
types:
    # kept small
    ${RANK}.Level: {enum: [LOW, HIGH]}
    ${RANK}.ItemScore:
        fields:
            id: int          # was int for years
            title: "java.lang.String"   # shown
            old: int
    a.Own: {fields: {}, exception: true}
---
# another document,   as it stands
kind: Model
name:   rank-v3
variants: [ {name: a,  cluster: a, protocol: raw, endpoints: ['http://h'], path: /} ]
`

const merge = (text: string, from: ServiceDraft = draft, model?: string) =>
  mergeInto(text, 'services.yaml', from, { model })

/** The first document of a text. */
const first = (text: string): Record<string, unknown> =>
  (parseAllDocuments(text)[0]?.toJS() ?? {}) as Record<string, unknown>

describe('merging an import into a file', () => {
  test('what a person wrote stays: keys, comments, other documents', () => {
    const { text } = merge(FILE)
    const [, other] = text.split('---\n')
    assert.equal(other, FILE.split('---\n')[1])
    for (const line of [
      '# who may change this: the rank team',
      '# a comment',
      '# the important one',
      '# called a lot',
      '# kept small',
      '# was int for years',
      '# shown'
    ]) {
      assert.ok(text.includes(line), line)
    }
    const service = parseAllDocuments(text)[0]?.toJS() as Record<string, unknown> & {
      methods: Record<string, unknown>[]
    }
    assert.deepEqual(service['limits'], { ratePerSecond: 100 })
    assert.equal(service['version'], '1.0.0')
    assert.deepEqual(service.methods[0], {
      name: 'rank',
      model: 'rank-v3',
      hook: 'features',
      output: 'outputs[0]',
      idempotent: true,
      returns: `${RANK}.RankResult`
    })
    assert.deepEqual(service.methods[1]?.['throws'], ['a.Own', `${RANK}.RankException`])
    assert.deepEqual(service.methods[2], { name: 'own', model: 'other', returns: 'int' })
  })

  test('types become what the jar says, in its order, and those that a person added stay', () => {
    const types = first(merge(FILE).text)['types'] as Record<string, { fields?: object; enum?: string[] }>
    assert.deepEqual(types[`${RANK}.Level`]?.enum, ['LOW', 'MIDDLE', 'HIGH'])
    assert.deepEqual(
      Object.entries(types[`${RANK}.ItemScore`]?.fields ?? {}),
      Object.entries(draft.types[`${RANK}.ItemScore`]?.fields ?? {})
    )
    assert.deepEqual(types['a.Own'], { fields: {}, exception: true })
    assert.deepEqual(Object.keys(types).sort(), ['a.Own', ...Object.keys(draft.types)])
  })

  test('the generation grows by one, and a second import changes nothing', () => {
    const once = merge(FILE)
    assert.equal(first(once.text)['generation'], 8)
    assert.equal(merge(once.text).text, once.text)
  })

  test('methods are added only when a model for them is named', () => {
    const without = merge(FILE)
    assert.ok(
      without.services[0]?.left.some((text) =>
        /method score\(java\.util\.List, java\.util\.Map\) was not added: --model/.test(text)
      )
    )
    assert.equal(without.services[0]?.after.methods.length, 3)
    const added = merge(FILE, draft, 'rank-v3').services[0]?.after.methods.find(({ name }) => name === 'score')
    assert.deepEqual(added, { name: 'score', model: 'rank-v3', returns: 'java.util.List<java.lang.Double>' })
  })

  test('every version and group of the interface in the file is brought up to date', () => {
    const one = `kind: Service\ninterface: ${RANK}.RankService\nmethods: [{name: echo, model: m}]\n`
    const { text, services } = merge(`${one}---\n${one}version: 2.0.0\n`)
    assert.equal(services.length, 2)
    for (const document of parseAllDocuments(text)) {
      assert.equal((document.toJS() as { methods: { returns: string }[] }).methods[0]?.returns, 'java.lang.String')
    }
  })

  test('a service that the file does not have is added at its end', () => {
    const other = 'kind: Model\nname: m\n'
    const { text } = merge(other, draft, 'm')
    assert.ok(text.startsWith(`${other}---\nkind: Service\n`))
    assert.equal(first(merge('', draft, 'm').text)['interface'], `${RANK}.RankService`)
  })

  test('metadata keeps the order of fields and what says more, and takes over what is new', () => {
    const text = `kind: Service
interface: ${RANK}.RankService
methods:
  - {name: one, model: m, returns: "a.Page<a.B>"}
types:
  a.Page: {fields: {rows: "java.util.List<T>", size: int}}
  a.B: {fields: {x: int}}
`
    const lossy: ServiceDraft = {
      ...draft,
      lossy: true,
      methods: [
        {
          name: 'one',
          returns: 'a.Page',
          parameters: [],
          parameterTypes: [],
          overloaded: false,
          throws: [],
          later: false
        }
      ],
      types: {
        'a.Page': { fields: { more: 'long', size: 'int', rows: 'java.util.List<java.lang.Object>' } },
        'a.B': { fields: { x: 'int' } }
      }
    }
    const { after } = merge(text, lossy).services[0] ?? {}
    assert.deepEqual(Object.entries(after?.types?.['a.Page']?.fields ?? {}), [
      ['rows', 'java.util.List<T>'],
      ['size', 'int'],
      ['more', 'long']
    ])
    assert.equal(after?.methods[0]?.returns, 'a.Page<a.B>')
  })

  test('a renamed type parameter is renamed in all fields of the class', () => {
    const text = `kind: Service
interface: ${RANK}.RankService
methods: [{name: one, model: m}]
types:
  a.P: {fields: {x: X, y: Y}}
`
    const now: ServiceDraft = { ...draft, methods: [], types: { 'a.P': { fields: { x: 'A', y: 'B', z: 'B' } } } }
    assert.deepEqual(merge(text, now).services[0]?.after.types?.['a.P']?.fields, { x: 'A', y: 'B', z: 'B' })
  })

  test('a file that is no YAML is refused with file and document', () => {
    assert.throws(() => merge('kind: [Service\n'), {
      code: 'ABOX_DOCUMENT_INVALID',
      message: /services\.yaml \(document 1\)/
    })
  })
})
