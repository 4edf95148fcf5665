import { describeOnSqlite } from '../../../../harness/databases.ts'
import { processesSuite } from '../../../../suites/store-processes.ts'

describeOnSqlite('several processes on one store', processesSuite)
