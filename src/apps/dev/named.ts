import type { ManagerClient } from '#apps/cli'
import type { HookStore } from '#apps/gateway'

/**
 * Makes what a document of a file names and files cannot hold: its business group, clusters, the code of a hook. What is
 * there already stays as it is; what the document says in a wrong form is left to the manager, which says so.
 */
export async function makeNamed(
  client: ManagerClient,
  document: Readonly<Record<string, unknown>>,
  bundles: HookStore
): Promise<void> {
  const group = textOf(document['businessGroup'])
  if (group !== undefined) {
    await make(client, `/groups/${encodeURIComponent(group)}`, { kind: 'BusinessGroup', name: group, members: [] })
  }
  for (const variant of objectsOf(document['variants'])) {
    const cluster = textOf(variant['cluster'])
    if (cluster === undefined || variant['endpoint'] !== undefined) continue
    const type = variant['protocol'] === 'tensorflow' ? 'legacy' : 'seldon'
    const path = `/environments/${client.environment}/clusters/${encodeURIComponent(cluster)}`
    await make(client, path, { kind: 'Cluster', name: cluster, type })
  }
  if (document['kind'] !== 'Hook') return
  for (const version of [...objectsOf(document['versions']), ...objectsOf([document['shadow']])]) {
    const digest = textOf(version['digest'])
    if (digest !== undefined) await upload(client, digest, group, bundles)
  }
}

async function make(client: ManagerClient, path: string, body: object): Promise<void> {
  if ((await client.find(path)) !== undefined) return
  await client.send({ method: 'PUT', path, body, expected: 'absent', reason: 'named by documents of abox dev' })
}

/** Code that is not here may have been uploaded; where it was not, the manager refuses the document. */
async function upload(
  client: ManagerClient,
  digest: string,
  group: string | undefined,
  bundles: HookStore
): Promise<void> {
  const bundle = await bundles.read(digest).catch(() => undefined)
  if (bundle === undefined) return
  const body = { ...bundle, digest, ...(group !== undefined && { businessGroup: group }) }
  await client.send({
    method: 'POST',
    path: `/environments/${client.environment}/bundles`,
    body,
    reason: 'named by documents of abox dev'
  })
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const objectsOf = (value: unknown): Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter((item): item is Readonly<Record<string, unknown>> => isObject(item)) : []

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
