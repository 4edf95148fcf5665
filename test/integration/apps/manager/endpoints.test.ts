import { describeOnSqlite } from '../../../harness/databases.ts'
import { endpointsApiSuite } from '../../../suites/api-endpoints.ts'

describeOnSqlite('endpoints of third parties', endpointsApiSuite)
