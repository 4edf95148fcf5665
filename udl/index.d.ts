/**
 * What a hook gets and gives, for editors and `tsc`. A hook imports types only:
 *
 *     import type { Call, Reply, Request, Sample } from 'abox/udl'
 *
 * The whole story is in docs/hooks.md.
 */

/** What JSON can say, and what Java values become on their way: docs/hooks.md has the table. */
export type Json = null | boolean | number | string | bigint | readonly Json[] | { readonly [key: string]: Json }

/** How the chosen variant wants to be asked: docs/protocols.md. */
export type Protocol = 'tensorflow' | 'seldon' | 'v2' | 'raw'

// biome-ignore lint/suspicious/noExplicitAny: who has said nothing of his data may do with them what he wants.
type Untyped = any

/** A Dubbo call. `Args` are the types of its arguments: `Call<[Features]>`. */
export interface Call<Args extends readonly unknown[] = readonly Untyped[]> {
  /** Java name of the interface. */
  readonly service: string
  readonly method: string
  /**
   * In their order. Integers beyond ±(2^53 − 1) are text, or BigInt where the hook says `export const int64 = 'bigint'`.
   * The first time that a function looks into a long list of numbers, here or in a reply, it is run again from its
   * beginning: what it has changed outside of itself until then stays, so count nothing in global variables.
   */
  readonly args: Args
  /** The attachments of the call, but `token`. */
  readonly attachments: Readonly<Record<string, string>>
  readonly model: string
  readonly variant: string
  readonly protocol: Protocol
  /** Name of the calling application. Not authenticated. */
  readonly caller: string
  /** When the call arrived, milliseconds since 1970. The same in `pre`, in `post`, and when the call is replayed. */
  readonly at: number
}

/** A good answer of the model; a failing one never reaches `post`. */
export interface Reply<Body = Untyped> {
  readonly status: number
  readonly body: Body
}

/** What `pre` returns. `body` is sent as it is. */
export interface Request<Body = unknown> {
  readonly body: Body
}

/** What `post` returns to raise an exception that the Java method declares. */
export interface DeclaredException {
  readonly $exception: {
    /** Listed in `throws` of the method and in `types` of the Service document. */
    readonly class: string
    readonly message?: string
    readonly fields?: Readonly<Record<string, unknown>>
  }
}

export type Pre<Args extends readonly unknown[] = readonly Untyped[], Body = unknown> = (
  call: Call<Args>
) => Request<Body>
export type Post<Body = Untyped, Result = unknown> = (reply: Reply<Body>, call: Call) => Result | DeclaredException

/** One proof: `abox hook test` and every release run it. */
export interface Sample {
  readonly name?: string
  /** What the hook reads of a call. */
  readonly call: Partial<Call>
  /** What `pre` must make of it: its `body`. */
  readonly expectRequest?: unknown
  readonly reply?: Partial<Reply>
  /** What `post` must make of `reply` and `call`. */
  readonly expect?: unknown
  /** Numbers may differ by this part of the larger one, two integers not at all. Default: none may. */
  readonly tolerance?: number
  /** A part of the message that the call must fail with. */
  readonly expectError?: string
}

/** How digits are cut off: java.math.RoundingMode. */
export type RoundingMode = 'UP' | 'DOWN' | 'CEILING' | 'FLOOR' | 'HALF_UP' | 'HALF_DOWN' | 'HALF_EVEN'

/** A whole number of any length: as it arrives. */
export type Id = number | string | bigint

/** The library that every hook has, as the global `udl`. Nothing of it reaches out of the sandbox. */
export interface Udl {
  readonly base64: {
    encode(bytes: ArrayLike<number>): string
    /** Reads both alphabets, with and without padding. Throws TypeError at what is none. */
    decode(text: string): Uint8Array
  }
  readonly utf8: {
    encode(text: string): Uint8Array
    decode(bytes: ArrayLike<number>): string
  }
  /** Of the UTF-8 of a text, or of bytes. */
  readonly hash: {
    /** `java.lang.String.hashCode`: of the letters. */
    java(text: string): number
    /** FNV-1a, 32 bits, not negative. */
    fnv1a32(data: string | ArrayLike<number>): number
    /** MurmurHash3 x86 32, as Guava's `murmur3_32_fixed`: a Java int. */
    murmur3(data: string | ArrayLike<number>, seed?: number): number
    /** 64 hex digits. */
    sha256(data: string | ArrayLike<number>): string
  }
  /** Ids beyond 2^53 without rounding. Each throws TypeError at what is no whole number. */
  readonly id: {
    of(id: Id): bigint
    text(id: Id): string
    same(left: Id, right: Id): boolean
    /** -1, 0 or 1. */
    compare(left: Id, right: Id): number
    /** `Math.floorMod`: 0 to `buckets` − 1. */
    mod(id: Id, buckets: number): number
  }
  /** `BigDecimal.valueOf(value).setScale(digits, mode).doubleValue()`. Default: 0 digits, HALF_UP. */
  round(value: number, digits?: number, mode?: RoundingMode): number
  /** Positions of the `k` highest scores, best first; of equals the earlier one; NaN is none. */
  topK(scores: ArrayLike<number>, k: number): number[]
  /** The nearest float, as a number. */
  float32(value: number): number
}

declare global {
  const udl: Udl

  /** Lines go to the log of the gateway, tagged with hook and version, at most some thousand letters of one call. */
  interface Console {
    debug(...values: unknown[]): void
    log(...values: unknown[]): void
    info(...values: unknown[]): void
    warn(...values: unknown[]): void
    error(...values: unknown[]): void
  }
  var console: Console
}
