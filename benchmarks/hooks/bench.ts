// npm run bench -- hooks [--rounds 12] [--only cost,swap,first,live]: what a hook costs a call, in the instance and in the
// sandbox process (CPU of both processes together), what versions take, how soon they answer, and what a swap costs.
import { parseArgs } from 'node:util'
import { renderTable } from '../../src/core/table.ts'
import { BATCHES, type Cost, costOf, measureCosts } from './cost.ts'
import { HOOK_KINDS, type HookKind } from './payloads.ts'
import { type MeasuredProcess, startMeasuredProcess } from './sandbox-process.ts'
import { measureSwap } from './swap.ts'
import { measureFirstCall, measureLive } from './versions.ts'

const PARTS = ['cost', 'swap', 'first', 'live'] as const
type Part = (typeof PARTS)[number]
const COLUMNS = [
  ...BATCHES.map((batch) => ['none', batch] as const),
  ['plain', 8] as const,
  ...BATCHES.map((batch) => ['instance', batch] as const),
  ...BATCHES.map((batch) => ['sandbox', batch] as const)
]
/** µs of CPU a call, from the arguments as JSON to the body of the request, in turns of so many calls. */
const BUDGETS = { batch: 32, identityInstance: 5, identitySandbox: 20, untouchedAboveNone: 10 }

/** Prints tables; exits with 1 where a budget is missed. */
export async function benchHooks(args: readonly string[]): Promise<void> {
  const options = {
    rounds: { type: 'string', default: '12' },
    only: { type: 'string', default: PARTS.join(',') }
  } as const
  const { values } = parseArgs({ args: [...args], options })
  const parts = new Set(values.only.split(','))
  for (const part of parts) {
    if (!(PARTS as readonly string[]).includes(part))
      throw new Error(`--only: found ${part}, expected ${PARTS.join(', ')}`)
  }
  const has = (part: Part): boolean => parts.has(part)
  const rounds = Number(values.rounds)
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  const measured = startMeasuredProcess()
  try {
    // First, as two hundred versions leave much to the collector.
    if (has('cost')) printCosts(await measureCosts(measured, rounds, log), rounds)
    if (has('swap')) await printSwaps(measured, rounds)
    if (has('first')) print('a new bundle: median (least)', await measureFirstCall(measured))
    if (has('live')) print('live versions', await measureLive(measured))
  } finally {
    await measured.sandboxes.close()
  }
}

function print(title: string, rows: readonly object[]): void {
  console.log(`\n${title}\n\n${renderTable(rows)}`)
}

function printCosts(costs: readonly Cost[], rounds: number): void {
  const show = (hook: HookKind, place: Cost['place'], batch: number): string => {
    const { median, least } = costOf(costs, hook, place, batch)
    return Number.isNaN(median) ? '' : `${median.toFixed(1)} (${least.toFixed(1)})`
  }
  const rows = (Object.values(HOOK_KINDS) as HookKind[]).map((hook) => ({
    hook: hook.name,
    ...Object.fromEntries(COLUMNS.map(([place, batch]) => [`${place} × ${batch}`, show(hook, place, batch)]))
  }))
  print(`µs of CPU a call, by calls in a turn: median of ${rounds} rounds (least)`, rows)
  const { batch, identityInstance, identitySandbox, untouchedAboveNone } = BUDGETS
  const { identity, alone, untouched, noneDoubles } = HOOK_KINDS
  const above = (of: 'median' | 'least'): number =>
    costOf(costs, untouched, 'instance', batch)[of] - costOf(costs, noneDoubles, 'none', batch)[of]
  const judged = [
    budget('identity, instance', costOf(costs, identity, 'instance', batch), identityInstance),
    budget('identity, instance, the sandbox alone', costOf(costs, alone, 'instance', batch), identityInstance),
    budget('identity, sandbox process', costOf(costs, identity, 'sandbox', batch), identitySandbox),
    budget(
      '1000 doubles untouched, above no hook',
      { median: above('median'), least: above('least') },
      untouchedAboveNone
    )
  ]
  print(`budgets, µs, in turns of ${batch}; kept or not by the least, as others use the machine`, judged)
}

function budget(name: string, { median, least }: { median: number; least: number }, limit: number): object {
  if (least > limit) process.exitCode = 1
  const verdict = least <= limit ? 'kept' : 'NOT KEPT'
  return { budget: name, limit, median: median.toFixed(2), least: least.toFixed(2), verdict }
}

async function printSwaps(measured: MeasuredProcess, rounds: number): Promise<void> {
  print('calls at 4 per ms, ten swaps a second and none in turn', await measureSwap(measured, rounds))
  console.log('budget: swaps make no call over 1 ms late that would not be without them')
}
