import type { TSchema } from 'typebox'
import { Algorithm, algorithmChecker } from '#contracts/algorithm'
import { BusinessGroup, businessGroupChecker } from '#contracts/business-group'
import type { Checker } from '#contracts/check'
import { Cluster, clusterChecker } from '#contracts/cluster'
import { Endpoint, endpointChecker } from '#contracts/endpoint'
import { Environment, environmentChecker } from '#contracts/environment'
import { Hook, hookChecker } from '#contracts/hook'
import { type KindRow, keyOf, kindRow } from '#contracts/kinds'
import { Model, modelChecker } from '#contracts/model'
import { Service, serviceChecker } from '#contracts/service'
import { groupRelation, hookRelations, modelRelations, type Relation, serviceRelations } from './relations.ts'

export type ManagedDocument = Service | Model | Hook | Cluster | Endpoint | Environment | BusinessGroup | Algorithm

/** What the manager knows of one kind of document. */
export interface Kind extends KindRow {
  readonly schema: TSchema
  /** Throws ABOX_DOCUMENT_INVALID. */
  readonly check: (value: unknown, source: string) => ManagedDocument
  readonly keyOf: (document: ManagedDocument) => string
  /** '' = the platform's. */
  readonly groupOf: (document: ManagedDocument) => string
  readonly relationsOf: (document: ManagedDocument, scope: string) => Relation[]
}

export const kinds: readonly Kind[] = [
  kindOf<Service>({
    kind: 'Service',
    schema: Service,
    checker: serviceChecker,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: serviceRelations
  }),
  kindOf<Model>({
    kind: 'Model',
    schema: Model,
    checker: modelChecker,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: modelRelations
  }),
  kindOf<Hook>({
    kind: 'Hook',
    schema: Hook,
    checker: hookChecker,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: hookRelations
  }),
  kindOf<Endpoint>({
    kind: 'Endpoint',
    schema: Endpoint,
    checker: endpointChecker,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: ({ businessGroup }) => groupRelation(businessGroup)
  }),
  kindOf<Cluster>({
    kind: 'Cluster',
    schema: Cluster,
    checker: clusterChecker,
    groupOf: () => '',
    relationsOf: () => []
  }),
  kindOf<Environment>({
    kind: 'Environment',
    schema: Environment,
    checker: environmentChecker,
    groupOf: () => '',
    relationsOf: () => []
  }),
  kindOf<BusinessGroup>({
    kind: 'BusinessGroup',
    schema: BusinessGroup,
    checker: businessGroupChecker,
    groupOf: ({ name }) => name,
    relationsOf: ({ members }) =>
      members.flatMap(({ user, environments }) =>
        environments
          .filter((name) => name !== '*')
          .map((key) => ({ scope: '', kind: 'Environment', key, path: `members[${user}].environments` }))
      )
  }),
  kindOf<Algorithm>({
    kind: 'Algorithm',
    schema: Algorithm,
    checker: algorithmChecker,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: ({ businessGroup }) => groupRelation(businessGroup)
  })
]

const byKind = new Map(kinds.map((kind) => [kind.kind as string, kind]))

/** A kind by a name that stands in the code. */
export function kindNamed(name: ManagedDocument['kind']): Kind {
  const kind = byKind.get(name)
  if (kind === undefined) throw new Error(`no kind ${name}`)
  return kind
}

export const findKind = (kind: string): Kind | undefined => byKind.get(kind)

interface ManagedKind<D extends ManagedDocument> {
  readonly kind: D['kind']
  readonly schema: TSchema
  readonly checker: Checker<TSchema>
  readonly groupOf: (document: D) => string | undefined
  readonly relationsOf: (document: D, scope: string) => Relation[]
}

/** The functions of a row get documents that its own checker let through. */
function kindOf<D extends ManagedDocument>({ kind, schema, checker, groupOf, relationsOf }: ManagedKind<D>): Kind {
  return {
    ...kindRow(kind),
    schema,
    check: (value, source) => checker.check(value, source) as D,
    keyOf: (document) => keyOf(document) ?? '',
    groupOf: (document) => groupOf(document as D) ?? '',
    relationsOf: (document, scope) => relationsOf(document as D, scope)
  }
}
