import { describeOnSqlite } from '../../../harness/databases.ts'
import { expiryApiSuite, identityApiSuite } from '../../../suites/api-identity.ts'

describeOnSqlite('who somebody is', identityApiSuite)
describeOnSqlite('how long somebody is who he was', expiryApiSuite)
