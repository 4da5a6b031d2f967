import { ForgeRefused, ForgeUnavailable } from '#errors';
import type { CommitStatus, Forge, Forges } from '#forge';
import { StatusSender } from './status-sender.js';

const STATUS: CommitStatus = { sha: 'a'.repeat(40), context: 'cairn', state: 'pending', description: 'x' };

/** A forge whose answers are taken from a list; after it, all is well. */
const forgeWith = (answers: Error[]) => {
  const asked: string[] = [];
  const create = async (repo: string): Promise<void> => {
    asked.push(repo);
    const answer = answers.shift();
    if (answer) throw answer;
  };
  const forges: Forges = { of: () => ({ kind: 'github', statuses: { create } }) as unknown as Forge };
  return { asked, forges };
};

describe('status sender', () => {
  it('leaves the forge alone for as long as it asked to be, for all repositories', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { asked, forges } = forgeWith([new ForgeUnavailable('slow down', 60_000)]);
    const sender = new StatusSender(forges, () => new Date(now).toISOString());
    await expect(sender.send('acme/a', STATUS)).rejects.toMatchObject({ retryAfterMs: 60_000 });
    now += 20_000;
    await expect(sender.send('acme/b', STATUS)).rejects.toMatchObject({ retryAfterMs: 40_000 });
    expect(asked).toEqual(['acme/a']);
    now += 40_000;
    expect(await sender.send('acme/b', STATUS)).toBe('sent');
    expect(asked).toEqual(['acme/a', 'acme/b']);
  });

  it('takes an outage without a time for what it is', async () => {
    const { forges } = forgeWith([new ForgeUnavailable('gone')]);
    const sender = new StatusSender(forges, () => new Date(0).toISOString());
    await expect(sender.send('acme/a', STATUS)).rejects.toThrow(ForgeUnavailable);
    expect(await sender.send('acme/a', STATUS)).toBe('sent');
  });

  it('gives a refusal back as an answer', async () => {
    const refusal = new ForgeRefused('no');
    const sender = new StatusSender(forgeWith([refusal]).forges, () => new Date(0).toISOString());
    expect(await sender.send('acme/a', STATUS)).toBe(refusal);
  });

  it('has nothing to send to without forges, or to one that keeps no statuses', async () => {
    const plain: Forges = { of: () => ({ kind: 'git', statuses: undefined }) as unknown as Forge };
    for (const forges of [undefined, plain])
      expect(await new StatusSender(forges, () => new Date(0).toISOString()).send('acme/a', STATUS)).toBe(
        'unsupported',
      );
  });
});
