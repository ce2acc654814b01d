import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/core/index.ts';
import { blobDataKey, formatScrubReport, Quarantine, scrub } from '../../../src/registry/index.ts';
import { createCollectedRegistry } from './collected-registry.ts';

describe('a scrub', () => {
  test('finds nothing wrong with what was pushed', async () => {
    const { driver, pushImage } = createCollectedRegistry();
    await pushImage('whole', 'latest');
    expect(formatScrubReport(await scrub({ driver }))).toMatch(/^3 blobs verified \(\d+B\), 0 damaged\n$/);
  });

  test('names a blob that was changed, what it holds and who has it, and leaves it where it is', async () => {
    const { driver, pushImage, hasBlob } = createCollectedRegistry();
    await pushImage('layer', 'latest');
    await driver.write(blobDataKey(digestOf('layer')), [Buffer.from('Malicious data')]);
    const { damaged } = await scrub({ driver });
    expect(damaged).toEqual([
      {
        digest: digestOf('layer'),
        found: digestOf('Malicious data'),
        size: 14,
        repositories: ['test/app'],
        isQuarantined: false,
      },
    ]);
    expect(await hasBlob('layer')).toBe(true);
  });

  test('moves it aside when told to; a push heals the registry', async () => {
    const { driver, clock, pushImage, hasBlob, pushBlob } = createCollectedRegistry();
    await pushImage('layer', 'latest');
    await driver.write(blobDataKey(digestOf('layer')), [Buffer.from('Malicious data')]);
    expect((await scrub({ driver, clock, isQuarantining: true })).damaged).toMatchObject([{ isQuarantined: true }]);
    expect(await hasBlob('layer')).toBe(false);
    await pushBlob('layer');
    expect((await scrub({ driver })).damaged).toEqual([]);
    const quarantine = new Quarantine(driver, clock);
    expect(await quarantine.list()).toEqual([
      { digest: digestOf('layer'), found: digestOf('Malicious data'), size: 14, at: clock.now() },
    ]);
    expect(await quarantine.restore(digestOf('layer'))).toBe(false); // the whole one stays
  });

  test('gives back what was moved aside', async () => {
    const { driver, clock, pushBlob } = createCollectedRegistry();
    await pushBlob('layer');
    await driver.write(blobDataKey(digestOf('layer')), [Buffer.from('damaged')]);
    await scrub({ driver, clock, isQuarantining: true });
    const quarantine = new Quarantine(driver, clock);
    expect(await quarantine.restore(digestOf('layer'))).toBe(true);
    expect((await scrub({ driver })).damaged).toMatchObject([{ found: digestOf('damaged') }]);
    expect(await quarantine.list()).toEqual([]);
  });

  test('goes on after a given blob', async () => {
    const { driver, pushBlob } = createCollectedRegistry();
    const digests = await Promise.all(['a', 'b', 'c'].map(pushBlob));
    const [first] = [...digests].sort();
    expect(await scrub({ driver, ...(first && { after: first }) })).toMatchObject({ blobs: 2 });
  });
});
