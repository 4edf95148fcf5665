import { runSandboxProcess } from '../src/lib/sandbox/index.ts'

/** The sandbox process of the benchmark: it says what it has used when it is asked. */
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuUs: user + system, rss: process.memoryUsage.rss() })
})
// A question must not keep it alive.
process.channel?.unref()
await runSandboxProcess()
