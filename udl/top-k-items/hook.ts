/**
 * Example hook: the best of many candidates, in order, with ids that have more digits than a JavaScript number.
 *
 *     List<Recommendation> recommend(long userId, List<Long> itemIds, int size)   // Recommendation { long itemId; double score; int rank; }
 *
 * A thousand scores come back from the model and ten go to the caller. Items that the model has no number for (NaN) are
 * left out; of equal scores the earlier candidate is first, so that the same call has the same answer every time.
 */
import type { Call, Reply, Request, Sample } from 'abox/udl'

type LongId = number | bigint
type Args = [userId: LongId, itemIds: LongId[], size: number]

/** Long integers arrive as BigInt where they need it, and leave with all their digits. */
export const int64 = 'bigint'

/** A caller that asks for more gets so many. */
const MOST = 100

/** In columns: the user's id stands there once, not once per item. */
export function pre(call: Call<Args>): Request {
  const [userId, itemIds] = call.args
  return { body: { inputs: { user: [userId], items: itemIds } } }
}

export function post(reply: Reply<{ outputs: number[] }>, call: Call<Args>) {
  const [, itemIds, size] = call.args
  const scores = reply.body.outputs
  if (scores.length !== itemIds.length) {
    throw new TypeError(`outputs: found ${scores.length} scores, expected ${itemIds.length}, one per item`)
  }
  const best = udl.topK(scores, Math.max(0, Math.min(size, MOST)))
  return best.map((at, index) => ({ itemId: itemIds[at], score: udl.round(scores[at] ?? 0, 6), rank: index + 1 }))
}

export const samples: Sample[] = [
  {
    name: 'the two best of four, ids with all their digits',
    call: { args: [9007199254740993n, [9007199254740995n, 2, 9007199254740997n, 4], 2] },
    expectRequest: { inputs: { user: [9007199254740993n], items: [9007199254740995n, 2, 9007199254740997n, 4] } },
    reply: { body: { outputs: [0.25, 0.125, 0.1234567, 0.75] } },
    expect: [
      { itemId: 4, score: 0.75, rank: 1 },
      { itemId: 9007199254740995n, score: 0.25, rank: 2 }
    ]
  },
  {
    name: 'equal scores stay in order, NaN is left out',
    call: { args: [1, [11, 12, 13, 14], 10] },
    reply: { body: { outputs: [0.5, NaN, 0.9999996, 0.5] } },
    expect: [
      { itemId: 13, score: 1, rank: 1 },
      { itemId: 11, score: 0.5, rank: 2 },
      { itemId: 14, score: 0.5, rank: 3 }
    ]
  },
  {
    name: 'no candidates',
    call: { args: [1, [], 10] },
    expectRequest: { inputs: { user: [1], items: [] } },
    reply: { body: { outputs: [] } },
    expect: []
  },
  {
    name: 'a size below 0 is none',
    call: { args: [1, [11], -1] },
    reply: { body: { outputs: [0.5] } },
    expect: []
  },
  {
    name: 'a model that has lost an item',
    call: { args: [1, [11, 12], 10] },
    reply: { body: { outputs: [0.5] } },
    expectError: 'outputs: found 1 scores, expected 2'
  }
]
