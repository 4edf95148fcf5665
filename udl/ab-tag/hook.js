/**
 * Example hook: each user is in one group of an experiment, and every answer says in which.
 *
 *     ScoredList score(long userId, List<Double> features)   // ScoredList { List<Double> scores; String experiment; String group; String variant; }
 *
 * The group follows from the user's id alone, so it is the same on every gateway and in every retry, and an offline job in
 * Java finds it again with Guava:
 *
 *     Math.floorMod(Hashing.murmur3_32_fixed().hashString("price-2024:" + userId, UTF_8).asInt(), 100)
 *
 * It is another thing than the split of a model or the weights of a hook, which divide calls and not users.
 */

/** Another name gives another division of the same users. */
const EXPERIMENT = 'price-2024'
/** Of a hundred users; the rest is in the control group. */
const IN_B = 20

/** The model gets the group as one more feature. @param {import('abox/udl').Call<[import('abox/udl').Id | null, number[]]>} call */
export function pre(call) {
  const [userId, features] = call.args
  return { body: { data: { ndarray: [[...features, groupOf(userId) === 'B' ? 1 : 0]] } } }
}

/**
 * @param {import('abox/udl').Reply<{ data: { ndarray: number[][] } }>} reply
 * @param {import('abox/udl').Call<[import('abox/udl').Id | null, number[]]>} call
 */
export function post(reply, call) {
  const group = groupOf(call.args[0])
  return { scores: reply.body.data.ndarray[0], experiment: EXPERIMENT, group, variant: call.variant }
}

/** Who is nobody takes part in nothing. @param {import('abox/udl').Id | null} userId */
function groupOf(userId) {
  if (userId === null || udl.id.same(userId, 0)) return 'none'
  // As text, so that 7, 7n and "7" are one user.
  const hash = udl.hash.murmur3(`${EXPERIMENT}:${udl.id.text(userId)}`)
  return udl.id.mod(hash, 100) < IN_B ? 'B' : 'A'
}

const reply = { body: { data: { names: ['score'], ndarray: [[0.5]] } } }

/** @type {import('abox/udl').Sample[]} */
export const samples = [
  {
    name: 'a user of the control group',
    call: { args: [7, [1.5]], variant: 'seldon' },
    expectRequest: { data: { ndarray: [[1.5, 0]] } },
    reply,
    expect: { scores: [0.5], experiment: 'price-2024', group: 'A', variant: 'seldon' }
  },
  {
    name: 'a user of group B, whose id has 19 digits',
    call: { args: ['9007199254740993', [1.5]], variant: 'seldon' },
    expectRequest: { data: { ndarray: [[1.5, 1]] } },
    reply,
    expect: { scores: [0.5], experiment: 'price-2024', group: 'B', variant: 'seldon' }
  },
  {
    name: 'an id as text is the same user',
    call: { args: ['7', []], variant: 'canary' },
    expectRequest: { data: { ndarray: [[0]] } },
    reply,
    expect: { scores: [0.5], experiment: 'price-2024', group: 'A', variant: 'canary' }
  },
  {
    name: 'a visitor who is not logged in',
    call: { args: [null, [1.5]], variant: 'seldon' },
    expectRequest: { data: { ndarray: [[1.5, 0]] } },
    reply,
    expect: { scores: [0.5], experiment: 'price-2024', group: 'none', variant: 'seldon' }
  }
]
