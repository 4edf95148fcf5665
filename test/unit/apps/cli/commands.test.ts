import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cliCommands } from '../../../../src/apps/cli/compose.ts'

describe('the table of commands', () => {
  for (const [name, load] of Object.entries(cliCommands)) {
    test(`each option of ${name} has a sentence, and some action that takes it where there are actions`, async () => {
      const { options, describe: sentences, actions } = await load()
      assert.deepEqual(Object.keys(sentences).sort(), Object.keys(options).sort())
      if (actions === undefined) return
      const taken = new Set(Object.values(actions).flatMap((action) => action.options))
      assert.deepEqual([...taken].sort(), Object.keys(options).sort())
    })
  }
})
