import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileModel, compileService } from '../../../../../src/apps/gateway/documents/compile.ts'
import { parseDocument } from '../../../../../src/apps/gateway/documents/parse.ts'
import { checkModel } from '../../../../../src/apps/manager/documents/check-model.ts'
import { checkService } from '../../../../../src/apps/manager/documents/check-service.ts'
import { kindNamed } from '../../../../../src/apps/manager/documents/kinds.ts'
import { placeOf, publishedText } from '../../../../../src/apps/manager/publish/published.ts'
import type { Model } from '../../../../../src/contracts/model.ts'
import type { Service } from '../../../../../src/contracts/service.ts'
import { AboxError } from '../../../../../src/core/errors.ts'

/** One of these, mostly the first, so that many documents have at most one thing that is wrong. */
const mostly = <T>(usual: T, ...odd: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: odd.length, arbitrary: fc.constantFrom(...odd) })
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 })

const bound = fc.record(
  { ratePerSecond: mostly(5, 0, 0.001, 1e7), burst: mostly(3, 0, 1.5), concurrent: mostly(4, -1) },
  { requiredKeys: [] }
)
const limits = maybe(
  fc
    .record(
      { callers: maybe(fc.dictionary(fc.constantFrom('a', '*', 'x.y', '__proto__'), bound, { maxKeys: 2 })) },
      { requiredKeys: [] }
    )
    .chain((callers) => bound.map((numbers) => ({ ...numbers, ...callers })))
)

const variant = (name: string) =>
  fc.record(
    {
      name: mostly(name, 'a', 'x/y'),
      cluster: fc.constant('legacy'),
      protocol: mostly('raw', 'v2', 'tensorflow', 'seldon', 'none'),
      endpoints: mostly<string[] | undefined>(
        ['http://10.0.0.1:8501'],
        ['http://a:65536', 'http://b'],
        ['http://a\\b'],
        ['http://%'],
        ['https://[::1]:1', 'http://a'],
        [],
        undefined
      ),
      endpoint: mostly<string | undefined>(undefined, 'partner'),
      discover: mostly<string | undefined>(undefined, 'workers'),
      path: mostly('/p', '/漢', '/a\u0001', '/a b', '/é', '/?q=1', 'p', '/a%20"\\'),
      host: mostly<string | undefined>(undefined, 'a.b:80', 'a:b:c..', '-', 'a..b', '::1'),
      state: mostly<string | undefined>(undefined, 'online', 'offline'),
      headers: maybe(
        fc.dictionary(
          mostly('x-a', 'Host', 'TE', 'expect', 'Content-Length', 'keep-alive', 'x y', 'authorization', '__proto__'),
          mostly<unknown>('v', '漢字', '\u0001', 'a\r\nb', '\t', 'é', { secret: 's' }, { secret: '/' }),
          { maxKeys: 2 }
        )
      ),
      health: mostly<string | undefined>(undefined, '/h', '/\u007f', 'h')
    },
    { requiredKeys: ['name', 'cluster', 'protocol', 'path'] }
  )

const share = mostly(1_000_000, 0, 500_000, -1, 0.5)
const split = maybe(
  fc.record(
    {
      weights: fc.oneof(
        fc.constant({ a: 1_000_000 }),
        fc.constant({ a: 400_000, b: 600_000 }),
        fc.constant({}),
        fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), share, { maxKeys: 3 })
      ),
      kill: mostly<string | undefined>(undefined, 'a', 'b', 'c'),
      pins: maybe(
        fc.array(fc.record({ caller: fc.constantFrom('x', ''), variant: mostly('a', 'b', 'c') }), { maxLength: 2 })
      ),
      sticky: maybe(fc.record({ by: mostly('attachments.user', 'attachments.', 'args') })),
      shadow: maybe(fc.record({ variant: mostly('a', 'b', 'c'), ppm: share })),
      allowForced: maybe(fc.boolean())
    },
    { requiredKeys: ['weights'] }
  )
)
const model = fc
  .integer({ min: 1, max: 3 })
  .chain((count) => fc.tuple(...['a', 'b', 'c'].slice(0, count).map(variant)))
  .chain((variants) =>
    fc.record({
      kind: fc.constant('Model'),
      name: fc.constant('rank'),
      variants: fc.constant(variants),
      split,
      limits,
      sample: fc.constant({ instances: [[1]] })
    })
  )

const typeText = mostly(
  'java.lang.String',
  'int',
  'int[',
  'a.Item',
  'java.util.List<a.Item>',
  'a.Unknown',
  'void',
  'x<',
  ''
)
const pathText = mostly('args[0]', 'args', 'args[0].a', 'args[', 'args[0]..b', 'args[9999999999]', 'args["a"]', 'argsx')
const method = fc.record(
  {
    name: mostly('score', 'other', 'a b'),
    parameters: maybe(fc.array(typeText, { maxLength: 2 })),
    model: mostly<string | undefined>('rank', undefined),
    modelFrom: mostly<string | undefined>(
      undefined,
      'args[0]',
      'attachments.m',
      'attachments.',
      'args[0',
      'args[0]..a'
    ),
    input: maybe(pathText),
    output: maybe(mostly('a.b', 'a..b', '[0', '["x"]')),
    returns: maybe(typeText),
    timeoutMs: maybe(mostly(5, 0)),
    limits,
    record: maybe(
      fc.record({ mask: fc.array(mostly('args[*].a', '**.b', 'nothing', 'args', 'a..', 'request'), { maxLength: 2 }) })
    )
  },
  { requiredKeys: ['name'] }
)
const service = fc.record(
  {
    kind: fc.constant('Service'),
    interface: mostly('com.example.Rank', 'a b'),
    version: mostly<string | undefined>(undefined, '1.0', '0.0.0', ''),
    token: mostly<unknown>(undefined, 'abc', 'a b', { secret: 's' }),
    methods: fc.array(method, { minLength: 1, maxLength: 3 }),
    types: maybe(
      fc.record({
        'a.Item': fc.oneof(
          fc.constant({ fields: { id: 'long' } }),
          fc.constant({ fields: { id: 'nonsense[' } }),
          fc.constant({ fields: { id: 'void' } }),
          fc.constant({ enum: ['A'], fields: {} }),
          fc.constant({ enum: ['A'] })
        )
      })
    ),
    limits,
    record: maybe(fc.record({ ppm: share, mask: fc.array(mostly('args', 'nothing'), { maxLength: 1 }) }))
  },
  { requiredKeys: ['kind', 'interface', 'methods'] }
)

/** The document as the manager keeps it; undefined: it refuses it. Anything but an AboxError is a defect. */
function takenBy<D>(kind: 'Model' | 'Service', raw: unknown, check: (document: D) => void): D | undefined {
  try {
    const document = kindNamed(kind).check(JSON.parse(JSON.stringify(raw)), kind)
    check(document as D)
    return document as D
  } catch (error) {
    assert.ok(error instanceof AboxError, String(error))
    assert.ok(['ABOX_DOCUMENT_INVALID', 'ABOX_SPLIT_WEIGHTS'].includes(error.code), error.message)
    return undefined
  }
}

/** The same document as a gateway reads it; undefined: nothing is published of it. */
function published<D>(kind: 'Model' | 'Service', document: Model | Service): D | undefined {
  const body = JSON.stringify(document)
  const text = publishedText({ body, deleted: 0, generation: 1, changed_by: 'ann', reason: '' })
  const key = placeOf(kind, kindNamed(kind).keyOf(document))
  return text === undefined ? undefined : (parseDocument({ key, source: key, text }) as D)
}

const secret = (): string => 'value'

test('what the manager accepts of models, the compiler of the gateways accepts', () => {
  let taken = 0
  fc.assert(
    fc.property(model, (raw) => {
      const document = takenBy<Model>('Model', raw, checkModel)
      // The manager puts the addresses of an Endpoint in before it publishes.
      if (document === undefined || document.variants.some(({ endpoint }) => endpoint !== undefined)) return
      taken++
      const read = published<Model>('Model', document)
      if (read !== undefined) compileModel(read, secret)
    }),
    { numRuns: 4000 }
  )
  assert.ok(taken > 100, `only ${taken} models were accepted`)
})

test('what the manager accepts of services, the compiler of the gateways accepts', () => {
  const variants = [{ name: 'a', cluster: 'c', protocol: 'raw', endpoints: ['http://a'], path: '/' }] as const
  const rank = compileModel({ kind: 'Model', name: 'rank', variants: [...variants] } as unknown as Model)
  const context = { models: new Map([['rank', rank]]), hooks: new Map(), timeoutMs: 1000, secret }
  let taken = 0
  fc.assert(
    fc.property(service, (raw) => {
      const document = takenBy<Service>('Service', raw, checkService)
      if (document === undefined) return
      taken++
      const read = published<Service>('Service', document)
      if (read !== undefined) compileService(read, context)
    }),
    { numRuns: 4000 }
  )
  assert.ok(taken > 100, `only ${taken} services were accepted`)
})
