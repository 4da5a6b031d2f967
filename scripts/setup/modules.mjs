import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, withoutHosts } from './command.mjs';

const NO_NETWORK =
  /\b(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/;

const changedAt = (path) => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** The npm that runs us, else the one on PATH. */
const npm = () => (process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']);

/**
 * Installs the packages of the lockfile when they are missing or others. Answers why it could not, in one or a few lines.
 * What is installed is remembered by the lockfile's hash; an installation made by hand counts when it is younger.
 */
export const installModules = async (root, say) => {
  const lockfile = join(root, 'package-lock.json');
  const stamp = join(root, 'node_modules', '.cairn-lockfile');
  const hash = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  const known = read(stamp);
  if (known === hash) return undefined;
  const byHand = changedAt(join(root, 'node_modules', '.package-lock.json'));
  if (known !== '' || byHand < changedAt(lockfile)) {
    say('installing packages (npm ci) …');
    const [command, ...first] = npm();
    const quick = ['--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000'];
    const args = [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error', ...quick];
    const { code, output } = await run(command, args, { cwd: root });
    const network = NO_NETWORK.exec(output)?.[1];
    if (code !== 0 && network)
      return `packages cannot be installed: the npm registry cannot be reached (${network}); check the network or npm's proxy setting`;
    if (code !== 0) return `packages cannot be installed: npm ci ended with ${code}\n${withoutHosts(output).trim()}`;
  }
  writeFileSync(stamp, hash);
  return undefined;
};
