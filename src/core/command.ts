import type { ParseArgsOptionsConfig } from 'node:util'

/** What a command gets after its arguments were parsed. */
export interface CommandInput {
  readonly positionals: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  /** Environment variables; the process's own unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** One of the things that a command does, named by its first argument. */
export interface CommandAction {
  /** What stands behind the name of the action, as `MODEL VARIANT=SHARE…`. */
  readonly usage: string
  /** One sentence for the help. */
  readonly summary: string
  /** Those of the command's options that it takes. */
  readonly options: readonly string[]
}

/**
 * One sub-command of `abox`. The table of commands is the only source of the help texts, so each names its options
 * with a sentence and shows at least one example.
 */
export interface Command {
  readonly name: string
  /** One line for `abox --help`. */
  readonly summary: string
  /** What stands behind `abox <name>`, as `<interface> <method> [json args…]`. */
  readonly usage: string
  readonly options: ParseArgsOptionsConfig
  /** By name, where the first argument says what is to be done; `actionOf` refuses options of another one. */
  readonly actions?: Readonly<Record<string, CommandAction>>
  /** One sentence per option, keyed like `options`. */
  readonly describe: Readonly<Record<string, string>>
  readonly examples: readonly string[]
  /** Exit code where it fails; 1 unless given, for a command to which 1 is an answer. */
  readonly failureCode?: number
  /** Exit code: 0 ok, 1 failed, 2 usage. */
  readonly run: (input: CommandInput) => Promise<number>
}

/** The value of an option that is given at most once. */
export function textOption(input: CommandInput, name: string): string | undefined {
  const value = input.options[name]
  return typeof value === 'string' ? value : undefined
}

/** The values of an option that may be repeated. */
export function textOptions(input: CommandInput, name: string): readonly string[] {
  const value = input.options[name]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
