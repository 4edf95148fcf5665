import { contractErrors } from '#contracts/errors'
import type { Model, Variant } from '#contracts/model'
import { checkModelRules } from '#contracts/model-rules'
import { type Method, type Service, serviceKey } from '#contracts/service'
import { checkServiceRules } from '#contracts/service-rules'
import { systemClock } from '#core/clock'
import { AboxError } from '#core/errors'
import { createTypes, type JavaTypes, parseType } from '#lib/java-types'
import { type JsonPath, parsePath } from '#lib/json'
import { prepareWeights, type SplitWeights } from '#lib/splitter'
import { createEndpointSet, type EndpointSet } from '#lib/upstream'
import type { HookEntry } from '../hooks.ts'
import type { LimitGroup } from '../limit-group.ts'
import { recordRule } from '../recordings/record-rule.ts'
import type { InputSource, ModelEntry, ModelSource, Route, ServiceEntry } from '../routing-table.ts'
import { methodLimits, modelLimits, serviceLimits } from './compile-limits.ts'

/** What a Service document may refer to. */
export interface CompileContext {
  readonly models: ReadonlyMap<string, ModelEntry>
  readonly hooks: ReadonlyMap<string, HookEntry>
  /** Hooks that are to be served as errors: why no document of them can be used, by name. */
  readonly refusedHooks?: ReadonlyMap<string, string>
  /** For methods that name none, ms. */
  readonly timeoutMs: number
  /** Absent: documents that name a secret are refused. */
  readonly secret?: SecretReader | undefined
}

/** The value of a secret by its name. Throws ABOX_DOCUMENT_INVALID without showing anything of it. */
export type SecretReader = (name: string) => string

const noSecrets: SecretReader = (name) => {
  throw invalid(`secret ${name}: found no secrets.dir in the gateway's configuration, expected the folder of its file`)
}

/** The set of endpoints that a variant's calls are to use. Throws ABOX_DOCUMENT_INVALID. */
export type EndpointSource = (model: string, variant: Variant) => EndpointSet

/** A new set with what stands in the document: nothing is probed, resolved or discovered. */
const plainSets: EndpointSource = (_model, { endpoints = [] }) =>
  createEndpointSet({ clock: systemClock, origins: endpoints })

/** Throws ABOX_DOCUMENT_INVALID or ABOX_SPLIT_WEIGHTS with one line. */
export function compileModel(
  model: Model,
  secret: SecretReader = noSecrets,
  setOf: EndpointSource = plainSets
): ModelEntry {
  const where = `model ${model.name}`
  checkModelRules(model, where)
  // The splitter answers with an index into its own order of the names, so everything here stands in that order.
  const variants = [...model.variants].sort((a, b) => (a.name < b.name ? -1 : 1))
  const indexOf = new Map<string, number>()
  for (const [index, { name }] of variants.entries()) indexOf.set(name, index)
  const find = (name: string, path: string): number => {
    const index = indexOf.get(name)
    if (index !== undefined) return index
    throw invalid(`${where}: ${path}: found "${name}", expected one of ${[...indexOf.keys()].join(', ')}`)
  }
  const split = model.split
  if (split === undefined && model.variants.length > 1) {
    throw invalid(
      `${where}: split: found nothing, expected weights because there are ${model.variants.length} variants`
    )
  }
  for (const name of Object.keys(split?.weights ?? {})) find(name, 'split.weights')
  const weights: Record<string, number> = {}
  for (const { name } of model.variants) weights[name] = split === undefined ? 1_000_000 : (split.weights[name] ?? 0)
  const pins = new Map<string, number>()
  for (const { caller, variant } of split?.pins ?? []) pins.set(caller, find(variant, 'split.pins'))
  return {
    name: model.name,
    businessGroup: model.businessGroup,
    generation: model.generation ?? 0,
    variants: variants.map((variant) => ({
      name: variant.name,
      cluster: variant.cluster,
      protocol: variant.protocol,
      endpoints: setOf(model.name, checkEndpoints(variant, where)),
      source: variant,
      path: variant.path,
      host: variant.host,
      headers: readHeaders(variant.headers ?? {}, secret)
    })),
    indexOf,
    weights: inOrder(prepareWeights(weights), variants),
    kill: split?.kill === undefined ? -1 : find(split.kill, 'split.kill'),
    pins,
    allowForced: split?.allowForced ?? false,
    sticky: split?.sticky?.by.slice('attachments.'.length),
    limits: modelLimits(model.name, model.limits)
  }
}

/** Before the manager has put an Endpoint's origin in, there may be neither; here that is too late. */
function checkEndpoints(variant: Variant, where: string): Variant {
  const { name, endpoints, discover } = variant
  if ((endpoints === undefined) !== (discover === undefined)) return variant
  throw invalid(`${where}: variant ${name}: expected exactly one of endpoints and discover`)
}

function readHeaders(headers: Variant['headers'] & object, secret: SecretReader): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => [
    name,
    typeof value === 'string' ? value : secret(value.secret)
  ])
}

/** A splitter with another order of names would send calls to the wrong variant, silently. */
function inOrder(weights: SplitWeights, variants: readonly { readonly name: string }[]): SplitWeights {
  if (weights.names.every((name, index) => name === variants[index]?.name)) return weights
  throw new Error(`the splitter orders ${weights.names.join(', ')} otherwise than the variants`)
}

/** Throws ABOX_DOCUMENT_INVALID, ABOX_TYPE_… or ABOX_JSON_PATH with one line naming the method. */
export function compileService(document: Service, context: CompileContext): ServiceEntry {
  const key = serviceKey(document)
  checkServiceRules(document, `service ${key}`)
  const types = createTypes(document.types ?? {})
  const token = readToken(document, key, context.secret ?? noSecrets)
  const limits = serviceLimits(key, document.limits)
  const methods = new Map<string, Route[]>()
  let timeoutMs = 0
  for (const method of document.methods) {
    const route = compileMethod(document, method, { types, token, limits }, context)
    const overloads = methods.get(method.name)
    if (overloads === undefined) methods.set(method.name, [route])
    else overloads.push(route)
    timeoutMs = Math.max(timeoutMs, route.timeoutMs)
  }
  const { version, group } = document
  return { key, service: document.interface, version, group, methods, timeoutMs, token }
}

/** A secret is checked like a written token: it becomes a part of the provider URL. */
function readToken({ token }: Service, key: string, secret: SecretReader): string | undefined {
  if (token === undefined || typeof token === 'string') return token
  const value = secret(token.secret)
  if (/^[A-Za-z0-9._-]{1,256}$/.test(value)) return value
  throw invalid(
    `service ${key}: token: found a value in secret ${token.secret} (not shown) that cannot stand in a provider URL, expected at most 256 letters, digits, ".", "_" and "-"`
  )
}

/** What the methods of a service have in common. */
interface ServiceParts {
  readonly types: JavaTypes
  readonly token: string | undefined
  readonly limits: LimitGroup | undefined
}

function compileMethod(
  service: Service,
  method: Method,
  { types, token, limits }: ServiceParts,
  context: CompileContext
): Route {
  const where = `service ${serviceKey(service)}: method ${method.name}`
  const hook = method.hook === undefined ? undefined : hookOf(method.hook, context)
  if (method.hook !== undefined && hook === undefined) {
    throw invalid(`${where}: hook: found "${method.hook}", of which no usable document is published`)
  }
  try {
    for (const text of method.parameters ?? []) parseType(text, 'parameters')
    return {
      serviceKey: serviceKey(service),
      service: service.interface,
      version: service.version,
      group: service.group,
      businessGroup: service.businessGroup,
      method: method.name,
      splitKey: `${serviceKey(service)}#${method.name}`,
      parameters: method.parameters,
      model: modelSource(method, context, where),
      input: method.input === undefined ? undefined : inputSource(method.input),
      output: method.output === undefined ? undefined : parsePath(method.output),
      returns: types.resolve(method.returns ?? 'java.lang.Object'),
      types,
      throws: new Set(method.throws),
      hook,
      timeoutMs: method.timeoutMs ?? context.timeoutMs,
      token,
      idempotent: method.idempotent ?? false,
      serviceLimits: limits,
      limits: methodLimits(serviceKey(service), method),
      record: recordRule(service, method)
    }
  } catch (error) {
    if (error instanceof AboxError && error.code !== 'ABOX_DOCUMENT_INVALID') {
      throw invalid(`${where}: ${error.message}`, error)
    }
    throw error
  }
}

const NO_WEIGHTS = prepareWeights({ none: 1_000_000 })

function hookOf(name: string, { hooks, refusedHooks }: CompileContext): HookEntry | undefined {
  const refused = refusedHooks?.get(name)
  return hooks.get(name) ?? (refused === undefined ? undefined : { name, versions: [], weights: NO_WEIGHTS, refused })
}

function modelSource(method: Method, { models }: CompileContext, where: string): ModelSource {
  if (method.model !== undefined) {
    const model = models.get(method.model)
    if (model !== undefined) return { kind: 'fixed', model }
    throw invalid(`${where}: model: found "${method.model}", of which no usable document is published`)
  }
  const text = method.modelFrom ?? ''
  if (text.startsWith('attachments.')) return { kind: 'attachment', name: text.slice('attachments.'.length) }
  return { kind: 'argument', ...inputSource(text) }
}

/** `args`, `args[0]`, `args[0].features`. */
function inputSource(text: string): InputSource {
  const [, index, ...path] = parsePath(text)
  return { argument: typeof index === 'number' ? index : -1, path: path as JsonPath }
}

const invalid = (text: string, cause?: unknown): AboxError =>
  new AboxError(contractErrors.ABOX_DOCUMENT_INVALID, text, { cause })
