import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { convertLines, type LineConverter, openInput } from '../../../../src/apps/cli/convert-lines.ts'

/** Turns lines into capitals; cannot take `bad`, and does not like `odd`. */
function shouting(complains: boolean): LineConverter {
  return {
    maxBytes: 10,
    complains,
    convert(line) {
      const text = line.toString()
      if (text === 'bad') throw new Error('bad line')
      return { text: text === 'buffer' ? Buffer.from(text) : text.toUpperCase(), ok: text !== 'odd' }
    },
    refuse: ({ code }) => (complains ? '' : code)
  }
}

async function* streamOf(text: string): AsyncGenerator<Buffer> {
  for (const line of text.split(/(?<=\n)/)) yield Buffer.from(line)
}

interface Outcome {
  readonly code: number
  readonly printed: string
  readonly complaints: readonly string[]
}

async function convert(text: string, complains = false): Promise<Outcome> {
  let printed = ''
  const complaints: string[] = []
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString()
      done()
    }
  })
  const streams = { input: streamOf(text), output, complain: (line: string) => void complaints.push(line) }
  const code = await convertLines(shouting(complains), streams)
  return { code, printed, complaints }
}

test('every line becomes one line, and the code is 0 when all were good', async () => {
  assert.deepEqual(await convert('a\n\nbuffer\n'), { code: 0, printed: 'A\n\nbuffer\n', complaints: [] })
})

test('a line that cannot be taken becomes a line too, and the code 1', async () => {
  const printed = 'A\nABOX_INTERNAL\nABOX_CLI_LINE\nB\n'
  assert.deepEqual(await convert(`a\nbad\n${'x'.repeat(11)}\nb`), { code: 1, printed, complaints: [] })
  assert.equal((await convert('odd\nb')).code, 1)
})

test('where the printed line does not say why, a person is told, with the number of the line', async () => {
  const { printed, complaints } = await convert('a\nbad\n', true)
  assert.equal(printed, 'A\n\n')
  assert.deepEqual(complaints, ['line 2: ABOX_INTERNAL: bad line'])
})

test('nothing is read while the output is full', async () => {
  const events: string[] = []
  const output = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      setImmediate(() => {
        events.push(`wrote ${chunk.toString().trim()}`)
        done()
      })
    }
  })
  async function* input(): AsyncGenerator<Buffer> {
    for (const letter of ['a', 'b', 'c']) {
      events.push(`read ${letter}`)
      yield Buffer.from(`${letter}\n`)
    }
  }
  await convertLines(shouting(false), { input: input(), output, complain: () => {} })
  assert.deepEqual(events, ['read a', 'wrote A', 'read b', 'wrote B', 'read c', 'wrote C'])
})

test('an output that nobody reads any more ends it silently', async () => {
  let asked = 0
  const output = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    }
  })
  async function* input(): AsyncGenerator<Buffer> {
    for (; asked < 100; asked++) yield Buffer.from('a\n')
  }
  assert.equal(await convertLines(shouting(false), { input: input(), output, complain: () => {} }), 0)
  assert.equal(asked, 0)
})

test('a file that cannot be read is an error of the operator', async () => {
  await assert.rejects(openInput('/does/not/exist'), { code: 'ABOX_CLI_FILE', fault: 'operator' })
  await assert.rejects(openInput(import.meta.dirname), { code: 'ABOX_CLI_FILE' })
})
