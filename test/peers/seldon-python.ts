import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import { findProgram, type Peer } from './peer.ts'
import { run } from './run.ts'

const REQUIREMENTS = join(import.meta.dirname, 'seldon/requirements.txt')

/** Seldon Core 1.17.1 and its pins want Python 3.10. */
const VERSION = '3.10'

const recipe: Recipe = { name: 'seldon', files: [REQUIREMENTS], words: [`python ${VERSION}`] }

/** The interpreter of the built environment. */
export const seldonPython = (): string => join(cachedFolder(recipe), 'bin', 'python')

/** Seldon Core's Python server in a virtual environment of its own. */
export const seldonPeer: Peer = {
  // An environment outlives the interpreter that it was made from only as a broken link.
  absent: () => (isBuilt(recipe) && existsSync(seldonPython()) ? undefined : 'not built; npm run peers'),
  install: async (log) => {
    if (seldonPeer.absent() === undefined) return log('already built')
    const python = findPython() ?? (await installPython(log))
    log(`environment from ${python}`)
    await buildInto(recipe, async (folder) => {
      await run(python, ['-m', 'venv', folder], log)
      // The environment is moved into place afterwards, so only its interpreter is ever called, never its scripts.
      const pip = ['-m', 'pip', '--disable-pip-version-check', '--no-input', 'install', '-q', '-r', REQUIREMENTS]
      await run(join(folder, 'bin', 'python'), pip, log)
    })
    log(`built in ${cachedFolder(recipe)}`)
  }
}

/** A Python 3.10 that runs: by its name on PATH, at the usual places, or among the versions that pyenv keeps. */
function findPython(): string | undefined {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  const kept = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith(`${VERSION}.`)) : []
  const name = `python${VERSION}`
  const candidates = [
    findProgram(name),
    ...['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => findProgram(name, [folder])),
    ...kept.map((version) => findProgram(name, [join(pyenv, version, 'bin')])),
    findProgram('python3')
  ]
  return candidates.find((path) => path !== undefined && isRightVersion(path))
}

/** pyenv's shims are there for every version and fail for all but the chosen ones, so each candidate is run. */
function isRightVersion(path: string): boolean {
  const test = `import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (${VERSION.replace('.', ', ')}))`
  return spawnSync(path, ['-c', test], { stdio: 'ignore' }).status === 0
}

/** Some distributions have it as a package; where this one has not, the person at the machine has to help. */
async function installPython(log: (line: string) => void): Promise<string> {
  const name = `python${VERSION}`
  if (findProgram('apt-get') !== undefined && process.getuid?.() === 0) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], log)
    await run('apt-get', ['install', '-qq', '-y', name, `${name}-venv`], log, env).catch((error: Error) => {
      log(error.message)
    })
  }
  const found = findPython()
  if (found === undefined) throw new Error(`no Python ${VERSION}: install it (for example by pyenv) and run this again`)
  return found
}
