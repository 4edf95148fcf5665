import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AboxError } from '#core/errors'
import { checkReply, type ModelProtocol } from '#lib/model-protocols'
import { recorded } from './recorded.ts'

const ALL: readonly ModelProtocol[] = ['tensorflow', 'seldon', 'v2', 'raw']
const JSON_TYPE = 'application/json'
const check = (protocol: ModelProtocol, status: number, contentType: string, body: string): void =>
  checkReply(protocol, status, contentType, Buffer.from(body))

describe('recorded answers that mean failure', () => {
  const cases: [string, string, ModelProtocol, string][] = [
    ['kserve-v1v2', 'v1-exception', 'tensorflow', 'HTTP status 500 (the server failed): ValueError : boom <tag>'],
    [
      'kserve-v1v2',
      'v1-unknown-model',
      'tensorflow',
      'HTTP status 404 (the request was refused): Model with name nope does not exist.'
    ],
    ['kserve-v1v2', 'v1-versions-path', 'tensorflow', 'HTTP status 404 (the request was refused): Not Found'],
    [
      'kserve-v1v2',
      'v2-missing-inputs',
      'v2',
      'HTTP status 422 (the request was refused): body.InferenceRequest.inputs: Field required; body.bytes: Input should be a valid bytes'
    ],
    [
      'seldon-pod-tensorflow-kserve',
      'exception',
      'tensorflow',
      'HTTP status 500 (the server failed): ValueError : boom <tag>'
    ],
    [
      'seldon-pod-tensorflow-kserve',
      'bad-json',
      'tensorflow',
      'HTTP status 500 (the server failed): unexpected end of JSON input'
    ],
    [
      'seldon-wrapper',
      'user-exception',
      'seldon',
      'HTTP status 422 (the request was refused): user said no (MY_REASON)'
    ],
    [
      'seldon-wrapper',
      'exception',
      'seldon',
      'HTTP status 500 (the server failed): boom <tag> & 中 (MICROSERVICE_INTERNAL_ERROR)'
    ],
    [
      'seldon-pod-single',
      'user-exception',
      'seldon',
      'HTTP status 422 (the request was refused): user said no (MY_REASON)'
    ],
    [
      'seldon-pod-single',
      'bad-json',
      'seldon',
      "HTTP status 400 (the request was refused): Can't find JSON in data (MICROSERVICE_BAD_DATA)"
    ],
    ['seldon-pod-single', 'get', 'seldon', 'HTTP status 405 (the request was refused): no text'],
    ['seldon-pod-single', 'unknown-path', 'seldon', 'HTTP status 404 (the request was refused): 404 page not found'],
    [
      'seldon-pod-down',
      'odd',
      'seldon',
      'HTTP status 500 (the server failed): Post "http://127.0.0.1:24199/predict": dial tcp 127.0.0.1:24199: connect: connection refused'
    ],
    ['mlserver-v2', 'model-unknown', 'v2', 'HTTP status 404 (the request was refused): Model nope not found'],
    ['mlserver-v2', 'bad-shape', 'v2', 'HTTP status 500 (the server failed): Internal Server Error'],
    ['mlserver-v2', 'user-exception', 'v2', 'HTTP status 400 (the request was refused): user said no'],
    [
      'mlserver-v2',
      'missing-shape',
      'v2',
      'HTTP status 422 (the request was refused): body.inputs[0].shape: Field required'
    ],
    ['mlserver-v2', 'get-infer', 'v2', 'HTTP status 405 (the request was refused): Method Not Allowed'],
    [
      'seldon-pod-v2-mlserver',
      'missing-inputs',
      'v2',
      'HTTP status 500 (the server failed): Failed to convert kfserving response so it could be chained to new input'
    ],
    ['nginx', 'unknown-host', 'raw', 'HTTP status 404 (the request was refused): HTML page: 404 Not Found'],
    ['nginx', 'upstream-down', 'seldon', 'HTTP status 502 (the server failed): HTML page: 502 Bad Gateway'],
    ['nginx', 'slow-504', 'v2', 'HTTP status 504 (the server failed): HTML page: 504 Gateway Time-out'],
    [
      'nginx',
      'body-1MiB+1',
      'tensorflow',
      'HTTP status 413 (the request was refused): HTML page: 413 Request Entity Too Large'
    ]
  ]
  for (const [file, name, protocol, message] of cases) {
    it(`are told in the model's own words: ${file} ${name}`, () => {
      const { status, contentType, body } = recorded(file, name)
      assert.throws(() => checkReply(protocol, status, contentType, body), {
        code: 'ABOX_MODEL_STATUS',
        fault: 'upstream',
        message: `ABOX_MODEL_STATUS: ${message}`
      })
    })
  }

  it('are cut at 500 characters and stay one line', () => {
    const { status, contentType, body } = recorded('mlserver-v2', 'bad-datatype')
    assert.throws(() => checkReply('v2', status, contentType, body), {
      message: /body\.inputs\[0\]\.datatype: Input should be 'BOOL', 'UINT8'/
    })
    const long = JSON.stringify({ error: `${'long line\n\u001b[31m'.repeat(100)}` })
    assert.throws(
      () => check('tensorflow', 500, JSON_TYPE, long),
      (error: unknown) => {
        assert.ok(error instanceof AboxError)
        const words = error.message.slice('ABOX_MODEL_STATUS: HTTP status 500 (the server failed): '.length)
        assert.equal(words.length, 500)
        assert.match(words, /^long line \[31mlong line .*…$/)
        return true
      }
    )
  })
})

describe('answers that mean success', () => {
  it('pass for every protocol when they were recorded as such', () => {
    const good: [string, string, ModelProtocol][] = [
      ['kserve-v1v2', 'v1', 'tensorflow'],
      ['seldon-wrapper', 'nan-out', 'seldon'],
      ['seldon-pod-single', 'ndarray', 'seldon'],
      ['mlserver-v2', 'fp64', 'v2']
    ]
    for (const [file, name, protocol] of good) {
      const { status, contentType, body } = recorded(file, name)
      checkReply(protocol, status, contentType, body)
      checkReply('raw', status, contentType, body)
    }
  })

  it('need status 200, of raw models any 2xx', () => {
    for (const status of [201, 204, 299]) check('raw', status, '', '{}')
    for (const protocol of ALL.slice(0, 3)) {
      assert.throws(() => check(protocol, 201, '', '{}'), { code: 'ABOX_MODEL_STATUS', message: /status 201: \{\}$/ })
    }
    for (const status of [199, 300, 302]) {
      assert.throws(() => check('raw', status, '', ''), { code: 'ABOX_MODEL_STATUS', message: /no text/ })
    }
  })

  it('may carry any content type but HTML: the Seldon executor sends JSON as text/plain', () => {
    for (const type of ['text/plain; charset=utf-8', '', 'application/octet-stream', JSON_TYPE]) {
      for (const body of ['{}', ' \n[1]', '"x"', '-1.5', 'NaN', 'true ', 'null']) check('raw', 200, type, body)
    }
  })

  it('are refused with their text when they are no JSON', () => {
    const bad: [string, string, RegExp][] = [
      [
        'text/html',
        '<html><head><title>Log in</title></head></html>',
        /status 200, content type "text\/html": HTML page: Log in$/
      ],
      ['TEXT/HTML; charset=utf-8', '{}', /HTML page: \{\}$/],
      ['text/html', '<p>no <b>title</b></p>', /HTML page: no title$/],
      ['', '', /content type "": no text$/],
      ['text/plain', 'Not Found\n', /Not Found$/],
      ['text/plain', 'true story', /true story$/],
      [JSON_TYPE, '\ufeff{}', /content type "application\/json"/],
      [JSON_TYPE, '   ', /no text$/]
    ]
    for (const protocol of ALL) {
      for (const [type, body, message] of bad) {
        assert.throws(() => check(protocol, 200, type, body), { code: 'ABOX_MODEL_NOT_JSON', message })
      }
    }
  })
})

describe('answers with status 200 that mean failure', () => {
  it('have `error` at the top for TensorFlow', () => {
    assert.throws(() => check('tensorflow', 200, JSON_TYPE, '{"a":[1,{"error":2}],"error":"no such signature"}'), {
      code: 'ABOX_MODEL_FAILURE',
      message: 'ABOX_MODEL_FAILURE: HTTP status 200: no such signature'
    })
    assert.throws(() => check('tensorflow', 200, JSON_TYPE, '{"error":{"code":3,"message":"bad"}}'), {
      message: /200: bad$/
    })
    check('tensorflow', 200, JSON_TYPE, '{"predictions":[{"error":0.25}]}')
    check('tensorflow', 200, JSON_TYPE, '{"predictions":["error"],"error":null}')
    check('v2', 200, JSON_TYPE, '{"error":"x"}')
  })

  it('have the status FAILURE or 1 for Seldon', () => {
    const body = (status: string): string =>
      `{"data":{"names":["status"]},"status":{"info":"boom","code":-1,"status":${status}}}`
    for (const status of ['"FAILURE"', '1']) {
      assert.throws(() => check('seldon', 200, JSON_TYPE, body(status)), {
        code: 'ABOX_MODEL_FAILURE',
        message: 'ABOX_MODEL_FAILURE: HTTP status 200: boom'
      })
    }
    for (const status of ['"SUCCESS"', '0', 'null', 'true', '{}']) check('seldon', 200, JSON_TYPE, body(status))
    check('seldon', 200, JSON_TYPE, '{"status":"FAILURE"}')
    check('raw', 200, JSON_TYPE, body('1'))
  })

  it('leave only by coded errors, whatever status, type and bytes are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        fc.integer({ min: 100, max: 599 }),
        fc.constantFrom('', JSON_TYPE, 'text/html', 'text/plain'),
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((text) => text.replace(/"[^"]*"/, '"status"')),
          fc.constant('{"error":{')
        ),
        (protocol, status, type, body) => {
          try {
            check(protocol, status, type, body)
          } catch (error) {
            assert.ok(error instanceof AboxError, String(error))
            assert.ok(error.message.length < 700)
          }
        }
      ),
      { numRuns: 2000, interruptAfterTimeLimit: 1000 }
    )
  })
})
