import type { TSchema } from 'typebox'
import { Algorithm, algorithmChecker } from '#contracts/algorithm'
import { BusinessGroup, businessGroupChecker } from '#contracts/business-group'
import type { Checker } from '#contracts/check'
import { Cluster, clusterChecker } from '#contracts/cluster'
import { Endpoint, endpointChecker } from '#contracts/endpoint'
import { Environment, environmentChecker } from '#contracts/environment'
import { Hook, hookChecker } from '#contracts/hook'
import { Model, modelChecker } from '#contracts/model'
import { Service, serviceChecker, serviceKey } from '#contracts/service'
import { groupRelation, hookRelations, modelRelations, type Relation, serviceRelations } from './relations.ts'

export type ManagedDocument = Service | Model | Hook | Cluster | Endpoint | Environment | BusinessGroup | Algorithm

/** What the manager knows of one kind of document. */
export interface Kind {
  readonly kind: ManagedDocument['kind']
  /** As in URLs and in `abox get`. */
  readonly plural: string
  readonly scope: 'global' | 'environment'
  /** Gateways read it from this folder of the environment; undefined: they never see it. */
  readonly folder?: 'services' | 'models' | 'hooks'
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
    plural: 'services',
    scope: 'environment',
    folder: 'services',
    schema: Service,
    checker: serviceChecker,
    keyOf: serviceKey,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: serviceRelations
  }),
  kindOf<Model>({
    kind: 'Model',
    plural: 'models',
    scope: 'environment',
    folder: 'models',
    schema: Model,
    checker: modelChecker,
    keyOf: ({ name }) => name,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: modelRelations
  }),
  kindOf<Hook>({
    kind: 'Hook',
    plural: 'hooks',
    scope: 'environment',
    folder: 'hooks',
    schema: Hook,
    checker: hookChecker,
    keyOf: ({ name }) => name,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: hookRelations
  }),
  kindOf<Endpoint>({
    kind: 'Endpoint',
    plural: 'endpoints',
    scope: 'environment',
    schema: Endpoint,
    checker: endpointChecker,
    keyOf: ({ name }) => name,
    groupOf: ({ businessGroup }) => businessGroup,
    relationsOf: ({ businessGroup }) => groupRelation(businessGroup)
  }),
  kindOf<Cluster>({
    kind: 'Cluster',
    plural: 'clusters',
    scope: 'environment',
    schema: Cluster,
    checker: clusterChecker,
    keyOf: ({ name }) => name,
    groupOf: () => '',
    relationsOf: () => []
  }),
  kindOf<Environment>({
    kind: 'Environment',
    plural: 'environments',
    scope: 'global',
    schema: Environment,
    checker: environmentChecker,
    keyOf: ({ name }) => name,
    groupOf: () => '',
    relationsOf: () => []
  }),
  kindOf<BusinessGroup>({
    kind: 'BusinessGroup',
    plural: 'groups',
    scope: 'global',
    schema: BusinessGroup,
    checker: businessGroupChecker,
    keyOf: ({ name }) => name,
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
    plural: 'algorithms',
    scope: 'global',
    schema: Algorithm,
    checker: algorithmChecker,
    keyOf: ({ name }) => name,
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

interface KindRow<D extends ManagedDocument> {
  readonly kind: D['kind']
  readonly plural: string
  readonly scope: Kind['scope']
  readonly folder?: NonNullable<Kind['folder']>
  readonly schema: TSchema
  readonly checker: Checker<TSchema>
  readonly keyOf: (document: D) => string
  readonly groupOf: (document: D) => string | undefined
  readonly relationsOf: (document: D, scope: string) => Relation[]
}

/** The functions of a row get documents that its own checker let through. */
function kindOf<D extends ManagedDocument>({ checker, keyOf, groupOf, relationsOf, ...rest }: KindRow<D>): Kind {
  return {
    ...rest,
    check: (value, source) => checker.check(value, source) as D,
    keyOf: (document) => keyOf(document as D),
    groupOf: (document) => groupOf(document as D) ?? '',
    relationsOf: (document, scope) => relationsOf(document as D, scope)
  }
}
