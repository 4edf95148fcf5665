import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareJson, formatDifferences } from '#lib/numeric-diff'

test('differences are shown field by field, the worst first, each with its worst place', () => {
  const left = '{"predictions":[{"score":0.5},{"score":1.0}],"tag":"A","n":1.0,"gone":null}'
  const right = '{"predictions":[{"score":0.4},{"score":1.0}],"tag":"A","n":1.00000001,"new":[]}'
  const text = formatDifferences(compareJson(left, right, { relative: 1e-6 }), { names: ['old', 'new'] })
  assert.deepEqual(text.split('\n'), [
    'gone                 1 missing of 1',
    '    gone: old null, new has none',
    'new                  1 extra of 1',
    '    new: old has none, new []',
    'predictions[].score  1 different of 2, max relative 0.200',
    '    predictions[0].score: old 0.5, new 0.4',
    'n                    1 within tolerance of 1, max relative 1.00e-8',
    '    n: old 1.0, new 1.00000001'
  ])
})

test('without differences it says how much was compared', () => {
  assert.equal(formatDifferences(compareJson('[1,2]', '[1,2]')), 'no difference in 2 values')
  assert.equal(formatDifferences(compareJson('[1]', '[2]', { ignore: ['[*]'] })), 'nothing compared')
})

test('no more fields are shown than asked for', () => {
  const text = formatDifferences(compareJson('{"a":1,"b":2,"c":3}', '{}'), { maxFields: 1 })
  assert.match(text, /and 2 more fields$/)
})

test('values cannot write to the terminal', () => {
  const text = formatDifferences(compareJson('{"\\u001b[2J":"\\u007f"}', JSON.stringify({ '\u001b[2J': 'x\u009b' })))
  for (const unit of ['\u001b', '\u007f', '\u009b']) assert.ok(!text.includes(unit))
})

test('a long value is cut between characters', () => {
  const { worst } = compareJson(`"${'é'.repeat(500)}"`, '"x"')
  assert.match(worst?.left ?? '', /^"é+…$/)
})
