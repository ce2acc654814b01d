export { BulkDigester } from './bulk-digester.ts';
