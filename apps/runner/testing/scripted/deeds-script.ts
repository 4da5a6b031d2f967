import { inOrder, several, withDeeds, type Deed, type Deeds } from './deeds.js';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const pathOf = (path: string): string => (path.startsWith('~/') ? `"$HOME"/${quoted(path.slice(2))}` : quoted(path));

const each = (record: Readonly<Record<string, string>>, command: (path: string, value: string) => string): string =>
  Object.entries(record)
    .flatMap(([path, value]) => [
      ...(path.includes('/') ? [`mkdir -p ${pathOf(path.slice(0, path.lastIndexOf('/')))}`] : []),
      command(pathOf(path), value),
    ])
    .join('\n');

const lines = (some: string | readonly string[], file: string): string =>
  several(some)
    .map((line) => `printf '%s\\n' ${quoted(line)} >>"$${file}"`)
    .join('\n');

/** A shell may say of a program that it was ended by a signal: here nothing is to be printed but what a deed says. */
const quietSleep = (seconds: string): string => `{ sleep ${seconds}; } 2>/dev/null`;

const command = (deed: Deed): string => {
  const [what, value] = deed;
  switch (what) {
    case 'say':
      return several(value)
        .map((line) => `printf '%s\\n' ${quoted(line)}`)
        .join('\n');
    case 'print':
      return several(value)
        .map((text) => `printf '%s' ${quoted(text)}`)
        .join('\n');
    case 'show':
      return several(value)
        .map((path) => `cat ${pathOf(path)} || exit 1`)
        .join('\n');
    case 'tell':
      return several(value)
        .map((name) => `printf '%s\\n' "${name}=\${${name}-}"`)
        .join('\n');
    case 'where':
      return 'pwd';
    case 'write':
      return each(value, (path, content) => `printf '%s' ${quoted(content)} >${path}`);
    case 'link':
      return each(value, (path, target) => `ln -s ${quoted(target)} ${path}`);
    case 'hardlink':
      return each(value, (path, target) => `ln ${pathOf(target)} ${path}`);
    case 'folder':
      return several(value)
        .map((path) => `mkdir -p ${pathOf(path)}`)
        .join('\n');
    case 'executable':
      return several(value)
        .map((path) => `chmod 755 ${pathOf(path)}`)
        .join('\n');
    case 'env':
      return lines(value, 'CAIRN_ENV');
    case 'output':
      return lines(value, 'CAIRN_OUTPUT');
    case 'spoil':
      return value === 'link' ? 'ln -s /etc/passwd "$CAIRN_ENV"' : 'mkdir "$CAIRN_ENV"';
    case 'trap':
      return `trap ${quoted(value === 'nothing' ? '' : shellOf(value))} TERM`;
    case 'await':
      return `while ! [ -e ${pathOf(value)} ]; do ${quietSleep('0.02')}; done`;
    case 'flood':
      return "while :; do printf '%08192d' 1; done";
    case 'hang':
      return `while :; do ${quietSleep('0.05')}; done`;
    case 'exit':
      return `exit ${value}`;
    case 'kill':
      return `kill -${value} $$`;
    case 'lose':
      return 'kill -KILL $PPID; sleep 1000';
    case 'then':
      return shellOf(value);
    case 'ail': // whether a container is ready is decided by its image's check
      return ':';
    case 'describe':
    case 'shortage':
    case 'break':
      throw new Error(`only a scripted place can do this: ${what}`);
    default:
      deed satisfies never;
      return '';
  }
};

const shellOf = (deeds: Deeds): string => inOrder(deeds).map(command).join('\n');

/** For every place whose steps are run by a shell, and for scripted ones. */
export const scriptOf = (deeds: Deeds): string => withDeeds(deeds, shellOf(deeds));

/** For scripted places alone. */
export const scriptedOnly = (deeds: Deeds): string => withDeeds(deeds, '');
