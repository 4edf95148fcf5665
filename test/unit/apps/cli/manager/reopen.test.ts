import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, mock, test } from 'node:test'
import { cliErrors } from '../../../../../src/apps/cli/errors.ts'
import { reopening } from '../../../../../src/apps/cli/manager/reopen.ts'
import { createBackoff } from '../../../../../src/core/backoff.ts'
import { AboxError } from '../../../../../src/core/errors.ts'

const away = (text = 'closed'): AboxError => new AboxError(cliErrors.ABOX_CLI_MANAGER, text)
const atOnce = () => createBackoff({ baseMs: 0, maxMs: 0 })

describe('reopening', () => {
  let lines: string[] = []
  beforeEach(() => {
    lines = []
    mock.method(console, 'error', (line: string) => lines.push(line))
  })
  afterEach(() => mock.restoreAll())

  /** Each stream tells its numbers, and ends with its error. */
  function streams(...all: readonly (readonly [readonly number[], Error])[]): () => AsyncIterable<number> {
    let nth = 0
    return async function* () {
      const [numbers, error] = all[nth++] ?? [[], new Error('opened too often')]
      yield* numbers
      throw error
    }
  }

  async function readAll(open: () => AsyncIterable<number>, most: number): Promise<number[]> {
    const read: number[] = []
    for await (const number of reopening(open, new AbortController().signal, atOnce())) {
      read.push(number)
      if (read.length >= most) break
    }
    return read
  }

  test('goes on with the next stream where one breaks off', async () => {
    assert.deepEqual(await readAll(streams([[1], away()], [[2, 3], away()]), 3), [1, 2, 3])
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /^interrupted: ABOX_CLI_MANAGER: closed; again in 1 s$/)
  })

  test('says one line of an interruption for each cause that it has, not for each attempt', async () => {
    const open = streams(
      [[1], away()],
      [[], away('refused')],
      [[], away('refused')],
      [[2], away('refused')],
      [[3], away()]
    )
    assert.deepEqual(await readAll(open, 3), [1, 2, 3])
    assert.deepEqual(
      lines.map((line) => line.replace('ABOX_CLI_MANAGER: ', '').split(';')[0]),
      ['interrupted: closed', 'interrupted: refused', 'interrupted: refused']
    )
  })

  test('ends with an error that another attempt would not mend', async () => {
    const refused = new AboxError({ ...cliErrors.ABOX_CLI_MANAGER, retryable: false }, 'forbidden')
    await assert.rejects(readAll(streams([[1], away()], [[], refused]), 3), refused)
  })

  test('ends in a pause with the signal, without another attempt', async () => {
    const ended = new AbortController()
    mock.method(console, 'error', () => ended.abort())
    const slow = createBackoff({ baseMs: 3_600_000, maxMs: 3_600_000, random: () => 0.5 })
    for await (const _ of reopening(streams([[], away()]), ended.signal, slow)) assert.fail('nothing was told')
  })
})
