import { Worker } from 'node:worker_threads'
import { AboxError, describe } from '#core/errors'
import { sandboxErrors } from './errors.ts'

/** JavaScript with blanks where the types were; or what stands in the way, and the line where that is known. */
export type Erased = { readonly script: string } | { readonly what: string; readonly line: string }

/** Time on the CPU. A megabyte takes half of it; nested type arguments take twice as long with each more. */
const LIMIT_MS = 1000
/** The thread may wait for a processor for so many times that. */
const STARVED_TIMES = 20
const LOOK_MS = 50
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/**
 * Runs in the worker, as text, so that it is the same from source and from a build. The stack of its errors begins
 * with `:3` and then the line itself. Node's warning that it may change how types are erased is for us to watch.
 */
const CODE = `'use strict'
process.emitWarning = () => {}
const { parentPort, workerData } = require('node:worker_threads')
const { stripTypeScriptTypes } = require('node:module')
const erase = () => {
  try {
    return { script: stripTypeScriptTypes(workerData) }
  } catch (error) {
    if (!/_TYPESCRIPT_SYNTAX$/.test(error?.code)) return { what: 'it is nested too deeply for its types to be erased', line: '' }
    return { what: error.message, line: /^:(\\d+)\\n/.exec(error.stack)?.[1] ?? '' }
  }
}
parentPort.postMessage(erase())`

/**
 * Erases the types of a TypeScript module in a thread that is made for it and then thrown away. Node does it in WebAssembly
 * that is there once for each thread, keeps calls waiting meanwhile, and is of no use any more after a source that is
 * nested too deeply. Such a fault is a trap, which ends in an error; unlike one of machine code it does not take the process.
 * Rejects with ABOX_HOOK_DISPOSED when `signal` ends it.
 */
export function eraseTypes(source: string, signal?: AbortSignal): Promise<Erased> {
  const { promise, resolve, reject } = Promise.withResolvers<Erased>()
  if (signal?.aborted === true) return Promise.reject(closed())
  const worker = new Worker(CODE, {
    eval: true,
    name: 'erase-types',
    workerData: source,
    env: {},
    execArgv: [],
    resourceLimits: LIMITS
  })
  let ended = false
  // The answer is held back until the thread is gone, so that nothing is left of it.
  const end = (settle: () => void): void => {
    if (ended) return
    ended = true
    clearInterval(timer)
    signal?.removeEventListener('abort', abort)
    void worker.terminate().then(settle)
  }
  const fail = (what: string): void => end(() => resolve({ what, line: '' }))
  const abort = (): void => end(() => reject(closed()))
  let looks = 0
  const look = async (): Promise<void> => {
    const { user, system } = await worker.cpuUsage()
    if ((user + system) / 1000 < LIMIT_MS && ++looks * LOOK_MS < LIMIT_MS * STARVED_TIMES) return
    fail(`its types could not be erased within ${LIMIT_MS} ms of the CPU`)
  }
  const timer = setInterval(() => void look().catch(() => {}), LOOK_MS)
  signal?.addEventListener('abort', abort)
  worker.on('message', (erased: Erased) => end(() => resolve(erased)))
  worker.on('error', (error) => fail(`its types could not be erased: ${describe(error)}`))
  worker.on('exit', () => fail('its types could not be erased: the thread ended'))
  return promise
}

function closed(): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, 'a hook was closed while its types were erased')
}
