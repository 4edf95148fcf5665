import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exceptionResult, genericExceptionResult, nullResult, ResultWriter, STATUS, statusResult } from '#lib/dubbo'
import { decodeBytes, encodeValue, HDouble, HInt, HList, HObject } from '#lib/hessian2'
import { fieldsOf, mapOf, objectOf } from '../../../harness/hessian-values.ts'

const ID = Buffer.from('84b0f4bfbe111a4b', 'hex')
const FRAME = { declaringClass: 'a.B', methodName: 'score', fileName: 'rank/seldon', lineNumber: 12 }

/** Header as hex, and the decoded values of the body. */
function read(frame: Buffer) {
  assert.equal(frame.readInt32BE(12), frame.length - 16, 'length of the header')
  return { header: frame.toString('hex', 0, 12), values: decodeBytes(frame.subarray(16)) }
}

function exception(frame: Buffer): Map<string, unknown> {
  const { header, values } = read(frame)
  assert.equal(header, 'dabb021484b0f4bfbe111a4b')
  assert.deepEqual(values[0], new HInt(0))
  assert.ok(values[1] instanceof HObject)
  return new Map<string, unknown>([['class', values[1].className], ...fieldsOf(values[1])])
}

describe('result frames', () => {
  it('hold a value behind flag 1', () => {
    const results = new ResultWriter()
    results.begin(ID).string('hi')
    assert.equal(results.end().toString('hex'), 'dabb021484b0f4bfbe111a4b0000000491026869')
  })

  it('hold attachments behind flag 4, as the Java provider writes them', () => {
    const results = new ResultWriter()
    results.begin(Buffer.from('8123456789abcdef', 'hex'), new Map([['dubbo', '2.0.2']])).string('hi')
    const java = 'dabb02148123456789abcdef00000012940268694805647562626f05322e302e325a'
    assert.equal(results.end().toString('hex'), java)
  })

  it('are made one after the other in the same memory and stay what they are', () => {
    const results = new ResultWriter()
    const frames = Array.from({ length: 50 }, (_, i) => {
      results.begin(ID).string('x'.repeat(i * 1000))
      return results.end()
    })
    for (const [i, frame] of frames.entries()) assert.deepEqual(read(frame).values, [new HInt(1), 'x'.repeat(i * 1000)])
  })

  it('do not remember an answer that failed half-way', () => {
    const results = new ResultWriter()
    encodeValue(results.begin(ID, new Map([['a', 'b']])), new HList([objectOf('a.B', [['x', new HInt(1)]])], '[a.B'))
    encodeValue(results.begin(ID), new HList([objectOf('a.B', [['x', new HInt(2)]])], '[a.B'))
    const { values } = read(results.end())
    assert.deepEqual(values, [new HInt(1), new HList([objectOf('a.B', [['x', new HInt(2)]])], '[a.B')])
  })

  it('say null with flag 2, and 5 with attachments', () => {
    assert.equal(nullResult(ID).toString('hex'), 'dabb021484b0f4bfbe111a4b0000000192')
    const { values } = read(nullResult(ID, new Map([['k', 'v']])))
    assert.deepEqual(values, [new HInt(5), mapOf([['k', 'v']])])
  })

  it('hold a text for every status but 20', () => {
    const { header, values } = read(statusResult(ID, STATUS.SERVICE_NOT_FOUND, 'no such service: 排序'))
    assert.equal(header, 'dabb023c84b0f4bfbe111a4b')
    assert.deepEqual(values, ['no such service: 排序'])
  })

  it('cut a text that is too long to help anybody', () => {
    const [text] = read(statusResult(ID, 40, 'x'.repeat(100_000))).values
    assert.equal(typeof text, 'string')
    assert.equal(String(text).length, 8193)
  })
})

describe('exception results', () => {
  it('are a throwable with message, no cause and one stack frame', () => {
    const found = exception(
      exceptionResult(ID, { className: 'java.lang.RuntimeException', message: 'ABOX_X: why', frame: FRAME })
    )
    assert.equal(found.get('class'), 'java.lang.RuntimeException')
    assert.equal(found.get('detailMessage'), 'ABOX_X: why')
    assert.equal(found.get('cause'), null)
    const stack = new HList(
      [
        objectOf('java.lang.StackTraceElement', [
          ['declaringClass', 'a.B'],
          ['methodName', 'score'],
          ['fileName', 'rank/seldon'],
          ['lineNumber', new HInt(12)]
        ])
      ],
      '[java.lang.StackTraceElement'
    )
    assert.deepEqual(found.get('stackTrace'), stack)
  })

  it('carry the fields of a declared exception', () => {
    const found = exception(
      exceptionResult(ID, {
        className: 'com.example.rank.RankException',
        message: null,
        fields: { code: new HInt(42), reason: 'cold', score: new HDouble(0.5) },
        frame: FRAME
      })
    )
    assert.equal(found.get('class'), 'com.example.rank.RankException')
    assert.deepEqual(found.get('code'), new HInt(42))
    assert.equal(found.get('reason'), 'cold')
    assert.equal(found.get('detailMessage'), null)
  })

  it('name an exception class in the generic form', () => {
    const found = exception(
      genericExceptionResult(ID, {
        exceptionClass: 'java.lang.IllegalStateException',
        exceptionMessage: 'closed',
        frame: FRAME
      })
    )
    assert.equal(found.get('class'), 'com.alibaba.dubbo.rpc.service.GenericException')
    assert.equal(found.get('exceptionClass'), 'java.lang.IllegalStateException')
    assert.equal(found.get('exceptionMessage'), 'closed')
    assert.equal(found.get('detailMessage'), 'java.lang.IllegalStateException: closed')
  })

  it('may carry attachments behind flag 3', () => {
    const content = { className: 'java.lang.RuntimeException', message: 'm', frame: FRAME }
    const { values } = read(exceptionResult(ID, content, new Map([['traceid', 't']])))
    assert.deepEqual(values[0], new HInt(3))
    assert.deepEqual(values[2], mapOf([['traceid', 't']]))
  })
})

describe('a result that is longer than it may be', () => {
  const MOST = 100_000
  const lists = (results: ResultWriter, count: number): Buffer => {
    const writer = results.begin(ID)
    writer.listBegin(count)
    for (let i = 0; i < count; i++) writer.listBegin(0)
    return results.end()
  }

  it('is refused before much more memory is taken, and the next one is written', () => {
    const results = new ResultWriter(MOST)
    assert.throws(() => {
      const writer = results.begin(ID)
      for (;;) {
        writer.double(0.1)
        assert.ok(writer.bytes.length < 2 * MOST)
      }
    }, /ABOX_ANSWER_TOO_LARGE: the answer: found \d+ bytes of Hessian so far, expected at most 100000/)
    assert.equal(lists(results, 3).length, 16 + 1 + 4)
  })

  it('may have just so many bytes behind the header', () => {
    const results = new ResultWriter(MOST)
    // The flag, the list with its length, and one byte for each item.
    assert.equal(lists(results, MOST - 1 - 4).length, 16 + MOST)
    assert.throws(() => lists(results, MOST - 1 - 3), /found 100001 bytes/)
  })
})
