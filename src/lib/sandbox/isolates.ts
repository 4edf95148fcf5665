import ivm from 'isolated-vm'
import { type Erased, eraseTypes } from './erase-types.ts'

/** Makes isolates, and what goes into them, beside the calls of this thread. */
export interface Isolates {
  /** An isolate with so much memory. Rejects once it was closed. */
  make(memoryMb: number): Promise<ivm.Isolate>
  /** As eraseTypes, one source after the other: each takes 20 MB. Rejects with ABOX_HOOK_DISPOSED once it was closed. */
  erase(source: string): Promise<Erased>
  close(): void
}

const MANAGER_MB = 16
const MAKE = '(memoryLimit) => new ivm.Isolate({ memoryLimit })'

/**
 * To make an isolate takes one to two ms, in which the calling thread does nothing else; for a version that is swapped
 * under load that is too long. So an isolate of our own, which no code of hooks is ever in, makes them in its thread, and
 * hands them over. One for a process is enough.
 */
export async function createIsolates(): Promise<Isolates> {
  const manager = new ivm.Isolate({ memoryLimit: MANAGER_MB })
  const context = await manager.createContext()
  await context.global.set('ivm', ivm)
  const make = (await context.eval(MAKE, { reference: true })) as ivm.Reference<(memoryMb: number) => ivm.Isolate>
  const closing = new AbortController()
  let erasing: Promise<unknown> = Promise.resolve()
  return {
    erase: (source) => {
      const erased = erasing.then(() => eraseTypes(source, closing.signal))
      erasing = erased.catch(() => {})
      return erased
    },
    make: async (memoryMb) => (await make.apply(undefined, [memoryMb])) as ivm.Isolate,
    close: () => {
      closing.abort()
      if (!manager.isDisposed) manager.dispose()
    }
  }
}
