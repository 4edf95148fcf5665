import { pino } from 'pino'
import { type Command, textOption } from '#core/command'
import { runDemo } from './demo.ts'
import { startEmbedded } from './embedded.ts'
import { environmentOf } from './operator.ts'
import { startSampleModel } from './sample-model.ts'

export const demoCommand: Command = {
  name: 'demo',
  summary: 'run everything in one process, move a split while calls flow, print what happened',
  usage: '',
  options: {},
  describe: {},
  examples: ['abox demo'],
  run: () => runDemo((line) => console.log(line))
}

export const devCommand: Command = {
  name: 'dev',
  summary: 'run everything in one process and stay up, with a manager and sample models to call',
  usage: '[--host ADDRESS] [--port N]',
  options: { host: { type: 'string' }, port: { type: 'string' }, 'model-delay': { type: 'string' } },
  describe: {
    host: 'address to listen on; default 0.0.0.0, because Java consumers never connect to 127.0.0.1',
    port: 'Dubbo port; default 20880',
    'model-delay': 'ms that the sample model thinks about each call; default 0'
  },
  examples: ['abox dev', 'abox dev --port 20990 --model-delay 20'],
  run: async (input) => {
    const log = pino({ level: 'warn' }, pino.destination(2))
    const abox = await startEmbedded({
      host: textOption(input, 'host') ?? '0.0.0.0',
      dubboPort: Number(textOption(input, 'port') ?? 20_880),
      managerPort: MANAGER_PORT,
      log,
      tell: (line) => console.error(line),
      modelDelayMs: Number(textOption(input, 'model-delay') ?? 0)
    })
    const { address } = abox.gateway
    const settings = Object.entries(environmentOf(abox.manager)).map(([name, value]) => `${name}=${value}`)
    console.log(
      [
        `gateway      dubbo://${address}/com.example.rank.RankService?generic=true`,
        `manager      ${abox.manager.url}   (loopback; the token below may do everything there)`,
        `models       ${abox.legacy.origin} (legacy)   ${abox.seldon.origin} (seldon)`,
        `documents    ${abox.documents}   (edit it: routes and splits change within a second)`,
        `records      ${abox.records}`,
        '',
        'Try in another terminal:',
        `  npm run abox -- call com.example.rank.RankService score '[1, 2.5]' '{}' --address ${address}`,
        `  npm run abox -- call com.example.rank.RankService score '[1, 2.5]' '{}' --address ${address} --count 2000 --concurrency 16`,
        `  tail -f ${abox.records}`,
        '',
        'As its operator, in another terminal:',
        `  export ${settings.join(' ')}`,
        '  npm run abox -- split get rank',
        `  npm run abox -- split shift rank seldon=50% --reason "half to seldon" --wait all`,
        `  npm run abox -- split undo rank --reason "it was an exercise" --wait all`,
        '',
        'Ctrl-C ends it.'
      ].join('\n')
    )
    await endOfProcess()
    await abox.close()
    return 0
  }
}

/** Where commands and pages expect a manager. */
const MANAGER_PORT = 8700

export const sampleModelCommand: Command = {
  name: 'sample-model',
  summary: 'run the sample model server: doubles every feature, speaks all four protocols',
  usage: '[--port N]',
  options: { host: { type: 'string' }, port: { type: 'string' }, delay: { type: 'string' } },
  describe: {
    host: 'address to listen on; default 127.0.0.1',
    port: 'default 8501',
    delay: 'ms that it thinks about each call; default 0'
  },
  examples: ['abox sample-model --port 8501', 'abox sample-model --host 0.0.0.0 --delay 20'],
  run: async (input) => {
    const model = await startSampleModel({
      host: textOption(input, 'host') ?? '127.0.0.1',
      port: Number(textOption(input, 'port') ?? 8501),
      delayMs: Number(textOption(input, 'delay') ?? 0)
    })
    console.log(`sample model on ${model.origin}`)
    await endOfProcess()
    await model.close()
    return 0
  }
}

/** Resolves at the first Ctrl-C or SIGTERM. */
function endOfProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}
