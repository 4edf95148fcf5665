import { type Command, type CommandInput, textOption } from '#core/command'
import { convertLines, type LineConverter, openInput } from './convert-lines.ts'
import { decodeLines, encodeLines, reencodeLines } from './hessian-lines.ts'
import { fileOf, isBase64, isPretty, unknownAction, usage } from './line-options.ts'

export const hessianCommand: Command = {
  name: 'hessian',
  summary: 'read and write Hessian 2, line by line: hex to typed JSON and back',
  usage: '<decode|encode|reencode> [FILE]',
  options: {
    base64: { type: 'boolean' },
    values: { type: 'string' },
    output: { type: 'string', short: 'o' }
  },
  describe: {
    base64: 'the input is base64; without it hex is expected, and base64 taken only where it cannot be meant as hex',
    values: 'decode: stop after so many values of a line; "rest" says how many bytes are left',
    output: 'decode: json (default, one line each) or pretty (indented, for reading; encode does not take it)'
  },
  examples: [
    'echo 7a5c5d0291 | abox hessian decode',
    `  {"ok":true,"values":[{"t":"list","id":0,"v":[…]}],"rest":0}`,
    'abox hessian decode bodies.hex > bodies.jsonl          # a text a line, from a file or standard input',
    'abox hessian decode bodies.hex --output pretty | less',
    `echo '{"t":"map","v":[[{"t":"string","v":"id"},{"t":"long","v":"7"}]]}' | abox hessian encode`,
    'abox hessian decode bodies.hex | abox hessian encode   # the same values again',
    'abox hessian reencode bodies.hex | diff bodies.hex -   # does another implementation write the same bytes?'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action] = input.positionals
  const converter = converterOf(action, input)
  const source = await openInput(fileOf(input))
  const complain = (text: string): void => console.error(`abox hessian ${action}: ${text}`)
  return convertLines(converter, { input: source, output: process.stdout, complain })
}

function converterOf(action: string | undefined, input: CommandInput): LineConverter {
  const base64 = isBase64(input)
  const pretty = isPretty(input)
  if (action === 'decode') return decodeLines({ base64, values: valuesOf(input), pretty })
  if (action === 'encode') return encodeLines()
  if (action === 'reencode') return reencodeLines(base64)
  throw unknownAction(action, 'decode, encode or reencode')
}

function valuesOf(input: CommandInput): number {
  const text = textOption(input, 'values')
  if (text === undefined) return Number.POSITIVE_INFINITY
  const values = Number(text)
  if (Number.isInteger(values) && values > 0) return values
  throw usage(`--values: found "${text}", expected a whole number above 0`)
}
