import type { Command, CommandInput } from '#core/command'
import { convertLines, openInput } from './convert-lines.ts'
import { dubboLines } from './dubbo-lines.ts'
import { fileOf, isBase64, isPretty, unknownAction } from './line-options.ts'

export const dubboCommand: Command = {
  name: 'dubbo',
  summary: 'show whole Dubbo frames of a capture: header, call, attachments, answer',
  usage: 'decode [FILE]',
  options: {
    base64: { type: 'boolean' },
    output: { type: 'string', short: 'o' }
  },
  describe: {
    base64: 'the input is base64; without it hex is expected, and base64 taken only where it cannot be meant as hex',
    output: 'json (default, one line each) or pretty (indented, for reading)'
  },
  examples: [
    'echo dabbe2000000000000000001000000014e | abox dubbo decode',
    'abox dubbo decode frames.hex --output pretty | less   # one or more whole frames a line, from a file or standard input',
    `abox dubbo decode frames.hex | jq -c '.frames[] | select(.kind == "request") | .call.method'`,
    'tshark -r x.pcap -Y "tcp.port == 20880 && tcp.len > 0" -T fields -e tcp.payload | abox dubbo decode'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action] = input.positionals
  if (action !== 'decode') throw unknownAction(action, 'decode')
  const converter = dubboLines({ base64: isBase64(input), pretty: isPretty(input) })
  const source = await openInput(fileOf(input))
  const complain = (text: string): void => console.error(`abox dubbo decode: ${text}`)
  return convertLines(converter, { input: source, output: process.stdout, complain })
}
