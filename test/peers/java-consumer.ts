import { writeExact } from './exact-json.ts'
import { type DubboVersion, type ProgramReply, startDubboProgram } from './java.ts'

/** How the first reference of the Java service is made: an ordinary, typed ReferenceConfig<com.example.rank.RankService>. */
export interface ConsumerOptions extends ReferenceOptions {
  readonly dubbo: DubboVersion
  /** The name of the calling application; `java-consumer` unless told. */
  readonly application?: string
  /** Of the JVM, such as `dubbo.application.service-discovery.migration`. */
  readonly systemProperties?: Readonly<Record<string, string>>
}

/** How any reference is made. */
export interface ReferenceOptions {
  /** RankService unless told. */
  readonly interface?: 'RankService' | 'TypesService'
  /** `host:port` of ZooKeeper, where the provider is found … */
  readonly registry?: string
  /** … or the provider itself, `dubbo://host:port?generic=true`. */
  readonly direct?: string
  readonly version?: string
  readonly group?: string
  readonly timeoutMs?: number
  /** 0 unless told, so that a lost call shows. */
  readonly retries?: number
  /** True unless told: no provider at the start is an error. */
  readonly check?: boolean
  /** Further parameters of the reference's URL, such as `fire.return=false` or `subscribe.1.callback=true`. */
  readonly parameters?: Readonly<Record<string, string>>
  /** A GenericService of this kind in place of a typed reference: `true`, `raw.return`, `nativejava` and so on. */
  readonly generic?: string
}

/** Any JSON value; integers beyond 2^53 are bigints. */
export type Plain = null | boolean | number | bigint | string | readonly Plain[] | { readonly [key: string]: Plain }

/** What Java got for one call. */
export type CallResult =
  | {
      readonly ok: true
      /** The classes that are really in the answer: `ArrayList<Double>`, `RankResult{items:ArrayList<ItemScore{…}>,…}`. */
      readonly type: string
      /** BigDecimal as its text, Date as ISO text, byte[] as base64, enums by name. */
      readonly value: Plain
      /** Every place where business code would meet a ClassCastException, as `path: found is not declared`. */
      readonly undeclared: readonly string[]
      /** Response attachments, as far as this Dubbo shows them to the caller. */
      readonly attachments: Readonly<Record<string, string>>
      readonly ms: number
    }
  | {
      readonly ok: false
      readonly exception: string
      readonly message: string
      /** Of an RpcException or the declared RankException. */
      readonly code: number | null
      readonly reason: string | null
      readonly causes: readonly string[]
      readonly frames: number
      readonly firstFrame: string
      readonly attachments: Readonly<Record<string, string>>
      readonly ms: number
    }

/** Kinds of calls whose answer can be checked from the question alone: see CheckedCalls.java for each one's contract. */
export type CheckedKind = 'score' | 'rank' | 'echo' | 'fire'

export interface LoadOptions {
  readonly threads: number
  readonly kinds: readonly CheckedKind[]
  /** Pause between the starts of two calls of one thread; 0 = none. */
  readonly intervalMs?: number
}

export interface LoadResult {
  readonly calls: number
  readonly ok: number
  /** Calls that ended in an exception. */
  readonly failed: number
  /** Calls whose answer came and was not right. */
  readonly wrong: number
  readonly p50Us: number
  readonly p99Us: number
  readonly slowestMs: number
  readonly elapsedMs: number
  /** Epoch milliseconds; 0 = none failed. */
  readonly firstFailureAt: number
  readonly lastFailureAt: number
  /** When the last call to begin among those that failed began. */
  readonly lastFailureBegunAt: number
  /** How often each exception came, by its text with all digits replaced by #. */
  readonly exceptions: Readonly<Record<string, number>>
  readonly wrongAnswers: Readonly<Record<string, number>>
}

/** A running Java service. Its commands may overlap: calls can be made while steady calls flow. */
export interface JavaConsumer {
  readonly dubboVersion: string
  /** Of its JVM. */
  readonly pid: number
  /**
   * Calls one method; `$echo` is that of EchoService. Arguments are JSON, made into the declared Java types (dates from epoch milliseconds,
   * byte[] from base64), or left as they are where the reference is generic. `{$sample: 'request'}` stands for a fixed RankRequest with one
   * value of every kind, `{$listener: true}` for a RankListener, `{$bytes: base64}` for a byte[], `{$descriptor: value}` for a
   * JavaBeanDescriptor. A future is waited for.
   */
  call(method: string, args: readonly unknown[], options?: CallOptions): Promise<CallResult>
  /** The same call several times, one after the other. */
  callTimes(times: number, method: string, args: readonly unknown[], options?: CallOptions): Promise<CallResult[]>
  /** Makes another reference, which calls name; it has the options of the first one except those given. */
  refer(name: string, options: Nullable<ReferenceOptions>): Promise<void>
  /** `calls` calls from each thread, every answer checked. */
  soak(options: LoadOptions & { readonly calls: number }): Promise<LoadResult>
  /** Lets calls flow until `steadyStop`. */
  steadyStart(options: LoadOptions): Promise<void>
  steadyStatus(): Promise<LoadResult>
  steadyStop(): Promise<LoadResult>
  stop(): Promise<void>
}

export interface CallOptions {
  readonly attachments?: Readonly<Record<string, string>>
  /** The name of a reference that `refer` made; the first one unless told. */
  readonly reference?: string
  /** True: the call is made by RpcContext.asyncCall, whose future is waited for. */
  readonly async?: boolean
  /** Parameter types of a generic call, where they are not those of the interface. */
  readonly types?: readonly string[]
}

/** null takes an option of the first reference away. */
type Nullable<T> = { readonly [K in keyof T]: T[K] | null }

/** Starts a Java service and resolves when its reference stands. */
export async function startConsumer(options: ConsumerOptions): Promise<JavaConsumer> {
  const pending = new Map<number, (reply: ProgramReply) => void>()
  let lastId = 0
  const onReply = (reply: ProgramReply): void => {
    if (reply.id !== undefined) pending.get(reply.id)?.(reply)
  }
  const { systemProperties, dubbo } = options
  const program = await startDubboProgram(dubbo, 'ConsumerPeer', withDefaults(options), onReply, systemProperties)
  void program.ended.then(() => {
    for (const settle of pending.values()) settle({ error: `the consumer has ended\n${program.output()}` })
  })
  const command = <T>(cmd: string, body: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      pending.set(id, ({ answer, error }) => {
        pending.delete(id)
        if (error === undefined) resolve(answer as T)
        else reject(new Error(`java consumer: ${cmd}: ${error}`))
      })
      program.write(`${writeExact({ ...body, id, cmd })}\n`)
    })
  const callTimes: JavaConsumer['callTimes'] = (times, method, args, more) =>
    command<CallResult[]>('call', { method, args, times, ...more })
  return {
    dubboVersion: program.dubboVersion,
    pid: program.pid,
    callTimes,
    call: async (method, args, more) => {
      const [result] = await callTimes(1, method, args, more)
      if (result === undefined) throw new Error('java consumer: call: no result')
      return result
    },
    refer: async (name, more) => void (await command('refer', { name, options: more })),
    soak: (load) => command('soak', load),
    steadyStart: (load) => command('steady-start', load),
    steadyStatus: () => command('steady-status'),
    steadyStop: () => command('steady-stop'),
    stop: () => program.stop()
  }
}

const withDefaults = (options: ConsumerOptions): object => ({
  application: 'java-consumer',
  timeoutMs: 3000,
  retries: 0,
  check: true,
  ...options
})
