import { describeOnSqlite } from '../../../harness/databases.ts'
import { eventsApiSuite } from '../../../suites/api-events.ts'

describeOnSqlite('the stream of changes', eventsApiSuite)
