import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCapture } from '../../../../src/apps/cli/capture-bytes.ts'

const hexOf = (text: string, base64 = false): string => parseCapture(Buffer.from(text), base64).toString('hex')

test('hex is read with the separators and prefixes that captures have', () => {
  for (const text of [
    'dabbc2000a',
    'DABBC2000A',
    'da bb c2 00 0a',
    'da:bb:c2:00:0a',
    'da-bb-c2-00-0a',
    '0xdabbc2000a',
    '0xda, 0xBB, 0Xc2, 0x00, 0x0a',
    '\tdabb c200  0a ',
    'dabb:c200-0a'
  ])
    assert.equal(hexOf(text), 'dabbc2000a', text)
  assert.equal(hexOf(''), '')
  assert.equal(hexOf('  '), '')
})

test('hex is read whole or refused with the place', () => {
  for (const [text, place] of [
    ['dab', 'character 4: found the end of the line'],
    ['da b', 'character 5: found the end of the line'],
    ['da b cc', 'character 5: found " "'],
    ['0x', 'character 3: found the end of the line'],
    ['da0xbb', 'character 4: found "x"'],
    ['dagb', 'character 3: found "g"'],
    ['"da"', 'character 1: found "\\""']
  ] as const)
    assert.throws(
      () => hexOf(text),
      (error: Error) => error.message.startsWith(`ABOX_CLI_BYTES: ${place}`),
      text
    )
})

test('base64 is read when it is asked for, in both alphabets, padded or not', () => {
  assert.equal(hexOf('+/8=', true), 'fbff')
  assert.equal(hexOf('-_8', true), 'fbff')
  assert.equal(hexOf('AAAA AAAA', true), '000000000000')
  assert.equal(hexOf('', true), '')
  for (const text of ['A', 'AAAAA', 'A*AA', 'AA=A', '===='])
    assert.throws(() => hexOf(text, true), /ABOX_CLI_BYTES/, text)
})

test('what is hex is never taken for base64', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const hex = Buffer.from(bytes).toString('hex')
      assert.equal(hexOf(hex), hex)
    })
  )
})

test('base64 is found by itself only where it cannot be hex with a mistake in it', () => {
  const beat = Buffer.from('dabbe2000000000000000001000000014e4e4e', 'hex')
  assert.throws(() => hexOf('AAAAAA=='), /--base64/)
  assert.throws(() => hexOf('dabbc2g0'), /--base64/)
  assert.throws(() => hexOf(`${beat.toString('hex')}zz`), /--base64/)
  const text = Buffer.from('com.example.rank.RankService').toString('base64')
  assert.equal(hexOf(text), Buffer.from('com.example.rank.RankService').toString('hex'))
})

test('whatever was written as base64 comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.constantFrom('base64' as const, 'base64url' as const), (bytes, form) => {
      assert.equal(hexOf(Buffer.from(bytes).toString(form), true), Buffer.from(bytes).toString('hex'))
    })
  )
})
