import { MORE, type Receipt, type ReceiptPart, receiptNode } from '#contracts/receipt'

/** A part that says something else than before; `text` undefined: it is no longer there. */
export interface ReceiptChange {
  readonly node: string
  readonly text: string | undefined
}

/** So many documents stand in one part at the most, on average. */
const PER_PART = 256
/**
 * Keys and reasons of a part have so many bytes of JSON at the most: 512 KiB are what the session takes for a node, and what is
 * disabled, and the rest of the part, has room beside them.
 */
const MAX_BYTES = 400 * 1024
/** What stands around a key and its generation in JSON, or around a key and its reason. */
const FRAME_BYTES = 24
/** A reason is cut behind so many bytes of JSON, or less where there are many. */
const MAX_REASON_BYTES = 1200
/** So many versions of hooks are named as disabled, each with a reason that is cut behind so many bytes of JSON. */
const MAX_DISABLED = 50
const MAX_DISABLED_BYTES = 600

interface Whole extends Pick<Receipt, 'applied' | 'refused'> {
  readonly disabled?: Receipt['disabled'] | undefined
}
type Part = { readonly applied: Map<string, number>; readonly refused: Map<string, string> }

const NOTHING: Whole = { applied: {}, refused: {} }

/**
 * Divides the receipts of an instance into parts and tells which of them a new receipt changes. A document is always in the
 * same part for as long as there are as many, so that a change of one costs one part, whatever else there is.
 */
export class ReceiptParts {
  readonly #source: Pick<Receipt, 'instance' | 'epoch'>
  #parts: Part[] = []
  #before: Whole = NOTHING

  constructor({ instance, epoch }: Pick<Receipt, 'instance' | 'epoch'>) {
    this.#source = { instance, epoch }
  }

  /** `at`: wall clock, ms. Part 0 comes last: who reads it finds the others. */
  change({ applied, refused, disabled: all }: Whole, at: number): ReceiptChange[] {
    const disabled = cutDisabled(all)
    const [documents, reasons] = [Object.keys(applied), Object.keys(refused)]
    const count = partsFor(Math.max(documents.length, reasons.length))
    const old = this.#parts.length
    const changed = new Set<number>()
    if (count !== old) {
      this.#parts = Array.from({ length: count }, () => ({ applied: new Map(), refused: new Map() }))
      this.#before = NOTHING
      for (let part = 0; part < count; part++) changed.add(part)
    }
    const before = this.#before
    this.#take('applied', before.applied, applied, documents, changed)
    this.#take('refused', before.refused, refused, reasons, changed)
    if (JSON.stringify(disabled) !== JSON.stringify(before.disabled)) changed.add(0)
    this.#before = { applied, refused, disabled }
    const changes: ReceiptChange[] = [...changed]
      .sort((a, b) => b - a)
      .map((part) => ({ node: this.#nodeOf(part), text: JSON.stringify(this.#write(part, at)) }))
    for (let part = count; part < old; part++) changes.push({ node: this.#nodeOf(part), text: undefined })
    return changes
  }

  #nodeOf(part: number): string {
    return receiptNode(this.#source.instance, part)
  }

  /** Brings the parts from what one record says to what the next one says, which has these keys. */
  #take<K extends 'applied' | 'refused'>(
    kind: K,
    before: Whole[K],
    now: Whole[K],
    keys: readonly string[],
    changed: Set<number>
  ): void {
    if (before === now) return
    for (const key of keys) {
      if (before[key] !== now[key]) this.#set(kind, key, now[key], changed)
    }
    const size = this.#parts.reduce((sum, part) => sum + part[kind].size, 0)
    if (size === keys.length) return
    for (const key in before) if (now[key] === undefined) this.#set(kind, key, undefined, changed)
  }

  #set(kind: 'applied' | 'refused', key: string, value: number | string | undefined, changed: Set<number>): void {
    const part = partOf(key, this.#parts.length)
    const values = this.#parts[part]?.[kind] as Map<string, number | string>
    if (value === undefined) values.delete(key)
    else values.set(key, value)
    changed.add(part)
  }

  #write(part: number, at: number): ReceiptPart {
    const { applied, refused } = this.#parts[part] as Part
    const { disabled } = this.#before
    return {
      v: 2,
      ...this.#source,
      at,
      part,
      parts: this.#parts.length,
      applied: sorted([...applied]),
      refused: sorted(cutReasons(applied, refused)),
      ...(part === 0 && disabled !== undefined && { disabled })
    }
  }
}

/** A power of two: seldom another one, and then each part is one half of one, or two. */
function partsFor(documents: number): number {
  let parts = 1
  while (documents > parts * PER_PART) parts *= 2
  return parts
}

/** Reasons cut so that they fit into a part beside all its keys. */
function cutReasons(
  applied: ReadonlyMap<string, number>,
  refused: ReadonlyMap<string, string>
): (readonly [string, string])[] {
  if (refused.size === 0) return []
  let room = MAX_BYTES
  for (const key of applied.keys()) room -= bytesOf(key) + FRAME_BYTES
  for (const key of refused.keys()) room -= bytesOf(key) + FRAME_BYTES
  const most = Math.min(MAX_REASON_BYTES, Math.max(0, room / refused.size))
  return [...refused].map(([key, reason]) => [key, cut(reason, most)] as const)
}

function cutDisabled(all: Whole['disabled']): Whole['disabled'] {
  if (all === undefined) return undefined
  const versions = Object.entries(all)
  const named = versions
    .slice(0, MAX_DISABLED)
    .map(([version, why]) => [version, cut(why, MAX_DISABLED_BYTES)] as const)
  const more = versions.length - named.length
  return Object.fromEntries(more === 0 ? named : [...named, [MORE, `${more} more`]])
}

/** As much of the text as has at most so many bytes of JSON. */
function cut(text: string, most: number): string {
  let low = 0
  // No unit has less than one byte, and mostly each has one.
  let high = Math.min(text.length, Math.floor(most))
  for (let end = high; low < high; end = Math.ceil((low + high) / 2)) {
    if (bytesOf(text.slice(0, end)) <= most) low = end
    else high = end - 1
  }
  return text.slice(0, low)
}

/** Of a text within the quotes of JSON: some signs have six, as `\u0001`. */
const bytesOf = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2

/** FNV-1a over UTF-16 units, 32 bits; `parts` is a power of two. */
function partOf(key: string, parts: number): number {
  if (parts === 1) return 0
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 16)) & (parts - 1)
}

const sorted = <T>(entries: (readonly [string, T])[]): Record<string, T> =>
  Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
