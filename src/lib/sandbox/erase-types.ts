import { type ChildProcess, spawn } from 'node:child_process'
import { AboxError, describe } from '#core/errors'
import { sandboxErrors } from './errors.ts'

/** JavaScript with blanks where the types were; or what stands in the way, and the line where that is known. */
export type Erased = { readonly script: string } | { readonly what: string; readonly line: string }

/** Time on the CPU. A megabyte takes half of one; nested type arguments take twice as long with each more. */
const LIMIT_S = 2
/** However long it waits for a processor. */
const WALL_MS = 40_000
/** How the system and V8 end it for its CPU time, its memory or its stack. A SIGKILL is somebody else's, or ours. */
const OWN_ENDS: ReadonlySet<string> = new Set(['SIGXCPU', 'SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS'])
/** The same as a code, of Node and of Windows. */
const OWN_CODES: ReadonlySet<number> = new Set([134, 0xc000_0005, 0xc000_001d, 0xc000_00fd, 0xc000_0409, 0x8000_0003])
/** What may come back: a megabyte of text as JSON, and then some. */
const MAX_ANSWER = 16 * 1024 * 1024

/**
 * Runs in the child, as text, so that it is the same from source and from a build. The stack of its errors begins with
 * `:3` and then the line itself.
 */
const CODE = `'use strict'
const { readFileSync } = require('node:fs')
const { stripTypeScriptTypes } = require('node:module')
const erase = (source) => {
  try {
    return { script: stripTypeScriptTypes(source) }
  } catch (error) {
    if (!/_TYPESCRIPT_SYNTAX$/.test(error?.code)) return { what: 'it is nested too deeply for its types to be erased', line: '' }
    return { what: error.message, line: /^:(\\d+)\\n/.exec(error.stack)?.[1] ?? '' }
  }
}
process.stdout.write(JSON.stringify(erase(readFileSync(0, 'utf8'))))`

const FLAGS = [
  '--permission',
  '--allow-fs-read=/dev/stdin',
  '--disable-warning=ExperimentalWarning',
  '--max-old-space-size=128'
]

/**
 * Erases the types of a TypeScript module in a process that is made for it. Node does it in WebAssembly that is there once
 * for each thread, keeps calls waiting meanwhile, is of no use any more after a source that is nested too deeply, and does
 * not always stop when its thread is ended. A process can be killed, and the system itself ends it at its CPU time.
 * Rejects with ABOX_HOOK_DISPOSED when `signal` ends it, and with ABOX_HOOK_PROCESS when it does not start, is killed by
 * somebody else, has no CPU for 40 s, or answers what is no JSON: the source is not to blame.
 */
export function eraseTypes(source: string, signal?: AbortSignal, start = startEraser): Promise<Erased> {
  const { promise, resolve, reject } = Promise.withResolvers<Erased>()
  if (signal?.aborted === true) return Promise.reject(closed())
  const child = start()
  const chunks: Buffer[] = []
  let size = 0
  // Without a limit of the system, as in Windows, it is the source that takes so long.
  let why = ''
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(() => {
    why = `had no CPU for ${WALL_MS} ms`
    kill()
  }, WALL_MS)
  signal?.addEventListener('abort', kill)
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_ANSWER) chunks.push(chunk)
    else kill()
  })
  // It may be killed before it has read everything; its end tells what there is to tell.
  child.stdin?.on('error', () => {})
  child.stdin?.end(source)
  const end = (settle: () => void): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
    settle()
  }
  child.once('error', (error) => end(() => reject(notErased(describe(error)))))
  child.once('close', (code, ended) =>
    end(() => {
      const own = size > MAX_ANSWER || (why !== '' && process.platform === 'win32')
      if (signal?.aborted === true) reject(closed())
      else if (own || OWN_ENDS.has(ended ?? '') || OWN_CODES.has(code ?? 0)) resolve(BEYOND)
      else if (code !== 0) reject(notErased(why === '' ? `ended with ${ended ?? `exit code ${code}`}` : why))
      else settle(Buffer.concat(chunks).toString('utf8'))
    })
  )
  const settle = (answer: string): void => {
    try {
      resolve(JSON.parse(answer) as Erased)
    } catch {
      reject(notErased(`answered ${JSON.stringify(answer.slice(0, 50))}, expected JSON`))
    }
  }
  return promise
}

const BEYOND: Erased = { what: `its types could not be erased within ${LIMIT_S} s of the CPU and 128 MB`, line: '' }

function startEraser(): ChildProcess {
  const [program, ...args] = commandLine()
  return spawn(program, args, { env: {}, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
}

/**
 * Through a shell, where there is one, as only it can bound the CPU time of what it becomes. By the soft limit alone: at
 * the hard one the kernel sends the SIGKILL that could be anybody's (setrlimit(2)).
 */
function commandLine(): [program: string, ...args: string[]] {
  const node = [process.execPath, ...FLAGS, '-e', CODE] as const
  if (process.platform === 'win32') return [...node]
  return ['/bin/sh', '-c', `ulimit -c 0; ulimit -S -t ${LIMIT_S}; exec "$0" "$@"`, ...node]
}

function notErased(why: string): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_PROCESS, `the process that erases the types of a hook ${why}`)
}

function closed(): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, 'a hook was closed while its types were erased')
}
