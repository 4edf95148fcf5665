/** One thing that a hook may do, and what its caller then gets; run in both placements by bad-input.test.ts. */
export interface BadCall {
  /** With the placement it is the name of the test. */
  readonly name: string
  /** Of the function `bad(x)`, from the third line of the module on. */
  readonly body: string
  /** The one argument as JSON; without it there is none. With `tensors` its long lists are kept out. */
  readonly argument?: string
  readonly tensors?: true
  /** Code of the error, without ABOX_HOOK_. */
  readonly code?: Code
  /** JSON of the answer, where it does no harm. */
  readonly answer?: string
  /** What the message says beside the names. */
  readonly says?: RegExp
  /** Line in the message. */
  readonly line?: number
  /** Short where the time-out is what is waited for; long enough that what ends by itself ends within it. */
  readonly timeoutMs?: number
  readonly memoryMb?: number
  readonly maxOutputBytes?: number
}

type Code = 'TIMEOUT' | 'MEMORY' | 'THROW' | 'RESULT' | 'TENSOR'

/** A module that is refused, in both placements, before any of its functions can be called. */
export interface BadSource {
  readonly name: string
  readonly source: string
  readonly language?: 'js' | 'ts'
  /** What the message says behind `bad@1:`, place first where there is one. */
  readonly says: RegExp
}

/** What stands before each body: the lines of messages count from here. */
export const wrapped = (body: string): string => `export const id = (x) => x\nexport function bad(x) {\n${body}\n}`
