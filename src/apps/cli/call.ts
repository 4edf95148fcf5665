import { type Command, type CommandInput, textOption, textOptions } from '#core/command'
import { AboxError } from '#core/errors'
import { silentLogger } from '#core/logger'
import { renderTable } from '#core/table'
import { createDubboClient, type DubboResult } from '#lib/dubbo'
import { createDubboRegistry, zookeeperAddress } from '#lib/dubbo-registry'
import { createZookeeper } from '#lib/zookeeper'
import { cliErrors } from './errors.ts'
import { parseArgument, printValue } from './json-values.ts'

export const callCommand: Command = {
  name: 'call',
  summary: 'call a Dubbo method with JSON arguments, as a generic consumer would',
  usage: '<interface> <method> [json args…] (--address host:port | --registry host:port)',
  options: {
    address: { type: 'string', short: 'a' },
    registry: { type: 'string', short: 'r' },
    types: { type: 'string', short: 't' },
    version: { type: 'string' },
    group: { type: 'string' },
    attachment: { type: 'string', multiple: true },
    timeout: { type: 'string' },
    count: { type: 'string', short: 'n' },
    concurrency: { type: 'string' },
    output: { type: 'string', short: 'o' }
  },
  describe: {
    address: 'provider to call, host:port',
    registry: 'ZooKeeper to find a provider in, host:port',
    types: 'Java types of the parameters, comma-separated; needed only where the method is overloaded',
    version: 'version of the service',
    group: 'group of the service',
    attachment: 'key=value to send with the call; may be repeated',
    timeout: 'ms to wait for the answer; default 3000',
    count: 'number of calls; more than one prints a latency summary instead of the answer',
    concurrency: 'calls in flight at a time with --count; default 1',
    output: 'table (default: the answer as JSON text) or json (answer, attachments and time)'
  },
  examples: [
    `abox call com.example.rank.RankService score '[1, 2.5]' '{}' --address 127.0.0.1:20880`,
    `abox call com.example.rank.RankService echo '"hi"' --registry 127.0.0.1:2181 --attachment traceid=t1`,
    `abox call com.example.rank.RankService score '[1.0]' '{}' -a 127.0.0.1:20880 --count 5000 --concurrency 32`
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [service, method, ...rest] = input.positionals
  if (service === undefined || method === undefined) throw usage('found no interface and method, expected both')
  const output = textOption(input, 'output') ?? 'table'
  if (output !== 'table' && output !== 'json') throw usage(`--output: found "${output}", expected table or json`)
  const args = rest.map(parseArgument)
  const types = textOption(input, 'types')?.split(',')
  if (types !== undefined && types.length !== args.length) {
    throw usage(`--types: found ${types.length} types for ${args.length} arguments`)
  }
  const timeoutMs = positive(input, 'timeout', 3000)
  const count = positive(input, 'count', 1)
  const concurrency = positive(input, 'concurrency', 1)
  const version = textOption(input, 'version')
  const group = textOption(input, 'group')
  const { host, port } = await findProvider(input, service)
  const client = createDubboClient({ host, port, timeoutMs })
  try {
    const call = (): Promise<DubboResult> =>
      client.call({
        service,
        ...(version === undefined ? {} : { version }),
        ...(group === undefined ? {} : { group }),
        method,
        parameterTypes: types ?? [],
        args,
        generic: true,
        attachments: { 'remote.application': 'abox-cli', timeout: String(timeoutMs), ...attachments(input) }
      })
    if (count > 1) return await measure(call, count, concurrency, input)
    return await callOnce(call, input)
  } finally {
    await client.close()
  }
}

async function callOnce(call: () => Promise<DubboResult>, input: CommandInput): Promise<number> {
  const started = performance.now()
  const result = await call()
  const ms = Math.round((performance.now() - started) * 1000) / 1000
  if (textOption(input, 'output') === 'json') {
    const answer =
      result.exception === undefined ? `"result":${printValue(result.value)}` : `"exception":${exceptionJson(result)}`
    console.log(`{${answer},"attachments":${JSON.stringify(Object.fromEntries(result.attachments))},"ms":${ms}}`)
  } else if (result.exception === undefined) console.log(printValue(result.value))
  if (result.exception === undefined) return 0
  console.error(`${result.exception.className}: ${result.exception.message}`)
  return 1
}

const exceptionJson = ({ exception }: DubboResult): string =>
  JSON.stringify({ class: exception?.className, message: exception?.message })

/** Calls `count` times and prints how long the calls took; failures are counted by their text. */
async function measure(
  call: () => Promise<DubboResult>,
  count: number,
  concurrency: number,
  input: CommandInput
): Promise<number> {
  const latencies: number[] = []
  const failures = new Map<string, number>()
  let begun = 0
  const started = performance.now()
  const loop = async (): Promise<void> => {
    while (begun++ < count) {
      const at = performance.now()
      const text = await call().then(
        ({ exception }) => exception?.message,
        (error: unknown) => AboxError.from(error).message
      )
      latencies.push(performance.now() - at)
      if (text !== undefined) failures.set(text, (failures.get(text) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, loop))
  const seconds = (performance.now() - started) / 1000
  latencies.sort((a, b) => a - b)
  const at = (part: number): number => Math.round((latencies[Math.floor(latencies.length * part)] ?? 0) * 1000) / 1000
  const failed = [...failures.values()].reduce((sum, n) => sum + n, 0)
  const row = {
    calls: latencies.length,
    failed,
    perSecond: Math.round(latencies.length / seconds),
    p50ms: at(0.5),
    p99ms: at(0.99),
    maxMs: Math.round((latencies.at(-1) ?? 0) * 1000) / 1000
  }
  if (textOption(input, 'output') === 'json')
    console.log(JSON.stringify({ ...row, failures: Object.fromEntries(failures) }))
  else {
    console.log(renderTable([row]))
    for (const [text, times] of failures) console.error(`${times} × ${text}`)
  }
  return failed === 0 ? 0 : 1
}

async function findProvider(input: CommandInput, service: string): Promise<{ host: string; port: number }> {
  const address = textOption(input, 'address')
  if (address !== undefined) return parseAddress(address)
  const registryAddress = textOption(input, 'registry')
  if (registryAddress === undefined) throw usage('found neither --address nor --registry, expected one of them')
  const session = createZookeeper({
    address: zookeeperAddress(registryAddress),
    sessionTimeoutMs: 10_000,
    log: silentLogger
  })
  try {
    await session.start()
    const version = textOption(input, 'version')
    const group = textOption(input, 'group')
    const registry = createDubboRegistry({ zookeeper: session })
    const fitting = await registry.providers(service, { version, group })
    const chosen = fitting[Math.floor(Math.random() * fitting.length)]
    if (chosen !== undefined) return chosen
    const all = await registry.providers(service, { version: '*', group: '*' })
    const found = all.map(
      (provider) =>
        `version ${provider.version ?? '-'} group ${provider.group ?? '-'} at ${provider.host}:${provider.port}`
    )
    throw new AboxError(
      cliErrors.ABOX_CLI_NO_PROVIDER,
      `${service} version ${version ?? '-'} group ${group ?? '-'}: found ${found.join('; ') || 'no provider at all'}`
    )
  } finally {
    await session.close()
  }
}

function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:dubbo:\/\/)?\[?([^\]/]+?)\]?:(\d{1,5})$/.exec(text)
  if (match === null) throw usage(`--address: found "${text}", expected host:port`)
  return { host: match[1] ?? '', port: Number(match[2]) }
}

function attachments(input: CommandInput): Record<string, string> {
  const result: Record<string, string> = {}
  for (const text of textOptions(input, 'attachment')) {
    const equals = text.indexOf('=')
    if (equals <= 0) throw usage(`--attachment: found "${text}", expected key=value`)
    result[text.slice(0, equals)] = text.slice(equals + 1)
  }
  return result
}

function positive(input: CommandInput, name: string, fallback: number): number {
  const text = textOption(input, name)
  const value = text === undefined ? fallback : Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw usage(`--${name}: found "${text}", expected a whole number above 0`)
}

const usage = (text: string): AboxError => new AboxError(cliErrors.ABOX_CLI_USAGE, text)
