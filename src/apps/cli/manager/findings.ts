import type { Alarm, FleetInstance, Receipts } from '#contracts/api/receipts'
import type { Environment } from '#contracts/environment'

/** One thing that was looked at. */
export interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly found: string
  /** What to do; '' where all is well. */
  readonly todo: string
}

/** So many places that cannot be written are named one by one. */
const MOST_UNWRITTEN = 10

type Note = (what: string, found: string, todo?: string) => void

/** What the receipts of one environment say. */
export function findingsOf({ name, publish }: Environment, receipts: Receipts): Finding[] {
  const findings: Finding[] = []
  const note: Note = (what, found, todo = '') => {
    findings.push({ what: `${name}: ${what}`, ok: todo === '', found, todo })
  }
  if (publish.kind === 'zookeeper') {
    if (receipts.connected) note('ZooKeeper', `connected to ${publish.address}`)
    else note('ZooKeeper', `${publish.address} is not reached`, 'look whether it runs, and at the credentials')
  }
  notePublisher(publish.kind, receipts, note)
  const gateways = receipts.instances.filter(({ role }) => role === 'gateway')
  if (gateways.length === 0) note('gateways', 'none is there', 'start one with `abox gateway` on the same documents')
  else note('gateways', `${gateways.length} there`)
  for (const alarm of receipts.alarms) noteAlarm(alarm, note)
  for (const instance of gateways) noteHooks(instance, note)
  return findings
}

function notePublisher(
  kind: Environment['publish']['kind'],
  { refused, unwritten = {}, leader, leads, connected, repairs }: Receipts,
  note: Note
): void {
  if (refused !== undefined) {
    note('publisher', `publishes nothing: ${refused}`, 'do what it says; the log of the manager says more')
  } else if (leader) note('publisher', 'this manager publishes')
  else if (leads !== undefined) note('publisher', `another manager publishes: ${leads}`)
  else if (connected) {
    const todo = 'ask again in a minute; if it stays so, the logs of the managers say why none is elected'
    note('publisher', 'no manager publishes it', todo)
  } else {
    const todo = kind === 'embedded' ? 'only a gateway in its own process gets it: `abox dev`' : 'see ZooKeeper'
    note('publisher', 'this manager does not publish it', todo)
  }
  const places = Object.entries(unwritten)
  for (const [place, why] of places.slice(0, MOST_UNWRITTEN)) {
    const todo = 'find out whose node stands there, and delete it with his credentials or those of a superuser'
    note(place, `cannot be published: ${why}`, todo)
  }
  if (places.length > MOST_UNWRITTEN) {
    note('publisher', `${places.length - MOST_UNWRITTEN} more cannot be published`, 'as for those above')
  }
  if (repairs > 0) {
    const found = `${repairs} times somebody else has written where documents are published`
    note('repairs', found, 'find out who it is: only the manager should be able to write there')
  }
}

function noteAlarm({ instance, what, document, published, applied, reason, forMs }: Alarm, note: Note): void {
  const seconds = Math.round(forMs / 1000)
  const todo = 'look at its log, then at `abox describe` of the document'
  if (what === 'refused') {
    note(instance, `refuses ${document}: ${reason ?? ''}`, 'correct the document, or undo its last change')
  } else if (what === 'unreadable')
    note(instance, reason ?? what, 'look who has written it; restart the gateway if it is its own')
  else if (what === 'silent') note(instance, `has written no receipt for ${seconds} s`, todo)
  else {
    const found = `runs generation ${applied ?? 'none'} of ${document}, published is ${published ?? 'none'}`
    note(instance, `${found}, for ${seconds} s`, todo)
  }
}

function noteHooks({ instance, disabled }: FleetInstance, note: Note): void {
  for (const [hook, why] of Object.entries(disabled)) {
    note(instance, `hook ${hook} is disabled: ${why}`, 'correct the hook, or undo its last change')
  }
}
