import type { Hook } from '#contracts/hook'
import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'

/** A document that another one names. */
export interface Relation {
  readonly scope: string
  readonly kind: string
  readonly key: string
  /** Where it is named, for messages. */
  readonly path: string
}

export function serviceRelations({ methods, businessGroup }: Service, scope: string): Relation[] {
  return [
    ...groupRelation(businessGroup),
    ...methods.flatMap(({ name, model, hook }) => [
      ...(model === undefined ? [] : [{ scope, kind: 'Model', key: model, path: `methods[${name}].model` }]),
      ...(hook === undefined ? [] : [{ scope, kind: 'Hook', key: hook, path: `methods[${name}].hook` }])
    ])
  ]
}

export function modelRelations({ variants, algorithm, businessGroup }: Model, scope: string): Relation[] {
  return [
    ...groupRelation(businessGroup),
    ...(algorithm === undefined ? [] : [{ scope: '', kind: 'Algorithm', key: algorithm, path: 'algorithm' }]),
    ...variants.flatMap(({ name, cluster, endpoint }) => [
      { scope, kind: 'Cluster', key: cluster, path: `variants[${name}].cluster` },
      ...(endpoint === undefined
        ? []
        : [{ scope, kind: 'Endpoint', key: endpoint, path: `variants[${name}].endpoint` }])
    ])
  ]
}

export const hookRelations = ({ businessGroup }: Hook): Relation[] => groupRelation(businessGroup)

export function groupRelation(businessGroup: string | undefined): Relation[] {
  if (businessGroup === undefined) return []
  return [{ scope: '', kind: 'BusinessGroup', key: businessGroup, path: 'businessGroup' }]
}
