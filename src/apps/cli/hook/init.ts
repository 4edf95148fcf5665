import { lstat, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandInput, textOption } from '#core/command'
import { describe } from '#core/errors'
import { usage } from '../line-options.ts'
import { fileError } from './source.ts'
import { hookFiles, TEMPLATE_PROTOCOLS } from './template.ts'

/** As names of documents: a hook is named by its folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/**
 * `abox hook init NAME`: a folder with a hook, samples that pass, and a test. Writes nothing when one of the files is
 * there already. Throws ABOX_HOOK_FILE.
 */
export async function runHookInit(input: CommandInput, [folder, ...more]: readonly string[]): Promise<number> {
  if (folder === undefined || more.length > 0) throw usage('found no or several names, expected the NAME of a new hook')
  const parts = folder.split(/[\\/]/)
  const name = parts.findLast((part) => part !== '') ?? ''
  if (!NAME.test(name) || parts.includes('..')) {
    throw usage(
      `found the name "${parts.includes('..') ? folder : name}", expected 1 to 128 letters, digits, points, dashes and underscores`
    )
  }
  const language = textOption(input, 'language') ?? 'js'
  if (language !== 'js' && language !== 'ts') throw usage(`--language: found "${language}", expected js or ts`)
  const protocol = textOption(input, 'protocol') ?? 'tensorflow'
  if (!TEMPLATE_PROTOCOLS.includes(protocol)) {
    throw usage(`--protocol: found "${protocol}", expected ${TEMPLATE_PROTOCOLS.join(', ')}`)
  }
  const written = await writeNew(folder, hookFiles(language, protocol))
  if (textOption(input, 'output') === 'json') {
    console.log(JSON.stringify({ hook: name, language, protocol, files: written }, null, 2))
    return 0
  }
  for (const file of written) console.log(`written  ${file}`)
  const hook = written[0] ?? ''
  console.log(`\nNext:\n  abox hook test ${folder} --coverage\n  abox hook bench ${hook}`)
  console.log(`  abox hook push ${hook} --group GROUP --reason "first version"   # to the manager of abox login; or`)
  console.log(`  abox hook push ${hook} --documents documents.yaml --reason "first version"`)
  return 0
}

/** All or none, and never over an existing file: each is opened for writing only where it is new. */
async function writeNew(folder: string, files: Readonly<Record<string, string>>): Promise<string[]> {
  const paths = Object.keys(files).map((file) => join(folder, file))
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(folder, describe(error), error)
  })
  // A hook in the other language would be a second hook of the same name.
  await refuseExisting([...paths, join(folder, 'hook.js'), join(folder, 'hook.ts')])
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file)
    await writeFile(path, text, { flag: 'wx' }).catch((error: unknown) => {
      throw fileError(path, describe(error), error)
    })
  }
  return paths
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const there = await lstat(path).then(
      () => true,
      () => false
    )
    if (there) throw fileError(path, 'it is there already, and abox hook init overwrites nothing')
  }
}
