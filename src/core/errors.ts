/**
 * One error class for the whole program. What can go wrong is declared as rows beside the code that throws them
 * (`errors.ts` of each folder); `docs/errors.md` lists every row and a test holds the two equal.
 */

/** Who has to act: the Dubbo caller, the author of the hook, the model behind us, who runs ABox, or its programmers. */
export type Fault = 'caller' | 'hook' | 'upstream' | 'operator' | 'us'

/** What is known about one error code before it happens. */
export interface ErrorRow {
  readonly code: `ABOX_${string}`
  readonly fault: Fault
  /** Whether the same call may succeed when it is sent again unchanged. */
  readonly retryable: boolean
  /** What it means, one sentence. */
  readonly text: string
  /** What the person at fault does next, one sentence. */
  readonly remedy: string
}

/** Turns `{ABOX_X: {fault, retryable, text, remedy}}` into rows that know their own code. */
export function errorRows<const K extends `ABOX_${string}`>(
  rows: Record<K, Omit<ErrorRow, 'code'>>
): { readonly [P in K]: ErrorRow } {
  const result = {} as { [P in K]: ErrorRow }
  for (const code of Object.keys(rows) as K[]) result[code] = { code, ...rows[code] }
  return result
}

/** Rows of `core` itself: what nobody foresaw. */
export const coreErrors = errorRows({
  ABOX_INTERNAL: {
    fault: 'us',
    retryable: false,
    text: 'Something failed that no other code describes: a defect of ABox.',
    remedy: 'Report it with the log line of the same trace id.'
  }
})

export interface AboxErrorOptions {
  readonly cause?: unknown
  /** Where in the input it was found, in bytes from its start. */
  readonly offset?: number
  /** Where in the value it was found, as `items[3].score`. */
  readonly path?: string
  /** What would have had to be there, as `Cluster legacy`. */
  readonly missing?: string | undefined
}

/** The only error class. Match on `code`, never on the class or the message. */
export class AboxError extends Error {
  readonly code: ErrorRow['code']
  readonly fault: Fault
  readonly retryable: boolean
  readonly remedy: string
  readonly offset: number | undefined
  readonly path: string | undefined
  readonly missing: string | undefined

  /** `detail` says which file, field or value, what was found and what was expected. */
  constructor(row: ErrorRow, detail: string, options: AboxErrorOptions = {}) {
    super(`${row.code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AboxError'
    this.code = row.code
    this.fault = row.fault
    this.retryable = row.retryable
    this.remedy = row.remedy
    this.offset = options.offset
    this.path = options.path
    this.missing = options.missing
  }

  /** Total: whatever was thrown comes back as an AboxError; foreign errors become ABOX_INTERNAL with `cause`. */
  static from(thrown: unknown): AboxError {
    if (thrown instanceof AboxError) return thrown
    return new AboxError(coreErrors.ABOX_INTERNAL, describe(thrown), { cause: thrown })
  }
}

/** Text of anything thrown. Never throws itself: a thrown proxy or a looping getter ends in a fixed text. */
export function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown)
  } catch {
    return 'a value that cannot be printed'
  }
}
