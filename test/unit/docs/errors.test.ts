import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { before, describe, test } from 'node:test'
import { OUTCOMES } from '#contracts/call-record'
import { AboxError, type ErrorRow } from '#core/errors'
import { Call, STAGES, type Stage } from '../../../src/apps/gateway/call.ts'
import { errorReply } from '../../../src/apps/gateway/error-reply.ts'
import { collectErrorRows, type FolderRows, renderErrorRows } from './error-rows.ts'
import { codesOf, readText, repositoryPath, tableUnder } from './markdown.ts'

const PAGE = 'docs/errors.md'
const BEGIN = '<!-- rows: ABOX_UPDATE_DOCS=1 npm run test:unit writes them -->'
const END = '<!-- end of rows -->'

describe('docs/errors.md', () => {
  let folders: FolderRows[] = []
  let rows: ErrorRow[] = []

  before(async () => {
    folders = await collectErrorRows()
    rows = folders.flatMap((folder) => folder.rows)
  })

  test('lists every error row of the source, word for word, and no other', () => {
    const page = readText(PAGE)
    const [head = '', rest = ''] = page.split(BEGIN)
    const [listed = '', tail = ''] = rest.split(END)
    const expected = `\n\n${renderErrorRows(folders)}\n\n`
    if (process.env['ABOX_UPDATE_DOCS'] === '1') {
      writeFileSync(repositoryPath(PAGE), `${head}${BEGIN}${expected}${END}${tail}`)
      return
    }
    assert.equal(listed, expected)
  })

  test('every code is declared once', () => {
    const codes = rows.map(({ code }) => code)
    assert.deepEqual(codes, [...new Set(codes)])
  })

  test('every row says in a sentence what it means and what to do', () => {
    for (const { code, text, remedy } of rows) {
      assert.match(text, /^[A-Z`].*\.$/, `${code}: text`)
      assert.match(remedy, /^[A-Z`].*[.…]$/, `${code}: remedy`)
    }
  })

  test('the table of exits says what error-reply.ts does with every code in every stage', () => {
    const exits = readExits()
    for (const row of rows) {
      for (const situation of situations()) {
        const exit = exits.find((candidate) => candidate.matches(row, situation))
        const call = callIn(situation)
        errorReply(call, new AboxError(row, 'something'))
        const where = `${row.code} in stage ${situation.stage}, hook ${JSON.stringify(situation.hook)}, HTTP ${situation.httpStatus}`
        assert.deepEqual(
          { outcome: exit?.outcome, status: exit?.status },
          { outcome: call.outcome, status: call.dubboStatus },
          where
        )
      }
    }
  })

  test('the table of exits names no code and no outcome that does not exist', () => {
    const known = new Set<string>(rows.map(({ code }) => code))
    for (const { codes, outcome } of readExits()) {
      for (const code of codes) assert.ok(known.has(code), code)
      assert.ok((OUTCOMES as readonly string[]).includes(outcome), outcome)
    }
  })

  test('tells of every outcome whether a call can end with it yet', () => {
    const listed = tableUnder(readText(PAGE), 'Outcomes').rows.map(([name = '']) => codesOf(name)[0])
    assert.deepEqual(listed, [...OUTCOMES])
  })
})

/** Where an error was thrown, as far as its exit depends on it. */
interface Situation {
  readonly stage: Stage
  readonly hook: { readonly hasPre: boolean; readonly hasPost: boolean } | undefined
  readonly httpStatus: number
}

function situations(): Situation[] {
  const hooks = [
    undefined,
    { hasPre: true, hasPost: false },
    { hasPre: false, hasPost: true },
    { hasPre: true, hasPost: true }
  ]
  return STAGES.flatMap((stage) =>
    hooks.flatMap((hook) => [404, 503].map((httpStatus): Situation => ({ stage, hook, httpStatus })))
  )
}

function callIn({ stage, hook, httpStatus }: Situation): Call {
  const request = {
    connection: { remoteAddress: '127.0.0.1', remotePort: 1, closed: false },
    requestId: Buffer.alloc(8),
    twoWay: true,
    serialization: 2,
    body: Buffer.alloc(0),
    receivedAt: 0,
    aborted: false,
    onAbort: () => {},
    offAbort: () => {},
    reply: () => {}
  }
  const call = new Call(request, 0, 0)
  call.stage = stage
  call.httpStatus = httpStatus
  const version = {
    label: 'h@0',
    digest: 'sha256:0',
    sandbox: { placeOf: () => 'h@0' } as never,
    disabled: undefined,
    stoodIn: 0
  }
  if (hook !== undefined) call.hook = { ...hook, ...version, looks: { pre: false, post: false } }
  return call
}

/** One row of the table; the first one that matches says how an error leaves. */
interface ExitRow {
  readonly codes: readonly string[]
  readonly outcome: string
  readonly status: number
  readonly matches: (row: ErrorRow, situation: Situation) => boolean
}

function readExits(): ExitRow[] {
  const { heads, rows } = tableUnder(readText(PAGE), 'How an error leaves')
  assert.deepEqual(heads.slice(0, 4), ['thrown', 'where', 'outcome', 'Dubbo status'])
  return rows.map(([thrown = '', where = '', outcome = '', status = '']) => {
    const patterns = codesOf(thrown)
    return {
      codes: patterns.filter((code) => !code.endsWith('*')),
      outcome: codesOf(outcome)[0] ?? '',
      status: Number.parseInt(status, 10),
      matches: (row, situation) => thrownMatches(row, thrown, patterns) && whereMatches(situation, where)
    }
  })
}

/** `anything else`, codes, prefixes as `ABOX_X_*`, or `fault hook`. */
function thrownMatches(row: ErrorRow, text: string, patterns: readonly string[]): boolean {
  if (text.startsWith('anything')) return true
  if (text.includes(`fault ${row.fault}`)) return true
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? row.code.startsWith(pattern.slice(0, -1)) : row.code === pattern
  )
}

/** `any stage`, or stages; `with a pre hook`, `without a pre hook`; `model status 500 and above`, `below 500`. */
function whereMatches({ stage, hook, httpStatus }: Situation, text: string): boolean {
  if (!text.startsWith('any stage') && !codesOf(text).includes(stage)) return false
  if (/with a pre hook/.test(text) && hook?.hasPre !== true) return false
  if (/with a post hook/.test(text) && hook?.hasPost !== true) return false
  if (/500 and above/.test(text) && httpStatus < 500) return false
  return !(/below 500/.test(text) && httpStatus >= 500)
}
