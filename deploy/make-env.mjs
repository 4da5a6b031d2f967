// Writes .env (or the file named as argument) from .env.example, with a new value for every secret that is empty there.
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const target = process.argv[2] ?? here('.env');
const socket = process.env['DOCKER_SOCKET'] ?? '/var/run/docker.sock';

const socketGroup = () => {
  const group = statSync(socket, { throwIfNoEntry: false })?.gid;
  if (group === undefined) process.stderr.write(`make-env: there is no ${socket}: set DOCKER_GID yourself\n`);
  return group ?? '';
};
const value = (name) => (name === 'DOCKER_GID' ? socketGroup() : randomBytes(24).toString('hex'));
const text = readFileSync(here('.env.example'), 'utf8').replace(
  /^([A-Z_]+)=$/gm,
  (_, name) => `${name}=${value(name)}`,
);

try {
  writeFileSync(target, text, { mode: 0o600, flag: 'wx' });
  process.stdout.write(`make-env: ${target} is written; look through it, then: docker compose up -d\n`);
} catch (error) {
  const why =
    error.code === 'EEXIST' ? 'is there already, and is left as it is' : `cannot be written: ${error.message}`;
  process.stderr.write(`make-env: ${target} ${why}\n`);
  process.exitCode = 1;
}
