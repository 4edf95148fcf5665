import { createSandboxProcess } from '#lib/sandbox'
import { startChild } from './with-process.ts'

/** Prints the pid of a child that is idle, or in a loop that nothing stops; then waits to be killed. */
const sandboxes = createSandboxProcess({ start: () => startChild(), hangMs: 600_000 })
/** Long, so that a busy machine does not stop the small call: it would then be run again behind the loop. */
const timeoutMs = 30_000
const idle = await sandboxes.create({ name: 'idle', timeoutMs, source: 'export const id = (x) => x' })
const busy = await sandboxes.create({
  name: 'busy',
  timeoutMs,
  source: 'export function spin() { const all = []; all.length = 4e9; return all.indexOf(1) }'
})
if (process.argv[2] === 'spin') {
  // Both are in one frame; the answer of one leaves before the other one's batch begins.
  const answered = idle.call('id', ['1'])
  void busy.call('spin', [])
  await answered
}
console.log(sandboxes.stats().pid)
