import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync, writeFile } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { SANDBOX_STDIO } from './run.ts'

/**
 * On Linux, of a process: the first to go when the machine has no memory left; nothing of its memory is in a core dump,
 * which would hold what callers have sent (proc_pid_oom_score_adj(5), core(5)). Its data cannot be bounded by a limit of
 * the system, as V8 sets aside 128 MB of addresses for each isolate: a child that allocates without end is silent, too.
 */
const LINUX_FILES = { oom_score_adj: '1000', coredump_filter: '0' }

/** All that a process without an environment still needs. The loader of isolated-vm looks there for the C library. */
const FLAGS = [
  '--no-node-snapshot',
  '--permission',
  '--allow-addons',
  '--allow-worker',
  '--allow-fs-read=/etc/alpine-release',
  '--disable-warning=SecurityWarning'
]

/**
 * Starts `<script> <command>`, which must run `runSandboxProcess`, with as little as it can do with: no environment, no
 * files but its own code, no other processes. These are Node's permissions: they stop JavaScript that has left its
 * isolate, not machine code.
 */
export function spawnSandboxProcess(script: string, command: string): ChildProcess {
  // A package manager's link to the script is no place of the code.
  const path = realpathSync(script)
  const readable = codeOf(path).map((place) => `--allow-fs-read=${place}`)
  const child = spawn(process.execPath, [...FLAGS, ...readable, path, command], {
    // Windows loads no network library without its own folder.
    env: process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {},
    stdio: [...SANDBOX_STDIO],
    // A Ctrl-C in a terminal goes to the whole group; this one ends when its instance says so, or has ended.
    detached: process.platform !== 'win32'
  })
  if (process.platform === 'linux' && child.pid !== undefined) {
    for (const [name, value] of Object.entries(LINUX_FILES)) writeFile(`/proc/${child.pid}/${name}`, value, () => {})
  }
  return child
}

/**
 * Where our code is (the script is `src/bin/abox.ts` or `dist/bin/abox.js`), its import map, and packages: all places that
 * Node looks for them in, because they may be links, and where the one that is used really is.
 */
function codeOf(script: string): readonly string[] {
  const code = dirname(dirname(script))
  const addon = dirname(dirname(createRequire(import.meta.url).resolve('isolated-vm')))
  const packages = ancestorsOf(code).map((folder) => join(folder, 'node_modules'))
  return [join(code, '*'), join(dirname(code), 'package.json'), join(addon, '*'), ...packages]
}

/** The folder and all that it is in. */
function ancestorsOf(folder: string): readonly string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...ancestorsOf(above)]
}
