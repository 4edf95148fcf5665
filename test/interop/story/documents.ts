import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hook } from '#contracts/hook'
import type { Model } from '#contracts/model'
import type { Service } from '#contracts/service'

/** The interface of test/peers/java/dubbo/api. */
export const INTERFACE = 'com.example.rank.RankService'
export const MODEL_HOST = 'rank.models.internal'
export const HOOK_CODE = readFileSync(join(import.meta.dirname, 'hook.js'), 'utf8')
export const HOOK_DIGEST = createHash('sha256').update(HOOK_CODE).digest('hex')

const item = {
  id: 'long',
  title: 'java.lang.String',
  level: 'com.example.rank.Level',
  score: 'double',
  boxedScore: 'java.lang.Double',
  position: 'java.lang.Integer',
  fresh: 'boolean',
  parts: 'java.util.List<java.lang.Double>',
  detail: 'java.util.Map<java.lang.String, java.lang.Double>',
  tags: 'java.util.Set<java.lang.String>'
}
const result = {
  model: 'java.lang.String',
  requestId: 'long',
  scene: 'java.lang.String',
  items: 'java.util.List<com.example.rank.ItemScore>',
  best: 'com.example.rank.ItemScore',
  scores: 'double[]',
  embedding: 'float[]',
  matrix: 'double[][]',
  probabilities: 'java.util.List<java.lang.Double>',
  extra: 'java.util.Map<java.lang.String, java.lang.Object>',
  byId: 'java.util.Map<java.lang.Long, com.example.rank.ItemScore>',
  at: 'java.util.Date',
  local: 'java.time.LocalDateTime',
  cost: 'java.math.BigDecimal',
  total: 'java.math.BigDecimal',
  level: 'com.example.rank.Level',
  levels: 'java.util.List<com.example.rank.Level>',
  ids: 'java.util.Set<java.lang.Long>',
  blob: 'byte[]',
  code: 'java.lang.Integer',
  previous: 'com.example.rank.RankResult'
}

export const service: Service = {
  kind: 'Service',
  interface: INTERFACE,
  businessGroup: 'recommend',
  methods: [
    { name: 'score', model: 'rank', input: 'args[0]', returns: 'java.util.List<java.lang.Double>', timeoutMs: 3000 },
    { name: 'rank', model: 'rank', hook: 'rank-features', returns: 'com.example.rank.RankResult', timeoutMs: 3000 },
    {
      ...{
        name: 'strict',
        model: 'rank',
        hook: 'rank-features',
        returns: 'com.example.rank.RankResult',
        timeoutMs: 3000
      },
      throws: ['com.example.rank.RankException']
    },
    { name: 'fire', model: 'rank', returns: 'void', timeoutMs: 3000 },
    { name: 'echo', model: 'rank', returns: 'java.lang.String', timeoutMs: 3000 }
  ],
  types: {
    'com.example.rank.RankResult': { fields: result },
    'com.example.rank.ItemScore': { fields: item },
    'com.example.rank.RankException': { exception: true, fields: { code: 'int', reason: 'java.lang.String' } },
    'com.example.rank.Level': { enum: ['LOW', 'MIDDLE', 'HIGH'] }
  },
  generation: 1,
  changedBy: 'story',
  reason: 'first routes'
}

export const hook: Hook = {
  kind: 'Hook',
  name: 'rank-features',
  versions: [{ digest: `sha256:${HOOK_DIGEST}` }],
  generation: 1
}

/** The old deployment is called directly, the new one through nginx; weights are parts per million. */
export function model(options: {
  readonly legacy: string
  readonly ingress: string
  readonly weights: { readonly legacy: number; readonly seldon: number }
  readonly generation: number
}): Model {
  return {
    kind: 'Model',
    name: 'rank',
    businessGroup: 'recommend',
    variants: [
      {
        name: 'legacy',
        cluster: 'legacy',
        protocol: 'tensorflow',
        endpoints: [options.legacy],
        path: '/v1/models/rank:predict'
      },
      {
        ...{ name: 'seldon', cluster: 'seldon', protocol: 'seldon', endpoints: [options.ingress], host: MODEL_HOST },
        path: '/api/v1.0/predictions'
      }
    ],
    split: { weights: options.weights },
    generation: options.generation,
    changedBy: 'story',
    reason: `to ${options.weights.legacy / 10_000} : ${options.weights.seldon / 10_000}`
  }
}
