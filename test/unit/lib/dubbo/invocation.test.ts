import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { decodeInvocation } from '#lib/dubbo'
import { decodeValue, defaultBudget, HInt, HMap, LargeScan } from '#lib/hessian2'
import { body, bytes, GENERIC, genericBody, map, str } from './bodies.ts'
import { bytesOf, goldenRequests } from './golden.ts'

const refused = (input: Buffer, code: string, message: RegExp): void =>
  assert.throws(
    () => decodeInvocation(input),
    (error) => {
      assert.ok(error instanceof AboxError)
      assert.equal(error.code, code)
      assert.match(error.message, message)
      return true
    }
  )

const args = (input: Buffer) => {
  const { argOffsets, scan } = decodeInvocation(input)
  return argOffsets.map((offset) => decodeValue(scan, offset))
}

describe('an invocation', () => {
  it('with more attachments than 64 KiB is refused before they are read', () => {
    const most = 'x'.repeat(65_000)
    assert.equal(decodeInvocation(body({ attachments: map({ a: most }) })).attachments.get('a'), most)
    const many = map({ a: most, b: 'x'.repeat(1000) })
    refused(body({ attachments: many }), 'ABOX_DUBBO_BODY', /attachments: found \d+ bytes, expected at most 65536/)
  })

  it('with parameter types of more than 65,535 characters together is refused before they are all read', () => {
    const long = (units: number): Buffer =>
      Buffer.concat([bytes('53', units.toString(16).padStart(4, '0')), Buffer.alloc(units, 'a')])
    const pieces = Buffer.concat([bytes('52 ffff'), Buffer.alloc(0xffff, 'a'), str('b')])
    const types = (...each: Buffer[]): Buffer => Buffer.concat([bytes(`7${(8 + each.length).toString(16)}`), ...each])
    const most = genericBody(types(long(65_000), long(535)), bytes('7a 91 92'))
    assert.equal(decodeInvocation(most).parameterTypes?.join('').length, 65_535)
    const more = genericBody(types(long(65_000), long(536)), bytes('7a 91 92'))
    refused(more, 'ABOX_DUBBO_BODY', /parameter types of more than 65535 characters together, expected names/)
    refused(genericBody(types(pieces), bytes('79 91')), 'ABOX_HESSIAN_LENGTH', /a name has more than 65535 units/)
  })

  it('is read from a scan that was walked before, in slices of any size', () => {
    for (const input of [
      body({}),
      genericBody(bytes('7a', '03696e74', '03696e74'), bytes('7a 91 92')),
      body({ attachments: map({ a: 'b' }) })
    ]) {
      const plain = decodeInvocation(input)
      for (const slice of [1, 10, 10_000]) {
        const scan = new LargeScan(input, 0, input.length, defaultBudget)
        while (!scan.walk(slice));
        const { scan: _walked, ...call } = decodeInvocation(input, defaultBudget, scan)
        const { scan: _plain, ...expected } = plain
        assert.deepEqual(call, expected)
      }
    }
  })

  it('says what is called, by its attachments', () => {
    const call = decodeInvocation(
      body({
        path: 'x',
        attachments: map({ path: 'a.B', version: '1.0.0', group: 'blue', 'remote.application': 'shop' })
      })
    )
    assert.equal(call.service, 'a.B')
    assert.equal(call.version, '1.0.0')
    assert.equal(call.group, 'blue')
    assert.equal(call.method, 'score')
    assert.deepEqual(call.parameterTypes, ['int'])
    assert.equal(call.attachments.get('remote.application'), 'shop')
    assert.equal(call.generic, false)
  })

  it('says it by path and version of the body where attachments do not', () => {
    const call = decodeInvocation(body({ version: '2.0.0', attachments: map({}) }))
    assert.equal(call.service, 'a.B')
    assert.equal(call.version, '2.0.0')
    assert.equal(call.group, undefined)
  })

  it('has no version when it says nothing, 0.0.0 or *', () => {
    for (const version of ['', '0.0.0', '*', bytes('4e')]) {
      assert.equal(decodeInvocation(body({ version })).version, undefined)
      if (typeof version !== 'string') continue
      const attachments = map({ path: 'a.B', version })
      assert.equal(decodeInvocation(body({ version: '1.0.0', attachments })).version, undefined)
    }
  })

  it('takes attachments that are null, missing at the end, or a typed map', () => {
    assert.equal(decodeInvocation(body({ attachments: bytes('4e') })).attachments.size, 0)
    assert.equal(decodeInvocation(body({ attachments: Buffer.alloc(0) })).attachments.size, 0)
    const typed = Buffer.concat([bytes('4d'), str('java.util.TreeMap'), str('k'), str('v'), bytes('5a')])
    assert.deepEqual([...decodeInvocation(body({ attachments: typed })).attachments], [['k', 'v']])
  })

  it('gives numbers, booleans and strings of the attachments as text and leaves the rest out', () => {
    const call = decodeInvocation(
      body({
        attachments: map({
          _TO: bytes('49 00000bb8'),
          long: bytes('4c 7fffffffffffffff'),
          double: bytes('5f 000004d2'),
          yes: bytes('54'),
          no: bytes('46'),
          nothing: bytes('4e'),
          list: bytes('79 91'),
          map: bytes('48 0161 0162 5a'),
          last: 'kept'
        })
      })
    )
    assert.deepEqual(Object.fromEntries(call.attachments), {
      _TO: '3000',
      long: '9223372036854775807',
      double: '1.234',
      yes: 'true',
      no: 'false',
      last: 'kept'
    })
  })

  it('leaves null attachments out, also when the path of the body is null or empty', () => {
    for (const path of [bytes('4e'), '']) {
      const attachments = map({ nothing: bytes('4e'), empty: '', interface: 'a.B' })
      const call = decodeInvocation(body({ path, attachments }))
      assert.deepEqual(Object.fromEntries(call.attachments), { empty: '', interface: 'a.B' })
      assert.equal(call.service, 'a.B')
    }
  })

  it('reads strings that begin like well-known ones, and well-known ones in unusual forms', () => {
    const long = (text: string) => Buffer.concat([bytes('52 0001'), Buffer.from(text.slice(0, 1)), str(text.slice(1))])
    const entries = [
      str('paths'),
      str('a.Bc'),
      str('pat'),
      str('a.'),
      str('patx'),
      str('true'),
      long('path'),
      long('a.C')
    ]
    const attachments = Buffer.concat([bytes('48'), ...entries, bytes('5a')])
    const call = decodeInvocation(body({ dubbo: '2.0.3', version: '0.0.1', attachments }))
    assert.equal(call.dubboVersion, '2.0.3')
    assert.equal(call.version, '0.0.1')
    assert.deepEqual(Object.fromEntries(call.attachments), { paths: 'a.Bc', pat: 'a.', patx: 'true', path: 'a.C' })
  })

  it('is not confused by attachments named like parts of a JavaScript object', () => {
    const call = decodeInvocation(body({ attachments: map({ path: 'a.B', __proto__x: 'y', constructor: 'z' }) }))
    assert.equal(call.attachments.get('constructor'), 'z')
    assert.equal(call.attachments.get('toString'), undefined)
  })

  it('refuses more attachments than any consumer sends', () => {
    const many = Buffer.concat([bytes('48'), Buffer.alloc(2 * 1001, 0), bytes('5a')])
    refused(body({ attachments: many }), 'ABOX_DUBBO_BODY', /attachments: found more than 1000/)
  })

  it('passes the extra int that dubbox writes before the descriptor', () => {
    const call = decodeInvocation(body({ descriptor: Buffer.concat([bytes('8f'), str('I')]) }))
    assert.deepEqual(call.parameterTypes, ['int'])
    assert.equal(call.argOffsets.length, 1)
  })

  it('has no arguments when the descriptor is empty or null', () => {
    for (const descriptor of ['', bytes('4e')]) {
      const call = decodeInvocation(body({ descriptor, args: [] }))
      assert.deepEqual(call.parameterTypes, [])
      assert.deepEqual(call.argOffsets, [])
      assert.equal(call.attachments.get('path'), 'a.B')
    }
  })

  it('counts parameters by the descriptor', () => {
    const call = decodeInvocation(
      body({ descriptor: 'II[D', args: [bytes('91'), bytes('92'), bytes('71075b646f75626c65 5c')] })
    )
    assert.deepEqual(call.parameterTypes, ['int', 'int', 'double[]'])
    assert.equal(call.argOffsets.length, 3)
  })

  it('allows attachments in the answer for protocol 2.0.2 to 2.0.99 only', () => {
    const allowed = (dubbo: string) => decodeInvocation(body({ dubbo })).responseAttachmentsAllowed
    for (const yes of ['2.0.2', '2.0.3', '2.0.10', '2.0.99', '2.0.2.1']) assert.equal(allowed(yes), true, yes)
    for (const no of ['2.0.0', '2.0.1', '2.5.3', '2.6.2', '2.7.23', '3.0.2', '2.0.100', '2.0', '', '2.0.2x']) {
      assert.equal(allowed(no), false, no)
    }
  })

  it('is an echo when the method is $echo, plain or generic', () => {
    assert.equal(decodeInvocation(body({ method: '$echo', descriptor: 'Ljava/lang/Object;' })).echo, true)
    const generic = decodeInvocation(
      genericBody(Buffer.concat([bytes('79'), str('java.lang.Object')]), bytes('79 97'), '$echo')
    )
    assert.equal(generic.echo, true)
    assert.deepEqual(
      generic.argOffsets.map((offset) => decodeValue(generic.scan, offset)),
      [new HInt(7)]
    )
    assert.equal(decodeInvocation(body()).echo, false)
  })
})

describe('a generic invocation', () => {
  const types = Buffer.concat([bytes('72'), str('[string'), str('int'), str('java.lang.String')])
  const values = Buffer.concat([bytes('72'), str('[object'), bytes('97'), str('x')])

  it('is unwrapped: method, types and arguments are the real ones', () => {
    const call = decodeInvocation(genericBody(types, values))
    assert.equal(call.method, 'score')
    assert.equal(call.generic, true)
    assert.equal(call.async, false)
    assert.deepEqual(call.parameterTypes, ['int', 'java.lang.String'])
    assert.deepEqual(args(genericBody(types, values)), [new HInt(7), 'x'])
  })

  it('may come as $invokeAsync', () => {
    const call = decodeInvocation(
      body({ method: '$invokeAsync', descriptor: GENERIC, args: [str('score'), types, values] })
    )
    assert.equal(call.async, true)
    assert.equal(call.method, 'score')
  })

  it('may leave the types out', () => {
    for (const none of ['4e', '78', '70 07 5b737472696e67', '5890', '57 5a']) {
      const call = decodeInvocation(genericBody(bytes(none), values))
      assert.equal(call.parameterTypes, undefined, none)
      assert.equal(call.argOffsets.length, 2)
    }
  })

  it('may have no arguments', () => {
    for (const none of ['4e', '78']) {
      const call = decodeInvocation(genericBody(bytes(none), bytes(none)))
      assert.deepEqual(call.parameterTypes, [])
      assert.deepEqual(call.argOffsets, [])
      assert.equal(call.attachments.get('path'), 'a.B')
    }
  })

  it('takes lists of all forms for its arguments', () => {
    for (const list of [
      '7a 97 98',
      '58 92 97 98',
      '57 97 98 5a',
      '55 0161 97 98 5a',
      '56 0161 92 97 98',
      '72 0161 97 98'
    ]) {
      assert.deepEqual(args(genericBody(bytes('4e'), bytes(list))), [new HInt(7), new HInt(8)], list)
    }
  })

  it('follows references from one argument into another', () => {
    // The types are list 0, the arguments list 1, the map in them list 2.
    const shared = bytes('7a 48 0161 91 5a 51 92')
    const [first, second] = args(genericBody(bytes('78'), shared))
    assert.ok(first instanceof HMap)
    assert.deepEqual(second, first)
  })

  it('is a plain method when its descriptor is another', () => {
    const call = decodeInvocation(body({ method: '$invoke', descriptor: 'I' }))
    assert.equal(call.generic, false)
    assert.equal(call.method, '$invoke')
  })

  it('is refused when types and arguments do not match or the name is missing', () => {
    refused(genericBody(types, bytes('79 97')), 'ABOX_DUBBO_BODY', /found 2 parameter types, expected 1/)
    refused(genericBody(types, values, ''), 'ABOX_DUBBO_BODY', /found an empty string, expected the name of a method/)
    refused(genericBody(bytes('7a 91 92'), values), 'ABOX_HESSIAN_TAG', /./)
    refused(genericBody(bytes('91'), values), 'ABOX_HESSIAN_TAG', /./)
  })
})

describe('a body that is no invocation', () => {
  it('says which item was expected and what was found', () => {
    refused(
      Buffer.alloc(0),
      'ABOX_DUBBO_BODY',
      /offset 0 of the body: Dubbo version: found the end of the body, expected a string/
    )
    refused(body({ path: bytes('91') }), 'ABOX_DUBBO_BODY', /path: found a value of kind int, expected a string/)
    refused(body({ descriptor: 'Q' }), 'ABOX_DUBBO_DESCRIPTOR', /found "Q" at character 0/)
    refused(body({ attachments: bytes('91') }), 'ABOX_HESSIAN_TAG', /./)
  })

  it('is refused with a coded error wherever a golden body is cut', () => {
    const golden = goldenRequests()
      .map(bytesOf)
      .filter((frame) => frame.length < 700)
      .slice(0, 40)
    for (const frame of golden) {
      const whole = frame.subarray(16)
      for (let length = 0; length < whole.length; length++) {
        try {
          decodeInvocation(whole.subarray(0, length))
        } catch (error) {
          assert.ok(error instanceof AboxError, String(error))
        }
      }
    }
  })

  it('lets only coded errors out, whatever bytes come', () => {
    const golden = goldenRequests().map((frame) => bytesOf(frame).subarray(16))
    const mutation = fc.record({
      seed: fc.nat(golden.length - 1),
      edits: fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 6 }),
      cut: fc.nat(4000)
    })
    fc.assert(
      fc.property(mutation, ({ seed, edits, cut }) => {
        const input = Buffer.from(golden[seed] as Buffer)
        for (const [at, byte] of edits) input[at % input.length] = byte
        const length = Math.min(cut, input.length)
        try {
          decodeInvocation(input.subarray(0, length))
        } catch (error) {
          assert.ok(error instanceof AboxError, String(error))
        }
      }),
      { interruptAfterTimeLimit: 1000, numRuns: 20_000 }
    )
  })
})
