import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goProgram } from './go.ts'
import { startProcess, waitUntilReady } from './process.ts'

/** What Go got for one call: the value with its Go type, or the text of the error. */
export type GoResult = { readonly value: unknown; readonly type: string } | { readonly error: string }

/** A running Go service with a reference to com.example.rank.RankService, made with dubbo-go. */
export interface GoConsumer {
  /** Of dubbo-go. */
  readonly version: string
  /** Numbers, texts, lists and maps; `{$sample: 'request'}` stands for a fixed RankRequest. */
  call(method: string, args: readonly unknown[]): Promise<GoResult>
  stop(): Promise<void>
}

/** `registry` is `host:port` of ZooKeeper, `direct` a provider as `dubbo://host:port/interface`; one of them is given. */
export async function startGoConsumer(options: {
  readonly registry?: string
  readonly direct?: string
  readonly application?: string
}): Promise<GoConsumer> {
  const pending = new Map<number, (line: GoLine) => void>()
  let version: string | undefined
  let lastId = 0
  // dubbo-go keeps its metadata below the working folder.
  const folder = mkdtempSync(join(tmpdir(), 'abox-go-'))
  const peer = startProcess({
    name: 'dubbo-go consumer',
    command: goProgram('consumer'),
    args: [JSON.stringify({ application: 'go-consumer', ...options })],
    cwd: folder,
    endsWithInput: true,
    onLine: (text) => {
      if (!text.startsWith('{')) return
      const line = JSON.parse(text) as GoLine
      if (line.ready !== undefined) version = line.ready
      else pending.get(line.id ?? 0)?.(line)
    }
  })
  void peer.ended.then(() => {
    for (const settle of pending.values()) settle({ error: `the consumer has ended\n${peer.output()}` })
  })
  const stop = async (): Promise<void> => {
    await peer.stop(3000)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    return {
      version: await waitUntilReady(peer, 'dubbo-go consumer', () => version),
      call: (method, args) =>
        new Promise((resolve) => {
          const id = ++lastId
          pending.set(id, (line) => {
            pending.delete(id)
            resolve(line.error === undefined ? { value: line.value, type: line.type ?? '' } : { error: line.error })
          })
          peer.write(`${JSON.stringify({ id, method, args })}\n`)
        }),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** One line that the program prints. */
interface GoLine {
  readonly ready?: string
  readonly id?: number
  readonly value?: unknown
  readonly type?: string
  readonly error?: string
}
