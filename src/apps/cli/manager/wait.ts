import { setTimeout } from 'node:timers/promises'
import type { FleetInstance, Receipts } from '#contracts/api/receipts'
import { type AnyDocument, publishedPlace } from '#contracts/kinds'
import type { Command } from '#core/command'
import { type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from '../errors.ts'
import { usage } from '../line-options.ts'
import type { ManagerClient } from './client.ts'
import { readReceipts } from './receipts.ts'

/** How often the receipts are asked for, ms. */
const EVERY_MS = 200
/** So many laggards are named. */
const MOST_NAMED = 20

export const waitOptions: Command['options'] = { wait: { type: 'string' }, 'wait-timeout': { type: 'string' } }

export const waitDescribe: Command['describe'] = {
  wait: 'wait until gateways run it: `all` that are there, `7`, or `6/7` (six of at least seven); exit code 1 otherwise',
  'wait-timeout': 'longest wait, seconds; default 30'
}

/** How many instances have to run what was written, and how long that may take. */
export interface Wait {
  /** At least so many; undefined: all that are there, at least one. */
  readonly enough: number | undefined
  /** So many have to be there. */
  readonly among: number
  readonly limitMs: number
}

/** A document as gateways are to run it. */
export interface Target {
  readonly place: string
  /** At least this one; undefined: it has to be gone. */
  readonly generation: number | undefined
}

/** `--wait-timeout`, ms. ABOX_CLI_USAGE. */
export function waitLimitOf(input: CommandInput): number {
  const limit = textOption(input, 'wait-timeout') ?? '30'
  if (/^[1-9]\d{0,4}$/.test(limit)) return Number(limit) * 1000
  throw usage(`--wait-timeout: found "${limit}", expected whole seconds`)
}

/** Undefined: not asked for. ABOX_CLI_USAGE. */
export function waitOf(input: CommandInput): Wait | undefined {
  const text = textOption(input, 'wait')
  const limitMs = waitLimitOf(input)
  if (text === undefined) return undefined
  if (text === 'all') return { enough: undefined, among: 1, limitMs }
  const [, enough = '', among = enough] = /^([1-9]\d{0,4})(?:\/([1-9]\d{0,4}))?$/.exec(text) ?? []
  if (enough !== '' && Number(among) >= Number(enough)) {
    return { enough: Number(enough), among: Number(among), limitMs }
  }
  throw usage(`--wait: found "${text}", expected all, 7 or 6/7`)
}

/** Where it is published and as what; undefined for what gateways do not read. */
export function targetOf(
  kind: string,
  key: string,
  document: AnyDocument | undefined,
  generation: number
): Target | undefined {
  const place = publishedPlace(kind, key)
  return place === undefined ? undefined : { place, generation: isPublished(document) ? generation : undefined }
}

/** A model of which nothing is online is not published, and neither is what was deleted. */
function isPublished(document: AnyDocument | undefined): boolean {
  const variants = document?.['variants']
  if (document?.kind !== 'Model' || !Array.isArray(variants)) return document !== undefined
  return variants.some((variant: { readonly state?: string }) => variant.state !== 'offline')
}

/**
 * Waits until enough gateways run all targets; `tell` gets a line whenever the count changes. Rejects with ABOX_CLI_WAIT,
 * which names who is behind and why.
 */
export async function waitForReceipts(
  client: ManagerClient,
  targets: readonly Target[],
  wait: Wait,
  tell: (line: string) => void
): Promise<void> {
  if (targets.length === 0) return
  const until = performance.now() + wait.limitMs
  const places = targets.map(({ place }) => place)
  let told = ''
  for (;;) {
    const receipts = await readReceipts(client, { places }).catch(passing)
    const isAnswer = !(receipts instanceof AboxError)
    const { done, line } = isAnswer ? progressOf(receipts, targets, wait) : { done: false, line: receipts.message }
    if (line !== told) tell(line)
    told = line
    if (done) return
    if (performance.now() > until) {
      const behind = isAnswer ? laggardsOf(receipts, targets) : ''
      throw new AboxError(cliErrors.ABOX_CLI_WAIT, `${line} after ${wait.limitMs / 1000} s${behind}`)
    }
    await setTimeout(EVERY_MS)
  }
}

/** What was written is written: a manager that is away for a moment is asked again. */
function passing(error: unknown): AboxError {
  if (error instanceof AboxError && error.retryable) return error
  throw error
}

/** What there is to tell, and whether it is enough. */
export function progressOf(
  receipts: Receipts,
  targets: readonly Target[],
  { enough, among }: Wait
): { readonly done: boolean; readonly line: string } {
  const gateways = gatewaysOf(receipts)
  const ready = gateways.filter((instance) => targets.every((target) => runs(instance, target))).length
  const there = gateways.length
  const done = ready >= (enough ?? there) && there >= among
  const wanted = there < among ? `, expected ${among} to be there` : ''
  const away = receipts.connected ? '' : '; the manager does not reach ZooKeeper'
  return { done, line: `${ready} of ${there} gateways run it${wanted}${away}` }
}

// Workers serve what they were started with; they write no receipts. What neither says who it is nor left a receipt that can be
// read is a node of somebody else: the alarms name it, and nobody would ever run anything there.
const gatewaysOf = ({ instances }: Receipts): FleetInstance[] =>
  instances.filter(({ role, about, applied }) => role === 'gateway' && (about !== undefined || applied !== undefined))

function runs({ applied }: FleetInstance, { place, generation }: Target): boolean {
  if (applied === undefined) return false
  const found = applied[place]
  return generation === undefined ? found === undefined : found !== undefined && found >= generation
}

function laggardsOf(receipts: Receipts, targets: readonly Target[]): string {
  const lines = gatewaysOf(receipts).flatMap((instance) => {
    const target = targets.find((one) => !runs(instance, one))
    return target === undefined ? [] : [`\n  ${instance.instance}: ${whyOf(instance, target)}`]
  })
  const more = lines.length > MOST_NAMED ? `\n  and ${lines.length - MOST_NAMED} more` : ''
  return lines.slice(0, MOST_NAMED).join('') + more
}

function whyOf({ applied, refused }: FleetInstance, { place, generation }: Target): string {
  if (applied === undefined) return 'has written no receipt'
  const runs = applied[place] === undefined ? `does not run ${place}` : `runs ${place} generation ${applied[place]}`
  const wanted = generation === undefined ? 'none' : `generation ${generation}`
  const refusal = refused[place]
  return `${runs}, expected ${wanted}${refusal === undefined ? '' : `; it refused: ${refusal}`}`
}
