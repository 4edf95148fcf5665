import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Call } from '../../src/apps/gateway/call.ts'
import { hookCallText, hookRequestBody } from '../../src/apps/gateway/hook-call.ts'
import { HookRun } from '../../src/apps/gateway/hook-run.ts'
import type { HookVersion } from '../../src/apps/gateway/hooks.ts'
import type { Invocation } from '../../src/lib/dubbo/index.ts'
import { wrapRequest } from '../../src/lib/model-protocols/index.ts'
import { createSandbox, type Sandbox } from '../../src/lib/sandbox/index.ts'
import { median } from '../codec/measure.ts'
import { HOOK_KINDS, type HookKind, VARIETY } from './payloads.ts'
import { KEEP_CODE, type MeasuredProcess } from './sandbox-process.ts'

/** `plain`: the same function in this process, between JSON.parse and JSON.stringify, which is no place for a hook. */
export type Place = 'none' | 'plain' | 'instance' | 'sandbox'

/** What one call costs, µs of CPU of both processes together, one number a round. */
export interface Cost {
  readonly hook: string
  readonly place: Place
  /** Calls in one turn of the event loop. */
  readonly batch: number
  readonly us: number[]
}

interface Lane {
  readonly cost: Cost
  /** Makes the calls of one turn, and ends when all are answered. */
  readonly turn: () => Promise<void>
}

export const BATCHES = [1, 8, 32] as const
const SLICE_MS = 60
const WARM_MS = 300

const CALL = {
  route: { service: 'com.example.rank.RankService', method: 'score' },
  model: { name: 'rank' },
  variant: { name: 'legacy', protocol: 'tensorflow' },
  caller: 'order-center',
  ts: 1_700_000_000_123,
  hook: { label: 'bench' }
} as unknown as Call
const INVOCATION = {
  attachments: new Map([
    ['path', 'com.example.rank.RankService'],
    ['interface', 'com.example.rank.RankService'],
    ['version', '0.0.0'],
    ['timeout', '2000'],
    ['traceid', '4bf92f3577b34da6a3ce929d0e0e4736']
  ])
} as unknown as Invocation

/** Measures all hooks in both places in turn, every other round backwards; the first round does not count. */
export async function measureCosts(
  measured: MeasuredProcess,
  rounds: number,
  log: (line: string) => void
): Promise<Cost[]> {
  // Each lane waits for its turn much longer than a hook does in a busy instance: meanwhile its code must stay.
  for (const flag of [...KEEP_CODE, '--expose-gc']) setFlagsFromString(flag)
  const collect = runInNewContext('gc') as (options: { type: string }) => void
  const { lanes, close } = await makeLanes(measured)
  for (const { turn } of lanes) await run(turn, WARM_MS)
  for (let round = 0; round <= rounds; round++) {
    log(`hooks: round ${round}/${rounds} …`)
    for (const { cost, turn } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      collect({ type: 'minor' })
      await run(turn, SLICE_MS / 5)
      const there = (await measured.used()).cpuUs
      const here = process.cpuUsage()
      const turns = await run(turn, SLICE_MS)
      const { user, system } = process.cpuUsage(here)
      const both = user + system + (cost.place === 'sandbox' ? (await measured.used()).cpuUs - there : 0)
      if (round > 0) cost.us.push(both / (turns * cost.batch))
    }
  }
  close()
  return lanes.map(({ cost }) => cost)
}

/** µs per call: the median of the rounds, or the least of them, which others on the machine have disturbed least. */
export function costOf(
  costs: readonly Cost[],
  hook: HookKind,
  place: Place,
  batch: number
): { median: number; least: number } {
  const us = costs.find((cost) => cost.hook === hook.name && cost.place === place && cost.batch === batch)?.us ?? []
  return { median: median(us), least: Math.min(...us) }
}

async function makeLanes({ sandboxes }: MeasuredProcess): Promise<{ lanes: Lane[]; close: () => void }> {
  const lanes: Lane[] = []
  const made: Sandbox[] = []
  for (const kind of Object.values(HOOK_KINDS) as HookKind[]) {
    const lane = (place: Place, batch: number, turn: Lane['turn']): void =>
      void lanes.push({ cost: { hook: kind.name, place, batch, us: [] }, turn })
    if (kind.source === '') {
      for (const batch of BATCHES) lane('none', batch, withoutHook(kind, batch))
      continue
    }
    if (kind.alone !== true) lane('plain', 8, await plainly(kind, 8))
    const options = { name: 'bench', source: kind.source, timeoutMs: 1000 }
    for (const place of ['instance', 'sandbox'] as const) {
      const sandbox = await (place === 'instance' ? createSandbox(options) : sandboxes.create(options))
      made.push(sandbox)
      for (const batch of BATCHES) lane(place, batch, withHook(kind, sandbox, batch))
    }
  }
  return {
    lanes,
    close: () => {
      for (const sandbox of made) sandbox.dispose()
    }
  }
}

/** As the gateway does it without a hook. A turn of the event loop is waited for, as with one. */
function withoutHook({ args }: HookKind, batch: number): () => Promise<void> {
  let next = 0
  const inputs = args.map((json) => Buffer.from(JSON.stringify((JSON.parse(json.toString()) as unknown[])[0])))
  return () => {
    for (let i = 0; i < batch; i++) wrapRequest('tensorflow', inputs[next++ % VARIETY] as Buffer)
    return nextTurn()
  }
}

/** What the work itself costs, without the isolate: its source is that of a payload, and `udl` is not there. */
async function plainly({ source, args }: HookKind, batch: number): Promise<() => Promise<void>> {
  const udl = 'const udl = { hash: { fnv1a32: (text) => text.length } };'
  const url = `data:text/javascript,${encodeURIComponent(udl + source)}`
  const { pre } = (await import(url)) as { pre(call: unknown): unknown }
  let next = 0
  return () => {
    for (let i = 0; i < batch; i++) {
      const text = hookCallText(CALL, INVOCATION, (args[next++ % VARIETY] as Buffer).toString())
      hookRequestBody(JSON.stringify(pre(JSON.parse(text))))
    }
    return nextTurn()
  }
}

/** From the arguments as JSON to the body of the request, as in the life of a call. */
function withHook({ args, alone }: HookKind, sandbox: Sandbox, batch: number): () => Promise<void> {
  const version = {
    sandbox,
    hasPre: true,
    hasPost: false,
    looks: { pre: false, post: false }
  } as unknown as HookVersion
  const texts = args.map((json) => [hookCallText(CALL, INVOCATION, json.toString())])
  let next = 0
  return () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let waiting = batch
    const done = (): void => {
      if (--waiting === 0) resolve()
    }
    for (let i = 0; i < batch; i++) {
      const at = next++ % VARIETY
      if (alone === true) sandbox.call('pre', texts[at] as string[]).then(done, reject)
      else new HookRun(CALL, version, INVOCATION, args[at] as Buffer, notOdd).pre().then(done, reject)
    }
    return promise
  }
}

/** As the writer of the arguments knows of what it has written. */
const notOdd = (): boolean => false

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How many turns went into the time. */
async function run(turn: () => Promise<void>, ms: number): Promise<number> {
  const end = performance.now() + ms
  let turns = 0
  do {
    await turn()
    turns++
  } while (performance.now() < end)
  return turns
}
