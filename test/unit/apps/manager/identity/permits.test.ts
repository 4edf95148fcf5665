import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { differences } from '../../../../../src/apps/manager/documents/difference.ts'
import { findKind, kinds, type ManagedDocument } from '../../../../../src/apps/manager/documents/kinds.ts'
import { permitOf } from '../../../../../src/apps/manager/identity/permits.ts'
import type { Principal } from '../../../../../src/apps/manager/identity/principal.ts'
import type { Role } from '../../../../../src/contracts/business-group.ts'
import { AboxError } from '../../../../../src/core/errors.ts'

const ROLES: readonly Role[] = ['viewer', 'engineer', 'operator', 'admin']
const GROUPS = ['rank', 'fraud', 'platform'] as const
const ENVIRONMENTS = ['*', 'qa', 'prod'] as const
const ACTOR = { name: 'alice', by: 'session', address: '', request: '' }

interface Row {
  readonly kind: ManagedDocument['kind']
  readonly what: string
  /** The least role. `platform`: only in that group. */
  readonly least: Role | `platform ${Role}`
  readonly before?: object
  /** What it said before it was deleted. */
  readonly last?: object
  readonly after?: object
}

const group = { businessGroup: 'rank' }
const variant = { cluster: 'c', protocol: 'v2', path: '/', endpoints: ['http://a'] }
const model = {
  ...group,
  name: 'm',
  variants: [
    { ...variant, name: 'a' },
    { ...variant, name: 'b' }
  ],
  split: { weights: { a: 1_000_000, b: 0 } }
}
const [a, b] = model.variants
const service = { ...group, interface: 'com.example.S', methods: [] }
const hook = { ...group, name: 'h', versions: [{ digest: 'sha256:1', weight: 1_000_000 }] }
const endpoint = { ...group, name: 'e', origin: 'https://a' }
const algorithm = { ...group, name: 'a' }
const cluster = { name: 'c', type: 'legacy' }
const environment = { name: 'qa', publish: { kind: 'embedded' } }
const team = { name: 'rank', members: [] }

/** Made, changed and deleted. */
const three = (kind: Row['kind'], least: Row['least'], document: object): Row[] => [
  { kind, what: 'create', least, after: document },
  { kind, what: 'change', least, before: document, after: { ...document, title: 'new' } },
  { kind, what: 'delete', least, before: document }
]

/** All documents are of the group `rank`, in `qa` or in no environment. */
const TABLE: readonly Row[] = [
  ...three('Model', 'engineer', model).filter(({ what }) => what !== 'delete'),
  { kind: 'Model', what: 'delete while a variant has calls', least: 'operator', before: model },
  {
    kind: 'Model',
    what: 'delete while its only variant is online',
    least: 'operator',
    before: { ...model, variants: [a], split: undefined }
  },
  {
    kind: 'Model',
    what: 'delete while all are offline',
    least: 'engineer',
    before: { ...model, variants: [{ ...a, state: 'offline' }], split: undefined }
  },
  ...three('Hook', 'engineer', hook),
  ...three('Algorithm', 'engineer', algorithm),
  ...three('Service', 'operator', service),
  ...three('Endpoint', 'operator', endpoint),
  ...three('Cluster', 'platform admin', cluster),
  ...three('Environment', 'platform admin', environment),
  { kind: 'BusinessGroup', what: 'create', least: 'platform admin', after: team },
  { kind: 'BusinessGroup', what: 'change', least: 'admin', before: team, after: { ...team, title: 'new' } },
  { kind: 'BusinessGroup', what: 'delete', least: 'admin', before: team },
  ...[
    { what: 'move a weight', change: { split: { weights: { a: 0, b: 1_000_000 } } } },
    { what: 'drop the split', change: { split: undefined } },
    { what: 'kill', change: { split: { ...model.split, kill: 'a' } } },
    { what: 'pin', change: { split: { ...model.split, pins: [{ caller: 'x', variant: 'b' }] } } },
    { what: 'take offline', change: { variants: [a, { ...b, state: 'offline' }] } }
  ].map(
    ({ what, change }): Row => ({
      kind: 'Model',
      what,
      least: 'operator',
      before: model,
      after: { ...model, ...change }
    })
  ),
  ...[
    { what: 'redirect a variant that has calls', change: { variants: [{ ...a, endpoints: ['http://b'] }, b] } },
    { what: 'take away a variant that has calls', change: { variants: [b], split: { weights: { b: 1_000_000 } } } }
  ].map(
    ({ what, change }): Row => ({
      kind: 'Model',
      what,
      least: 'operator',
      before: model,
      after: { ...model, ...change }
    })
  ),
  {
    kind: 'Model',
    what: 'redirect the only variant of a model without a split',
    least: 'operator',
    before: { ...model, variants: [a], split: undefined },
    after: { ...model, variants: [{ ...a, path: '/other' }], split: undefined }
  },
  {
    kind: 'Model',
    what: 'redirect a variant that has no calls',
    least: 'engineer',
    before: model,
    after: { ...model, variants: [a, { ...b, endpoints: ['http://b'] }] }
  },
  ...[
    { what: 'give the only variant a second one that is offline', b: { state: 'offline' } },
    { what: 'give the only variant a second one without calls', b: {} }
  ].map(
    ({ what, b: more }): Row => ({
      kind: 'Model',
      what,
      least: 'engineer',
      before: { ...model, variants: [a], split: undefined },
      after: { ...model, variants: [a, { ...b, ...more }] }
    })
  ),
  ...[{ state: 'offline' }, {}].map(
    (more): Row => ({
      kind: 'Model',
      what: `leave out the split of a second variant (${more.state ?? 'online'}), which the document's check refuses`,
      least: 'engineer',
      before: { ...model, variants: [a], split: undefined },
      after: { ...model, variants: [a, { ...b, ...more }], split: undefined }
    })
  ),
  {
    kind: 'Model',
    what: 'add a variant with its weight of 0',
    least: 'engineer',
    before: model,
    after: {
      ...model,
      variants: [a, b, { ...variant, name: 'c' }],
      split: { weights: { ...model.split.weights, c: 0 } }
    }
  },
  {
    kind: 'Model',
    what: 'take away a variant without calls',
    least: 'engineer',
    before: model,
    after: { ...model, variants: [a], split: undefined }
  },
  ...[
    { what: 'give calls to a new variant', split: { weights: { a: 900_000, b: 100_000 } } },
    { what: 'pin a caller to a new variant', split: { ...model.split, pins: [{ caller: 'x', variant: 'b' }] } },
    { what: 'kill in a first split', split: { ...model.split, kill: 'b' } }
  ].map(
    ({ what, split }): Row => ({
      kind: 'Model',
      what,
      least: 'operator',
      before: { ...model, variants: [a], split: undefined },
      after: { ...model, split }
    })
  ),
  {
    kind: 'Model',
    what: 'put a new variant in the place of one that is offline',
    least: 'operator',
    before: { ...model, variants: [{ ...a, state: 'offline' }], split: undefined },
    after: { ...model, variants: [b], split: undefined }
  },
  { kind: 'Model', what: 'make again as it was', least: 'engineer', last: model, after: model },
  {
    kind: 'Model',
    what: 'make again with another split',
    least: 'operator',
    last: model,
    after: { ...model, split: { weights: { a: 0, b: 1_000_000 } } }
  },
  {
    kind: 'Model',
    what: 'make again where its calls go elsewhere',
    least: 'operator',
    last: model,
    after: { ...model, variants: [{ ...a, endpoints: ['http://b'] }, b] }
  },
  {
    kind: 'Model',
    what: 'add a variant',
    least: 'engineer',
    before: model,
    after: { ...model, variants: [a, b, { ...variant, name: 'c' }] }
  },
  {
    kind: 'Model',
    what: 'give away',
    least: 'platform engineer',
    before: model,
    after: { ...model, businessGroup: 'other' }
  },
  {
    kind: 'Model',
    what: 'make without a group',
    least: 'platform engineer',
    after: { ...model, businessGroup: undefined }
  }
]

/** What takes an operator, and how he is told of it who is none. */
const CALLS: readonly [after: object | undefined, why: string][] = [
  [undefined, 'variants[a]: it has calls (split.weights.a is 100%)'],
  [{ ...model, split: { weights: { a: 900_000, b: 100_000 } } }, 'split.weights.a: found 90%, was 100%'],
  [{ ...model, split: { ...model.split, kill: 'a' } }, 'split.kill: it says where calls go'],
  [{ ...model, variants: [a, { ...b, state: 'offline' }] }, 'variants[b].state: it says where calls can go'],
  [{ ...model, variants: [{ ...a, path: '/other' }, b] }, 'variants[a].path: it has calls (split.weights.a is 100%)']
]

/** What anybody with a role for the environment may see, so that he is told which role he lacks. */
const SEEN_BY_ALL: readonly string[] = ['Cluster', 'Environment']

describe('permits', () => {
  test('the table has every kind', () => {
    assert.deepEqual(new Set(TABLE.map(({ kind }) => kind)), new Set(kinds.map(({ kind }) => kind)))
  })

  for (const row of TABLE) {
    test(`${row.kind}, ${row.what}: at least ${row.least}`, () => {
      for (const role of ROLES) {
        for (const businessGroup of GROUPS) {
          for (const place of ENVIRONMENTS) {
            const principal: Principal = { actor: ACTOR, grants: [{ businessGroup, role, environment: place }] }
            assert.equal(
              outcome(row, principal),
              expected(row, role, businessGroup, place),
              `${businessGroup} ${role} ${place}`
            )
          }
        }
      }
      assert.equal(outcome(row, { actor: ACTOR, grants: [] }), 'ABOX_FORBIDDEN', 'nobody')
    })
  }

  test('roles of two groups together let a model go from one to the other', () => {
    const row: Row = {
      kind: 'Model',
      what: 'give away',
      least: 'engineer',
      before: model,
      after: { ...model, businessGroup: 'fraud' }
    }
    const grant = (businessGroup: string, role: Role) => ({ businessGroup, role, environment: 'qa' })
    const both = [grant('rank', 'engineer'), grant('fraud', 'engineer')]
    assert.equal(outcome(row, { actor: ACTOR, grants: both }), 'yes')
    const half = [grant('rank', 'engineer'), grant('fraud', 'viewer')]
    assert.equal(outcome(row, { actor: ACTOR, grants: half }), 'ABOX_FORBIDDEN')
  })

  test('what may not be seen and what is not there are told alike', () => {
    const principal: Principal = { actor: ACTOR, grants: [{ businessGroup: 'fraud', role: 'admin', environment: '*' }] }
    const hidden = messageOf({ kind: 'Model', what: '', least: 'engineer', before: model, after: model }, principal)
    const missing = messageOf({ kind: 'Model', what: '', least: 'engineer' }, principal)
    assert.equal(hidden, missing)
    assert.doesNotMatch(hidden, /rank/)
  })

  test('a name that another group has used tells nothing: a model under it is new', () => {
    const engineer: Principal = {
      actor: ACTOR,
      grants: [{ businessGroup: 'rank', role: 'engineer', environment: 'qa' }]
    }
    const after = { ...model, split: { weights: { a: 0, b: 1_000_000 } } }
    const last = { ...model, businessGroup: 'fraud' }
    assert.equal(outcome({ kind: 'Model', what: '', least: 'engineer', last, after }, engineer), 'yes')
    assert.equal(
      outcome({ kind: 'Model', what: '', least: 'engineer', last: model, after }, engineer),
      'ABOX_FORBIDDEN'
    )
  })

  test('who may not see a model is not told which of its variants has calls', () => {
    const stranger: Principal = {
      actor: ACTOR,
      grants: [{ businessGroup: 'fraud', role: 'engineer', environment: 'qa' }]
    }
    for (const row of [{ before: model }, { last: model, after: { ...model, businessGroup: 'other' } }]) {
      const told = messageOf({ kind: 'Model', what: '', least: 'operator', ...row }, stranger)
      assert.match(told, /^ABOX_FORBIDDEN: /)
      assert.doesNotMatch(told, /variants|split|operator/)
    }
  })

  test('who makes a model again for another group with another split is an operator of both', () => {
    const grants = [
      { businessGroup: 'rank', role: 'engineer', environment: 'qa' },
      { businessGroup: 'fraud', role: 'operator', environment: 'qa' }
    ] as const
    const after = { ...model, businessGroup: 'fraud', split: { weights: { a: 0, b: 1_000_000 } } }
    const row: Row = { kind: 'Model', what: '', least: 'operator', last: model, after }
    assert.equal(outcome(row, { actor: ACTOR, grants }), 'ABOX_FORBIDDEN')
    const both = grants.map((grant) => ({ ...grant, role: 'operator' as const }))
    assert.equal(outcome(row, { actor: ACTOR, grants: both }), 'yes')
  })

  test('a refusal says in which group a role would do, and what is not there is told by the name that was asked for', () => {
    const of = (businessGroup: string, role: Role, environment = 'qa'): Principal => ({
      actor: ACTOR,
      grants: [{ businessGroup, role, environment }]
    })
    const told: readonly (readonly [Row, Principal, string])[] = [
      [
        { kind: 'Model', what: '', least: 'engineer', before: model, after: model },
        of('rank', 'viewer'),
        'ABOX_FORBIDDEN: Model: expected at least the role engineer in its business group in qa'
      ],
      ...CALLS.map(([after, why]): [Row, Principal, string] => [
        { kind: 'Model', what: '', least: 'operator', before: model, ...(after !== undefined && { after }) },
        of('rank', 'engineer'),
        `ABOX_FORBIDDEN: Model: expected at least the role operator in its business group in qa: ${why}`
      ]),
      [
        { kind: 'Model', what: '', least: 'engineer', after: { ...model, businessGroup: undefined } },
        of('rank', 'admin'),
        'ABOX_FORBIDDEN: Model: expected at least the role engineer in the group platform in qa'
      ],
      [
        { kind: 'Cluster', what: '', least: 'admin', before: cluster, after: cluster },
        of('rank', 'admin'),
        'ABOX_FORBIDDEN: Cluster: expected at least the role admin in the group platform in qa'
      ],
      [
        { kind: 'Cluster', what: '', least: 'admin' },
        of('rank', 'admin', 'prod'),
        'ABOX_FORBIDDEN: Cluster: expected at least the role viewer in any group in qa'
      ],
      [
        { kind: 'Algorithm', what: '', least: 'engineer', before: algorithm, after: algorithm },
        of('rank', 'engineer'),
        'ABOX_FORBIDDEN: Algorithm: expected at least the role engineer in its business group in all environments'
      ],
      [
        { kind: 'BusinessGroup', what: '', least: 'admin', after: team },
        of('rank', 'admin', '*'),
        'ABOX_FORBIDDEN: BusinessGroup: expected at least the role admin in the group platform in all environments'
      ],
      [
        { kind: 'Model', what: '', least: 'engineer' },
        of('platform', 'viewer'),
        'ABOX_NOT_FOUND: Model "m": found none in qa'
      ]
    ]
    for (const [row, principal, text] of told) assert.equal(messageOf(row, principal), text)
  })
})

function expected({ kind, least, before }: Row, role: Role, businessGroup: string, place: string): string {
  const isPlatform = businessGroup === 'platform'
  const wanted = least.replace('platform ', '') as Role
  const isGlobal = findKind(kind)?.scope === 'global'
  const inGroup = isPlatform || (businessGroup === 'rank' && !least.startsWith('platform '))
  const inPlace = place === '*' || (place === 'qa' && !isGlobal)
  if (inGroup && inPlace && ROLES.indexOf(role) >= ROLES.indexOf(wanted)) return 'yes'
  // A member of the platform is told that it is not there, whether it is not or is none of his.
  const isToldSo = isPlatform && (place !== 'prod' || isGlobal)
  const sees = SEEN_BY_ALL.includes(kind) ? place !== 'prod' : isToldSo
  return before !== undefined && !sees && isToldSo ? 'ABOX_NOT_FOUND' : 'ABOX_FORBIDDEN'
}

function ask({ kind: name, before, last, after }: Row, principal: Principal): void {
  const kind = findKind(name)
  assert.ok(kind)
  const [was, buried, is] = [before, last, after].map((document) =>
    document === undefined ? undefined : (JSON.parse(JSON.stringify({ kind: name, ...document })) as ManagedDocument)
  )
  const scope = kind.scope === 'global' ? '' : 'qa'
  permitOf(principal)({ kind, scope, key: 'm', before: was, last: buried, after: is, difference: differences(was, is) })
}

function outcome(row: Row, principal: Principal): string {
  try {
    ask(row, principal)
    return 'yes'
  } catch (error) {
    return AboxError.from(error).code
  }
}

function messageOf(row: Row, principal: Principal): string {
  try {
    ask(row, principal)
    return ''
  } catch (error) {
    return AboxError.from(error).message
  }
}
