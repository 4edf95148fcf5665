import { AboxError, errorRows } from './errors.ts'

export const configErrors = errorRows({
  ABOX_CONFIG_INVALID: {
    fault: 'operator',
    retryable: false,
    text: 'A configuration file, environment variable or --set value cannot be used.',
    remedy: 'Correct the named key; the commented samples in config/ show every key with its default.'
  }
})

/** A configuration tree before it is checked. */
export type RawConfig = { [key: string]: unknown }

/**
 * Lays the three sources over each other: file, then `ABOX_…` environment variables, then `--set key=value`.
 * `ABOX_DUBBO_PORT=20880` and `--set dubbo.port=20880` both set `dubbo.port`. Only keys that `known` lists (dotted
 * paths) can be reached by environment, because `ABOX_` is also the prefix of variables that are no settings.
 * Throws ABOX_CONFIG_INVALID when a `--set` has no `=`.
 */
export function overlayConfig(
  file: RawConfig,
  environment: Readonly<Record<string, string | undefined>>,
  sets: readonly string[],
  known: readonly string[]
): RawConfig {
  const result = structuredClone(file)
  for (const path of known) {
    const value =
      environment[
        `ABOX_${path
          .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
          .replaceAll('.', '_')
          .toUpperCase()}`
      ]
    if (value !== undefined) setAt(result, path, parseScalar(value))
  }
  for (const text of sets) {
    const equals = text.indexOf('=')
    if (equals <= 0) {
      throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `--set: found "${text}", expected key=value`)
    }
    setAt(result, text.slice(0, equals), parseScalar(text.slice(equals + 1)))
  }
  return result
}

function setAt(tree: RawConfig, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop()
  if (last === undefined || keys.concat(last).some((key) => key === '' || key === '__proto__')) {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `found key "${path}", expected names separated by dots`)
  }
  let at = tree
  for (const key of keys) {
    const next = Object.hasOwn(at, key) ? at[key] : undefined
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as RawConfig
    else at = at[key] = {} as RawConfig
  }
  at[last] = value
}

/** Numbers, booleans and null by their text, everything else stays text. */
function parseScalar(text: string): unknown {
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === 'null') return null
  return /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text
}
