// npm run bench -- codec [options]: what reading, writing and transcoding Hessian costs, see codec/bench.ts.
// npm run bench -- hooks [options]: what hooks cost a call, and their versions, see hooks/bench.ts.
// npm run bench -- limits [options]: what limits cost a call, see limits.ts.
// npm run bench -- memory: what an instance takes with 10,000 calls in flight and 5,000 idle connections, see memory.ts.
// npm run bench -- publish [options]: from a change in the manager until gateways have applied it, see publish.ts.
// npm run bench [-- options]: what one call costs, see calls.ts.
import { benchCalls } from './calls.ts'
import { benchCodec } from './codec/bench.ts'
import { benchHooks } from './hooks/bench.ts'
import { benchLimits } from './limits.ts'
import { benchMemory } from './memory.ts'
import { benchPublish } from './publish.ts'

const [name, ...options] = process.argv.slice(2)
if (name === 'codec') await benchCodec(options)
else if (name === 'hooks') await benchHooks(options)
else if (name === 'limits') await benchLimits(options)
else if (name === 'memory') await benchMemory()
else if (name === 'publish') await benchPublish(options)
else if (name === 'calls') await benchCalls(options)
else if (name === undefined || name.startsWith('-')) await benchCalls(process.argv.slice(2))
else {
  console.error(`no such benchmark: ${name}; there are calls (the default), codec, hooks, limits, memory and publish`)
  process.exitCode = 2
}
