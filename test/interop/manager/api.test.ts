import { describeOnPostgres } from '../../harness/databases.ts'
import { bundlesApiSuite } from '../../suites/api-bundles.ts'
import { documentsApiSuite } from '../../suites/api-documents.ts'
import { endpointsApiSuite } from '../../suites/api-endpoints.ts'
import { eventsApiSuite } from '../../suites/api-events.ts'
import { expiryApiSuite, identityApiSuite } from '../../suites/api-identity.ts'
import { liveApiSuite } from '../../suites/api-live.ts'
import { onlineApiSuite } from '../../suites/api-online.ts'
import { permissionsApiSuite } from '../../suites/api-permissions.ts'

describeOnPostgres('documents over HTTP', documentsApiSuite)
describeOnPostgres('who somebody is', identityApiSuite)
describeOnPostgres('how long somebody is who he was', expiryApiSuite)
describeOnPostgres('who may do what', permissionsApiSuite)
describeOnPostgres('the stream of changes', eventsApiSuite)
describeOnPostgres('code of hooks', bundlesApiSuite)
describeOnPostgres('variants online and offline', onlineApiSuite)
describeOnPostgres('endpoints of third parties', endpointsApiSuite)
describeOnPostgres('live numbers', liveApiSuite)
