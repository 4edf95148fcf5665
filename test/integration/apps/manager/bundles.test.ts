import { describeOnSqlite } from '../../../harness/databases.ts'
import { bundlesApiSuite } from '../../../suites/api-bundles.ts'

describeOnSqlite('code of hooks', bundlesApiSuite)
