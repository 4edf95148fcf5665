// The same, greatest first.
export const pre = (call) => ({ body: { instances: [call.args[0]] } })
export const post = (reply) => [...reply.body.predictions[0]].sort((a, b) => b - a)
