import type { Endpoint } from './endpoint.ts'
import { invalid } from './errors.ts'
import { checkLimits } from './limits-rules.ts'
import type { Model, Variant } from './model.ts'

/**
 * What the schema of a model cannot say, and no other document is needed for: gateways refuse what this refuses, so the
 * manager does not take it. `where` begins messages. Throws ABOX_DOCUMENT_INVALID with one line.
 */
export function checkModelRules({ variants, limits }: Model, where: string): void {
  const names = new Set<string>()
  for (const { name, endpoints = [], headers } of variants) {
    if (names.has(name)) throw invalid(`${where}: variants: found "${name}" twice, expected each name once`)
    names.add(name)
    for (const origin of endpoints) checkOrigin(origin, `${where}: variant ${name}: endpoints`)
    checkHeaderNames(headers, `${where}: variant ${name}`)
  }
  checkLimits(where, limits)
}

/** The same of an endpoint: variants get its origin and headers. Throws ABOX_DOCUMENT_INVALID. */
export function checkEndpointRules({ origin, headers }: Endpoint, where: string): void {
  checkOrigin(origin, `${where}: origin`)
  checkHeaderNames(headers, where)
}

/** The schema knows the form; whether it is a URL with a port that exists only the URL parser knows. */
function checkOrigin(origin: string, where: string): void {
  // A backslash begins a path for it, too.
  if (URL.parse(origin)?.pathname === '/') return
  throw invalid(`${where}: found "${origin}", expected an origin as http://10.0.0.5:8501`)
}

/** Written by the HTTP client itself, or by `host` of the variant. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'te',
  'trailer'
])

function checkHeaderNames(headers: Variant['headers'], where: string): void {
  const bad = Object.keys(headers ?? {}).find((name) => OWN_HEADERS.has(name.toLowerCase()))
  if (bad === undefined) return
  throw invalid(`${where}: headers: found "${bad}", which is written by the gateway; \`host\` of the variant sets Host`)
}
