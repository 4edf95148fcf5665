import { spawn } from 'node:child_process'
import { createSandbox } from '#lib/sandbox'

/** Writes what becomes of a sandbox whose process is stopped for longer than the time limit of its start. */
const FREEZE = `sleep 0.3; kill -STOP ${process.pid}; sleep 3; kill -CONT ${process.pid}`
const source = 'const end = Date.now() + 600; while (Date.now() < end); export const id = (x) => x'
const stuck: string[] = []
spawn('/bin/sh', ['-c', FREEZE])
const onStuck = (): void => void stuck.push('stuck')
const made = await createSandbox({ name: 'h@1', source, startTimeoutMs: 2000, onStuck }).then(
  (sandbox) => {
    sandbox.dispose()
    return 'made'
  },
  (error: Error) => error.message
)
// It ends by itself: an exit while threads of isolates are at work can be a crash.
process.stdout.write(JSON.stringify([made, ...stuck]))
