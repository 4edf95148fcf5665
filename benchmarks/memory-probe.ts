// Loaded into each process of a benchmark of memory by NODE_OPTIONS: on SIGUSR2 it has everything collected that nobody
// needs, and appends {pid, heap, buffers} in bytes to the file named by BENCH_MEMORY_FILE.
import { appendFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed: heap, arrayBuffers: buffers } = process.memoryUsage()
  appendFileSync(
    process.env['BENCH_MEMORY_FILE'] ?? '/dev/null',
    `${JSON.stringify({ pid: process.pid, heap, buffers })}\n`
  )
})
