import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { runAbox } from '../../../harness/abox-command.ts'
import { until } from '../../../harness/until.ts'
import { blocksOf, readText } from '../../../unit/docs/markdown.ts'

const SCRIPT = join(import.meta.dirname, '../../../../src/bin/abox.ts')

test('abox demo moves the split by file and by command, and everything adds up', async () => {
  const { code, out, err } = await runAbox('demo')
  assert.equal(code, 0, out + err)
  const commands = [...out.matchAll(/^\$ abox split (\w+) rank/gm)].map(([, action]) => action)
  assert.deepEqual(commands, ['get', 'shift', 'undo'])
  const rows = [...out.matchAll(/^(\d+\/\d+) +(documents\.yaml|split \w+) /gm)].map(([, split, by]) => `${split} ${by}`)
  const expected = ['75/25 documents.yaml', '0/100 documents.yaml', '50/50 split shift', '0/100 split undo']
  assert.deepEqual(rows, expected)
  assert.match(out, /\neverything adds up\n$/)
  const [readme] = blocksOf(readText('README.md')).filter(({ text }) => text.startsWith('$ abox split get'))
  const shown = readme?.text.trimEnd().split('\n') ?? []
  // On a terminal it stands between the others.
  const told = err.split('\n').filter((line) => line.endsWith(' gateways run it'))
  assert.deepEqual(
    shown.filter((line) => told.includes(line)),
    told
  )
  const lines = out.slice(out.indexOf('$ abox split'), out.indexOf('\n\nsplit  by')).split('\n')
  assert.deepEqual(
    shown.filter((line) => !told.includes(line)),
    lines.filter((line) => !/^split .*: calling …$/.test(line))
  )
})

test('the commands that abox dev prints work in another terminal, and Ctrl-C takes everything away', async () => {
  const args = ['--no-node-snapshot', SCRIPT, 'dev', '--host', '127.0.0.1', '--port', '0']
  const dev = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  dev.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  try {
    await until('abox dev', () => out.includes('Ctrl-C ends it.'), 50_000)
    const settings =
      /^ {2}export (ABOX_MANAGER=\S+) (ABOX_TOKEN=\S+) (ABOX_ENVIRONMENT=\S+)$/m.exec(out)?.slice(1) ?? []
    const environment = Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]))
    assert.equal(await runLines(linesOf(out), environment), 'rank: now legacy 75%, seldon 25%')
  } finally {
    dev.kill('SIGINT')
  }
  const [code] = (await once(dev, 'close')) as [number | null]
  assert.equal(code, 0)
  const folder = dirname(/^documents +(\S+)/m.exec(out)?.[1] ?? '')
  await assert.rejects(stat(folder), { code: 'ENOENT' })
})

/** The operator's commands as they are printed. */
function linesOf(out: string): string[] {
  const lines = [...out.matchAll(/^ {2}npm run abox -- (split .+)$/gm)].map(([, line = '']) => line)
  assert.equal(lines.length, 3)
  return lines
}

/** The last line of the last one. */
async function runLines(lines: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  let last = ''
  for (const line of lines) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
    const child = spawn(process.execPath, ['--no-node-snapshot', SCRIPT, ...words], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    assert.equal(code, 0, line)
    last = out.trim().split('\n').at(-1) ?? ''
  }
  return last
}
