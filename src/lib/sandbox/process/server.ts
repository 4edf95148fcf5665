import type { Duplex } from 'node:stream'
import { AboxError } from '#core/errors'
import { sandboxErrors } from '../errors.ts'
import { createIsolates } from '../isolates.ts'
import { createSandbox, type Sandbox, type SandboxOptions } from '../sandbox.ts'
import { FrameCutter, type FrameReader, FrameWriter, FULL_FRAME, MAX_TEXT, nonsense } from './codec.ts'
import { type Made, PROTOCOL_VERSION, parse, partsOf, ToChild, ToGateway, writeFailed } from './messages.ts'

/** Serves sandboxes over the channel until its other end closes. Rejects with ABOX_HOOK_PROCESS on what is no message. */
export function serveSandboxes(channel: Duplex): Promise<void> {
  const server = new Server(channel)
  const cutter = new FrameCutter()
  return new Promise((resolve, reject) => {
    const end = (error?: unknown): void => {
      server.close()
      channel.destroy()
      if (error === undefined) resolve()
      else reject(AboxError.from(error))
    }
    channel.on('end', () => end())
    // A write after the gateway has gone: its end of the pipe closes, too.
    channel.on('error', () => end())
    channel.on('data', (chunk: Buffer) => {
      try {
        cutter.push(chunk, server.onFrame)
      } catch (error) {
        end(error)
      }
    })
    server.hello()
  })
}

/** A sandbox as the gateway wants it; made again at the next call where its making failed. */
interface Hosted {
  readonly options: SandboxOptions
  sandbox: Sandbox | undefined
  making: Promise<Sandbox> | undefined
}

class Server {
  readonly #channel: Duplex
  readonly #writer = new FrameWriter()
  readonly #hosted = new Map<number, Hosted>()
  readonly #isolates = createIsolates().catch(() => undefined)
  #scheduled = false

  constructor(channel: Duplex) {
    this.#channel = channel
  }

  readonly onFrame = (reader: FrameReader): void => {
    while (!reader.done) this.#read(reader)
  }

  hello(): void {
    this.#writer.number(ToGateway.hello)
    this.#writer.number(PROTOCOL_VERSION)
    this.#schedule()
  }

  close(): void {
    for (const id of [...this.#hosted.keys()]) this.#drop(id)
    void this.#isolates.then((isolates) => isolates?.close())
  }

  #read(reader: FrameReader): void {
    const kind = reader.number()
    if (kind === ToChild.call) this.#call(reader)
    else if (kind === ToChild.make) this.#make(reader)
    else if (kind === ToChild.drop) this.#drop(reader.number())
    else if (kind === ToChild.ping) this.#pong(reader.number() === 1)
    else throw nonsense(`found message ${kind}`)
  }

  #make(reader: FrameReader): void {
    const id = reader.number()
    const job = reader.number()
    const hosted: Hosted = { options: parse<SandboxOptions>(reader.text()), sandbox: undefined, making: undefined }
    this.#hosted.set(id, hosted)
    const made = this.#ready(id, hosted)
    if (job === 0) made.catch(() => {})
    else
      made.then(
        (sandbox) => this.#done(id, job, sandbox, JSON.stringify(describe(sandbox))),
        (error: unknown) => this.#failed(id, job, undefined, error)
      )
  }

  #call(reader: FrameReader): void {
    const id = reader.number()
    const job = reader.number()
    const place = reader.number()
    const args: string[] = []
    for (let left = reader.number(); left > 0; left--) args.push(reader.text())
    const hosted = this.#hosted.get(id)
    if (hosted === undefined) throw nonsense(`found a call of sandbox ${id}, which was not made`)
    if (hosted.sandbox !== undefined) this.#run(id, job, hosted.sandbox, place, args)
    else {
      this.#ready(id, hosted).then(
        (sandbox) => this.#run(id, job, sandbox, place, args),
        (error: unknown) => this.#failed(id, job, undefined, error)
      )
    }
  }

  #run(id: number, job: number, sandbox: Sandbox, place: number, args: readonly string[]): void {
    sandbox.call(sandbox.exports[place] ?? '', args).then(
      (json) => this.#done(id, job, sandbox, json),
      (error: unknown) => this.#failed(id, job, sandbox, error)
    )
  }

  #ready(id: number, hosted: Hosted): Promise<Sandbox> {
    hosted.making ??= this.#create(hosted.options).then(
      (sandbox) => {
        // It may have been dropped while it was made; its calls then hear that it was closed.
        if (this.#hosted.get(id) === hosted) hosted.sandbox = sandbox
        else sandbox.dispose()
        return sandbox
      },
      (error: unknown) => {
        hosted.making = undefined
        throw error
      }
    )
    return hosted.making
  }

  async #create(options: SandboxOptions): Promise<Sandbox> {
    // The gateway starts another process, and finds out which of the sandboxes it was. A SIGKILL would be somebody else's.
    const onStuck = (): void => void process.kill(process.pid, 'SIGTERM')
    return createSandbox({ ...options, isolates: await this.#isolates, onStuck })
  }

  #drop(id: number): void {
    const hosted = this.#hosted.get(id)
    this.#hosted.delete(id)
    hosted?.sandbox?.dispose()
  }

  #done(id: number, job: number, sandbox: Sandbox, json: string): void {
    if (json.length > MAX_TEXT) {
      const detail = `${this.#hosted.get(id)?.options.name}: a result has ${json.length} characters, at most ${MAX_TEXT}`
      this.#failed(id, job, sandbox, new AboxError(sandboxErrors.ABOX_HOOK_RESULT, detail))
      return
    }
    this.#logs(id, sandbox)
    this.#writer.number(ToGateway.done)
    this.#writer.number(job)
    this.#writer.text(json)
    this.#schedule()
  }

  #failed(id: number, job: number, sandbox: Sandbox | undefined, error: unknown): void {
    if (sandbox !== undefined) {
      this.#logs(id, sandbox)
      this.#stats(id, sandbox)
    }
    writeFailed(this.#writer, job, AboxError.from(error))
    this.#schedule()
  }

  #logs(id: number, sandbox: Sandbox): void {
    const lines = sandbox.takeLogs()
    if (lines.length === 0) return
    this.#writer.number(ToGateway.logs)
    this.#writer.number(id)
    this.#writer.number(lines.length)
    for (const line of lines) this.#writer.text(line)
  }

  #stats(id: number, sandbox: Sandbox): void {
    const { faults, memoryBytes } = sandbox.stats()
    this.#writer.number(ToGateway.stats)
    this.#writer.number(id)
    this.#writer.number(faults)
    this.#writer.number(memoryBytes)
  }

  #pong(detailed: boolean): void {
    if (detailed) {
      for (const [id, { sandbox }] of this.#hosted) if (sandbox !== undefined) this.#stats(id, sandbox)
    }
    this.#writer.number(ToGateway.pong)
    this.#writer.number(process.memoryUsage.rss())
    this.#schedule()
  }

  /**
   * Answers of one batch leave together, and before the next batch begins: so the answers of one sandbox are not lost with
   * a process that dies in the next one of the same turn.
   */
  #schedule(): void {
    if (this.#writer.size > FULL_FRAME) this.#flush()
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flush)
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    if (this.#writer.size > 0 && this.#channel.writable) this.#channel.write(this.#writer.take())
  }
}

/** Hooks have two functions; to find a thousand in a large source would take long. */
const MAX_PLACES = 16

function describe(sandbox: Sandbox): Made {
  const values = sandbox.values.map((name): [string, string] | [string, string, string] => {
    try {
      return [name, sandbox.readExport(name) ?? 'null']
    } catch (error) {
      return [name, ...partsOf(AboxError.from(error))]
    }
  })
  const places = sandbox.exports.slice(0, MAX_PLACES).map((name) => sandbox.placeOf(name))
  return { exports: sandbox.exports, places, int64: sandbox.int64, values }
}
