import { spawn } from 'node:child_process'
import { AboxError, describe } from '#core/errors'
import { sandboxErrors } from './errors.ts'

/** JavaScript with blanks where the types were; or what stands in the way, and the line where that is known. */
export type Erased = { readonly script: string } | { readonly what: string; readonly line: string }

/** Time on the CPU. A megabyte takes half of one; nested type arguments take twice as long with each more. */
const LIMIT_S = 2
/** However long it waits for a processor. */
const WALL_MS = 40_000
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
 * Rejects with ABOX_HOOK_DISPOSED when `signal` ends it.
 */
export function eraseTypes(source: string, signal?: AbortSignal): Promise<Erased> {
  const { promise, resolve, reject } = Promise.withResolvers<Erased>()
  if (signal?.aborted === true) return Promise.reject(closed())
  const [program, ...args] = commandLine()
  const child = spawn(program, args, { env: {}, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
  const chunks: Buffer[] = []
  let size = 0
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(kill, WALL_MS)
  signal?.addEventListener('abort', kill)
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAX_ANSWER) chunks.push(chunk)
    else kill()
  })
  // It may be killed before it has read everything; its end tells what there is to tell.
  child.stdin.on('error', () => {})
  child.stdin.end(source)
  const end = (settle: () => void): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', kill)
    settle()
  }
  const fail = (what: string): void => resolve({ what, line: '' })
  child.once('error', (error) => end(() => fail(`its types could not be erased: ${describe(error)}`)))
  child.once('close', (code) =>
    end(() => {
      if (signal?.aborted === true) reject(closed())
      else if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Erased)
      else fail(`its types could not be erased within ${LIMIT_S} s of the CPU and 128 MB`)
    })
  )
  return promise
}

/** Through a shell, where there is one, as only it can bound the CPU time of what it becomes. */
function commandLine(): [program: string, ...args: string[]] {
  const node = [process.execPath, ...FLAGS, '-e', CODE] as const
  if (process.platform === 'win32') return [...node]
  return ['/bin/sh', '-c', `ulimit -c 0; ulimit -t ${LIMIT_S}; exec "$0" "$@"`, ...node]
}

function closed(): AboxError {
  return new AboxError(sandboxErrors.ABOX_HOOK_DISPOSED, 'a hook was closed while its types were erased')
}
