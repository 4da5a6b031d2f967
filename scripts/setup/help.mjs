import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROW = /^\|\s*`([A-Z0-9_]+)`\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|$/;
const plain = (text) => text.replaceAll('`', '');

/** The text cut into lines that are not wider. */
const wrapped = (text, width) => {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && lines[last].length + word.length + 1 > width) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines;
};

/** Usage and all settings, from the tables of `docs/settings.md`: needs nothing installed or built. */
export const help = (root) => {
  const usage = `usage: npm start               installs and builds what is missing, then runs Cairn in this directory
       npm start -- --help     this text

Ctrl-C stops it; the next start goes on where this one stopped.
Settings are environment variables, also from a file .env (docs/settings.md):
`;
  const lines = readFileSync(join(root, 'docs/settings.md'), 'utf8').split('\n');
  const settings = lines.flatMap((line) => {
    if (line.startsWith('## ')) return ['', line.slice('## '.length)];
    const [, name, value, meaning] = ROW.exec(line) ?? [];
    if (name === undefined) return [];
    const text = wrapped(plain(meaning), 88).map((part) => `      ${part}`);
    return [`  ${name} (${plain(value)})`, ...text];
  });
  const end = settings.indexOf('Set by others');
  return `${usage}${settings.slice(0, end === -1 ? undefined : end - 1).join('\n')}\n`;
};
