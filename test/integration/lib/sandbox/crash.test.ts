import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'

/** How long a child may be silent before it counts as blocked; what can be stopped is stopped after one second. */
const BLOCKED_MS = 5000

/** What became of a process that calls a hook with this body in a sandbox. */
function outcome(body: string): Promise<string> {
  const child = `${import.meta.dirname}/crash-child.ts`
  const options = { timeout: BLOCKED_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-node-snapshot', child, body], options, (error, stdout) => {
      if (error === null) resolve(`answered ${stdout.trim()}`)
      else if (error.killed) resolve('blocked')
      else resolve(`died (${error.signal ?? `exit code ${error.code}`})`)
    })
  })
}

/**
 * These are the reasons why a new hook first runs in another process, and why a supervisor watches and restarts this
 * one: V8 checks neither time nor memory inside one built-in function. Which of them kills or blocks the process
 * depends on the version of V8, so any end is accepted, as long as there is no answer that claims success.
 */
describe('a sandbox in its process', () => {
  for (const [name, body] of [
    ['fills a Map until the memory is full', 'const map = new Map(); for (let i = 0; ; i++) map.set(i, { i })'],
    ['pushes arrays until the memory is full', 'const all = []; for (;;) all.push([1, 2, 3])'],
    ['searches four thousand million empty places', 'const all = []; all.length = 4e9; return all.indexOf(1)']
  ] as const) {
    it(`${name}: it is stopped with a code, or the process dies or is blocked`, async (t) => {
      const end = await outcome(body)
      t.diagnostic(`${name}: ${end}`)
      assert.match(end, /^answered ABOX_HOOK_(MEMORY|TIMEOUT) 1$|^died|^blocked$/)
    })
  }
})
