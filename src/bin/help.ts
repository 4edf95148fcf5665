import { styleText } from 'node:util'
import type { Command } from '#core/command'

/** `abox --help`. */
export function renderHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return [
    `${bold('abox')}: call your machine-learning models from Java as ordinary Dubbo services`,
    '',
    'Usage: abox <command> [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'abox <command> --help shows options and examples. NO_COLOR=1 turns colours off.'
  ].join('\n')
}

/** `abox <command> --help`. */
export function renderCommandHelp(command: Command): string {
  const flags = Object.entries(command.options).map(([name, { type, short }]) => ({
    flag: `${short === undefined ? '' : `-${short}, `}--${name}${type === 'string' ? ' VALUE' : ''}`,
    text: command.describe[name] ?? ''
  }))
  const width = Math.max(0, ...flags.map(({ flag }) => flag.length)) + 2
  return [
    `${bold(`abox ${command.name}`)}: ${command.summary}`,
    '',
    `Usage: abox ${command.name} ${command.usage}`,
    ...renderActions(command),
    ...(flags.length > 0 ? ['', 'Options:'] : []),
    ...flags.map(({ flag, text }) => `  ${flag.padEnd(width)}${text}`),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`)
  ].join('\n')
}

/** What each action does and which options are its own; those that all take are said once. */
function renderActions({ actions = {} }: Command): string[] {
  const all = Object.values(actions)
  if (all.length === 0) return []
  const [first, ...others] = all.map(({ options }) => options)
  const common = (first ?? []).filter((name) => others.every((options) => options.includes(name)))
  const lines = Object.entries(actions).flatMap(([name, { usage, summary, options }]) => {
    const own = options.filter((option) => !common.includes(option)).map((option) => `--${option}`)
    return [`  ${`${name} ${usage}`.trim()}`, `      ${summary}`, ...(own.length > 0 ? [`      ${own.join(' ')}`] : [])]
  })
  return [
    '',
    'Actions:',
    ...lines,
    ...(common.length > 0 ? [`  each takes ${common.map((name) => `--${name}`).join(' ')}`] : [])
  ]
}

const bold = (text: string): string => styleText('bold', text)
