/**
 * Example hook: the pixels of an image become a tensor of the V2 protocol, and its scores become a label.
 *
 *     ImageLabel classify(byte[] rgb, int width, int height)   // ImageLabel { String label; double score; boolean sure; }
 *
 * A `byte[]` arrives as base64. It has three bytes a pixel, row by row. JPEG or PNG cannot be unpacked in a hook: the caller
 * does that, or the model does, and then the whole file goes as one element of datatype BYTES. The numbers stay bytes
 * (UINT8) and the model scales them: as floats the same request would be five times as long. Every number costs time in
 * the gateway: `abox hook bench` says how much. For photographs of more than 224 x 224 send the file.
 */
import type { Call, Reply, Request, Sample } from 'abox/udl'

type Args = [rgb: string | null, width: number, height: number]

interface Output {
  name: string
  datatype: string
  shape: number[]
  data: number[]
}

const LABELS = ['cat', 'dog', 'neither']
const CHANNELS = 3
/** Below it a person looks again. */
const SURE = 0.6

/** Batch, rows, columns, channels: as the pixels lie in memory. */
export function pre(call: Call<Args>): Request {
  const [rgb, width, height] = call.args
  const pixels = udl.base64.decode(rgb ?? '')
  const expected = width * height * CHANNELS
  if (pixels.length !== expected || expected === 0) {
    throw new TypeError(`rgb: found ${pixels.length} bytes, expected ${width} x ${height} x ${CHANNELS} = ${expected}`)
  }
  const input = { name: 'image', datatype: 'UINT8', shape: [1, height, width, CHANNELS], data: [...pixels] }
  return { body: { inputs: [input] } }
}

/** The label with the highest score; where none has a score, the last. */
export function post(reply: Reply<{ outputs: Output[] }>) {
  const scores = reply.body.outputs.find(({ name }) => name === 'scores')?.data
  if (scores?.length !== LABELS.length) {
    throw new TypeError(`scores: found ${scores?.length ?? 'none'}, expected ${LABELS.length}`)
  }
  const [best = LABELS.length - 1] = udl.topK(scores, 1)
  const score = udl.round(scores[best] ?? 0, 4)
  return { label: LABELS[best], score, sure: score >= SURE }
}

const scores = (data: number[]): Output => ({ name: 'scores', datatype: 'FP32', shape: [1, data.length], data })

export const samples: Sample[] = [
  {
    name: 'two pixels: red and white',
    call: { args: ['/wAA////', 2, 1] },
    expectRequest: {
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 1, 2, 3], data: [255, 0, 0, 255, 255, 255] }]
    },
    reply: { body: { outputs: [scores([0.125, 0.8125499725341797, 0.0625])] } },
    expect: { label: 'dog', score: 0.8125, sure: true }
  },
  {
    name: 'the outputs come in any order',
    call: { args: ['AAEC', 1, 1] },
    expectRequest: { inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, 1, 1, 3], data: [0, 1, 2] }] },
    reply: {
      body: { outputs: [{ name: 'hidden', datatype: 'FP32', shape: [1, 1], data: [7] }, scores([0.5, 0.25, 0.25])] }
    },
    expect: { label: 'cat', score: 0.5, sure: false }
  },
  {
    name: 'an image that is shorter than it says',
    call: { args: ['AAEC', 2, 2] },
    expectError: 'rgb: found 3 bytes, expected 2 x 2 x 3 = 12'
  },
  {
    name: 'no image',
    call: { args: [null, 0, 0] },
    expectError: 'rgb: found 0 bytes'
  },
  {
    name: 'a model of other labels',
    call: { args: ['AAEC', 1, 1] },
    reply: { body: { outputs: [scores([0.5, 0.5])] } },
    expectError: 'scores: found 2, expected 3'
  }
]
