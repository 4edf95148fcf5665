import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import { findProgram, type Peer } from './peer.ts'
import { run } from './run.ts'

const sourceOf = (name: string): string => join(import.meta.dirname, 'go', name)

/** A Go module below `go/` that becomes one program of its own name, or the programs that its go.mod names as tools. */
const goRecipe = (name: string): Recipe => ({ name: `go-${name}`, files: [sourceOf(name)] })

/** A program of such a module, once it is built; Go names it by the last folder of its path. */
export const goProgram = (name: string, program = name): string => join(cachedFolder(goRecipe(name)), program)

/**
 * A peer that is one such module. It needs Go, at least the version that its go.mod says; the modules it uses Go brings itself.
 * `packages` are what is compiled: the module itself, or its tools.
 */
export function goPeer(name: string, packages: '.' | 'tool' = '.'): Peer {
  const recipe = goRecipe(name)
  return {
    absent: () => (isBuilt(recipe) ? undefined : 'not built; npm run peers'),
    install: async (log) => {
      if (isBuilt(recipe)) return log('already built')
      if (findProgram('go') === undefined) throw new Error('no go on PATH: install Go 1.25 or newer')
      await buildInto(recipe, async (folder) => {
        const options = ['-trimpath', '-ldflags', '-s -w', '-o', `${folder}/`]
        await run('go', ['build', '-C', sourceOf(name), ...options, packages], log, { CGO_ENABLED: '0' })
      })
      log(`built in ${cachedFolder(recipe)}`)
    }
  }
}
