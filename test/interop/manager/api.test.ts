import { describe } from 'node:test'
import { describeOnPostgres } from '../../harness/databases.ts'
import { bundlesApiSuite } from '../../suites/api-bundles.ts'
import { documentsApiSuite } from '../../suites/api-documents.ts'
import { endpointsApiSuite } from '../../suites/api-endpoints.ts'
import { eventsApiSuite } from '../../suites/api-events.ts'
import { expiryApiSuite, identityApiSuite } from '../../suites/api-identity.ts'
import { liveApiSuite } from '../../suites/api-live.ts'
import { onceApiSuite } from '../../suites/api-once.ts'
import { onlineApiSuite } from '../../suites/api-online.ts'
import { permissionsApiSuite } from '../../suites/api-permissions.ts'

// One server for all of them: each makes databases of its own.
describeOnPostgres('the API', (make) => {
  describe('documents over HTTP', () => documentsApiSuite(make))
  describe('who somebody is', () => identityApiSuite(make))
  describe('how long somebody is who he was', () => expiryApiSuite(make))
  describe('what is sent twice', () => onceApiSuite(make))
  describe('who may do what', () => permissionsApiSuite(make))
  describe('the stream of changes', () => eventsApiSuite(make))
  describe('code of hooks', () => bundlesApiSuite(make))
  describe('variants online and offline', () => onlineApiSuite(make))
  describe('endpoints of third parties', () => endpointsApiSuite(make))
  describe('live numbers', () => liveApiSuite(make))
})
