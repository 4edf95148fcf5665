import { describeOnSqlite } from '../../../harness/databases.ts'
import { databaseSuite } from '../../../suites/database.ts'

describeOnSqlite('database', databaseSuite)
