import { type Command, type CommandAction, type CommandInput, textOption } from '#core/command'
import { actionOf, usage } from '../line-options.ts'
import { managerDescribe, managerOptions, namesOf, outputOf } from '../manager/options.ts'
import { isManaged } from '../manager/release.ts'
import { waitDescribe, waitOptions } from '../manager/wait.ts'
import { runHookBench } from './bench.ts'
import { runHookInit } from './init.ts'
import { runHookList } from './list.ts'
import { runHookPromote } from './promote.ts'
import { runHookPush } from './push.ts'
import { hookReplayCommand, runHookReplay } from './replay.ts'
import { runHookRollback } from './rollback.ts'
import { runHookTest } from './test.ts'

/** What goes to the manager unless it is about a documents file. */
const AT_MANAGER: ReadonlySet<string> = new Set(['push', 'list', 'promote', 'rollback'])

/** Of a documents file or at the manager. */
const PLACE = ['documents', 'store', ...namesOf(managerOptions)]
const CHANGE = [...PLACE, 'reason', 'by', 'dry-run', ...namesOf(waitOptions)]
/** How `--require-replay` compares, where no `gate` says it. */
const PROOF = ['require-replay', 'tolerance', 'absolute', 'ignore', 'max-different']

const ACTIONS = {
  init: {
    usage: 'NAME',
    summary: 'Writes a new hook with its samples and types into a folder.',
    options: ['language', 'protocol', 'output']
  },
  test: {
    usage: 'FILE|FOLDER',
    summary: 'Runs the samples of a hook.',
    options: ['placement', 'coverage', 'output']
  },
  bench: {
    usage: 'FILE',
    summary: 'Measures what a hook costs a call.',
    options: ['placement', 'output']
  },
  push: {
    usage: 'FILE',
    summary: 'Brings a new version, with a share of the calls.',
    options: [...CHANGE, 'name', 'weight', 'group', ...PROOF]
  },
  list: {
    usage: '[NAME]',
    summary: 'Shows the hooks and the shares of their versions.',
    options: [...PLACE, 'history']
  },
  promote: {
    usage: 'NAME DIGEST',
    summary: 'Gives a version that is there another share.',
    options: [...CHANGE, 'weight', ...PROOF]
  },
  rollback: {
    usage: 'NAME',
    summary: 'Takes back the last change of the shares.',
    options: CHANGE
  },
  replay: {
    usage: '--from FILE|FOLDER --against FILE|sha256:…',
    summary: 'Compares a new version with the old one on recorded calls.',
    options: namesOf(hookReplayCommand.options)
  }
} satisfies Readonly<Record<string, CommandAction>>

const RUNS: Readonly<Record<keyof typeof ACTIONS, (input: CommandInput, args: readonly string[]) => Promise<number>>> =
  {
    init: runHookInit,
    test: runHookTest,
    bench: runHookBench,
    push: runHookPush,
    list: runHookList,
    promote: runHookPromote,
    rollback: runHookRollback,
    replay: runHookReplay
  }

export const hookCommand: Command = {
  name: 'hook',
  summary: 'write, test and measure hooks, and release versions of them',
  usage:
    '<init NAME | test FILE|FOLDER | bench FILE | push FILE | list | promote NAME DIGEST | rollback NAME | replay --from FILE --against FILE> [options]',
  actions: ACTIONS,
  options: {
    ...hookReplayCommand.options,
    language: { type: 'string' },
    protocol: { type: 'string' },
    placement: { type: 'string' },
    coverage: { type: 'boolean' },
    documents: { type: 'string', short: 'd' },
    store: { type: 'string' },
    name: { type: 'string' },
    weight: { type: 'string' },
    reason: { type: 'string' },
    by: { type: 'string' },
    history: { type: 'boolean' },
    'require-replay': { type: 'string' },
    'dry-run': { type: 'boolean' },
    output: { type: 'string', short: 'o' },
    manager: { type: 'string' },
    environment: { type: 'string', short: 'e' },
    group: { type: 'string', short: 'g' },
    ...waitOptions
  },
  describe: {
    ...hookReplayCommand.describe,
    language: 'init: js (default) or ts',
    protocol: 'init: tensorflow (default), seldon, v2 or raw: the bodies that the samples show',
    placement:
      'test: instance (default) or sandbox, the process that may die. bench: one of them only. replay: default sandbox',
    coverage: 'test: show the lines that no sample runs',
    documents:
      'push, list, promote, rollback: the documents file of a gateway without a manager; default: at the manager',
    store:
      'push, list, promote, rollback, replay: folder of bundles, hooks.store of the gateway; default hooks beside the documents',
    name: 'push: the hook; default as the file or its folder is called',
    weight: 'push: share of calls, such as 1% or 500ppm; default 0%, all for a new hook. promote: default 100%',
    reason: 'push, promote, rollback: why; written into the document',
    by: 'push, promote, rollback with --documents: who; default the user of this machine',
    history: 'list with --documents: also the changes, newest first (at the manager: abox describe hook)',
    'require-replay':
      'push, promote: recorded calls, file or folder, which it must answer as the version in force does; `gate` of the document can want it',
    'dry-run': 'push, promote, rollback: print the difference and write nothing',
    output: 'table (default) or json; at the manager also yaml',
    manager: `at the manager: ${managerDescribe['manager'] ?? ''}`,
    environment: `at the manager: ${managerDescribe['environment'] ?? ''}`,
    group: 'push of a new hook to the manager: the business group that owns it',
    wait: `at the manager: ${waitDescribe['wait'] ?? ''}`,
    'wait-timeout': `at the manager: ${waitDescribe['wait-timeout'] ?? ''}`
  },
  examples: [
    'abox hook init rank-features --protocol tensorflow',
    'abox hook test rank-features --coverage',
    'abox hook bench rank-features/hook.js',
    'abox hook push rank-features/hook.js -d documents.yaml --weight 1% --reason "clicks count double"',
    'abox hook push rank-features/hook.js --environment prod --weight 1% --reason "clicks count double" --wait all',
    'abox hook list -d documents.yaml --history',
    'abox hook promote rank-features 3f2a91bc -d documents.yaml --weight 10% --reason "no difference in one day"',
    'abox hook promote rank-features 3f2a91bc -d documents.yaml --require-replay recordings --reason "as before on all calls"',
    'abox hook rollback rank-features -d documents.yaml --reason "fewer orders"',
    ...hookReplayCommand.examples
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const action = actionOf(input, ACTIONS)
  if (AT_MANAGER.has(action) && isManaged(input)) outputOf(input)
  else {
    const output = textOption(input, 'output') ?? 'table'
    if (output !== 'table' && output !== 'json') throw usage(`--output: found "${output}", expected table or json`)
  }
  return RUNS[action](input, input.positionals.slice(1))
}
