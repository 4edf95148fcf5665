import { createDubboClient, type DubboClient } from '#lib/dubbo'
import { HDate, HDouble, HDoubles, type HessianValue, HInt, HList, HLong, HMap, HObject } from '#lib/hessian2'

/** What a stretch of load saw from the caller's side. */
export interface LoadResult {
  calls: number
  errors: number
  wrong: number
  readonly latenciesMs: number[]
  firstProblem: string | undefined
}

const SERVICE = 'com.example.rank.RankService'

/** Real Dubbo calls over TCP, half without a hook (`score`), half with one (`rank`); every answer is checked. */
export class Load {
  readonly #client: DubboClient
  #running = false
  #workers: Promise<void>[] = []
  result: LoadResult = newResult()

  constructor(host: string, port: number) {
    this.#client = createDubboClient({ host, port, timeoutMs: 5000 })
  }

  /** Starts `workers` loops that call one after another until `stop`. */
  start(workers: number): void {
    this.#running = true
    this.#workers = Array.from({ length: workers }, (_, worker) => this.#loop(worker))
  }

  /** Takes what was counted since the last time; calls go on. */
  take(): LoadResult {
    const taken = this.result
    this.result = newResult()
    return taken
  }

  async stop(): Promise<void> {
    this.#running = false
    await Promise.all(this.#workers)
    await this.#client.close()
  }

  async #loop(worker: number): Promise<void> {
    for (let round = 0; this.#running; round++) {
      const started = performance.now()
      try {
        const right = round % 2 === 0 ? await this.#score(worker + round) : await this.#rank(worker + round)
        if (!right) {
          this.result.wrong++
          this.result.firstProblem ??= `a wrong answer to ${round % 2 === 0 ? 'score' : 'rank'}`
        }
      } catch (error) {
        this.result.errors++
        this.result.firstProblem ??= String(error)
      }
      this.result.calls++
      this.result.latenciesMs.push(performance.now() - started)
    }
  }

  async #call(method: string, parameterTypes: string[], args: HessianValue[]): Promise<HessianValue> {
    const attachments = { 'remote.application': 'demo' }
    const result = await this.#client.call({
      service: SERVICE,
      method,
      parameterTypes,
      args,
      attachments,
      generic: true
    })
    if (result.exception !== undefined) throw new Error(result.exception.message)
    return result.value
  }

  async #score(seed: number): Promise<boolean> {
    const features = [seed, seed / 2, 0.25]
    const list = new HList(features.map((feature) => new HDouble(feature)))
    const value = await this.#call('score', ['java.util.List', 'java.util.Map'], [list, new HMap()])
    return (
      value instanceof HDoubles &&
      value.values.length === features.length &&
      value.values.every((item, index) => item === (features[index] ?? 0) * 2)
    )
  }

  async #rank(seed: number): Promise<boolean> {
    const userId = 9_007_199_254_740_993n
    const item = (id: number): HessianValue =>
      new HMap(['id', 'price', 'clicks'], [new HInt(id), new HDouble(seed + id), new HInt(id)])
    const items = new HList([item(1), item(2)])
    const request = new HMap(['userId', 'at', 'items'], [new HLong(userId), new HDate(1_700_000_000_123n), items])
    const value = await this.#call('rank', ['com.example.rank.RankRequest'], [request])
    if (!(value instanceof HMap)) return false
    const [id, at, level] = ['requestId', 'at', 'level'].map((name) => value.values[value.keys.indexOf(name)])
    return (
      id instanceof HLong &&
      id.value === userId &&
      at instanceof HDate &&
      at.ms === 1_700_000_000_123n &&
      level instanceof HObject &&
      level.className === 'com.example.rank.Level'
    )
  }
}

function newResult(): LoadResult {
  return { calls: 0, errors: 0, wrong: 0, latenciesMs: [], firstProblem: undefined }
}
