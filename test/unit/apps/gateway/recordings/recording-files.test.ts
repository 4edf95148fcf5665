import assert from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  createRecordingFiles,
  type RecordingFiles
} from '../../../../../src/apps/gateway/recordings/recording-files.ts'

describe('recording files', () => {
  let dir = ''
  let files: RecordingFiles | undefined
  let written = 0
  let lost: [lines: number, code: string | undefined][] = []
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'abox-recordings-'))
  })
  afterEach(async () => {
    await files?.close()
    files = undefined
    await rm(dir, { recursive: true, force: true })
  })
  const create = (more: { maxFileBytes?: number; maxFiles?: number; wallMs?: () => number } = {}): RecordingFiles => {
    written = 0
    lost = []
    const onWritten = (lines: number): void => {
      written += lines
    }
    const onLost = (lines: number, error: unknown): void => {
      lost.push([lines, (error as NodeJS.ErrnoException).code])
    }
    const options = { maxFileBytes: 100, maxFiles: 3, wallMs: () => 1_700_000_000_000, onWritten, onLost, ...more }
    files = createRecordingFiles({ dir: join(dir, 'calls'), name: 'gw-0', ...options })
    return files
  }
  const line = (text: string) => () => Buffer.from(text)
  const names = async (): Promise<string[]> => (await readdir(join(dir, 'calls'))).sort()

  test('folder and files are for their owner alone', { skip: process.platform === 'win32' }, async () => {
    const to = create()
    await to.append(line('{}'))
    await to.flush()
    const [name = ''] = await names()
    assert.equal((await stat(join(dir, 'calls'))).mode & 0o777, 0o700)
    assert.equal((await stat(join(dir, 'calls', name))).mode & 0o777, 0o600)
  })

  test('no file is longer than allowed and no more are kept than allowed: the oldest go', async () => {
    const to = create()
    for (let i = 0; i < 20; i++) assert.equal(await to.append(line(`{"i":${i},"pad":"${'x'.repeat(30)}"}`)), true)
    await to.flush()
    assert.equal(written, 20)
    const found = await names()
    assert.equal(found.length, 3)
    const texts = await Promise.all(found.map((name) => readFile(join(dir, 'calls', name), 'utf8')))
    for (const text of texts) assert.ok(text.length <= 100)
    const last = texts
      .join('')
      .trim()
      .split('\n')
      .map((text) => (JSON.parse(text) as { i: number }).i)
    assert.deepEqual(
      last,
      Array.from({ length: last.length }, (_, i) => 20 - last.length + i)
    )
  })

  test('a line longer than a file is refused', async () => {
    assert.equal(await create().append(line('x'.repeat(100))), false)
  })

  test('after a start it goes on behind the files that are there, and leaves those of others alone', async () => {
    await mkdir(join(dir, 'calls'))
    for (const name of ['gw-0.1800000000000.jsonl', 'gw-0.1.jsonl', 'gw-00.1800000000000.jsonl', 'other']) {
      await writeFile(join(dir, 'calls', name), 'kept\n')
    }
    const to = create({ maxFiles: 1 })
    await to.append(line('{}'))
    await to.flush()
    assert.deepEqual(await names(), ['gw-0.1.jsonl', 'gw-0.1800000000001.jsonl', 'gw-00.1800000000000.jsonl', 'other'])
  })

  test('each file has a key of its own, and every line of it is made with that key', async () => {
    const keys: string[] = []
    const make = (key: KeyObject): Buffer => {
      keys.push(key.export().toString('hex'))
      return Buffer.from(`{"key":"${keys.at(-1)?.slice(0, 16)}","pad":"xxxxx"}`)
    }
    const to = create({ maxFiles: 10 })
    for (let i = 0; i < 9; i++) await to.append(make)
    await to.flush()
    const seen = new Set<string>()
    for (const name of await names()) {
      const lines = (await readFile(join(dir, 'calls', name), 'utf8')).trim().split('\n')
      assert.equal(new Set(lines).size, 1)
      assert.ok(!seen.has(lines[0] as string))
      seen.add(lines[0] as string)
    }
    assert.ok(seen.size >= 4)
  })

  test('what the disk says is told, and the next line tries again', async () => {
    await writeFile(join(dir, 'calls'), 'a file, no folder')
    const to = create()
    await to.append(line('{}'))
    await to.append(line('{}'))
    await to.flush()
    assert.deepEqual([written, lost], [0, [[2, 'EEXIST']]])
    await rm(join(dir, 'calls'))
    await to.append(line('{}'))
    await to.flush()
    assert.equal(written, 1)
  })
})
