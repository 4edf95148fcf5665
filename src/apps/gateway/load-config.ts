import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { configErrors, type RawConfig } from '#core/config'
import { AboxError, describe } from '#core/errors'
import { type GatewayConfig, resolveGatewayConfig } from './config.ts'

/** Reads, overlays and checks `gateway.yaml`. Throws ABOX_CONFIG_INVALID with one line that names the file. */
export async function loadGatewayConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  sets: readonly string[]
): Promise<GatewayConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${path}: ${describe(error)}`, { cause: error })
  })
  const document = parseDocument(text)
  const problem = document.errors[0]
  if (problem !== undefined) {
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${path}: ${problem.message.split('\n')[0] ?? 'not YAML'}`)
  }
  const raw: unknown = document.toJS({ maxAliasCount: 100 })
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new AboxError(
      configErrors.ABOX_CONFIG_INVALID,
      `${path}: found no keys, expected those of config/gateway.yaml`
    )
  }
  return resolveGatewayConfig({
    raw: raw as RawConfig,
    source: path,
    folder: dirname(resolve(path)),
    environment,
    sets
  })
}
