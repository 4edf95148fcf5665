import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import type { Peer } from './peer.ts'
import { findPython, makeEnvironment } from './python.ts'

const FOLDER = join(import.meta.dirname, 'schemathesis')
const REQUIREMENTS = join(FOLDER, 'requirements.txt')
const CONFIGURATION = join(FOLDER, 'schemathesis.toml')

/** It wants 3.10 or later; the pins were tried with these. */
const VERSIONS = ['3.11', '3.12', '3.13', '3.10']

const recipe: Recipe = { name: 'schemathesis', files: [REQUIREMENTS] }

const interpreter = (): string => join(cachedFolder(recipe), 'bin', 'python')

/** Makes requests from an OpenAPI document, good ones and bad ones, and checks the answers against it. */
export const schemathesisPeer: Peer = {
  // An environment outlives the interpreter that it was made from only as a broken link.
  absent: () => (isBuilt(recipe) && existsSync(interpreter()) ? undefined : 'not built; npm run peers'),
  install: async (log) => {
    if (schemathesisPeer.absent() === undefined) return log('already built')
    const python = findPython(VERSIONS)
    if (python === undefined) throw new Error(`no Python with venv: install one of ${VERSIONS.join(', ')}`)
    log(`environment from ${python}`)
    await buildInto(recipe, (folder) => makeEnvironment(python, folder, REQUIREMENTS, log))
    log(`built in ${cachedFolder(recipe)}`)
  }
}

/** Runs it to its end. Gives its exit code, 0 where every answer was right, and what it printed. */
export async function runSchemathesis(
  args: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  // It remembers runs in the folder where it is started; a run must not depend on the one before.
  const folder = mkdtempSync(join(tmpdir(), 'abox-schemathesis-'))
  const command = ['-B', '-m', 'schemathesis.cli', '--no-color', '--config-file', CONFIGURATION, 'run', ...args]
  const child = spawn(interpreter(), command, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const keep = (part: string): void => {
    text += part
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return { code: code ?? 1, text }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
