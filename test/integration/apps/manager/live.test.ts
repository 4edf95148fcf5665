import { describeOnSqlite } from '../../../harness/databases.ts'
import { liveApiSuite } from '../../../suites/api-live.ts'

describeOnSqlite('live numbers', liveApiSuite)
