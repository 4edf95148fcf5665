import { describeOnSqlite } from '../../../harness/databases.ts'
import { onceApiSuite } from '../../../suites/api-once.ts'

describeOnSqlite('what is sent twice', onceApiSuite)
