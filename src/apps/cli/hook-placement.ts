import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { type CommandInput, textOption } from '#core/command'
import { createSandbox, createSandboxProcess, SANDBOX_STDIO, type Sandbox, type SandboxOptions } from '#lib/sandbox'
import type { HookSource } from './hook-source.ts'
import { usage } from './line-options.ts'

/** Where the isolate of a hook lives: in this process, as a proven version's in a gateway, or in one that may die. */
export type Placement = 'instance' | 'sandbox'

export interface HookRuntime {
  readonly placement: Placement
  /** With the limits of a gateway that is configured by nothing. Throws ABOX_HOOK_COMPILE and others of the sandbox. */
  create(source: HookSource, options?: Partial<SandboxOptions>): Promise<Sandbox>
  /** The process in which the isolates live. */
  pid(): number | undefined
  close(): Promise<void>
}

/** `--placement`; undefined when it is not given. ABOX_CLI_USAGE. */
export function placementOf(input: CommandInput): Placement | undefined {
  const value = textOption(input, 'placement')
  if (value === undefined || value === 'instance' || value === 'sandbox') return value
  throw usage(`--placement: found "${value}", expected instance or sandbox`)
}

export function openRuntime(placement: Placement): HookRuntime {
  const make = ({ code, label, language }: HookSource, options: Partial<SandboxOptions> = {}): SandboxOptions => ({
    source: code,
    name: label,
    language,
    ...options
  })
  if (placement === 'instance') {
    return {
      placement,
      create: (source, options) => createSandbox(make(source, options)),
      pid: () => process.pid,
      close: async () => {}
    }
  }
  const child = createSandboxProcess({ start: startSandboxProcess })
  return {
    placement,
    create: (source, options) => child.create(make(source, options)),
    pid: () => child.stats().pid,
    close: () => child.close()
  }
}

/** The same program once more, as a gateway starts it, though with fewer restrictions: this is the author's own code. */
function startSandboxProcess(): ChildProcess {
  const [, script = ''] = process.argv
  return spawn(process.execPath, [...FLAGS, realpathSync(script), 'hook-sandbox'], {
    stdio: [...SANDBOX_STDIO],
    // Windows loads no network library without its own folder.
    env: process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {}
  })
}

const FLAGS = ['--no-node-snapshot', '--disable-warning=ExperimentalWarning']
