import { open, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { AboxError, describe } from '#core/errors'
import { lineErrors } from './line-errors.ts'
import { readLines } from './lines.ts'

/** What became of one line. */
export interface Converted {
  /** What is printed for it, without the end of the line. */
  readonly text: string | Buffer
  /** Whether the line was what it should be. */
  readonly ok: boolean
}

/** How the lines of an input become the lines of the output. */
export interface LineConverter {
  /** Longest line in bytes. */
  readonly maxBytes: number
  /** May throw; the error then goes to `refuse`. */
  convert(line: Buffer): Converted
  /** What is printed for a line that cannot be converted. */
  refuse(error: AboxError): string
  /** Whether the error is also told on standard error, because what is printed does not hold it. */
  readonly complains: boolean
}

export interface LineStreams {
  readonly input: AsyncIterable<Buffer>
  readonly output: Writable
  /** Takes a sentence for a person. */
  readonly complain: (text: string) => void
}

/**
 * Converts line by line: a line is printed before the next one is read, and nothing is read while the output is full.
 * No line ends it; an output that was closed does, silently, as in a pipe into `head`. Returns the exit code: 0 if every
 * line was ok, else 1.
 */
export async function convertLines(converter: LineConverter, streams: LineStreams): Promise<number> {
  const { output, complain } = streams
  // Without a listener the error of a closed pipe would end the process; `write` learns of it by its callback.
  output.on('error', () => {})
  let allOk = true
  let number = 0
  for await (const line of readLines(streams.input, converter.maxBytes)) {
    number++
    const { text, ok } = convert(converter, line, (error) => {
      if (converter.complains) complain(`line ${number}: ${error.message}`)
    })
    allOk &&= ok
    if (!(await writeLine(output, text))) break
  }
  return allOk ? 0 : 1
}

/** The bytes of a file, or of standard input when there is none or its name is `-`. ABOX_CLI_FILE. */
export async function openInput(file: string | undefined): Promise<AsyncIterable<Buffer>> {
  if (file === undefined || file === '-') return process.stdin
  try {
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder')
    return (await open(file)).createReadStream({ highWaterMark: 256 * 1024 })
  } catch (error) {
    throw new AboxError(lineErrors.ABOX_CLI_FILE, `${file}: ${describe(error)}`, { cause: error })
  }
}

function convert(converter: LineConverter, line: Buffer | AboxError, tell: (error: AboxError) => void): Converted {
  try {
    if (line instanceof AboxError) throw line
    return converter.convert(line)
  } catch (thrown) {
    const error = AboxError.from(thrown)
    tell(error)
    return { text: converter.refuse(error), ok: false }
  }
}

/** Resolves when the output has taken it; false when nobody reads it any more. */
function writeLine(output: Writable, text: string | Buffer): Promise<boolean> {
  if (typeof text !== 'string') output.write(text)
  return new Promise((resolve) => {
    output.write(typeof text === 'string' ? `${text}\n` : '\n', (error) =>
      resolve(error === undefined || error === null)
    )
  })
}
