import { randomUUID } from 'node:crypto';
import { UnusableQuery } from '#errors';
import { buildId, type LogAddress, type LogPiece } from '#events';
import { eventually } from '#testing';
import { anAddress, chunksOf, groupsOf } from './chunks.builder.js';
import type { LogStore } from './log-store.js';
import { parseLogQuery } from './search/log-query.js';
import { SHOWN_CHARACTERS, type LogHit, type LogSearch } from './search/log-search.js';

const START = 1_780_000_000_000;
let sequence = 1;
const newAddress = (): LogAddress => anAddress({ buildId: buildId(sequence++, randomUUID()) });

/** What every log store must find. Each test looks into builds of its own, so that the data may be kept between them. */
export const describeLogSearch = (name: string, make: () => Promise<LogStore>): void => {
  describe(`${name}, as a search over logs`, () => {
    let store: LogStore;
    beforeEach(async () => (store = await make()));
    afterEach(() => store.close());

    const search = (q: string, addresses: readonly LogAddress[], more: Partial<LogSearch> = {}) =>
      store.search({ query: parseLogQuery(q), builds: addresses.map((one) => one.buildId), limit: 100, ...more });

    /** Appends lines to a step in chunks of some, and waits until the last of them is found. */
    const filled = async (address: LogAddress, texts: readonly string[], perChunk = 2): Promise<LogAddress> => {
      const end = `end${randomUUID().replaceAll('-', '')}`;
      const pieces = [...texts, end].map((x, index): LogPiece => ({ t: START + index, x }));
      await store.append(address, chunksOf(groupsOf(pieces, [perChunk])));
      await eventually(
        () => search(end, [address]),
        ({ hits }) => hits.length === 1,
      );
      return address;
    };

    const allPages = async (q: string, addresses: readonly LogAddress[], limit: number): Promise<LogHit[]> => {
      const hits: LogHit[] = [];
      for (let after: string | undefined; ;) {
        const page = await search(q, addresses, { limit, ...(after === undefined ? {} : { after }) });
        expect(page.hits.length).toBeLessThanOrEqual(limit);
        hits.push(...page.hits);
        if (page.after === undefined) return hits;
        ({ after } = page);
      }
    };

    it('finds the lines that have every word, with their places', async () => {
      const address = await filled(newAddress(), ['nothing here', 'an Error in src/app.ts', 'error elsewhere']);
      const { hits } = await search('error app.ts', [address]);
      expect(hits).toEqual([
        {
          address,
          line: 2,
          at: START + 1,
          text: 'an Error in src/app.ts',
          spans: [
            [3, 8],
            [16, 22],
          ],
        },
      ]);
    });

    it.each([
      ['phrases', '"red fish"', [2]],
      ['the beginning of words', 'fis*', [3, 2, 1]],
      ['a word and the beginning of one', '"blue" fi*', [3]],
      ['joined words and the beginning of one', 'one/fi*', [1]],
      ['words in another case', 'RED', [2]],
      ['nothing for a part of a word', 'fis', []],
      ['nothing for words of different lines', 'red blue', []],
    ])('finds %s', async (_, q, expected) => {
      const address = await filled(newAddress(), ['one/fish', 'red fish', 'fish, blue']);
      expect((await search(q, [address])).hits.map(({ line }) => line)).toEqual(expected);
    });

    it('looks at what a terminal shows, and at bytes that are no text', async () => {
      const address = newAddress();
      const bytes = Buffer.from([0xff, ...Buffer.from(' needle')]).toString('base64');
      await filled(address, ['\u001b[31mERROR\u001b[0m needle', 'a \u001b[1mnee\u001b[0mdle']);
      const chunk = { t: START + 9, b: bytes };
      const { hits } = await search('needle', [address]);
      expect(hits.map(({ text }) => text)).toEqual(['a needle', 'ERROR needle']);
      const other = newAddress();
      await store.append(other, chunksOf([[chunk]]));
      await eventually(
        () => search('needle', [other]),
        ({ hits: [found] }) => found?.line === 1 && found.text.endsWith(' needle'),
      );
    });

    it('looks into the builds that are named only, and tells builds, jobs, attempts and steps apart', async () => {
      const [one, two] = [await filled(newAddress(), ['needle']), await filled(newAddress(), ['needle'])];
      const more = [
        await filled({ ...one, jobId: 'Lint--0a1b2c3d' }, ['needle']),
        await filled({ ...one, attempt: 2 }, ['needle']),
        await filled({ ...one, step: 3 }, ['needle']),
      ];
      const found = (hits: readonly LogHit[]): string[] => hits.map(({ address }) => JSON.stringify(address)).sort();
      const expected = (addresses: readonly LogAddress[]): string[] => addresses.map((a) => JSON.stringify(a)).sort();
      expect(found((await search('needle', [two])).hits)).toEqual(expected([two]));
      expect(found((await search('needle', [one])).hits)).toEqual(expected([one, ...more]));
      const everywhere = await store.search({ query: parseLogQuery('needle'), limit: 5 });
      expect(everywhere.hits).toHaveLength(5);
    });

    it('gives every line once over pages of any size', async () => {
      const texts = Array.from({ length: 40 }, (_, n) => (n % 3 ? 'needle' : 'hay'));
      const address = await filled(newAddress(), texts, 7);
      const lines = texts.flatMap((text, index) => (text === 'needle' ? [index + 1] : [])).reverse();
      for (const limit of [1, 4, 13, 100])
        expect((await allPages('needle', [address], limit)).map(({ line }) => line)).toEqual(lines);
    });

    it('shows a long line about its first find', async () => {
      const address = await filled(newAddress(), [`${'hay '.repeat(2_000)}needle ${'hay '.repeat(2_000)}`], 1);
      const [hit] = (await search('needle', [address])).hits;
      expect(hit?.text.length).toBeLessThanOrEqual(SHOWN_CHARACTERS + 2);
      expect(hit?.spans.map(([from, to]) => hit.text.slice(from, to))).toEqual(['needle']);
    });

    it('finds nothing in no builds', async () => {
      await filled(newAddress(), ['needle']);
      expect(await search('needle', [])).toEqual({ hits: [] });
    });

    it.each(['nonsense', '1', 'WyJhIl0', '-1.2'])('refuses to go on from %s', async (after) => {
      await expect(search('needle', [newAddress()], { after })).rejects.toThrow(UnusableQuery);
    });
  });
};
