import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actionOf } from '../../../../src/apps/cli/line-options.ts'
import type { CommandInput } from '../../../../src/core/command.ts'

const ACTIONS = {
  list: { usage: '', summary: 'Lists.', options: ['output'] },
  make: { usage: 'NAME', summary: 'Makes one.', options: ['output', 'role'] }
}
const input = (action: string | undefined, options: CommandInput['options'] = {}): CommandInput => ({
  positionals: action === undefined ? [] : [action],
  options
})

describe('the action of a command', () => {
  test('an action takes its own options', () => {
    assert.equal(actionOf(input('make', { role: 'viewer', output: 'json' }), ACTIONS), 'make')
    assert.equal(actionOf(input('list', { role: undefined }), ACTIONS), 'list')
  })

  test('the option of another action is refused by its name', () => {
    assert.throws(() => actionOf(input('list', { output: 'json', role: 'viewer' }), ACTIONS), {
      message: 'ABOX_CLI_USAGE: --role: found it with list, expected only --output'
    })
  })

  test('an action that there is not is refused with those that there are', () => {
    for (const [action, found] of [
      ['toString', 'the action "toString"'],
      [undefined, 'no action']
    ] as const) {
      assert.throws(() => actionOf(input(action), ACTIONS), {
        message: `ABOX_CLI_USAGE: found ${found}, expected list or make`
      })
    }
  })
})
