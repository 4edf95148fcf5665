import { parseArgs } from 'node:util'
import { splitCommand } from '#apps/cli'
import { type EmbeddedManager, ENVIRONMENT } from './manager.ts'

/** What the commands of another terminal need to know. */
export const environmentOf = ({ url, token }: EmbeddedManager): Readonly<Record<string, string>> => ({
  ABOX_MANAGER: url,
  ABOX_TOKEN: token,
  ABOX_ENVIRONMENT: ENVIRONMENT
})

/** `abox split …` as somebody types it, in this process. Rejects as the command does. */
export async function runSplit(
  { manager }: { readonly manager: EmbeddedManager },
  print: (line: string) => void,
  args: readonly string[]
): Promise<void> {
  print(`$ abox split ${args.map(quoted).join(' ')}`)
  const { values, positionals } = parseArgs({
    args: [...args],
    options: splitCommand.options,
    allowPositionals: true
  })
  await splitCommand.run({
    positionals,
    options: values as Record<string, string>,
    environment: environmentOf(manager)
  })
}

const quoted = (word: string): string => (word.includes(' ') ? `"${word}"` : word)
