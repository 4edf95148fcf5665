import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ModelProtocol, readiness } from '#lib/model-protocols'
import { recorded } from './recorded.ts'

const isReady = (protocol: ModelProtocol, path: string, file: string, name: string): boolean => {
  const { status, body } = recorded(file, name)
  return readiness(protocol, path).isReady(status, body)
}

describe('readiness', () => {
  it('is asked at the place that belongs to the path of the calls', () => {
    const cases: [ModelProtocol, string, string | undefined][] = [
      ['tensorflow', '/v1/models/rank:predict', '/v1/models/rank'],
      ['tensorflow', '/tf/v1/models/rank/versions/3:classify', '/tf/v1/models/rank/versions/3'],
      ['tensorflow', '/v1/models/rank/labels/stable:predict', '/v1/models/rank/labels/stable'],
      ['tensorflow', '/predict', undefined],
      ['seldon', '/api/v1.0/predictions', '/ready'],
      ['v2', '/v2/models/rank/infer', '/v2/models/rank/ready'],
      ['v2', '/ns/v2/models/rank/versions/1/infer', '/ns/v2/models/rank/versions/1/ready'],
      ['v2', '/infer', undefined],
      ['raw', '/score', undefined]
    ]
    for (const [protocol, path, expected] of cases) assert.equal(readiness(protocol, path).path, expected, path)
  })

  it('is read from what real servers answer', () => {
    const tf = '/v1/models/sum:predict'
    const v2 = '/v2/models/sum/infer'
    assert.equal(isReady('tensorflow', tf, 'kserve-v1v2', 'v1-model'), true)
    assert.equal(isReady('tensorflow', tf, 'kserve-v1v2', 'v1-model-unknown'), false)
    assert.equal(isReady('tensorflow', tf, 'seldon-pod-tensorflow-kserve', 'status'), true)
    assert.equal(isReady('seldon', '/api/v1.0/predictions', 'seldon-pod-single', 'ready'), true)
    assert.equal(isReady('seldon', '/api/v1.0/predictions', 'seldon-pod-down', 'ready'), false)
    assert.equal(isReady('v2', v2, 'mlserver-v2', 'model-ready'), true)
    assert.equal(isReady('v2', v2, 'mlserver-v2', 'model-ready-unknown'), false)
    assert.equal(isReady('v2', v2, 'kserve-v1v2', 'v2-model-ready'), true)
    assert.equal(isReady('v2', v2, 'seldon-pod-v2-mlserver', 'model-ready-unknown'), false)
  })

  it('needs one version that is AVAILABLE in TF-Serving', () => {
    const { isReady: ask } = readiness('tensorflow', '/v1/models/m:predict')
    const body = (...states: string[]): Buffer =>
      Buffer.from(
        JSON.stringify({
          model_version_status: states.map((state, n) => ({
            version: String(n),
            state,
            status: { error_code: 'OK', error_message: '' }
          }))
        })
      )
    assert.equal(ask(200, body('AVAILABLE')), true)
    assert.equal(ask(200, body('END', 'AVAILABLE')), true)
    assert.equal(ask(200, body('LOADING', 'UNLOADING')), false)
    assert.equal(ask(200, body()), false)
    assert.equal(ask(503, body('AVAILABLE')), false)
  })

  it('is denied by answers that cannot be read or that say no', () => {
    const tensorflow = readiness('tensorflow', '/v1/models/m:predict')
    for (const text of ['', '{', '[]', '{"ready":false}', '{"ready":"yes"}', '{"model_version_status":{}}', '<html>']) {
      assert.equal(tensorflow.isReady(200, Buffer.from(text)), false, text)
    }
    const v2 = readiness('v2', '/v2/models/m/infer')
    assert.equal(v2.isReady(200, Buffer.from('{"name":"m","ready":false}')), false)
    assert.equal(v2.isReady(200, Buffer.from('{"ready":')), false)
  })

  it('is any 2xx where the variant names its own health path', () => {
    for (const protocol of ['tensorflow', 'seldon', 'v2', 'raw'] as const) {
      const { path, isReady: ask } = readiness(protocol, '/x', '/healthz')
      assert.equal(path, '/healthz')
      assert.equal(ask(204, Buffer.alloc(0)), true)
      assert.equal(ask(302, Buffer.alloc(0)), false)
    }
    assert.equal(readiness('raw', '/x').isReady(404, Buffer.alloc(0)), true)
  })
})
