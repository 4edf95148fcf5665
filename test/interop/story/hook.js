// The hook of the story: the model gets the features alone, the caller gets a whole RankResult of its own request.
export const int64 = 'bigint'

export function pre(call) {
  const features = call.method === 'strict' ? [1] : call.args[0].features
  return { body: call.protocol === 'seldon' ? { jsonData: { features } } : { instances: [{ features }] } }
}

export function post(reply, call) {
  const request = call.args[0]
  // A declared business exception of the method, with its own fields.
  if (call.method === 'strict') {
    const fields = { code: 42, reason: request }
    return { $exception: { class: 'com.example.rank.RankException', message: `rank failed: ${request}`, fields } }
  }
  const { model, scores } = call.protocol === 'seldon' ? reply.body.jsonData : reply.body.predictions[0]
  const items = request.itemIds.map((id, index) => ({
    id,
    title: `item-${id}`,
    level: 'HIGH',
    score: scores[index],
    boxedScore: scores[index],
    position: index,
    fresh: true,
    parts: [scores[index], 1],
    detail: { price: 1 },
    tags: ['new']
  }))
  return {
    model,
    requestId: request.userId,
    scene: request.scene,
    items,
    best: items[0],
    scores,
    embedding: request.embedding,
    matrix: request.matrix,
    probabilities: [1, 0, 0.5],
    extra: request.context,
    byId: Object.fromEntries(items.map((item) => [item.id, item])),
    at: request.at,
    local: request.local,
    cost: request.budget,
    total: '123456789.98765432100',
    level: request.level,
    levels: ['HIGH', 'MIDDLE'],
    ids: request.itemIds,
    blob: 'AAcO+g==',
    code: 200
  }
}
