import type { Variant } from '#contracts/model'
import type { JavaType, JavaTypes } from '#lib/java-types'
import type { JsonPath } from '#lib/json'
import type { ModelProtocol } from '#lib/model-protocols'
import type { SplitWeights } from '#lib/splitter'
import type { EndpointSet } from '#lib/upstream'
import type { HookEntry } from './hooks.ts'
import type { LimitGroup } from './limit-group.ts'
import type { RecordRule } from './recordings/record-rule.ts'

/** One deployment as calls use it. */
export interface VariantTarget {
  readonly name: string
  readonly cluster: string
  readonly protocol: ModelProtocol
  readonly endpoints: EndpointSet
  /** As it was published. */
  readonly source: Variant
  readonly path: string
  readonly host: string | undefined
  /** Flat list of names and values, without Host and content-type. */
  readonly headers: readonly string[]
}

/** A model as calls use it. */
export interface ModelEntry {
  readonly name: string
  readonly businessGroup: string | undefined
  readonly generation: number
  readonly variants: readonly VariantTarget[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly weights: SplitWeights
  /** Index of the variant that takes everything, or -1. */
  readonly kill: number
  readonly pins: ReadonlyMap<string, number>
  readonly allowForced: boolean
  /** Name of the attachment that calls stick by. */
  readonly sticky: string | undefined
  readonly limits: LimitGroup | undefined
}

/** Which of the call's arguments becomes the request: all of them (`args`), one, or a place inside one. */
export interface InputSource {
  /** -1 = the list of all arguments. */
  readonly argument: number
  /** The place inside the argument; empty = the whole. */
  readonly path: JsonPath
}

/** Where the model's name stands when the route does not fix it. */
export type ModelSource =
  | { readonly kind: 'fixed'; readonly model: ModelEntry }
  | { readonly kind: 'argument'; readonly argument: number; readonly path: JsonPath }
  | { readonly kind: 'attachment'; readonly name: string }

/** One method bound to a model and a hook. */
export interface Route {
  readonly serviceKey: string
  readonly service: string
  readonly version: string | undefined
  readonly group: string | undefined
  readonly businessGroup: string | undefined
  readonly method: string
  /** Service and method as a part of the splitter's keys. */
  readonly splitKey: string
  readonly parameters: readonly string[] | undefined
  readonly model: ModelSource
  /** `undefined`: the first argument if there is one argument, else all of them. */
  readonly input: InputSource | undefined
  readonly output: JsonPath | undefined
  readonly returns: JavaType
  readonly types: JavaTypes
  readonly throws: ReadonlySet<string>
  readonly hook: HookEntry | undefined
  readonly timeoutMs: number
  /** What the caller has to show as attachment `token`. */
  readonly token: string | undefined
  readonly idempotent: boolean
  /** Of its service, shared by all methods of it; and its own. */
  readonly serviceLimits: LimitGroup | undefined
  readonly limits: LimitGroup | undefined
  readonly record?: RecordRule | undefined
}

/** A service as it is registered and searched. */
export interface ServiceEntry {
  readonly key: string
  readonly service: string
  readonly version: string | undefined
  readonly group: string | undefined
  readonly methods: ReadonlyMap<string, readonly Route[]>
  /** The longest of its methods' time-outs, ms: published as the reference's default. */
  readonly timeoutMs: number
  /** Published with the service, so that consumers who find it in the registry can show it. */
  readonly token: string | undefined
}

/** Everything a call needs to find its way; immutable, replaced whole by swapping one pointer. */
export interface RoutingTable {
  readonly services: ReadonlyMap<string, ServiceEntry>
  readonly models: ReadonlyMap<string, ModelEntry>
}

export const emptyTable: RoutingTable = { services: new Map(), models: new Map() }

/** What of an invocation decides the route. */
export interface RouteQuery {
  readonly service: string
  readonly version?: string | undefined
  readonly group?: string | undefined
  readonly method: string
  readonly parameterTypes: readonly string[] | undefined
  readonly argumentCount: number
}

/** The route of a call, or what to tell the caller instead. */
export function findRoute(table: RoutingTable, query: RouteQuery): Route | undefined {
  const candidates = table.services.get(keyOf(query))?.methods.get(query.method)
  if (candidates === undefined) return undefined
  if (candidates.length === 1) return candidates[0]
  return candidates.find((route) => matches(route, query))
}

/** The key a Service document would have. Same form as contracts' `serviceKey`, kept cheap for the call path. */
function keyOf({ service, version, group }: RouteQuery): string {
  if (version === undefined && group === undefined) return service
  return `${service}${version === undefined ? '' : `:${version}`}${group === undefined ? '' : `@${group}`}`
}

/** Generic users may leave the types out: then the number of arguments decides. */
function matches(route: Route, { parameterTypes, argumentCount }: RouteQuery): boolean {
  if (route.parameters === undefined) return true
  if (parameterTypes === undefined || parameterTypes.length !== argumentCount) {
    return route.parameters.length === argumentCount
  }
  return (
    route.parameters.length === parameterTypes.length &&
    route.parameters.every((parameter, index) => rawType(parameter) === parameterTypes[index])
  )
}

const rawType = (type: string): string => type.replace(/<.*>/, '').trim()

/** What a caller sent is shown, but never at full length. */
const cut = (text: string): string => (text.length > 256 ? `${text.slice(0, 256)}…` : text)

/** Text for the caller of a route that does not exist: what exists under the nearest name. */
export function describeMissing(table: RoutingTable, query: RouteQuery): string {
  const asked = `${cut(keyOf(query))} method ${cut(query.method)}`
  const entry = table.services.get(keyOf(query))
  if (entry !== undefined) {
    const types =
      query.parameterTypes === undefined ? `${query.argumentCount} arguments` : cut(query.parameterTypes.join(','))
    return `found no route for ${asked}(${types}); this service has ${[...entry.methods.keys()].join(', ')}`
  }
  const same = [...table.services.values()].filter((service) => service.service === query.service)
  if (same.length > 0) {
    return `found no route for ${asked}; this interface is published as ${same.map(({ key }) => key).join(', ')}`
  }
  const names = [...table.services.keys()].slice(0, 5).join(', ')
  return `found no route for ${asked}; published are ${names || 'no services at all'}`
}
