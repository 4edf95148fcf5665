import ivm from 'isolated-vm'
import { warmUpEraser } from './erase-types.ts'

/** Makes isolates beside the calls of this thread. */
export interface Isolates {
  /** An isolate with so much memory. Rejects once it was closed. */
  make(memoryMb: number): Promise<ivm.Isolate>
  close(): void
}

const MANAGER_MB = 16
const MAKE = '(memoryLimit) => new ivm.Isolate({ memoryLimit })'

/**
 * To make an isolate takes one to two ms, in which the calling thread does nothing else; for a version that is swapped
 * under load that is too long. So an isolate of our own, which no code of hooks is ever in, makes them in its thread, and
 * hands them over. One for a process is enough.
 *
 * What else takes long the first time is done here as well, before calls flow: erasing types.
 */
export async function createIsolates(): Promise<Isolates> {
  warmUpEraser()
  const manager = new ivm.Isolate({ memoryLimit: MANAGER_MB })
  const context = await manager.createContext()
  await context.global.set('ivm', ivm)
  const make = (await context.eval(MAKE, { reference: true })) as ivm.Reference<(memoryMb: number) => ivm.Isolate>
  return {
    make: async (memoryMb) => (await make.apply(undefined, [memoryMb])) as ivm.Isolate,
    close: () => {
      if (!manager.isDisposed) manager.dispose()
    }
  }
}
