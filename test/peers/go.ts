import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import { findProgram, type Peer } from './peer.ts'
import { run } from './run.ts'

/** A Go module below `go/` that becomes one program of its own name. */
const goRecipe = (name: string): Recipe => ({ name: `go-${name}`, files: [join(import.meta.dirname, 'go', name)] })

/** The program of such a module, once it is built. */
export const goProgram = (name: string): string => join(cachedFolder(goRecipe(name)), name)

/** A peer that is one such module. It needs Go 1.23 or newer; the modules it uses Go brings itself. */
export function goPeer(name: string): Peer {
  const recipe = goRecipe(name)
  return {
    absent: () => (isBuilt(recipe) ? undefined : 'not built; npm run peers'),
    install: async (log) => {
      if (isBuilt(recipe)) return log('already built')
      if (findProgram('go') === undefined) throw new Error('no go on PATH: install Go 1.23 or newer')
      await buildInto(recipe, async (folder) => {
        const source = join(import.meta.dirname, 'go', name)
        await run('go', ['build', '-C', source, '-trimpath', '-o', join(folder, name), '.'], log)
      })
      log(`built in ${cachedFolder(recipe)}`)
    }
  }
}
