/**
 * Example hook: the caller sends a request bean with candidate items, the model wants one row of numbers per item, and
 * the caller wants the items back, best first. `pre` makes the rows, `post` makes the answer.
 *
 *     RankResult rank(RankRequest request)   // config/demo/documents.yaml describes RankResult
 *
 * @typedef {{ id: import('abox/udl').Id, price: number | null, clicks: number | null }} Item
 * @typedef {{ userId: import('abox/udl').Id, items: Item[], at: number }} RankRequest
 */

/**
 * Two features per item; the body's shape follows the protocol of the variant that this call goes to. A feature that Java
 * left null is 0, as it was in the training.
 *
 * @param {import('abox/udl').Call<[RankRequest]>} call
 */
export function pre(call) {
  const rows = call.args[0].items.map((item) => [item.price ?? 0, item.clicks ?? 0])
  return { body: call.protocol === 'seldon' ? { data: { ndarray: rows } } : { instances: rows } }
}

/**
 * One row of outputs per item; an item's score is their sum. The result is written as the declared Java type.
 *
 * @param {import('abox/udl').Reply} reply
 * @param {import('abox/udl').Call<[RankRequest]>} call
 */
export function post(reply, call) {
  const request = call.args[0]
  /** @type {number[][]} */
  const rows = call.protocol === 'seldon' ? reply.body.data.ndarray : reply.body.predictions
  if (rows.length !== request.items.length) {
    throw new TypeError(`predictions: found ${rows.length} rows, expected ${request.items.length}, one per item`)
  }
  const items = request.items.map((item, index) => ({
    id: item.id,
    score: (rows[index] ?? []).reduce((sum, value) => sum + value, 0),
    parts: rows[index]
  }))
  items.sort((a, b) => b.score - a.score)
  const best = items[0]?.score ?? 0
  return {
    requestId: request.userId,
    items,
    level: best > 10 ? 'HIGH' : 'LOW',
    total: items.reduce((sum, item) => sum + item.score, 0).toFixed(2),
    at: request.at
  }
}

/** @type {Partial<import('abox/udl').Call>} */
const call = {
  service: 'com.example.rank.RankService',
  method: 'rank',
  args: [
    {
      userId: '9007199254740993',
      at: 1700000000123,
      items: [
        { id: 1, price: 1.5, clicks: 2 },
        { id: 2, price: 4, clicks: 3 }
      ]
    }
  ],
  attachments: {},
  model: 'rank',
  variant: 'legacy',
  protocol: 'tensorflow',
  caller: 'order-center'
}

/**
 * Run before every release: `expectRequest` proves `pre`, `expect` proves `post`.
 *
 * @type {import('abox/udl').Sample[]}
 */
export const samples = [
  {
    name: 'the better item comes first, the long id keeps its digits',
    call,
    expectRequest: {
      instances: [
        [1.5, 2],
        [4, 3]
      ]
    },
    reply: {
      status: 200,
      body: {
        predictions: [
          [3, 4],
          [8, 6]
        ]
      }
    },
    expect: {
      requestId: '9007199254740993',
      items: [
        { id: 2, score: 14, parts: [8, 6] },
        { id: 1, score: 7, parts: [3, 4] }
      ],
      level: 'HIGH',
      total: '21.00',
      at: 1700000000123
    }
  },
  {
    name: 'nothing to rank, in the shape of the other variant',
    call: { ...call, protocol: 'seldon', variant: 'seldon', args: [{ userId: 7, at: 0, items: [] }] },
    expectRequest: { data: { ndarray: [] } },
    reply: { status: 200, body: { data: { ndarray: [] } } },
    expect: { requestId: 7, items: [], level: 'LOW', total: '0.00', at: 0 }
  },
  {
    name: 'a feature that Java left null is 0',
    call: { ...call, args: [{ userId: 7, at: 0, items: [{ id: 1, price: 2.5, clicks: null }] }] },
    expectRequest: { instances: [[2.5, 0]] }
  },
  {
    name: 'a model that has lost an item',
    call,
    reply: { body: { predictions: [[3, 4]] } },
    expectError: 'predictions: found 1 rows, expected 2'
  }
]
