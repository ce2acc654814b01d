// Adds up the results that the test runs left in a folder, and says at the end what failed and why. A run that left none, or nothing passed,
// is a failure.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const longestReason = 1500; // characters of one failure's text
const folder = process.argv[2] ?? '';
const files = readdirSync(folder);
const reports = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
const suites = reports.flatMap(({ testResults = [] }) => testResults);
const sum = (member) => reports.reduce((total, report) => total + (report[member] ?? 0), 0);
const isFailed = ({ status }) => status === 'failed';

const failures = [
  ...['checks.json', 'interop.json', 'tests.json']
    .filter((file) => !files.includes(file))
    .map((file) => ({ name: file, reason: 'no results' })),
  ...reports.flatMap(({ failedChecks = [] }) => failedChecks).map((name) => ({ name, reason: 'see above' })),
  ...suites.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(isFailed)
      .map((test) => ({ name: `${name}: ${test.fullName}`, reason: test.failureMessages.join('\n') })),
  ),
  // A file that could not be loaded fails as a suite without a failed test in it.
  ...suites
    .filter((suite) => isFailed(suite) && !suite.assertionResults.some(isFailed))
    .map(({ name, message }) => ({ name, reason: message })),
];
const passed = sum('numPassedTests');
for (const { name, reason } of failures) console.log(`failed: ${name}\n${reason.slice(0, longestReason)}\n`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;
