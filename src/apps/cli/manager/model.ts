import type { VariantTrial } from '#contracts/api/trial'
import { pointsAt } from '#contracts/split-targets'
import { type Command, type CommandAction, type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { actionOf, usage } from '../line-options.ts'
import { type ManagerClient, openManager, TRIAL_TIMEOUT_MS } from './client.ts'
import { kindOfText, pathOf } from './kinds.ts'
import {
  changeDescribe,
  changeOptions,
  managerOptions,
  namesOf,
  type Output,
  outputOf,
  type WriteAsk,
  writeAskOf
} from './options.ts'
import { setState } from './set-state.ts'
import { show } from './show.ts'
import { moveWeight, printSplit, type Split } from './split-weights.ts'
import { type Wait, waitForReceipts, waitLimitOf } from './wait.ts'
import { finishWrite, type Made, showWritten, tellProgress, type Written, writeOne } from './write.ts'

const ACTIONS = {
  try: {
    usage: 'MODEL',
    summary:
      'Asks each endpoint of the variant whether it is ready, and for the answer to the sample; changes nothing.',
    options: [...namesOf(managerOptions), 'variant']
  },
  online: {
    usage: 'MODEL',
    summary: 'Lets gateways know the variant, once its endpoints are ready and answer the sample.',
    options: [...namesOf(changeOptions), 'variant', 'force']
  },
  offline: {
    usage: 'MODEL',
    summary: 'Takes the variant out of what gateways know; refused while the split points at it, unless --move-to.',
    options: [...namesOf(changeOptions), 'variant', 'move-to']
  }
} satisfies Readonly<Record<string, CommandAction>>

export const modelCommand: Command = {
  name: 'model',
  summary: 'try a variant of a model, bring it online, take it offline',
  usage: '<try | online | offline> MODEL --variant VARIANT [options]',
  actions: ACTIONS,
  options: {
    ...changeOptions,
    variant: { type: 'string' },
    force: { type: 'boolean' },
    'move-to': { type: 'string' }
  },
  describe: {
    ...changeDescribe,
    variant: 'which of its variants',
    force: 'online: also where it discovers its endpoints, so that none can be asked',
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
  const action = actionOf(input, ACTIONS)
  const [, model, more] = input.positionals
  const variant = textOption(input, 'variant')
  if (model === undefined || more !== undefined || variant === undefined) {
    throw usage(`${action}: expected MODEL and --variant VARIANT`)
  }
  const to = textOption(input, 'move-to')
  if (to === variant) throw usage(`--move-to: found "${to}", expected another variant`)
  if (action === 'try') return tryVariant(await openManager(input), model, variant, outputOf(input))
  const ask = writeAskOf(input)
  const client = await openManager(input)
  const done: Written[] = []
  let seen = ask.seen
  if (to !== undefined) {
    // What was moved has to run before anything goes, however many are enough.
    const wait = ask.wait ?? { enough: undefined, among: 1, limitMs: waitLimitOf(input) }
    const moved = await moveAway(client, model, { variant, to }, { ...ask, wait })
    done.push(moved.written)
    seen = undefined
    if (ask.dryRun) {
      if (ask.output === 'table') console.log(`then ${variant} would be taken offline`)
      showWritten(done, ask.output)
      return 0
    }
    await waitForReceipts(client, moved.targets, wait, tellProgress).catch((error: unknown) => {
      showWritten(done, ask.output)
      throw error
    })
  }
  const force = input.options['force'] === true
  const { written, targets } = await changeState(client, model, variant, action, { ...ask, seen, force }).catch(
    (error: unknown) => {
      if (done.length > 0) showWritten(done, ask.output)
      throw error
    }
  )
  await finishWrite(client, { written: [...done, written], targets }, ask)
  return 0
}

async function changeState(
  client: ManagerClient,
  model: string,
  variant: string,
  action: 'online' | 'offline',
  ask: WriteAsk & { readonly force: boolean }
): Promise<Made> {
  const below = `variants/${encodeURIComponent(variant)}/${action}`
  const made = await setState(client, kindOfText('Model'), model, below, ask, ask.force)
  if (ask.output === 'table' && !ask.dryRun) console.log(`${model}: ${variant} is ${action}`)
  return made
}

/**
 * The variant's whole share goes to another one, which the gateways have to run before anything else happens. Rejects with
 * ABOX_CLI_POINTED_AT, and moves nothing, where more than its share points at the variant: it would not go offline then.
 */
async function moveAway(
  client: ManagerClient,
  model: string,
  { variant, to }: { readonly variant: string; readonly to: string },
  ask: WriteAsk & { readonly wait: Wait }
): Promise<Made> {
  const path = `${pathOf(client, kindOfText('Model'), model)}/split`
  const { body: before, generation = 0 } = await client.send<Split>({ method: 'GET', path })
  const body = moveWeight(before, variant, to)
  const why = pointsAt({ split: body, variants: [] }, variant)
  if (why !== undefined) {
    const text = `--move-to: found that ${why} as well, expected nothing but a share of ${variant}`
    throw new AboxError(cliErrors.ABOX_CLI_POINTED_AT, text)
  }
  if (ask.output === 'table')
    console.log(`${model}: ${printSplit(before)}, ${ask.dryRun ? 'would become' : 'becomes'} ${printSplit(body)}`)
  const request = { method: 'PUT', path, body, expected: ask.seen ?? generation, reason: ask.reason } as const
  if (ask.output === 'table' && !ask.dryRun) tellProgress('then the gateways have to run it')
  return writeOne(client, kindOfText('Model'), model, request, ask)
}

async function tryVariant(client: ManagerClient, model: string, variant: string, output: Output): Promise<number> {
  const where = `${pathOf(client, kindOfText('Model'), model)}/variants/${encodeURIComponent(variant)}`
  const request = { method: 'POST', path: `${where}/try`, body: {}, timeoutMs: TRIAL_TIMEOUT_MS } as const
  const { body } = await client.send<VariantTrial>(request)
  const rows = body.endpoints.map(({ origin, ready, sample, why }) => ({
    endpoint: origin,
    ready: ready ? 'yes' : 'no',
    sample: sample === undefined ? '-' : sample ? 'answered' : 'not answered',
    why
  }))
  show(body.endpoints, output, rows, `${model}: ${variant}`)
  if (output === 'table' && body.note !== '') console.log(body.note)
  return body.endpoints.every(({ ready, sample }) => ready && sample !== false) ? 0 : 1
}
