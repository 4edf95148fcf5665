import { readFileSync } from 'node:fs'

/** Length of a clock tick of /proc, ms: 100 in a second on every Linux that Node runs on. */
const TICK_MS = 10
/** Places of utime and stime behind the name, which is in brackets and may hold blanks (proc_pid_stat(5)). */
const UTIME = 11
const STIME = 12

/** CPU time that a process has used, ms; undefined where the system does not tell it by /proc. */
export function cpuTimeMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS
  } catch {
    return undefined
  }
}
