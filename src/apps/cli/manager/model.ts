import { pointsAt } from '#contracts/split-targets'
import { type Command, type CommandInput, textOption } from '#core/command'
import { unknownAction, usage } from '../line-options.ts'
import { type ManagerClient, openManager, TRIAL_TIMEOUT_MS } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import { changeDescribe, changeOptions, type Output, outputOf, type WriteAsk, writeAskOf } from './options.ts'
import { setState } from './set-state.ts'
import { show } from './show.ts'
import { moveWeight, printSplit, type Split } from './split-weights.ts'
import { type Wait, waitLimitOf } from './wait.ts'
import { showWritten, tellProgress, type Written, writeOne } from './write.ts'

export const modelCommand: Command = {
  name: 'model',
  summary: 'try a variant of a model, bring it online, take it offline',
  usage: '<try MODEL | online MODEL | offline MODEL> --variant VARIANT [--move-to OTHER] [--reason TEXT] [options]',
  options: {
    ...changeOptions,
    variant: { type: 'string' },
    'move-to': { type: 'string' }
  },
  describe: {
    ...changeDescribe,
    variant: 'which of its variants',
    'move-to': 'offline: variant that gets its share first; goes on when all gateways (or what --wait says) run that'
  },
  examples: [
    'abox model try rank --variant seldon',
    'abox model online rank --variant seldon --reason "answers the sample" --wait all',
    'abox model offline rank --variant legacy --move-to seldon --reason "the old hosts go"'
  ],
  run
}

async function run(input: CommandInput): Promise<number> {
  const [action, model, more] = input.positionals
  if (action !== 'try' && action !== 'online' && action !== 'offline') {
    throw unknownAction(action, 'try, online or offline')
  }
  const variant = textOption(input, 'variant')
  if (model === undefined || more !== undefined || variant === undefined) {
    throw usage(`${action}: expected MODEL and --variant VARIANT`)
  }
  const to = textOption(input, 'move-to')
  if (to !== undefined && (action !== 'offline' || to === variant)) {
    throw usage('--move-to: expected another variant, with offline only')
  }
  if (action === 'try') return tryVariant(await openManager(input), model, variant, outputOf(input))
  const ask = writeAskOf(input)
  const client = await openManager(input)
  if (to === undefined) {
    showWritten(await changeState(client, model, variant, action, ask), ask.output)
    return 0
  }
  // What was moved has to run before anything goes, however many are enough.
  const wait = ask.wait ?? { enough: undefined, among: 1, limitMs: waitLimitOf(input) }
  const steps = [await moveAway(client, model, { variant, to }, { ...ask, wait })]
  if (!ask.dryRun) steps.push(await changeState(client, model, variant, action, { ...ask, seen: undefined }))
  else if (ask.output === 'table') console.log(`then ${variant} would be taken offline`)
  showWritten(steps, ask.output)
  return 0
}

async function changeState(
  client: ManagerClient,
  model: string,
  variant: string,
  action: 'online' | 'offline',
  ask: WriteAsk
): Promise<Written> {
  const below = `variants/${encodeURIComponent(variant)}/${action}`
  const written = await setState(client, kindOfText('Model'), model, below, ask)
  if (ask.output === 'table' && !ask.dryRun) console.log(`${model}: ${variant} is ${action}`)
  return written
}

/**
 * The variant's whole share goes to another one, and the gateways run that before anything else happens. Rejects with
 * ABOX_CLI_USAGE, and moves nothing, where more than its share points at the variant: it would not go offline then.
 */
async function moveAway(
  client: ManagerClient,
  model: string,
  { variant, to }: { readonly variant: string; readonly to: string },
  ask: WriteAsk & { readonly wait: Wait }
): Promise<Written> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  const { body: before, generation = 0 } = await client.send<Split>({ method: 'GET', path })
  const body = moveWeight(before, variant, to)
  const why = pointsAt({ split: body, variants: [] }, variant)
  if (why !== undefined) throw usage(`--move-to: found that ${why} as well, expected nothing but a share of ${variant}`)
  if (ask.output === 'table')
    console.log(`${model}: ${printSplit(before)}, ${ask.dryRun ? 'would become' : 'becomes'} ${printSplit(body)}`)
  const request = { method: 'PUT', path, body, expected: ask.seen ?? generation, reason: ask.reason } as const
  if (ask.output === 'table' && !ask.dryRun) tellProgress('then the gateways have to run it')
  return writeOne(client, kindOfText('Model'), model, request, ask)
}

interface Trial {
  readonly origin: string
  readonly ready: boolean
  /** Absent: the model has no sample, or the endpoint is not ready. */
  readonly sample?: boolean
  readonly why: string
}

async function tryVariant(client: ManagerClient, model: string, variant: string, output: Output): Promise<number> {
  const where = `${pathOf(client, kindOfText('Model'), model)}/variants/${encodeURIComponent(variant)}`
  const request = { method: 'POST', path: `${where}/try`, body: {}, timeoutMs: TRIAL_TIMEOUT_MS } as const
  const { body } = await client.send<{ endpoints: Trial[] }>(request)
  const rows = body.endpoints.map(({ origin, ready, sample, why }) => ({
    endpoint: origin,
    ready: ready ? 'yes' : 'no',
    sample: sample === undefined ? '-' : sample ? 'answered' : 'not answered',
    why
  }))
  show(
    body.endpoints,
    output,
    rows,
    `${model}: ${variant} names no endpoints; what it discovers is probed by the gateways`
  )
  return body.endpoints.every(({ ready, sample }) => ready && sample !== false) ? 0 : 1
}
