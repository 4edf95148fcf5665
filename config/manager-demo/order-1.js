// What was asked for, in the order in which it was asked.
export const pre = (call) => ({ body: { instances: [call.args[0]] } })
export const post = (reply) => reply.body.predictions[0]
