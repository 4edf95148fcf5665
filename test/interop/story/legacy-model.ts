import { createServer, type IncomingMessage } from 'node:http'

/** A REST server as TF-Serving's, with the model of test/peers/seldon/RankModel.py: numbers times two, texts as they are. */
export interface LegacyModel {
  /** `http://127.0.0.1:port` */
  readonly origin: string
  /** How many predictions it was asked for. */
  calls(): number
  stop(): Promise<void>
}

const FAIL = -500

export async function startLegacyModel(): Promise<LegacyModel> {
  let calls = 0
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      calls++
      const { instances } = JSON.parse(body) as { instances: unknown[] }
      let status = 200
      let answer: unknown
      try {
        answer = { predictions: instances.map(predict) }
      } catch (error) {
        status = 400
        answer = { error: (error as Error).message }
      }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    origin: `http://127.0.0.1:${port}`,
    calls: () => calls,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

function predict(instance: unknown): unknown {
  if (typeof instance === 'string') return instance
  if (Array.isArray(instance)) return double(instance as number[])
  return { scores: double((instance as { features: number[] }).features), model: 'legacy' }
}

function double(features: readonly number[]): number[] {
  if (features[0] === FAIL) throw new Error('the model does not take -500 <tag> & 中文')
  return features.map((feature) => feature * 2)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
