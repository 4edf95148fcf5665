import type ivm from 'isolated-vm'
import { SOURCE_NAME } from './frames.ts'

/** Which lines of a module's functions ran. Lines count from 1, as in the author's own file. */
export interface LineCoverage {
  /** Lines with code inside functions. What stands outside of all functions runs in any case and is not counted. */
  readonly lines: readonly number[]
  /** Those of them that never ran. */
  readonly missed: readonly number[]
  /** Functions that were never called, by name. */
  readonly uncalled: readonly string[]
}

/** What V8's inspector answers to Profiler.takePreciseCoverage, as far as it is read. Offsets are UTF-16 units. */
interface PreciseCoverage {
  readonly result: readonly { readonly url: string; readonly functions: readonly FunctionCoverage[] }[]
}

interface FunctionCoverage {
  readonly functionName: string
  /** The first is the whole function; the others lie inside it, and an inner one counts for what it holds. */
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
}

/** A line with nothing but brackets and the like runs whenever its neighbours do. */
const WORDLESS = /^[\s{}()[\];,]*$/

/**
 * Counts the lines of one module that run in its isolates, by V8's own inspector: the source is not changed, so lines and
 * errors are what they are without it. Hand a fresh one to `createSandbox`; call `take` after each call whose lines are to
 * count, because an isolate that is stopped takes its counts along. Not for code that is not trusted: an isolate with an
 * inspector that runs out of memory does not end but hangs this process.
 */
export class CoverageProbe {
  #session: ivm.InspectorSession | undefined
  #source = ''
  #nextId = 1
  readonly #waiting = new Map<number, (reply: PreciseCoverage) => void>()
  #last: Promise<unknown> | undefined
  /** Units of the wrapped source that are inside a function, and those that ran. */
  #inside = new Uint8Array(0)
  #ran = new Uint8Array(0)
  readonly #called = new Map<string, boolean>()

  /** Called for each isolate that is built for the module, before its source is compiled. */
  async attach(isolate: ivm.Isolate, source: string): Promise<void> {
    if (source !== this.#source) {
      this.#source = source
      this.#inside = new Uint8Array(source.length)
      this.#ran = new Uint8Array(source.length)
    }
    const session = isolate.createInspectorSession()
    session.onResponse = (id, message) => {
      const done = this.#waiting.get(id)
      this.#waiting.delete(id)
      done?.((JSON.parse(message) as { result: PreciseCoverage }).result)
    }
    session.onNotification = () => {}
    this.#session = session
    await this.#send('Profiler.enable')
    await this.#send('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /**
   * Called before the isolate ends: with a session open that would wait for ever. Where one of our questions is still to be
   * answered, the isolate has to live until then, or the process dies with it: it may end when that resolves.
   */
  detach(): Promise<void> | undefined {
    const session = this.#session
    this.#session = undefined
    if (this.#waiting.size === 0) {
      session?.dispose()
      return undefined
    }
    return this.#last?.then(() => session?.dispose())
  }

  /** Adds what ran since the last time. Not after a call that was stopped for its time or memory. */
  async take(): Promise<void> {
    if (this.#session === undefined) return
    const { result } = await this.#send('Profiler.takePreciseCoverage')
    for (const { url, functions } of result) {
      if (url !== SOURCE_NAME) continue
      const counts = new Int32Array(this.#source.length)
      // Outer functions come before those inside them.
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) counts.fill(count, startOffset, endOffset)
      }
      for (const { functionName, ranges } of functions) this.#addFunction(functionName, ranges)
      for (let i = 0; i < counts.length; i++) if ((counts[i] as number) > 0) this.#ran[i] = 1
    }
  }

  /** What the calls so far say together. */
  report(): LineCoverage {
    const lines: number[] = []
    const missed: number[] = []
    let at = this.#source.indexOf('\n') + 1
    // Behind the module's own lines comes one of ours.
    const texts = this.#source.split('\n').slice(1, -1)
    let comment = false
    for (const [index, text] of texts.entries()) {
      const { code, open } = withoutComments(text, comment)
      comment = open
      if (!WORDLESS.test(code) && this.#isInside(at, code)) {
        lines.push(index + 1)
        if (!this.#hasRun(at, code)) missed.push(index + 1)
      }
      at += text.length + 1
    }
    return { lines, missed, uncalled: [...this.#called].filter(([, called]) => !called).map(([name]) => name) }
  }

  #addFunction(name: string, ranges: FunctionCoverage['ranges']): void {
    const whole = ranges[0]
    // The module itself and the function around its code, which is ours (module-source.ts), begin in the first line.
    if (whole === undefined || whole.startOffset <= this.#source.indexOf('\n')) return
    this.#inside.fill(1, whole.startOffset, whole.endOffset)
    if (name !== '') this.#called.set(name, whole.count > 0 || this.#called.get(name) === true)
  }

  /** Whether the line's first word is inside a function, the head of a declaration with it. */
  #isInside(at: number, code: string): boolean {
    for (let i = 0; i < code.length; i++) if (code.charCodeAt(i) > 32 && this.#inside[at + i] === 1) return true
    return false
  }

  /** Whether any word of it ran: what follows a `return` on the same line does not count against it. */
  #hasRun(at: number, code: string): boolean {
    for (let i = 0; i < code.length; i++) {
      if (isWord(code.charCodeAt(i)) && this.#inside[at + i] === 1 && this.#ran[at + i] === 1) return true
    }
    return false
  }

  #send(method: string, params: object = {}): Promise<PreciseCoverage> {
    const id = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<PreciseCoverage>()
    this.#waiting.set(id, resolve)
    this.#last = promise
    this.#session?.dispatchProtocolMessage(JSON.stringify({ id, method, params }))
    return promise
  }
}

/** The line with its comments blanked; `open`: one goes on in the next line. A `//` in a text hides the rest of the line. */
function withoutComments(text: string, open: boolean): { code: string; open: boolean } {
  let code = text
  if (open) {
    const end = code.indexOf('*/')
    if (end < 0) return { code: '', open: true }
    code = ' '.repeat(end + 2) + code.slice(end + 2)
  }
  code = code.replace(/\/\*.*?\*\//g, (found) => ' '.repeat(found.length))
  const line = code.search(/(^|[\s;{}])\/\//)
  if (line >= 0) code = code.slice(0, line)
  const start = code.search(/(^|\s)\/\*/)
  return start < 0 ? { code, open: false } : { code: code.slice(0, start), open: true }
}

function isWord(unit: number): boolean {
  return (
    (unit >= 48 && unit <= 57) ||
    (unit >= 65 && unit <= 90) ||
    (unit >= 97 && unit <= 122) ||
    unit === 95 ||
    unit === 36 ||
    unit > 127
  )
}
