import { join } from 'node:path'
import { buildInto, cachedFolder, isBuilt, type Recipe } from './cache.ts'
import { findProgram, type Peer } from './peer.ts'
import { run } from './run.ts'

/** A Maven project below `java/` that fills `<folder>/…/lib` with its own jar and everything it needs at run time. */
export const mavenRecipe = (name: string): Recipe => ({ name, files: [join(import.meta.dirname, 'java', name)] })

/** A peer that is one such project. It needs a JDK 17 and Maven on this machine; everything else Maven brings. */
export function mavenPeer(name: string): Peer {
  const recipe = mavenRecipe(name)
  return {
    absent: () => {
      if (findProgram('java') === undefined) return 'no java on PATH (a JDK 17 or newer is needed)'
      return isBuilt(recipe) ? undefined : 'not built; npm run peers'
    },
    install: async (log) => {
      if (isBuilt(recipe)) return log('already built')
      for (const program of ['javac', 'mvn']) {
        if (findProgram(program) === undefined)
          throw new Error(`no ${program} on PATH: install a JDK 17 or newer and Maven`)
      }
      await buildInto(recipe, async (folder) => {
        const pom = join(import.meta.dirname, 'java', name, 'pom.xml')
        await run('mvn', ['-B', '-q', '-Dstyle.color=never', '-f', pom, `-Dpeers.out=${folder}`, 'package'], log)
      })
      log(`built in ${cachedFolder(recipe)}`)
    }
  }
}
