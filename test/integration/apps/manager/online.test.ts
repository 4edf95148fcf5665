import { describeOnSqlite } from '../../../harness/databases.ts'
import { onlineApiSuite } from '../../../suites/api-online.ts'

describeOnSqlite('variants online and offline', onlineApiSuite)
