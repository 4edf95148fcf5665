import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock ticks per second; 100 on every Linux that Node runs on. */
const TICKS = 100

/** User and system time of a process and its children, s. Linux only. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, one) => {
    const fields = statOf(one)
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS
  }, 0)
}

/** Resident memory, MB. */
export function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Math.round(Number(line?.[1] ?? 0) / 1024)
}

function treeOf(pid: number): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const children = all.filter((name) => Number(statOf(Number(name))[1]) === pid)
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))]
}

/** Fields of /proc/PID/stat behind the command, which may hold spaces; empty when the process is gone. */
function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
