import { describeOnSqlite } from '../../../../harness/databases.ts'
import { originsSuite } from '../../../../suites/store-origins.ts'

describeOnSqlite('addresses in documents', originsSuite)
