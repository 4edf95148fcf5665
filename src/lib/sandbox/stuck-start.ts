import type ivm from 'isolated-vm'

/** Top-level code that had no CPU is started once more, and may then wait so many times its limit for one. */
export const AGAIN_TIMES = 4

const LOOK_EVERY_MS = 50
/** What the machine may need to stop code that is beyond a limit, ms. */
const GRACE_MS = 500
/** Code that has not had the CPU may take so many times as long. */
const STARVED_TIMES = 10

/**
 * Waits until top-level code has ended; undefined when it should have been stopped and runs on. V8 looks at no limit in
 * some loops, such as `for (;;) list.push(new Array(1000).fill(0))`: neither a time-out nor the end of the isolate stops
 * them, and their memory grows by half a GB per second. `limitMs`: its time limit, from the moment it runs.
 */
export async function untilStuck<T>(code: Promise<T>, isolate: ivm.Isolate, limitMs: number): Promise<T | undefined> {
  const stuck = Promise.withResolvers<undefined>()
  let allowedMs = limitMs + GRACE_MS
  let ran = ranMs(isolate) ?? 0
  let ownMs = 0
  let passedMs = 0
  let cpu = otherThreadsCpuMs()
  let cpuMs = 0
  let at = performance.now()
  let over = false
  const look = (): void => {
    // A look that comes late counts for little more than one: the machine was busy, or asleep.
    const passed = Math.min(performance.now() - at, 2 * LOOK_EVERY_MS)
    at = performance.now()
    passedMs += passed
    const used = otherThreadsCpuMs()
    cpuMs += used - cpu
    cpu = used
    const now = ranMs(isolate)
    if (now !== undefined) {
      // Of a process that was stopped meanwhile the clock has gone on, too.
      ownMs += Math.min(now - ran, passed)
      ran = now
    } else if (over) ownMs += passed
    else {
      // It has reached its memory limit, and should have ended by now.
      over = true
      allowedMs = GRACE_MS
      ownMs = 0
      passedMs = 0
      cpuMs = 0
    }
    const beyond = ownMs >= allowedMs && cpuMs >= allowedMs / 2
    if (beyond || passedMs >= allowedMs * STARVED_TIMES) stuck.resolve(undefined)
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  try {
    return await Promise.race([code, stuck.promise])
  } finally {
    clearInterval(timer)
    // Nobody waits for it any more.
    code.catch(() => {})
  }
}

/**
 * CPU time of all threads of this process but this one, ms. That of the thread in which the code runs is part of it; nothing
 * tells it alone (isolated-vm's `cpuTime` goes on while the thread waits), so beside other work more code counts as served.
 */
export function otherThreadsCpuMs(): number {
  const all = process.cpuUsage()
  const own = process.threadCpuUsage()
  return (all.user + all.system - own.user - own.system) / 1000
}

/** How long code ran in the isolate, ms; undefined when it was ended, as for its memory. */
function ranMs(isolate: ivm.Isolate): number | undefined {
  try {
    return Number(isolate.wallTime) / 1e6
  } catch {
    return undefined
  }
}
