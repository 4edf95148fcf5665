import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../harness/until.ts'

const BEAT = 'dabbe2000000000000000001000000014e'

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** `abox` as a process of its own, with a pipe on each side. */
class Abox {
  readonly child: ChildProcess
  out = ''
  err = ''

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ['src/bin/abox.ts', ...args], { stdio: 'pipe' })
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()))
  }

  write(text: string): void {
    this.child.stdin?.write(text)
  }

  async end(text = ''): Promise<Ended> {
    const closed = once(this.child, 'close')
    this.child.stdin?.end(text)
    const [code] = (await closed) as [number | null]
    return { code, out: this.out, err: this.err }
  }
}

const run = (args: readonly string[], input = ''): Promise<Ended> => new Abox(...args).end(input)

test('abox hessian decode answers each line while its input stays open, and survives bad ones', async () => {
  const abox = new Abox('hessian', 'decode')
  abox.write('91\n')
  await until('the first answer', () => abox.out === '{"ok":true,"values":[{"t":"int","v":1}],"rest":0}\n')
  abox.write('7991')
  abox.write('\n79\n')
  await until('the next two', () => abox.out.split('\n').length === 4)
  assert.match(abox.out.split('\n')[2] ?? '', /^\{"ok":false,"error":\{"code":"ABOX_HESSIAN_TRUNCATED"/)
  const { code, out, err } = await abox.end('\n92')
  assert.deepEqual(out.split('\n').slice(3), [
    '{"ok":true,"values":[],"rest":0}',
    '{"ok":true,"values":[{"t":"int","v":2}],"rest":0}',
    ''
  ])
  assert.equal(code, 1)
  assert.equal(err, '')
})

test('abox hessian encode is the inverse of decode', async () => {
  const hex = '7a5c5d0291\n\n4303432e42910161604e\n'
  const decoded = await run(['hessian', 'decode'], hex)
  assert.equal(decoded.code, 0)
  const encoded = await run(['hessian', 'encode'], decoded.out)
  assert.deepEqual(encoded, { code: 0, out: hex, err: '' })
})

test('abox hessian encode and reencode print an empty line for a bad one and say why on standard error', async () => {
  const encoded = await run(['hessian', 'encode'], '{"t":"int","v":1}\n{"t":"int"}\n{"t":"null"}\n')
  assert.deepEqual([encoded.code, encoded.out], [1, '91\n\n4e\n'])
  assert.match(encoded.err, /^abox hessian encode: line 2: ABOX_TYPED_JSON: v: found nothing/)
  const again = await run(['hessian', 'reencode', '-'], '4900000001\nxyz\n')
  assert.deepEqual([again.code, again.out], [1, '91\n\n'])
  assert.match(again.err, /^abox hessian reencode: line 2: ABOX_CLI_BYTES/)
})

test('abox dubbo decode reads a file, and exits with 1 when a line was bad', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'abox-cli-'))
  try {
    const file = join(folder, 'frames.hex')
    await writeFile(file, `${BEAT}${BEAT}\r\n`)
    const good = await run(['dubbo', 'decode', file])
    assert.equal(good.code, 0)
    assert.equal((JSON.parse(good.out) as { frames: unknown[] }).frames.length, 2)
    await writeFile(file, `${BEAT}\n00`)
    assert.equal((await run(['dubbo', 'decode', file, '--output', 'pretty'])).code, 1)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a line beyond the limit gets an error line, and the next one its answer', async () => {
  const { code, out } = await run(['hessian', 'decode'], `${'90'.repeat(16 * 1024 * 1024 + 1)}\n91\n`)
  const [first, second] = out.split('\n')
  assert.match(first ?? '', /"ABOX_CLI_LINE"/)
  assert.match(second ?? '', /"ok":true/)
  assert.equal(code, 1)
})

test('a closed output ends the command without a word', async () => {
  const abox = new Abox('dubbo', 'decode')
  const closed = once(abox.child, 'close')
  abox.child.stdin?.on('error', () => {})
  abox.write(`${BEAT}\n`)
  await until('the first answer', () => abox.out !== '')
  abox.child.stdout?.destroy()
  const feed = (): void => {
    if (abox.child.exitCode === null && abox.child.stdin?.write(`${BEAT}\n`.repeat(100)) === true) setImmediate(feed)
  }
  abox.child.stdin?.on('drain', feed)
  feed()
  const [code] = (await closed) as [number | null]
  assert.deepEqual([code, abox.err], [0, ''])
})

test('arguments that cannot be used end with 2 and a sentence, a missing file with 1', async () => {
  for (const args of [
    ['hessian'],
    ['hessian', 'print'],
    ['hessian', 'decode', 'a', 'b'],
    ['hessian', 'decode', '--values', '0'],
    ['hessian', 'decode', '--output', 'xml'],
    ['hessian', 'decode', '--nope'],
    ['dubbo', 'encode']
  ]) {
    const { code, out, err } = await run(args)
    assert.deepEqual([code, out], [2, ''], args.join(' '))
    assert.match(err, /^abox (hessian|dubbo): /)
  }
  const { code, err } = await run(['dubbo', 'decode', 'does-not-exist.hex'])
  assert.equal(code, 1)
  assert.match(err, /ABOX_CLI_FILE: does-not-exist\.hex/)
})

test('the help of both commands shows every option and an example', async () => {
  for (const command of ['hessian', 'dubbo']) {
    const { code, out } = await run([command, '--help'])
    assert.equal(code, 0)
    assert.match(out, /--base64/)
    assert.match(out, new RegExp(`abox ${command} decode`))
  }
})
