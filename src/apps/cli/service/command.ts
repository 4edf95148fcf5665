import { type Command, type CommandInput, textOption } from '#core/command'
import { unknownAction, usage } from '../line-options.ts'
import { runCheck } from './check.ts'
import { runImport } from './import.ts'

export const serviceCommand: Command = {
  name: 'service',
  summary: 'make Service documents from Java, and prove them against sample answers',
  usage: '<import JAR… | import --from-registry ADDRESS --service NAME | check DOCUMENTS…>',
  options: {
    interface: { type: 'string', multiple: true },
    into: { type: 'string' },
    model: { type: 'string' },
    'from-registry': { type: 'string' },
    service: { type: 'string' },
    application: { type: 'string' },
    'fail-on-breaking': { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    reason: { type: 'string' },
    samples: { type: 'string' },
    output: { type: 'string', short: 'o' }
  },
  describe: {
    interface: 'import: the Java interface; may be repeated. Default: those that --into has, else all of the first jar',
    into: 'import: documents file to work the result into; prints the difference and what it breaks',
    model: 'import: the model that answers methods which are added',
    'from-registry': 'import: read what Java providers published in this ZooKeeper, zookeeper://host:port',
    service: 'import: with --from-registry, the Java interface',
    application: 'import: with --from-registry, the provider whose definition counts, where several differ',
    'fail-on-breaking': 'import: exit code 1 when a difference breaks a consumer',
    'dry-run': 'import: print the difference and write nothing',
    reason: 'import: written into the document as `reason`',
    samples: 'check: file or folder of sample answers, JSON lines or YAML',
    output: 'import: yaml (default) or json. check: table (default) or json'
  },
  examples: [
    'abox service import rank-api.jar --model rank > services.yaml',
    'abox service import rank-api.jar common-types.jar --interface com.example.rank.RankService',
    'abox service import rank-api-2.jar --into services.yaml --dry-run --fail-on-breaking   # may this jar be released?',
    'abox service import rank-api-2.jar --into services.yaml --model rank --reason "new field"',
    'abox service import --from-registry zookeeper://127.0.0.1:2181 --service com.example.rank.RankService',
    'abox service check services.yaml --samples samples.jsonl',
    `  {"service":"com.example.rank.RankService","method":"score","answer":{"predictions":[[0.1,0.9]]}}`
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action, ...rest] = input.positionals
  const output = textOption(input, 'output')
  const allowed = action === 'check' ? ['table', 'json'] : ['yaml', 'json']
  if (action !== 'import' && action !== 'check') throw unknownAction(action, 'import or check')
  if (output !== undefined && !allowed.includes(output)) {
    throw usage(`--output: found "${output}", expected ${allowed.join(' or ')}`)
  }
  return action === 'import' ? runImport(input, rest) : runCheck(input, rest)
}
