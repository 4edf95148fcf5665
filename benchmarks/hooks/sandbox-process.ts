import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSandboxProcess, SANDBOX_STDIO, type SandboxProcess } from '../../src/lib/sandbox/index.ts'

/** Flags of V8: optimised code is not thrown away because it has not run for a while. */
export const KEEP_CODE = ['--no-flush-bytecode', '--retain-maps-for-n-gc=1000000']

/** A sandbox process whose CPU time can be read exactly; /proc counts in 10 ms. */
export interface MeasuredProcess {
  readonly sandboxes: SandboxProcess
  /** CPU of all threads of the child, µs, and its resident memory, bytes. */
  used(): Promise<Used>
}

export interface Used {
  readonly cpuUs: number
  readonly rss: number
}

export function startMeasuredProcess(): MeasuredProcess {
  let child: ChildProcess | undefined
  const sandboxes = createSandboxProcess({
    start: () => {
      child = spawn(
        process.execPath,
        ['--no-node-snapshot', ...KEEP_CODE, `${import.meta.dirname}/../hooks-child.ts`],
        {
          stdio: [...SANDBOX_STDIO, 'ipc']
        }
      )
      // It is told to leave by its pipe.
      child.channel?.unref()
      return child
    },
    hangMs: 5000
  })
  return {
    sandboxes,
    async used() {
      if (child === undefined) return { cpuUs: 0, rss: 0 }
      const answer = once(child, 'message') as Promise<[Used]>
      child.send('used')
      return (await answer)[0]
    }
  }
}
