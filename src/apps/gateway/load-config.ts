import { readConfigFile } from '#lib/config-file'
import { type GatewayConfig, resolveGatewayConfig } from './config.ts'

/** Reads, overlays and checks `gateway.yaml`. Throws ABOX_CONFIG_INVALID with one line that names the file. */
export async function loadGatewayConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  sets: readonly string[]
): Promise<GatewayConfig> {
  return resolveGatewayConfig({ ...(await readConfigFile(path, 'config/gateway.yaml')), environment, sets })
}
