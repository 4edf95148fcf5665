import type { Difference } from '#contracts/api/difference'
import type { Model, Variant } from '#contracts/model'
import { pointsAt } from '#contracts/split-targets'
import { differences } from '../documents/difference.ts'

const WHOLE = 1_000_000

/**
 * Which part of a change of a model moves its calls, or says something else of a variant that has some: the operator's.
 * `after` undefined: it is deleted. A line of the form `<path>: <why>`; undefined: none.
 */
export function movesCalls(
  before: Model,
  after: Model | undefined,
  difference: readonly Difference[]
): string | undefined {
  if (after === undefined) return callsOfAny(before)
  return movedShare(before, after) ?? movedRule(before, after) ?? changedVariant(before, after, difference)
}

/** Services that choose it by `modelFrom` do not name it, so that nothing else keeps it from being deleted. */
function callsOfAny(model: Model): string | undefined {
  for (const { name } of model.variants) {
    const why = callsOf(model, name)
    if (why !== undefined) return `variants[${name}]: ${why}`
  }
  return undefined
}

/** A weight of 0 is none: to write it, or leave it out, moves nothing. */
function movedShare(before: Model, after: Model): string | undefined {
  // No split for several variants is refused by the document's check, which says what is missing.
  if (before.split === undefined && after.split === undefined && online(after).length > 1) return undefined
  const [left, right] = [sharesOf(before), sharesOf(after)]
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [was, found] = [left.get(name) ?? 0, right.get(name) ?? 0]
    if (was !== found) return `split.weights.${name}: found ${found / 10_000}%, was ${was / 10_000}%`
  }
  return undefined
}

/** Those above 0, in parts per million. Without a split the only variant that is online has all. */
function sharesOf(model: Model): ReadonlyMap<string, number> {
  if (model.split !== undefined) return new Map(Object.entries(model.split.weights).filter(([, ppm]) => ppm > 0))
  const [only, more] = online(model)
  return new Map(only === undefined || more !== undefined ? [] : [[only.name, WHOLE]])
}

const online = ({ variants }: Model): Variant[] => variants.filter(({ state }) => state !== 'offline')

/** What else a split says: kill, pins, sticky, shadow, and whether callers choose. */
function movedRule(before: Model, after: Model): string | undefined {
  const [one] = differences(rulesOf(before), rulesOf(after))
  return one === undefined ? undefined : `split.${one.path}: it says where calls go`
}

function rulesOf({ split }: Model): object {
  const { weights: _, ...rules } = split ?? { weights: {} }
  return rules
}

function changedVariant(before: Model, after: Model, difference: readonly Difference[]): string | undefined {
  for (const { path } of difference) {
    const [, name, field] = /^variants\[([^\]]*)\](?:\.([^.[]*))?/.exec(path) ?? []
    if (name === undefined || !has(before, name)) continue
    if (field === 'state' && has(after, name)) return `${path}: it says where calls can go`
    const why = callsOf(before, name)
    if (why !== undefined) return `${path}: ${why}`
  }
  return undefined
}

const has = ({ variants }: Model, name: string): boolean => variants.some((one) => one.name === name)

function callsOf(model: Model, name: string): string | undefined {
  const isOnline = online(model).some((one) => one.name === name)
  const why = isOnline ? pointsAt(model, name) : undefined
  return why === undefined ? undefined : `it has calls (${why})`
}
