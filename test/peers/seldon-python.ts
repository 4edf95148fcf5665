import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import { findProgram, type Peer } from './peer.ts'
import { findPython, makeEnvironment } from './python.ts'
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
    const python = findPython([VERSION]) ?? (await installPython(log))
    log(`environment from ${python}`)
    await buildInto(recipe, async (folder) => {
      await makeEnvironment(python, folder, REQUIREMENTS, log)
    })
    log(`built in ${cachedFolder(recipe)}`)
  }
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
  const found = findPython([VERSION])
  if (found === undefined) throw new Error(`no Python ${VERSION}: install it (for example by pyenv) and run this again`)
  return found
}
