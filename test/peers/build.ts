import { type PeerName, peers } from './catalogue.ts'

// npm run peers [-- name…]: gets every outside program of the interop tier, one after the other, and says what is missing.
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in peers))
if (unknown.length > 0) {
  console.error(`no such peer: ${unknown.join(', ')}; there are ${Object.keys(peers).join(', ')}`)
  process.exit(2)
}
const missing: string[] = []
for (const name of Object.keys(peers) as PeerName[]) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const started = performance.now()
  const log = (line: string): void => console.log(`${name.padEnd(10)} ${line}`)
  try {
    await peers[name].install(log)
    const why = peers[name].absent()
    if (why !== undefined) throw new Error(why)
    log(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    log(`MISSING: ${text}`)
    missing.push(name)
  }
}
if (missing.length > 0) {
  console.error(`peers missing: ${missing.join(', ')}`)
  process.exitCode = 1
}
