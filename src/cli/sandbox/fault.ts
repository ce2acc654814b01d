import { clearFaults, listFaults, parseFault, setFault } from '../../sandbox/index.ts';
import { atLeast, atMost, defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { chooseServices, getRunningProject } from './running-project.ts';

/** `fault set`: what is to go wrong with requests to a service. */
export const faultSet = defineCommand({
  usage: '[OPTIONS] SERVICE FAULT...',
  summary:
    'Have requests to a service go wrong: latency=300ms, status=503, drop=10%, truncate, slow=1KB/s; only those with from=BOX, route=/v2/*, method=GET, client=docker*; times=3',
  flags: { add: { kind: 'boolean', short: 'a', help: 'Besides the faults that are set, not in their place' } },
  arguments: atLeast(2),
  parse({ add = false }, [service = '', ...words]) {
    parseFault(words); // says what is wrong before anything is asked
    return { service, words, isAdded: add };
  },
  async run({ service, words, isAdded }, io) {
    const { paths, record } = await getRunningProject(io);
    chooseServices(record, [service]);
    await setFault(paths, service, words, isAdded);
    printLine(io.stderr, ` ✔ Fault of ${service}  Set`);
    return 0;
  },
});

export const faultClear = defineCommand({
  usage: '[SERVICE]',
  summary: 'Have requests to a service, or to all, go well again',
  flags: {},
  arguments: atMost(1),
  parse: (_, [service]) => service,
  async run(service, io) {
    const { paths, record } = await getRunningProject(io);
    if (service !== undefined) chooseServices(record, [service]);
    await clearFaults(paths, service);
    printLine(io.stderr, ` ✔ Faults ${service === undefined ? '' : `of ${service} `} Cleared`);
    return 0;
  },
});

export const faultList = defineCommand({
  usage: '',
  summary: 'List the faults that are set',
  flags: { format: { kind: 'string', help: 'Format the output. Values: [table | json]' } },
  arguments: noArguments,
  parse: ({ format = 'table' }) => format,
  async run(format, io) {
    const { paths } = await getRunningProject(io);
    const faults = Object.entries(await listFaults(paths));
    const rows = faults.flatMap(([service, set]) => set.map((words) => [service, words]));
    if (format === 'json')
      for (const [service, fault] of rows) printLine(io.stdout, JSON.stringify({ service, fault }));
    else io.stdout.write(formatTable([['SERVICE', 'FAULT'], ...rows]));
    return 0;
  },
});
