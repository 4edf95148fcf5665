import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { silentLogger } from '#core/logger'
import { type Embedded, startEmbedded } from '../../../src/apps/dev/embedded.ts'
import { until } from '../../harness/until.ts'
import { blocksOf, readText, repositoryPath } from '../../unit/docs/markdown.ts'

/** What the page is written with: the folder that `abox dev` makes, its port, a user. */
const FOLDER = '/tmp/abox-dev-anFy8o'
const PORT = ':20880'
const USER = 'mara'

const skip = process.platform === 'win32' ? 'the page is written for a POSIX shell' : false

describe('docs/hooks.md: ten minutes', { skip }, () => {
  let abox: Embedded
  let folder = ''
  before(async () => {
    abox = await startEmbedded({ host: '127.0.0.1', dubboPort: 0, log: silentLogger })
    folder = await mkdtemp(join(tmpdir(), 'abox-hooks-page-'))
  })
  after(async () => {
    await abox.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Runs commands of the page as they are written, as in a second terminal. */
  async function run(commands: string): Promise<string> {
    const script = [
      `abox() { '${process.execPath}' --no-node-snapshot '${repositoryPath('src/bin/abox.ts')}' "$@"; }`,
      `D=${abox.documents}`,
      commands.replaceAll(PORT, `:${abox.gateway.port}`)
    ]
    const child = spawn('bash', ['-c', script.join('\n')], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    // What fails is told there, and the page shows what a command prints otherwise.
    child.stderr.resume()
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    await once(child, 'close')
    return out
  }

  /** Output without what is another one each time, and without the widths that follow from it. */
  function normal(text: string): string {
    return text
      .replaceAll(dirname(abox.documents), FOLDER)
      .replace(/dev-0\.\d{13}\.jsonl/g, 'dev-0.jsonl')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/[\d.]+ (µs|KB)/g, 'N $1')
      .replace(/^( *\d+ +0) .*$/gm, '$1 …')
      .replace(new RegExp(`\\b(${USER}|${userInfo().username})\\b`, 'g'), USER)
      .replace(/-{2,}/g, '--')
      .replace(/ +/g, ' ')
      .trim()
  }

  /** Of what was pushed or promoted. */
  async function applied(out: string): Promise<void> {
    const generation = Number([...out.matchAll(/: hook best-items, generation (\d+)$/gm)].at(-1)?.[1] ?? 0)
    await until(
      `hook generation ${generation}`,
      () => (abox.gateway.state().applied['hooks/best-items'] ?? 0) >= generation
    )
  }

  for (const step of stepsOf(readText('docs/hooks.md'))) {
    const blocks = blocksOf(step)
    test(`${step.split('\n')[0] ?? ''}: the commands print what the page says`, async () => {
      for (const [index, { language, text }] of blocks.entries()) {
        if (language === 'js') await writeFile(join(folder, 'best-items/hook.js'), text)
        if (language === 'yaml') await addMethod(text)
        if (language === 'diff') await edit(join(folder, 'best-items/hook.js'), text)
        if (language !== 'sh') continue
        const next = blocks[index + 1]
        await runUntil(text, next?.language === 'text' ? normal(next.text) : undefined)
      }
    })
  }

  /** Calls, records and recordings are there a moment later; what changes something is run once. */
  async function runUntil(commands: string, shown: string | undefined): Promise<void> {
    let out = ''
    if (!/^(abox call|abox hook replay|grep)/.test(commands)) {
      out = normal(await run(commands))
      await applied(out)
      if (shown !== undefined) assert.equal(out, shown)
      return
    }
    for (const command of commands.trim().split('\n')) {
      const often = !command.includes('--count')
      const expected = often ? shown : undefined
      await until(command, async () => {
        out = normal(await run(command))
        return !often || expected === undefined || out === expected
      }).catch(() => assert.equal(out, expected))
    }
  }

  /** Behind the last method of the Service document. */
  async function addMethod(text: string): Promise<void> {
    const documents = await readFile(abox.documents, 'utf8')
    assert.match(documents, /\ntypes:\n/)
    await writeFile(abox.documents, documents.replace('\ntypes:\n', `\n${text}types:\n`))
  }
})

/** Sections `### 1. …` of the ten minutes, without their marks. */
function stepsOf(page: string): string[] {
  const from = page.indexOf('\n## Ten minutes\n')
  const section = page.slice(from, page.indexOf('\n## ', from + 1))
  const steps = section.split('\n### ').slice(1)
  assert.ok(steps.length >= 7)
  return steps
}

/** Each line with `-` is replaced by the one with `+` behind it. */
async function edit(path: string, diff: string): Promise<void> {
  let text = await readFile(path, 'utf8')
  for (const [, old = '', next = ''] of diff.matchAll(/^-(.*)\n\+(.*)$/gm)) {
    assert.ok(text.includes(old), `found no ${old}`)
    text = text.replace(old, next)
  }
  await writeFile(path, text)
}
