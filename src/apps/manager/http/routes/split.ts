import { type Model, Split } from '#contracts/model'
import { kindNamed } from '../../documents/kinds.ts'
import { type Api, describeRoute, KeyParam, ReasonQuery } from '../api.ts'
import { etagOf, readSeen, SeenHeaders } from '../conditions.ts'
import { writeOnce } from '../once.ts'
import { change, changed, type DocumentParams, DryRunQuery, folderOf, readVisible, scopeParams } from './documents.ts'

/** How the calls of a model are divided: the part of the document that an operator moves. */
export function splitRoutes(api: Api): void {
  const kind = kindNamed('Model')
  const path = `${folderOf(kind)}/:key/split`
  const params = { ...scopeParams(kind), ...KeyParam }
  api.server.get(
    path,
    { schema: describeRoute({ tag: 'models', summary: 'Read the split of a model', params, answers: { 200: Split } }) },
    async (request, reply) => {
      const { environment = '', key } = request.params as DocumentParams
      const principal = api.principalOf(request)
      const found = await api.store.read((db) => readVisible(db, principal, kind, environment, key))
      reply.header('etag', etagOf(found.generation))
      return splitOf(found.document as Model)
    }
  )
  api.server.put(
    path,
    {
      schema: describeRoute({
        tag: 'models',
        summary: 'Move the split of a model',
        params,
        query: { ...ReasonQuery, ...DryRunQuery },
        headers: SeenHeaders,
        body: Split,
        answers: { 200: changed(kind) }
      })
    },
    (request, reply) =>
      writeOnce(api, request, reply, async (db, now) => {
        const { environment = '', key } = request.params as DocumentParams
        const principal = api.principalOf(request)
        const expected = readSeen(request)
        const { document } = await readVisible(db, principal, kind, environment, key)
        return change(api, db, kind, request, expected, { ...document, split: request.body }, now, 'split')
      })
  )
}

/** Where there is one variant, it may be left out of the document. */
function splitOf({ split, variants }: Model): object {
  return split ?? { weights: Object.fromEntries(variants.slice(0, 1).map(({ name }) => [name, 1_000_000])) }
}
