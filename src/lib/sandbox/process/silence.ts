/** A child that has not had the CPU may be silent for so many times the limit. */
const STARVED_TIMES = 10

/**
 * What silence of the child means. A loop that nothing stops uses the CPU: a child that has had less than half of the
 * allowed time on a CPU was starved by others, or stopped. It is waited for, long, and then ended without blaming what it ran.
 * `cpuMs`: what it has used meanwhile; Infinity where the system does not tell.
 */
export function judgeSilence(silentMs: number, allowedMs: number, cpuMs: number): 'wait' | 'hung' | 'starved' {
  if (silentMs < allowedMs) return 'wait'
  if (cpuMs >= allowedMs / 2) return 'hung'
  return silentMs < allowedMs * STARVED_TIMES ? 'wait' : 'starved'
}
