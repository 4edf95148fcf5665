/**
 * Example hook: words become the vectors of zeros and ones that a model was trained with.
 *
 *     double clickRate(String city, String device, String title)
 *
 * City and device are one word each: one-hot. A title has many: multi-hot, as `tf.keras.layers.StringLookup` with
 * `output_mode='multi_hot'` and one place for unknown words in front; what the vocabulary has not goes there.
 */

// The vocabularies of the training, in its order: the order is the meaning.
const CITIES = positionsOf(['beijing', 'shanghai', 'shenzhen', 'hangzhou'])
const DEVICES = positionsOf(['android', 'ios', 'web'])
const WORDS = positionsOf(['new', 'red', 'shoes', 'jacket', 'summer', '夏', '红'])

/** One row: city, device, title, side by side. @param {import('abox/udl').Call<[string | null, string | null, string | null]>} call */
export function pre(call) {
  const [city, device, title] = call.args
  const row = [...hot(CITIES, [city ?? '']), ...hot(DEVICES, [device ?? '']), ...hot(WORDS, wordsOf(title ?? ''))]
  return { body: { instances: [row] } }
}

/** The model's one output for the one row. @param {import('abox/udl').Reply<{ predictions: number[][] }>} reply */
export function post(reply) {
  return reply.body.predictions[0]?.[0] ?? NaN
}

/** Place 0 is for what the vocabulary has not. @param {string[]} words */
function positionsOf(words) {
  return new Map(words.map((word, index) => [word, index + 1]))
}

/** Letters and digits of any script; each Han sign is a word, as the tokenizer of the training had it. @param {string} text */
function wordsOf(text) {
  return text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}]+?(?=\p{Script=Han}|[^\p{L}\p{N}]|$)/gu) ?? []
}

/** Ones at the places of the words; a text without words has none. @param {Map<string, number>} positions @param {string[]} words */
function hot(positions, words) {
  const row = new Array(positions.size + 1).fill(0)
  for (const word of words) if (word !== '') row[positions.get(word.toLowerCase()) ?? 0] = 1
  return row
}

/** @type {import('abox/udl').Sample[]} */
export const samples = [
  {
    name: 'known words, in any case and order',
    call: { args: ['Shanghai', 'ios', 'Red SHOES, red shoes!'] },
    expectRequest: { instances: [[0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]] },
    reply: { body: { predictions: [[0.125]] } },
    expect: 0.125
  },
  {
    name: 'unknown words share the first place of their vector',
    call: { args: ['Xian', 'tv', 'new hat & scarf'] },
    expectRequest: { instances: [[1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]] }
  },
  {
    name: 'Han signs are words without spaces between them',
    call: { args: ['beijing', 'web', '红jacket夏'] },
    expectRequest: { instances: [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1]] }
  },
  {
    name: 'null and empty texts are no words at all, not unknown ones',
    call: { args: [null, '', '  '] },
    expectRequest: { instances: [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] },
    reply: { body: { predictions: [] } },
    expect: NaN
  }
]
