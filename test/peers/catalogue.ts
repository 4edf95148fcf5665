import { goPeer } from './go.ts'
import { kubernetesPeer } from './kubernetes.ts'
import { mavenPeer } from './maven.ts'
import { nginxPeer } from './nginx.ts'
import type { Peer } from './peer.ts'
import { postgresPeer } from './postgres.ts'
import { schemathesisPeer } from './schemathesis.ts'
import { seldonPeer } from './seldon-python.ts'

/** Every outside program of the interop tier, by the name that tests ask for it. */
export const peers = {
  zookeeper: mavenPeer('zookeeper'),
  java: mavenPeer('dubbo'),
  hessian: mavenPeer('hessian'),
  go: goPeer('consumer'),
  nginx: nginxPeer,
  seldon: seldonPeer,
  kafka: mavenPeer('kafka'),
  kubernetes: kubernetesPeer,
  postgres: postgresPeer,
  schemathesis: schemathesisPeer
} satisfies Record<string, Peer>

export type PeerName = keyof typeof peers
