import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { readLines } from '../../../../src/apps/cli/lines.ts'

/** The lines of a text that comes in these pieces; a line that is too long as its code. */
async function linesOf(pieces: readonly (string | Buffer)[], maxBytes = 1000): Promise<string[]> {
  const lines: string[] = []
  for await (const line of readLines(streamOf(pieces), maxBytes)) {
    lines.push(line instanceof AboxError ? line.code : line.toString('latin1'))
  }
  return lines
}

async function* streamOf(pieces: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece)
}

test('lines end with LF or CR LF, the last one with the end', async () => {
  assert.deepEqual(await linesOf(['a\nb\r\n\nc']), ['a', 'b', '', 'c'])
  assert.deepEqual(await linesOf(['a\n']), ['a'])
  assert.deepEqual(await linesOf(['\n']), [''])
  assert.deepEqual(await linesOf([]), [])
  assert.deepEqual(await linesOf(['', 'a', '\r', '\n', 'b\r']), ['a', 'b'])
  assert.deepEqual(await linesOf(['a\rb\n']), ['a\rb'])
})

test('a line that is too long is told as one, and the next ones are read', async () => {
  const long = 'ABOX_CLI_LINE'
  assert.deepEqual(await linesOf(['abc\nabcd\nabc\r\nabcd\r\n', 'xxxx', 'xx\na\nabcd'], 3), [
    'abc',
    long,
    'abc',
    long,
    long,
    'a',
    long
  ])
})

test('lines are the same however the bytes arrive', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(40)), fc.integer({ min: 1, max: 12 }), async (whole, cuts, maxBytes) => {
      const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort((a, b) => a - b)
      const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end))
      assert.deepEqual(await linesOf(pieces, maxBytes), await linesOf([whole], maxBytes))
      const lines = whole.split('\n')
      if (lines.at(-1) === '') lines.pop()
      assert.deepEqual(
        await linesOf([whole]),
        lines.map((line) => line.replace(/\r$/, ''))
      )
    })
  )
})

test('a line is there before the next one has come', async () => {
  const pull: string[] = []
  async function* source(): AsyncGenerator<Buffer> {
    for (const piece of ['a\n', 'b\n']) {
      pull.push(`asked for ${piece.trim()}`)
      yield Buffer.from(piece)
    }
  }
  for await (const line of readLines(source(), 10)) pull.push(`got ${String(line)}`)
  assert.deepEqual(pull, ['asked for a', 'got a', 'asked for b', 'got b'])
})
