import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What a built peer is made from: a name, the files of its recipe (folders are walked), and words that change it otherwise. */
export interface Recipe {
  readonly name: string
  readonly files: readonly string[]
  readonly words?: readonly string[]
}

/** Where built peers stay: outside the work tree, so that a fresh clone finds them again. */
const cacheRoot = (): string => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'abox-peers')

/** The folder in which the peer of this recipe stands, whether it has been built or not. A changed recipe has another folder. */
export function cachedFolder(recipe: Recipe): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([process.platform, process.arch, recipe.words ?? []]))
  for (const file of recipe.files) addToHash(hash, file, '')
  return join(cacheRoot(), `${recipe.name}-${hash.digest('hex').slice(0, 16)}`)
}

function addToHash(hash: ReturnType<typeof createHash>, path: string, name: string): void {
  if (statSync(path).isDirectory()) {
    for (const child of readdirSync(path).sort()) addToHash(hash, join(path, child), `${name}/${child}`)
  } else hash.update(`${name}\0`).update(readFileSync(path)).update('\0')
}

/** True when the peer of this recipe has been built completely. */
export const isBuilt = (recipe: Recipe): boolean => existsSync(cachedFolder(recipe))

/**
 * Lets `make` fill a temporary folder and moves it into place only when it is complete, so that an interrupted build
 * leaves nothing that looks finished, and two builds at a time do no harm: the first to finish wins.
 */
export async function buildInto(recipe: Recipe, make: (folder: string) => Promise<void>): Promise<void> {
  const target = cachedFolder(recipe)
  const temporary = `${target}.${process.pid}.tmp`
  mkdirSync(temporary, { recursive: true })
  try {
    await make(temporary)
    if (!existsSync(target)) renameSync(temporary, target)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
