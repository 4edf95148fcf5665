import { type Command, type CommandInput, textOption } from '#core/command'
import { AboxError } from '#core/errors'
import { cliErrors } from './errors.ts'

/** Whether `--output` asks for pretty. ABOX_CLI_USAGE. */
export function isPretty(input: CommandInput): boolean {
  const output = textOption(input, 'output') ?? 'json'
  if (output === 'json' || output === 'pretty') return output === 'pretty'
  throw usage(`--output: found "${output}", expected json or pretty`)
}

export function isBase64(input: CommandInput): boolean {
  return input.options['base64'] === true
}

/** The only FILE, if any, behind the action of a command. ABOX_CLI_USAGE. */
export function fileOf({ positionals }: CommandInput): string | undefined {
  if (positionals.length <= 2) return positionals[1]
  throw usage(`found ${positionals.length} arguments, expected an action and one FILE`)
}

/**
 * The action that the first argument names, with options of its own only: one that does nothing would look as if it did.
 * ABOX_CLI_USAGE.
 */
export function actionOf<A extends string>(
  { positionals: [found], options }: CommandInput,
  actions: Required<Command>['actions'] & Readonly<Record<A, unknown>>
): A {
  const names = Object.keys(actions)
  const action = names.find((name) => name === found)
  const known = action === undefined ? undefined : actions[action]
  if (known === undefined) throw unknownAction(found, `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`)
  const strange = Object.keys(options).find((name) => options[name] !== undefined && !known.options.includes(name))
  if (strange === undefined) return action as A
  const taken = known.options.map((name) => `--${name}`).join(', ')
  throw usage(`--${strange}: found it with ${action}, expected only ${taken}`)
}

/** The error of a command whose arguments cannot be used. */
export function usage(text: string): AboxError {
  return new AboxError(cliErrors.ABOX_CLI_USAGE, text)
}

/** As usage, for the first argument of a command. */
export function unknownAction(found: string | undefined, expected: string): AboxError {
  return usage(`found ${found === undefined ? 'no action' : `the action "${found}"`}, expected ${expected}`)
}
