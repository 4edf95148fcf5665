import { join } from 'node:path'
import type { TypeDefinitions } from '#lib/java-types'
import { cachedFolder } from './cache.ts'
import { mavenRecipe } from './maven.ts'
import { startProcess, waitUntilReady } from './process.ts'

/** Which hessian-lite: 3.2.13 of Dubbo 2.7 to 3.2, 4.0.4 of Dubbo 3.3.6. */
export type LiteVersion = '32' | '40'

export interface LiteOptions {
  readonly lite: LiteVersion
  /** System properties, such as `com.caucho.hessian.unsafe`. */
  readonly properties?: Readonly<Record<string, string>>
}

/** A value that this hessian-lite has written, or why it could not. */
export interface LiteSample {
  readonly name: string
  /** What an interface would declare, as Java's source text. */
  readonly type: string
  readonly hex?: string
  readonly error?: string
  /** What is wrong when Java reads its own bytes back as the declared class; absent when nothing is. */
  readonly declared?: string
  /** The same, read without a class. */
  readonly generic?: string
}

/** '' where Java reads the bytes as the value of the sample, else what is different. */
export interface LiteCheck {
  /** Read as the declared class, as a typed call reads its answer. */
  readonly declared: string
  /** Read without a class. */
  readonly generic: string
  /** Read without a class and then converted by Dubbo's PojoUtils, as a call through `$invoke` in 2.6 and 3.x. */
  readonly realized: string
  /** Read as the declared class and then converted so, as in 2.7. */
  readonly declaredRealized: string
}

/** A running HessianPeer. Requests may overlap; they are answered in order. */
export interface HessianLite {
  list(): Promise<LiteSample[]>
  /** The classes of the samples. */
  types(): Promise<TypeDefinitions>
  check(name: string, hex: string): Promise<LiteCheck>
  /** What Java reads, as text with classes. */
  read(hex: string): Promise<string>
  /** '' when Java reads both as the same graph of objects with the same sharing, else what is different. */
  same(first: string, second: string): Promise<string>
  stop(): Promise<void>
}

// More than services open, so that this hessian-lite writes as many kinds of values as it can.
const OPENS = [
  ...['java.lang', 'java.math', 'java.net', 'java.time', 'java.time.chrono', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic', 'sun.util.calendar']
].flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`])

/** Starts one and waits until it answers. */
export async function startHessianLite({ lite, properties = {} }: LiteOptions): Promise<HessianLite> {
  const name = `HessianPeer (hessian-lite ${lite})`
  const pending: ((line: string) => void)[] = []
  let ready: true | undefined
  const peer = startProcess({
    name,
    command: 'java',
    args: [
      ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Duser.timezone=UTC', ...OPENS],
      ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
      ...['-cp', join(cachedFolder(mavenRecipe('hessian')), `lite-${lite}`, 'lib', '*')],
      'com.example.hessian.HessianPeer'
    ],
    endsWithInput: true,
    onLine: (line) => {
      if (ready === undefined) ready = true
      else pending.shift()?.(line)
    }
  })
  void peer.ended.then(() => {
    for (const settle of pending.splice(0)) settle(JSON.stringify({ error: `it has ended\n${peer.output()}` }))
  })
  const request = <T>(words: string): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!peer.isRunning()) return reject(new Error(`${name} has ended\n${peer.output()}`))
      pending.push((line) => {
        const answer = JSON.parse(line) as T & { error?: string }
        if (answer.error === undefined) resolve(answer)
        else reject(new Error(`${name}: ${words.slice(0, 200)}: ${answer.error}`))
      })
      peer.write(`${words}\n`)
    })
  try {
    await waitUntilReady(peer, name, () => ready)
  } catch (error) {
    await peer.stop(3000)
    throw error
  }
  return {
    list: () => request('list'),
    types: () => request('types'),
    check: (sample, hex) => request(`check ${hex} ${sample}`),
    read: async (hex) => (await request<{ value: string }>(`read ${hex}`)).value,
    same: async (first, second) => (await request<{ difference: string }>(`same ${first} ${second}`)).difference,
    stop: () => peer.stop(3000)
  }
}
