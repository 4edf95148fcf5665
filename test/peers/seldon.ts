import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onFreePorts } from './ports.ts'
import { startProcess, waitUntilReady } from './process.ts'
import { seldonPython } from './seldon-python.ts'

/** A running Seldon Core Python server with the model of seldon/RankModel.py. */
export interface Seldon {
  /** `127.0.0.1:port`; it listens on all addresses. */
  readonly address: string
  stop(): Promise<void>
}

/**
 * Starts Seldon Core 1.17.1 as its container does: one gunicorn worker that handles one call at a time and closes the connection after each.
 * Predictions: POST /api/v1.0/predictions. `{"data":{"ndarray":[…]}}` is answered with every number doubled, `{"jsonData":{"features":[…]}}`
 * with `{"jsonData":{"model":"seldon","scores":[…]}}`; a first feature of -500 fails with status 500, one of -2000 takes two seconds.
 */
export const startSeldon = (): Promise<Seldon> => onFreePorts(3, startOn)

async function startOn([port = 0, grpcPort = 0, metricsPort = 0]: readonly number[]): Promise<Seldon> {
  const folder = mkdtempSync(join(tmpdir(), 'abox-seldon-'))
  const peer = startProcess({
    name: 'seldon',
    command: seldonPython(),
    args: [
      ...['-c', 'from seldon_core.microservice import main; main()'],
      ...['RankModel', '--service-type', 'MODEL', '--workers', '1']
    ],
    cwd: folder,
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: join(import.meta.dirname, 'seldon'),
      PREDICTIVE_UNIT_HTTP_SERVICE_PORT: String(port),
      PREDICTIVE_UNIT_GRPC_SERVICE_PORT: String(grpcPort),
      PREDICTIVE_UNIT_METRICS_SERVICE_PORT: String(metricsPort),
      PREDICTIVE_UNIT_ID: 'rank',
      PREDICTOR_ID: 'default',
      SELDON_DEPLOYMENT_ID: 'rank',
      MODEL_NAME: 'rank',
      PREDICTIVE_UNIT_PARAMETERS: '[]'
    }
  })
  const stop = async (): Promise<void> => {
    // gunicorn would wait half a minute for its workers; there is nothing to lose here.
    await peer.stop(200)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitUntilReady(peer, 'seldon', async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health/ping`).catch(() => undefined)
      return (await answer?.text()) === 'pong' ? true : undefined
    })
    return { address: `127.0.0.1:${port}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
