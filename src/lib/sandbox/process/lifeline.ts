import { Worker } from 'node:worker_threads'

/**
 * Ends this process when its standard input ends, which the gateway holds open: the system closes it when the gateway
 * dies, however it dies. In a thread of its own, because the main thread may be in a loop that nothing stops.
 */
export function holdLifeline(): void {
  // As text, so that it is the same from source and from a build.
  new Worker(`(${String(watchInput)})()`, { eval: true }).unref()
}

/** Runs in the worker: it may refer to nothing outside itself. */
function watchInput(): void {
  const { Socket } = process.getBuiltinModule('node:net')
  const input = new Socket({ fd: 0, readable: true, writable: false })
  const end = (): void => void process.kill(process.pid, 'SIGKILL')
  input.on('error', end).on('end', end).on('close', end).resume()
}
