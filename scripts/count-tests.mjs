// Adds up the results that the test runs left in a folder. A run that left none, or nothing passed, is a failure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? '';
const reports = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const sum = (member) => reports.reduce((total, report) => total + (report[member] ?? 0), 0);
const expected = ['checks.json', 'interop.json', 'tests.json'];
const missing = expected.filter((file) => !readdirSync(folder).includes(file));
const passed = sum('numPassedTests');
// A file that could not be loaded fails as a suite without a failed test in it.
const broken = reports
  .flatMap(({ testResults = [] }) => testResults)
  .filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  );
const failed = sum('numFailedTests') + broken.length + missing.length;
for (const file of missing) console.log(`no results: ${file}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
