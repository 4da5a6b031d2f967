import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './command.mjs';
import { engineAnswers } from './docker-engine.mjs';

/** Debian keeps servers in `sbin`, which a user's PATH may lack. */
export const searchPath = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter);

const onPath = (program) =>
  searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** What the tests use beside npm's packages: a program, and Debian's package that brings it. */
const TOOLS = [
  ['git', 'git'],
  ['git-lfs', 'git-lfs'],
  ['nats-server', 'nats-server'],
  ['docker', 'docker.io'],
  ['docker-compose', 'docker-compose'],
  ['chromium', 'chromium'],
  ['busybox', 'busybox-static'],
  ['debootstrap', 'debootstrap'],
  ['docker-registry', 'docker-registry'],
];

/** A machine may have the client alone: the daemon is needed where no engine answers, and none was named. */
const ENGINE = ['dockerd', 'docker.io'];

const present = async (program) => {
  if (onPath(program)) return true;
  if (program === 'dockerd') return Boolean(process.env.DOCKER_HOST) || (await engineAnswers());
  return program === 'docker-compose' && (await run('docker', ['compose', 'version'])).code === 0;
};

/** Installs with apt, as root on Debian, what is missing. Answers what has to be installed by hand, or why apt could not. */
export const installTestTools = async (say) => {
  const packages = new Set();
  for (const [program, debian] of [...TOOLS, ENGINE]) if (!(await present(program))) packages.add(debian);
  const missing = [...packages];
  if (missing.length === 0) return undefined;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!onPath('apt-get')) return `the tests need ${missing.join(', ')} (Debian's names): install them`;
  if (process.getuid?.() !== 0) return `the tests need ${missing.join(', ')}; run: sudo ${install}`;
  say(`installing ${missing.join(', ')} (apt) …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update', '-q'], { env });
  const done = await run('apt-get', install.split(' ').slice(1), { env });
  if (done.code === 0) return undefined;
  const words = (update.output + done.output).split('\n').filter((line) => /^[EW]: /.test(line));
  return `apt-get could not install ${missing.join(', ')}; run it by hand to see why: ${install} (${words.length} complaints, exit code ${done.code})`;
};
