import { describeOnSqlite } from '../../../../harness/databases.ts'
import { restSuite } from '../../../../suites/store-rest.ts'

describeOnSqlite('bundles, audit and answers in the store', restSuite)
