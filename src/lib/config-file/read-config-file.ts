import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { configErrors, type RawConfig } from '#core/config'
import { AboxError, describe } from '#core/errors'

/** A file as it was read, before anything of it is checked. */
export interface ConfigFile {
  readonly raw: RawConfig
  /** Names it in messages: the path as it was given. */
  readonly source: string
  /** Relative paths in it are taken from here. */
  readonly folder: string
}

/** `sample` names the file that shows all keys. Throws ABOX_CONFIG_INVALID with one line that names the file. */
export async function readConfigFile(path: string, sample: string): Promise<ConfigFile> {
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
    throw new AboxError(configErrors.ABOX_CONFIG_INVALID, `${path}: found no keys, expected those of ${sample}`)
  }
  return { raw: raw as RawConfig, source: path, folder: dirname(resolve(path)) }
}
