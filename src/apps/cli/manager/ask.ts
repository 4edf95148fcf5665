import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { usage } from '../line-options.ts'

/**
 * Lines that nobody may see, one for each question: typed without echo at a terminal, the first lines of what comes through
 * a pipe. ABOX_CLI_USAGE.
 */
export async function askSecrets<const Q extends readonly string[]>(
  questions: Q
): Promise<{ readonly [K in keyof Q]: string }> {
  const isTerminal = process.stdin.isTTY
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: mute, terminal: isTerminal })
  const given = lines[Symbol.asyncIterator]()
  const found: string[] = []
  try {
    for (const question of questions) {
      if (isTerminal) process.stderr.write(`${question}: `)
      const line = await given.next()
      if (isTerminal) process.stderr.write('\n')
      if (line.done === true || line.value === '') throw usage(`${question}: found nothing, expected one line`)
      found.push(line.value)
    }
  } finally {
    lines.close()
  }
  return found as unknown as { readonly [K in keyof Q]: string }
}

/** As `askSecrets`, of one. */
export async function askSecret(question: string): Promise<string> {
  const [secret] = await askSecrets([question])
  return secret
}

/** Here and not by the manager, whose messages say what was found. ABOX_CLI_USAGE. */
export function checkPassword(password: string): void {
  if (password.length >= 12 && password.length <= 256) return
  throw usage(`password: found ${password.length} characters, expected 12 to 256`)
}
