import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Service, serviceChecker } from '#contracts/service'
import type { AboxError } from '#core/errors'
import { resolveGatewayConfig } from '../../../../../src/apps/gateway/config.ts'
import { type RecordRule, recordRule } from '../../../../../src/apps/gateway/recordings/record-rule.ts'

const rule = (ofService: object | undefined, ofMethod: object | undefined): RecordRule | undefined => {
  const service: Service = serviceChecker.check(
    {
      kind: 'Service',
      interface: 'a.B',
      methods: [{ name: 'score', model: 'm', ...(ofMethod === undefined ? {} : { record: ofMethod }) }],
      ...(ofService === undefined ? {} : { record: ofService })
    },
    'test'
  )
  return recordRule(service, service.methods[0] as Service['methods'][number])
}

describe('record of a document', () => {
  test('the number of the method counts instead of the service’s, and what either masks is masked', () => {
    assert.equal(rule(undefined, undefined), undefined)
    assert.deepEqual(rule({ ppm: 5, mask: ['args'] }, undefined), { ppm: 5, mask: ['args'] })
    const both = ['args', '**.b']
    assert.deepEqual(rule({ ppm: 5, mask: ['args'] }, { ppm: 0, mask: ['**.b'] }), { ppm: 0, mask: both })
    assert.deepEqual(rule({ mask: ['args'] }, { mask: ['**.b'] }), { ppm: undefined, mask: both })
  })

  test('a rule with a mistake refuses the document instead of masking nothing', () => {
    assert.throws(() => rule({ mask: ['args[*.userId'] }, undefined), { code: 'ABOX_JSON_PATH' })
    assert.throws(() => rule({ ppm: 1_000_001 }, undefined), { code: 'ABOX_DOCUMENT_INVALID' })
  })

  test('a rule that begins where no recorded call has anything refuses the document, and says where it may begin', () => {
    for (const mask of ['nothing.x', 'arg[*].userId', 'args.userId', 'call.args', 'reply.user', '[*].x', 'Args[0]']) {
      assert.throws(
        () => rule({ mask: ['args[0]', mask] }, undefined),
        ({ code, message }: AboxError) =>
          code === 'ABOX_JSON_PATH' &&
          message.includes(`"${mask}"`) &&
          /args\[\*\], attachments, .*result/.test(message),
        mask
      )
    }
  })

  test('a rule may begin at every part of a recorded call', () => {
    const mask = [
      'args',
      'args[7].a',
      'args[*]',
      '["args"][0]',
      'attachments.device',
      'request.u',
      'reply',
      'reply.body.u'
    ]
    const more = ['result[*].u', '**.phone', '*.device', 'caller', 'args.**.phone', 'reply.*', 'request[0]', '**']
    for (const each of [...mask, ...more]) assert.deepEqual(rule({ mask: [each] }, undefined)?.mask, [each])
  })
})

describe('recordings of the configuration', () => {
  const resolve = (recordings: object) =>
    resolveGatewayConfig({
      raw: { documents: { kind: 'file', path: 'd.yaml' }, recordings },
      source: 'gateway.yaml',
      folder: '/etc/abox'
    }).recordings

  test('rules are a list, or one text with commas as the environment gives it', () => {
    assert.deepEqual(resolve({ mask: ['args[*].a', '**.b'] }).mask, ['args[*].a', '**.b'])
    assert.deepEqual(resolve({ mask: 'args[*].a,**.b' }).mask, ['args[*].a', '**.b'])
    assert.deepEqual(resolve({ mask: '' }).mask, [])
  })

  test('a rule with a mistake ends the start with a line that names the key', () => {
    const expected = {
      code: 'ABOX_CONFIG_INVALID',
      message: /gateway\.yaml: recordings\.mask: .*"a\[" *: at character 1/
    }
    assert.throws(() => resolve({ mask: ['a['] }), expected)
    const noRoot = {
      code: 'ABOX_CONFIG_INVALID',
      message: /gateway\.yaml: recordings\.mask: .*"nothing\.x".*expected .*args/
    }
    assert.throws(() => resolve({ mask: 'args[0].a,nothing.x' }), noRoot)
  })
})
