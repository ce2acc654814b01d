import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { HealthWatch, type Watcher } from './health-watch.ts';

const [SERVING, NOT_SERVING, SERVICE_UNKNOWN] = [1, 2, 3];

class Call extends EventEmitter implements Watcher {
  readonly told: (number | 'end')[] = [];
  write = (status: number): void => void this.told.push(status);
  end = (): void => void this.told.push('end');
}

describe('who watches the health of a signer', () => {
  test('is told at once and after each change, until it goes or the signer stops', async () => {
    let isWell = true;
    const health = new HealthWatch(async () => {
      if (!isWell) throw new Error('no database');
    });
    const [stays, goes] = [new Call(), new Call()];
    for (const call of [stays, goes]) health.watch(call, true);
    await health.tell();
    await health.tell();
    expect(stays.told).toEqual([SERVING]);
    goes.emit('cancelled');
    isWell = false;
    await health.tell();
    isWell = true;
    await health.tell();
    health[Symbol.dispose]();
    expect(stays.told).toEqual([SERVING, NOT_SERVING, SERVING, 'end']);
    expect(goes.told).toEqual([SERVING]);
  });

  test('is told of a service that is not known, and of nothing else', async () => {
    using health = new HealthWatch(async () => undefined);
    const call = new Call();
    health.watch(call, false);
    await health.tell();
    expect(call.told).toEqual([SERVICE_UNKNOWN]);
  });
});
