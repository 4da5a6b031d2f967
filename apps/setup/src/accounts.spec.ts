import { readFile } from 'node:fs/promises';
import { natsAccounts } from '../../../deploy/nats/accounts.js';

const ACCOUNTS_FILE = new URL('../../../deploy/nats/accounts.conf', import.meta.url);

describe('the accounts file', () => {
  it('is what deploy/nats/accounts.ts makes of it (else: npm run build, node dist/apps/setup/src/print-accounts.js)', async () => {
    expect(await readFile(ACCOUNTS_FILE, 'utf8')).toBe(natsAccounts(['default']));
  });

  it('takes every password from the environment', () => {
    const passwords = natsAccounts(['default']).match(/password: .*/g) ?? [];
    expect(passwords).toHaveLength(7);
    for (const line of passwords) expect(line).toMatch(/^password: \$NATS_[A-Z_]+_PASSWORD$/);
  });

  it('knows the pools that it is given, and no others', () => {
    const text = natsAccounts(['small', 'large']);
    for (const pool of ['small', 'large']) {
      expect(text).toContain(`"queue.${pool}"`);
      expect(text).toContain(`"$JS.API.CONSUMER.MSG.NEXT.QUEUE.runner-${pool}"`);
    }
    expect(text).not.toContain('default');
  });
});
