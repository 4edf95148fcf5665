import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CommandInput, textOption } from '#core/command'
import {
  createSandbox,
  createSandboxProcess,
  type Sandbox,
  type SandboxOptions,
  spawnSandboxProcess
} from '#lib/sandbox'
import { usage } from '../line-options.ts'
import type { HookSource } from './source.ts'

/** This program, from source or from a build: for the processes that may die. */
export const ABOX = fileURLToPath(new URL(`../../../bin/abox${extname(import.meta.url)}`, import.meta.url))

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
  const child = createSandboxProcess({ start: () => spawnSandboxProcess(ABOX, 'hook-sandbox') })
  return {
    placement,
    create: (source, options) => child.create(make(source, options)),
    pid: () => child.stats().pid,
    close: () => child.close()
  }
}
