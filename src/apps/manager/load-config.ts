import { readConfigFile } from '#lib/config-file'
import { type ManagerConfig, resolveManagerConfig } from './config.ts'

/** Reads, overlays and checks `manager.yaml`. Throws ABOX_CONFIG_INVALID with one line that names the file. */
export async function loadManagerConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
  sets: readonly string[]
): Promise<ManagerConfig> {
  return resolveManagerConfig({ ...(await readConfigFile(path, 'config/manager.yaml')), environment, sets })
}
